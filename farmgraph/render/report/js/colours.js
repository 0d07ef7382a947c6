/** Colours that can be told apart with every kind of colour vision, and in grey where their order matters. */

/** Okabe-Ito, with a darker yellow that can be seen on white: the first contents of a cluster. */
export const PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7A6A00"];

/** Every further content. */
export const OTHER = "#8A8A8A";

/** Members of the cluster. */
export const MEMBERS = "#0072B2";

const CIVIDIS = [
  ...["#00224e", "#013271", "#2f426d", "#48526c", "#5e636f", "#727374"],
  ...["#878478", "#9d9576", "#b6a96f", "#cebc63", "#e7d150", "#fee838"],
];
const BLUES = ["#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b"];

const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

function between(stops, t) {
  const at = Math.min(Math.max(t, 0) || 0, 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const [from, to] = [parts(stops[low]), parts(stops[low + 1])];
  const mixed = from.map((value, i) => Math.round(value + (to[i] - value) * (at - low)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** @returns {string} Colour of the content at position `i` of the cluster's list. */
export const ofContent = (i) => (i >= 0 && i < PALETTE.length ? PALETTE[i] : OTHER);

/** @returns {string} "#rrggbb" for a share of 0 (dark blue) to 1 (yellow): dates. */
export const cividis = (t) => between(CIVIDIS, t);

/** @returns {string} "#rrggbb" for a share of 0 (light) to 1 (dark blue): counts. */
export const blues = (t) => between(BLUES, t);
