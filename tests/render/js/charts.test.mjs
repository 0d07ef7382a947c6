import assert from "node:assert/strict";
import { test } from "node:test";
import { OTHER, PALETTE, blues, cividis, ofContent } from "../../../farmgraph/render/report/js/colours.js";
import { lagScale, numberPlaces, timed } from "../../../farmgraph/render/report/js/ticks.js";
import { profile } from "../../../farmgraph/render/report/js/views/hours.js";
import { filled } from "../../../farmgraph/render/report/js/views/matrix.js";

/** Relative luminance: what is left in grey. */
function luminance(colour) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test("colours of contents", () => {
  assert.equal(new Set(PALETTE).size, 7);
  assert.equal(ofContent(0), PALETTE[0]);
  assert.equal(ofContent(6), PALETTE[6]);
  for (const i of [7, 100, -1, NaN]) assert.equal(ofContent(i), OTHER);
});

test("scales keep their order in grey, and stay inside their ends", () => {
  const steps = Array.from({ length: 101 }, (_, i) => i / 100);
  const dates = steps.map((t) => luminance(cividis(t)));
  const counts = steps.map((t) => luminance(blues(t)));
  assert.ok(dates.every((l, i) => i === 0 || l >= dates[i - 1] - 0.002));
  assert.ok(counts.every((l, i) => i === 0 || l <= counts[i - 1] + 0.002));
  assert.equal(cividis(0), "#00224e");
  assert.equal(cividis(1), "#fee838");
  for (const scale of [cividis, blues]) {
    assert.equal(scale(-3), scale(0));
    assert.equal(scale(7), scale(1));
    assert.equal(scale(NaN), scale(0));
    assert.ok(steps.every((t) => /^#[0-9a-f]{6}$/.test(scale(t))));
  }
});

test("numbers stand above the uppermost ticks, apart from each other", () => {
  // As in Python: number_places(x, row, content, gap).
  assert.deepEqual(numberPlaces([5, 6], [0, 0], [1, 0], 3), [
    { content: 1, x: 5, line: 0 },
    { content: 0, x: 6, line: 1 },
  ]);
  // Fewer than 24 ticks: the median of the three uppermost, here 4.
  assert.deepEqual(numberPlaces([9, 4, 2, 40], [0, 1, 2, 3], [0, 0, 0, 0], 3), [{ content: 0, x: 4, line: 0 }]);
  assert.deepEqual(numberPlaces([1, 2], [0, 0], [7, 8], 3), []);
});

test("time since members began", () => {
  const account = Array.from({ length: 20 }, (_, i) => i);
  const cluster = {
    accounts: { row: account },
    contents: { content: [0], first_us: [0] },
    actions: {
      account: [...account, 0],
      content: new Array(21).fill(0),
      time_us: [...account.map((i) => i * 1e6), NaN],
    },
  };
  const acts = timed(cluster);
  // Twenty members, one a second: a tenth had come when the third came, at 2 s.
  assert.equal(acts.n, 20);
  assert.deepEqual(acts.lag.slice(0, 4), [-2, -1, 0, 1]);
  const { place, ticks } = lagScale(acts.lag);
  assert.ok(place(-2) < place(0) && place(0) < place(1) && place(86400) <= 1);
  assert.ok(ticks.every(({ at }) => at >= 0 && at <= 1));
  // Ten minutes of a day take less than a fifth of the axis: (600 / 86400) ** (1 / 3) = 0.19.
  assert.ok(place(600) - place(0) < 0.2);
});

test("hours of the day in a zone", () => {
  const week = new Array(168).fill(0);
  week[3] = 4;
  week[24 + 3] = 4;
  assert.equal(profile(week, 0)[3], 1);
  assert.equal(profile(week, 120)[5], 1);
  assert.equal(profile(week, -300)[22], 1);
  // Half an hour: each hour in UTC lies in two of the zone.
  assert.equal(profile(week, 330)[8], 0.5);
  assert.equal(profile(week, 330)[9], 0.5);
  assert.equal(profile(new Array(168).fill(0), 0), null);
});

test("how full the block is", () => {
  const block = { n_interactions: 404, n_accounts: 30, n_contents: 15, expected_interactions: 0.42 };
  assert.equal(filled(block), "404 of 450 cells filled (90 %), expected from interest: 0.4.");
  assert.equal(filled({ ...block, expected_interactions: null }), "404 of 450 cells filled (90 %).");
  assert.equal(
    filled({ ...block, n_interactions: 449 }),
    "449 of 450 cells filled (99 %), expected from interest: 0.4.",
  );
});
