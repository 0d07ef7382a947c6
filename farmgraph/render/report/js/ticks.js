/**
 * What the raster draws: where each action of a cluster stands, by date or by the time since members began on the
 * same content, and where the numbers of the coloured contents stand.
 */

import { PALETTE } from "./colours.js";
import { largest, padded, smallest } from "./figure.js";

const SECOND = 1e6;
const DAY = 86400;
const LAGS = [1, 60, 600, 3600, 6 * 3600, DAY, 3 * DAY, 7 * DAY, 28 * DAY, 91 * DAY, 365 * DAY, 1826 * DAY];
const NAMES = [
  "1 s",
  "1 min",
  "10 min",
  "1 h",
  "6 h",
  "1 day",
  "3 days",
  "1 week",
  "4 weeks",
  "3 months",
  "1 year",
  "5 years",
];
/** Members that come before the others have begun: hardly any, but the very first one says little. */
const EARLY = 0.1;
/** Share of the axis at its left for those that came before. */
const BEFORE = 0.03;

/** When members began on each content: when a tenth of those whose times are held had come. */
function beginnings({ account, content, time_us: time }, source, n) {
  const first = Array.from({ length: n }, () => new Map());
  for (const i of source) {
    if (!(first[content[i]].get(account[i]) <= time[i])) first[content[i]].set(account[i], time[i]);
  }
  return first.map((visits) => {
    const sorted = Float64Array.from(visits.values()).sort();
    return sorted[Math.floor(sorted.length * EARLY)];
  });
}

/**
 * @param {object} cluster
 * @returns {{n: number, account: Array<number>, content: Array<number>, time: Array<number>, lag: Array<number>,
 *   row: Array<number>}} The actions that have a time, in order. `lag`: seconds since members began on the content.
 */
export function timed(cluster) {
  const { account, content, time_us: time } = cluster.actions;
  const source = Array.from(account.keys()).filter((i) => Number.isFinite(time[i]));
  const take = (list) => source.map((i) => list[i]);
  const began = beginnings(cluster.actions, source, cluster.contents.content.length);
  return {
    n: source.length,
    account: take(account),
    content: take(content),
    time: take(time),
    lag: source.map((i) => (time[i] - began[content[i]]) / SECOND),
    row: source.map((i) => cluster.accounts.row[account[i]]),
  };
}

/** @returns {[number, number] | null} The times of the whole drawing. */
export const extent = (time) => (time.length ? padded(smallest(time), largest(time)) : null);

/**
 * A scale for lags: places go with the cube root, from 0 to a day or more. Ten minutes then are a narrow column
 * whatever else there is, with an order inside that can be seen, and days are wide.
 *
 * @param {Array<number>} lag Seconds.
 * @returns {{place: function(number): number, ticks: {at: number, text: string}[]}} Places from 0 to 1.
 */
export function lagScale(lag) {
  const last = Math.max(largest(lag), DAY);
  const any = smallest(lag) < 0;
  const start = any ? BEFORE : 0;
  const place = (seconds) => (seconds < 0 ? start / 3 : start + (1 - start) * 0.995 * Math.cbrt(seconds / last));
  const ticks = LAGS.flatMap((seconds, i) => (seconds <= last ? [{ at: place(seconds), text: NAMES[i] }] : []));
  return { place, ticks: [{ at: place(0), text: any ? "began" : "first" }, ...ticks] };
}

/**
 * Where the number of each coloured content stands: above its uppermost ticks, in as few lines as it takes.
 *
 * @param {Array<number>} x Place of each tick.
 * @param {Array<number>} row
 * @param {Array<number>} content
 * @param {number} gap Least distance of two numbers in one line.
 * @returns {{content: number, x: number, line: number}[]} `line` from 0, which is used first.
 */
export function numberPlaces(x, row, content, gap) {
  const own = PALETTE.map(() => []);
  content.forEach((c, i) => own[c] && own[c].push(i));
  const middles = [];
  own.forEach((mine, c) => {
    if (!mine.length) return;
    const sorted = [...mine].sort((i, j) => row[i] - row[j]).slice(0, Math.max(3, Math.floor(mine.length / 8)));
    const places = sorted.map((i) => x[i]).sort((a, b) => a - b);
    const half = places.length >> 1;
    middles.push({ content: c, x: places.length % 2 ? places[half] : (places[half - 1] + places[half]) / 2 });
  });
  const ends = [];
  return middles
    .sort((one, other) => one.x - other.x || one.content - other.content)
    .map(({ content: c, x: at }) => {
      let line = ends.findIndex((end) => at - end >= gap);
      if (line < 0) line = ends.length;
      ends[line] = at;
      return { content: c, x: at, line };
    });
}
