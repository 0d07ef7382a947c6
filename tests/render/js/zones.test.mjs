import assert from "node:assert/strict";
import { test } from "node:test";
import { day, instant, iso, local, moment, offset, zones } from "../../../farmgraph/render/report/js/zones.js";

const us = (...parts) => Date.UTC(...parts) * 1000;
const MINUTE = 60e6;

test("clocks change in the minute in which they change", () => {
  // Central Europe: 2025-03-30 01:00 UTC, from one hour ahead to two; back on 2025-10-26 01:00 UTC.
  const spring = us(2025, 2, 30, 1);
  assert.equal(offset("Europe/Berlin", spring - 1), 60);
  assert.equal(offset("Europe/Berlin", spring), 120);
  assert.equal(moment("Europe/Berlin", spring - MINUTE), "2025-03-30 01:59:00");
  assert.equal(moment("Europe/Berlin", spring), "2025-03-30 03:00:00");
  const autumn = us(2025, 9, 26, 1);
  assert.equal(offset("Europe/Berlin", autumn - 1), 120);
  assert.equal(offset("Europe/Berlin", autumn), 60);
  // New York: 2025-03-09 02:00 local = 07:00 UTC.
  assert.equal(offset("America/New_York", us(2025, 2, 9, 7) - 1), -300);
  assert.equal(offset("America/New_York", us(2025, 2, 9, 7)), -240);
});

test("zones that are half or a quarter of an hour off", () => {
  assert.equal(offset("Asia/Kolkata", us(2025, 5, 1)), 330);
  assert.equal(offset("Asia/Kathmandu", us(2025, 5, 1)), 345);
  assert.equal(offset("America/St_Johns", us(2025, 0, 1)), -210);
  // Lord Howe moves its clocks by half an hour: 2025-04-06 02:00 at 11 hours ahead = 15:00 UTC the day before.
  assert.equal(offset("Australia/Lord_Howe", us(2025, 3, 5, 15) - 1), 660);
  assert.equal(offset("Australia/Lord_Howe", us(2025, 3, 5, 15)), 630);
  assert.equal(moment("Asia/Kolkata", us(2025, 2, 16, 20, 0, 5)), "2025-03-17 01:30:05");
});

test("times before 1970", () => {
  assert.equal(moment("UTC", -1), "1969-12-31 23:59:59");
  assert.equal(iso(-1), "1969-12-31T23:59:59.999999Z");
  // From February 1968 to October 1971 Britain stayed an hour ahead all year.
  assert.equal(offset("Europe/London", us(1969, 0, 1)), 60);
  assert.equal(offset("America/New_York", us(1950, 0, 1)), -300);
  assert.equal(offset("America/New_York", us(1950, 6, 1)), -240);
  assert.equal(day("UTC", us(1899, 11, 31)), "31 Dec 1899");
});

test("what a clock shows", () => {
  // 2025-03-16 was a Sunday.
  const at = local("UTC", us(2025, 2, 16, 10, 24, 5) + 250);
  assert.deepEqual(at, { year: 2025, month: 3, day: 16, weekday: 6, hour: 10, minute: 24, second: 5, us: 250 });
  assert.equal(local("Pacific/Auckland", us(2025, 2, 16, 12)).weekday, 0);
  assert.equal(iso(us(2025, 2, 16, 10, 24, 5)), "2025-03-16T10:24:05Z");
  assert.equal(iso(us(2025, 2, 16, 10, 24, 5) + 7), "2025-03-16T10:24:05.000007Z");
  assert.equal(day("UTC", us(2025, 2, 16)), "16 Mar 2025");
  for (const said of [moment("UTC", NaN), day("UTC", NaN), iso(NaN)]) assert.equal(said, "");
});

test("from what a clock shows back to the moment", () => {
  for (const zone of ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu"]) {
    for (let month = 0; month < 12; month++) {
      const then = us(2025, month, 11, 17, 45);
      assert.equal(instant(zone, then + offset(zone, then) * MINUTE), then);
    }
  }
  // 02:30 came twice on 2025-10-26 in Berlin, first at 00:30 UTC; on 2025-03-30 it did not come at all.
  assert.equal(instant("Europe/Berlin", us(2025, 9, 26, 2, 30)), us(2025, 9, 26, 0, 30));
  assert.equal(instant("Europe/Berlin", us(2025, 2, 30, 2, 30)), us(2025, 2, 30, 1, 30));
});

test("the list of zones", () => {
  const all = zones();
  assert.equal(all[0], "UTC");
  assert.equal(new Set(all).size, all.length);
  assert.ok(all.includes(new Intl.DateTimeFormat().resolvedOptions().timeZone));
  assert.ok(all.length > 10);
});
