import assert from "node:assert/strict";
import { test } from "node:test";
import { countTicks, duration, timeTicks } from "../../../farmgraph/render/report/js/axis.js";
import { moment } from "../../../farmgraph/render/report/js/zones.js";

const us = (...parts) => Date.UTC(...parts) * 1000;
const SECOND = 1e6;
const ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/New_York"];

test("ticks of time lie inside, are few, and none comes twice", () => {
  const starts = [
    us(2025, 2, 16, 10, 24, 5),
    us(2025, 2, 29, 13, 7),
    us(2025, 9, 25, 3),
    us(1968, 11, 31, 23, 59, 58),
    us(1900, 1, 1),
  ];
  for (const zone of ZONES) {
    for (const start of starts) {
      // From ten seconds to three centuries, in steps of a factor 1.7.
      for (let length = 10 * SECOND; length < 300 * 365 * 86400 * SECOND; length *= 1.7) {
        for (const most of [3, 5, 12]) {
          const end = Math.round(start + length);
          const ticks = timeTicks(zone, start, end, most);
          const places = ticks.map((tick) => tick.us);
          const said = `${zone} ${moment(zone, start)} ${length / SECOND} s ${most}: ${ticks.map((t) => t.label)}`;
          assert.ok(ticks.length <= most, said);
          // Neighbouring steps differ by at most 2.5, except where days become months.
          assert.ok(ticks.length >= (most === 12 ? 3 : 1), said);
          assert.ok(
            places.every((at) => at >= start && at <= end),
            said,
          );
          assert.ok(
            places.every((at, i) => i === 0 || at > places[i - 1]),
            said,
          );
          assert.ok(
            ticks.every((tick) => tick.label),
            said,
          );
        }
      }
    }
  }
});

test("ticks are round on the clock of the zone", () => {
  const labels = (zone, from, to, most) =>
    timeTicks(zone, from, to, most).map(({ label, context }) => [label, context]);
  assert.deepEqual(labels("UTC", 0, us(1970, 0, 1, 3), 4), [
    ["00:00", "1 Jan 1970"],
    ["01:00", ""],
    ["02:00", ""],
    ["03:00", ""],
  ]);
  // Midnight in Kolkata is 18:30 UTC.
  const days = timeTicks("Asia/Kolkata", us(2025, 2, 16), us(2025, 2, 19), 4);
  assert.deepEqual(
    days.map((tick) => moment("UTC", tick.us).slice(11)),
    ["18:30:00", "18:30:00", "18:30:00"],
  );
  assert.deepEqual(
    days.map((tick) => tick.label),
    ["17 Mar", "18 Mar", "19 Mar"],
  );
  // Days of 23 hours: midnight stays midnight.
  const spring = timeTicks("Europe/Berlin", us(2025, 2, 28), us(2025, 3, 1), 5);
  assert.ok(spring.every((tick) => moment("Europe/Berlin", tick.us).endsWith("00:00:00")));
  assert.deepEqual(
    labels("UTC", us(2020, 0, 1), us(2025, 0, 1), 6).map(([label]) => label),
    ["2020", "2021", "2022", "2023", "2024", "2025"],
  );
});

test("an axis without length or room has no ticks", () => {
  assert.deepEqual(timeTicks("UTC", NaN, NaN, 5), []);
  assert.deepEqual(timeTicks("UTC", 5, 1, 5), []);
  assert.deepEqual(timeTicks("UTC", 0, 1e12, 0), []);
});

test("ticks of counts", () => {
  assert.deepEqual(countTicks(84, 5), [0, 20, 40, 60, 80]);
  assert.deepEqual(countTicks(1, 5), [0, 1]);
  assert.deepEqual(countTicks(0, 5), [0]);
  assert.deepEqual(countTicks(NaN, 5), [0]);
  for (let max = 1; max < 3000; max += 7) {
    for (const most of [2, 4, 6]) {
      const ticks = countTicks(max, most);
      assert.ok(ticks.length <= most && ticks[0] === 0 && ticks.every((n) => n <= max && Number.isInteger(n)));
    }
  }
});

test("durations", () => {
  const said = [0.4, 5, 134, 600, 25200, 259200].map(duration);
  assert.deepEqual(said, ["less than a second", "5 s", "134 s", "10 min", "7 h", "3 days"]);
  for (const missing of [NaN, null, undefined]) assert.equal(duration(missing), "an unknown time");
});
