/**
 * Times of the log (microseconds since 1970 UTC) as clocks in any time zone show them. The rules of the zones are
 * those of the reader's browser; missing times (NaN) give an empty text.
 */

const SECOND = 1e6;
const QUARTER = 15 * 60 * SECOND;
const DAY = 86400 * SECOND;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** For browsers that cannot list their zones. */
const WELL_KNOWN = [
  "Africa/Cairo",
  "America/Los_Angeles",
  "America/New_York",
  "America/Sao_Paulo",
  "Asia/Dhaka",
  "Asia/Kolkata",
  "Asia/Manila",
  "Asia/Shanghai",
  "Asia/Tokyo",
  "Europe/Berlin",
  "Europe/London",
  "Europe/Moscow",
];

const clocks = new Map();
const known = new Map();
const two = (n) => String(n).padStart(2, "0");
const four = (n) => (n < 0 ? "-" : "") + String(Math.abs(n)).padStart(4, "0");

/** @returns {string[]} Names of time zones: UTC, then the reader's own, then all others by name. */
export function zones() {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const all = Intl.supportedValuesOf ? Intl.supportedValuesOf("timeZone") : WELL_KNOWN;
  return [...new Set(["UTC", ...(own ? [own] : []), ...[...all].sort()])];
}

function clock(zone) {
  if (!clocks.has(zone)) {
    const parts = {
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    };
    const more = { timeZone: zone, hourCycle: "h23", calendar: "gregory", numberingSystem: "latn", era: "short" };
    clocks.set(zone, new Intl.DateTimeFormat("en-US", { ...parts, ...more }));
  }
  return clocks.get(zone);
}

/** Ask the browser: slow, a few microseconds each. */
function asked(zone, us) {
  const milliseconds = Math.floor(us / SECOND) * 1000;
  const told = {};
  for (const { type, value } of clock(zone).formatToParts(milliseconds)) told[type] = value;
  const year = told.era && told.era.startsWith("B") ? 1 - told.year : Number(told.year);
  const wall = new Date(0);
  wall.setUTCFullYear(year, told.month - 1, told.day);
  wall.setUTCHours(told.hour, told.minute, told.second);
  return (wall.getTime() - milliseconds) / 60000;
}

function cached(zone, us, step) {
  const key = `${zone} ${step} ${Math.floor(us / step)}`;
  if (!known.has(key)) known.set(key, asked(zone, Math.floor(us / step) * step));
  return known.get(key);
}

/**
 * How far the clocks of a zone are ahead of UTC.
 *
 * @param {string} zone IANA name.
 * @param {number} us
 * @returns {number} Minutes; fractions for the local mean times of old.
 */
export function offset(zone, us) {
  if (zone === "UTC" || !Number.isFinite(us)) return 0;
  const before = cached(zone, us, DAY);
  // No zone changes its clocks twice in a day; changes fall on quarters of an hour.
  return before === cached(zone, us + DAY, DAY) ? before : cached(zone, us, QUARTER);
}

/**
 * @param {string} zone
 * @param {number} us
 * @returns {{year: number, month: number, day: number, weekday: number, hour: number, minute: number, second: number,
 *   us: number}} `month` from 1, `weekday` from 0 = Monday, `us` the microseconds within the second.
 */
export function local(zone, us) {
  const rest = us - Math.floor(us / SECOND) * SECOND;
  const date = new Date(Math.round((us - rest) / 1000 + offset(zone, us) * 60000));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: (date.getUTCDay() + 6) % 7,
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    us: Math.round(rest),
  };
}

/**
 * The moment at which the clocks of a zone show a time. Of two such moments the first; where the clocks skip the
 * time, as much later as they skip.
 *
 * @param {string} zone
 * @param {number} wall_us The time shown, as microseconds since the clocks showed 1970-01-01 00:00:00.
 * @returns {number} Microseconds since 1970 UTC.
 */
export function instant(zone, wall_us) {
  const shifts = [offset(zone, wall_us - DAY), offset(zone, wall_us + DAY)];
  const found = shifts.map((minutes) => wall_us - minutes * 60 * SECOND);
  const right = found.filter((us, i) => offset(zone, us) === shifts[i]);
  return right.length ? Math.min(...right) : found[0];
}

/** @returns {string} "2025-03-16 10:24:05" */
export function moment(zone, us) {
  if (!Number.isFinite(us)) return "";
  const at = local(zone, us);
  return `${four(at.year)}-${two(at.month)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}:${two(at.second)}`;
}

/** @returns {string} "16 Mar 2025" */
export function day(zone, us) {
  if (!Number.isFinite(us)) return "";
  const at = local(zone, us);
  return `${at.day} ${MONTHS[at.month - 1]} ${at.year}`;
}

/** @returns {string} "2025-03-16T10:24:05Z", with six more digits where there is a fraction of a second. */
export function iso(us) {
  if (!Number.isFinite(us)) return "";
  const { us: rest } = local("UTC", us);
  return `${moment("UTC", us).replace(" ", "T")}${rest ? `.${String(rest).padStart(6, "0")}` : ""}Z`;
}
