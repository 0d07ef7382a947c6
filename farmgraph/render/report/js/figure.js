/** What the drawings have in common: measures of text, axes of time, names of rows, words for numbers. */

import { timeTicks } from "./axis.js";
import { el, svg } from "./dom.js";
import { moment } from "./zones.js";

/** Height of a letter of the labels, in pixels; the style sheet says the same. */
export const LETTER = 11.5;
export const LINE = 14;

const measured = new Map();
let pen = null;

/** @returns {number} Width of a label in pixels. */
export function textWidth(text, bold = false) {
  const key = (bold ? "b" : "n") + text;
  if (measured.has(key)) return measured.get(key);
  if (!pen) {
    pen = document.createElement("canvas").getContext("2d");
    pen.family = getComputedStyle(document.body).fontFamily;
  }
  pen.font = `${bold ? "600 " : ""}${LETTER}px ${pen.family}`;
  const width = pen.measureText(text).width;
  if (measured.size > 20000) measured.clear();
  measured.set(key, width);
  return width;
}

/** @returns {string} The text, cut so that it is at most `most` pixels wide. */
export function fitted(text, most, bold = false) {
  if (textWidth(text, bold) <= most) return text;
  // A visible code point such as ⟨U+202E⟩ may be cut apart here; pairs of surrogates may not.
  const letters = Array.from(text);
  let [low, high] = [0, letters.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (textWidth(`${letters.slice(0, middle).join("")}…`, bold) <= most) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("")}…`;
}

export const tenth = (value) => Math.round(value * 10) / 10;
export const count = (n) => n.toLocaleString("en-GB");
export const many = (n, word) => `${count(n)} ${n === 1 ? word : `${word}s`}`;

/** @returns {string} "4 %", "0.3 %", "less than 0.1 %" */
export function percent(share) {
  const value = share * 100;
  if (value > 0 && value < 0.1) return "less than 0.1 %";
  const text = value < 10 ? String(tenth(value)) : String(Math.round(value));
  // What is not quite all must not be called all.
  return `${text === "100" && value < 100 ? "99" : text} %`;
}

/** @returns {string} "2025-03-16 10:24:05 to 10:34:02": the date is said once where it is the same. */
export function span(zone, [t0, t1]) {
  const [from, to] = [moment(zone, t0), moment(zone, t1)];
  return `${from} to ${from.slice(0, -8) === to.slice(0, -8) ? to.slice(-8) : to}`;
}

/** @returns {string} "account, content and window" */
export const listed = (parts) => [parts.slice(0, -1).join(", "), ...parts.slice(-1)].filter(Boolean).join(" and ");

/** @returns {number} Largest finite value of a list, NaN where there is none. */
export const largest = (list) =>
  list.reduce((most, value) => (value <= most || Number.isNaN(value) ? most : value), NaN);
export const smallest = (list) =>
  list.reduce((least, value) => (value >= least || Number.isNaN(value) ? least : value), NaN);

/** @returns {[number, number]} A range around times: a fiftieth to each side, never less than ten seconds in all. */
export function padded(low, high) {
  const margin = Math.max((high - low) / 50, (10e6 - (high - low)) / 2);
  return [low - margin, high + margin];
}

/** @returns {SVGElement} A drawing that is `width` by `height` pixels and says what it shows. */
export const drawing = (width, height, label, ...children) =>
  svg(
    "svg",
    { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    ...children,
  );

export const words = (x, y, text, attrs) => svg("text", { x: tenth(x), y: tenth(y), ...attrs }, text);

/**
 * Labels in one line of which none covers another or is cut off.
 *
 * @param {{x: number, text: string}[]} labels By `x`, the middles.
 * @param {{y: number, left: number, right: number, name: string}} where
 * @returns {SVGElement[]}
 */
export function inLine(labels, { y, left, right, name }) {
  const kept = [];
  let end = -Infinity;
  for (const { x, text } of labels) {
    const width = textWidth(text);
    const from = Math.max(Math.min(x - width / 2, right - width), left);
    if (!text || from < end + 8) continue;
    end = from + width;
    kept.push(words(from, y, text, { class: name }));
  }
  return kept;
}

/**
 * An axis of time: lines behind the drawing, labels and the name of the zone below it.
 *
 * @param {string} zone
 * @param {[number, number]} domain
 * @param {{left: number, right: number, top: number, bottom: number, width: number}} box `width` is that of the
 *   drawing.
 * @returns {{back: SVGElement[], height: number}} `height` is what it takes below the box.
 */
export function timeAxis(zone, [t0, t1], { left, right, top, bottom, width }) {
  const ticks = timeTicks(zone, t0, t1, Math.max(3, Math.floor((right - left) / 84)));
  const at = (us) => left + ((us - t0) / (t1 - t0)) * (right - left);
  const lines = ticks.map(({ us }) => `M${tenth(at(us))} ${top}V${bottom + 5}`).join("");
  const line = (key, y, name) =>
    inLine(
      ticks.map((t) => ({ x: at(t.us), text: t[key] })),
      { y, left: 0, right: width, name },
    );
  // A stretch so short that no round time falls into it: say where it begins.
  if (!ticks.length) ticks.push({ us: t0, label: moment(zone, t0), context: "" });
  const back = [
    svg("path", { class: "grid", d: lines }),
    ...line("label", bottom + 18, "tick"),
    ...line("context", bottom + 32, "faint"),
    words(right, bottom + 46, `time (${zone})`, { class: "faint", "text-anchor": "end" }),
  ];
  return { back, height: 52 };
}

/** How much room the names of rows get at the left of a drawing, and how high a row is. */
export function rowRoom(names, width, { body, least, most }) {
  const room = Math.min(150, Math.max(56, Math.round(width * 0.24)));
  const widest = Math.max(0, ...names.slice(0, 600).map((name) => textWidth(name, true)));
  const pitch = Math.min(most, Math.max(least, body / Math.max(names.length, 1)));
  return { left: Math.round(Math.min(room, widest + 12)), pitch, every: Math.max(1, Math.ceil(13 / pitch)) };
}

/**
 * Names beside rows: every so many, and always that of the chosen row.
 *
 * @param {string[]} names Top to bottom.
 * @param {{left: number, top: number, pitch: number, every: number, chosen: number | null}} where
 * @returns {SVGElement[]}
 */
export function rowNames(names, { left, top, pitch, every, chosen }) {
  const shown = [];
  names.forEach((name, row) => {
    const own = row === chosen;
    if (!own && (row % every !== 0 || (chosen !== null && Math.abs(row - chosen) * pitch < 12))) return;
    const attrs = { class: own ? "name chosen" : "name", "text-anchor": "end" };
    shown.push(words(left - 8, top + (row + 0.5) * pitch + 4, fitted(name, left - 10, own), attrs));
  });
  return shown;
}

/** A paragraph of small print; empty sentences are left out. */
export const note = (...sentences) => el("p", { class: "note" }, sentences.filter(Boolean).join(" "));

/** Accounts and contents of a cluster that the page does not list. */
export function shortened(cluster) {
  const said = [];
  if (cluster.accounts.account.length < cluster.n_accounts) {
    said.push(
      `${count(cluster.accounts.account.length)} of ${many(cluster.n_accounts, "account")} are drawn, those with the highest scores.`,
    );
  }
  if (cluster.contents.content.length < cluster.n_contents) {
    said.push(
      `${count(cluster.contents.content.length)} of ${many(cluster.n_contents, "content")} are drawn, those with the most members.`,
    );
  }
  return said.join(" ");
}

/** What of a cluster is left out of its pictures: accounts and contents beyond the lists, and actions. */
export function cuts(cluster) {
  const [held, all] = [cluster.actions.account.length, cluster.n_rows];
  const thinned = held < all ? `${count(held)} of ${many(all, "action")} are drawn, evenly chosen in order of time.` : "";
  return [shortened(cluster), thinned].filter(Boolean).join(" ");
}
