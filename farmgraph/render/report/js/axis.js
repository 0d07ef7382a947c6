/** Where axes have their ticks and what these say. */

import { instant, local, offset } from "./zones.js";

const SECOND = 1e6;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
/** Lengths between ticks; days are counted from a Monday, 5 January 1970. */
const WITHIN_A_DAY = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200];
const DAYS = [1, 2, 3, 4, 7, 14, 28];
const MONDAY = 4 * DAY;
const MONTHS_APART = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 60000];
const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (n) => String(n).padStart(2, "0");
const wallOf = (zone, us) => us + offset(zone, us) * 60 * SECOND;

/** Round times by the clock of the zone; up to an hour apart they are evenly spaced even where the clocks change. */
function even(zone, t0, t1, step, origin) {
  const places = [];
  if (step <= HOUR) {
    const shift = offset(zone, t0) * 60 * SECOND;
    for (let at = Math.ceil((t0 + shift) / step) * step - shift; at <= t1; at += step) places.push(at);
    return places;
  }
  const last = wallOf(zone, t1) + HOUR;
  for (let wall = Math.floor((wallOf(zone, t0) - origin) / step) * step + origin; wall <= last; wall += step) {
    places.push(instant(zone, wall));
  }
  return places;
}

function months(zone, t0, t1, apart) {
  const number = ({ year, month }) => year * 12 + month - 1;
  const [first, last] = [number(local(zone, t0)), number(local(zone, t1))];
  const places = [];
  for (let at = Math.ceil(first / apart) * apart; at <= last; at += apart) {
    const date = new Date(0);
    date.setUTCFullYear(Math.floor(at / 12), at - Math.floor(at / 12) * 12, 1);
    places.push(instant(zone, date.getTime() * 1000));
  }
  return places;
}

function label(zone, us, unit) {
  const { year, month, day, hour, minute, second } = local(zone, us);
  const date = `${day} ${NAMES[month - 1]}`;
  if (unit === "year") return [String(year), ""];
  if (unit === "month") return [NAMES[month - 1], String(year)];
  if (unit === "day") return [date, String(year)];
  return [`${two(hour)}:${two(minute)}${unit === "second" ? `:${two(second)}` : ""}`, `${date} ${year}`];
}

/**
 * Choose readable ticks between two times.
 *
 * @param {string} zone
 * @param {number} t0
 * @param {number} t1 Microseconds since 1970 UTC.
 * @param {number} most Largest number of ticks.
 * @returns {{us: number, label: string, context: string}[]} `context` is what the label leaves open (the date or the
 *   year), empty where it is the same as at the tick before.
 */
export function timeTicks(zone, t0, t1, most) {
  if (!(t1 >= t0) || most < 1) return [];
  const unitOf = (seconds) => (seconds < 60 ? "second" : "minute");
  const ways = [
    ...WITHIN_A_DAY.map((s) => [s * SECOND, unitOf(s), () => even(zone, t0, t1, s * SECOND, 0)]),
    ...DAYS.map((d) => [d * DAY, "day", () => even(zone, t0, t1, d * DAY, MONDAY)]),
    ...MONTHS_APART.map((m) => [m * 28 * DAY, m < 12 ? "month" : "year", () => months(zone, t0, t1, m)]),
  ];
  let before = "";
  for (const [step, unit, places] of ways) {
    // Small steps over years would be billions of places.
    if ((t1 - t0) / step > most + 2) continue;
    const inside = [...new Set(places())].filter((us) => us >= t0 && us <= t1);
    if (inside.length > most) continue;
    return inside.map((us) => {
      const [text, context] = label(zone, us, unit);
      const fresh = context !== before;
      before = context;
      return { us, label: text, context: fresh ? context : "" };
    });
  }
  return [];
}

/**
 * Choose ticks of an axis of counts: 0 and round whole numbers up to the largest count.
 *
 * @param {number} max
 * @param {number} most Largest number of ticks.
 * @returns {number[]}
 */
export function countTicks(max, most) {
  if (!(max >= 1) || most < 2) return [0];
  for (let power = 1; ; power *= 10) {
    for (const step of [power, 2 * power, 5 * power]) {
      if (Math.floor(max / step) + 1 > most) continue;
      return Array.from({ length: Math.floor(max / step) + 1 }, (_, i) => i * step);
    }
  }
}

/** As Python writes numbers: what lies exactly between two goes to the even digit. */
function rounded(value, digits) {
  const scaled = value * 10 ** digits;
  const tie = scaled % 1 === 0.5 && (value * 4) % 1 === 0;
  if (!tie) return String(Number(value.toFixed(digits)));
  const below = Math.floor(scaled);
  return String((below % 2 ? below + 1 : below) / 10 ** digits);
}

/**
 * Say a duration in the unit that a reader would choose: "less than a second", "14 s", "7 h", "3 days".
 *
 * @param {number | null} seconds
 * @returns {string}
 */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "an unknown time";
  if (seconds < 1) return "less than a second";
  for (const [limit, unit, size] of [
    [180, "s", 1],
    [7200, "min", 60],
    [172800, "h", 3600],
  ]) {
    if (seconds < limit) return `${rounded(seconds / size, seconds < 10 * size ? 1 : 0)} ${unit}`;
  }
  return `${rounded(seconds / 86400, 0)} days`;
}
