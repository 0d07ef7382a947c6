/** How the raster is laid out for one width and one way of looking, and the shapes it is drawn with. */

import { PALETTE, ofContent } from "./colours.js";
import { svg } from "./dom.js";
import { inLine, rowRoom, span, tenth, textWidth, timeAxis, words } from "./figure.js";
import { extent, lagScale, numberPlaces } from "./ticks.js";

/** Height of the line above the drawing in which the window is named, and of a line of numbers. */
const STRIP = 16;
export const BAND = 13;
const FADED = 0.13;

/** Place of every tick and of the axis under them, for one width and one way of looking. */
export function laidOut(width, acts, names, { mode, zoomed }) {
  const { left, pitch, every } = rowRoom(names, width, { body: 560, least: 1.4, most: 15 });
  const right = width - 10;
  const domain = mode === "lag" ? null : zoomed || extent(acts.time);
  const scale = mode === "lag" ? lagScale(acts.lag) : null;
  const share = scale ? acts.lag.map(scale.place) : acts.time.map((us) => (us - domain[0]) / (domain[1] - domain[0]));
  const x = share.map((part) => left + part * (right - left));
  const drawn = Array.from(x.keys()).filter((i) => share[i] >= 0 && share[i] <= 1);
  const pick = (list) => drawn.map((i) => list[i]);
  const numbers = scale ? [] : numberPlaces(pick(x), pick(acts.row), pick(acts.content), 13);
  const lines = numbers.reduce((most, { line }) => Math.max(most, line + 1), 0);
  const top = STRIP + lines * BAND + 4;
  const bottom = top + Math.max(pitch * names.length, 24);
  return { width, left, right, pitch, every, domain, scale, x, drawn, numbers, top, bottom };
}

/** Ticks: one path for each colour and for what is chosen or not: never an element per tick. */
export function tickPaths(acts, plan, chosen) {
  const { x, drawn, pitch, top } = plan;
  const high = Math.max(pitch * 0.84, 3.6);
  const wide = pitch > 5 && drawn.length < 1500 ? 3 : 2.4;
  const paths = new Map();
  for (const i of drawn) {
    const slot = Math.min(acts.content[i], PALETTE.length);
    // Greys lie below colours, what is faded below everything.
    const key = (chosen(i) ? 100 : 0) + (PALETTE.length - slot);
    if (!paths.has(key)) paths.set(key, []);
    paths.get(key).push(`M${tenth(x[i])} ${tenth(top + acts.row[i] * pitch + (pitch - high) / 2)}v${tenth(high)}`);
  }
  return [...paths.keys()]
    .sort((a, b) => a - b)
    .map((key) => {
      const stroke = ofContent(PALETTE.length - (key % 100));
      const opacity = key < 100 ? FADED : null;
      return svg("path", {
        d: paths.get(key).join(""),
        stroke,
        "stroke-width": wide,
        "stroke-opacity": opacity,
        fill: "none",
      });
    });
}

/** The axis of dates, or of lags. */
export function axisBelow(plan, zone) {
  const { left, right, top, bottom, width, scale, domain } = plan;
  if (!scale) return timeAxis(zone, domain, { left, right, top, bottom, width });
  const at = (share) => left + share * (right - left);
  const lines = scale.ticks.map((tick) => `M${tenth(at(tick.at))} ${top}V${bottom + 5}`).join("");
  const labels = scale.ticks.map((tick) => ({ x: at(tick.at), text: tick.text }));
  const name = "time since members began on the content (compressed scale)";
  const back = [
    svg("path", { class: "grid", d: lines }),
    ...inLine(labels, { y: bottom + 18, left: 0, right: width, name: "tick" }),
    ...inLine([{ x: right, text: name }], { y: bottom + 36, left: 0, right: width, name: "faint" }),
  ];
  return { back, height: 44 };
}

/** The window as a band whose edges are named above it. */
export function bandOf({ left, right, top, bottom, width, domain }, zone, window) {
  if (!domain || !window) return [];
  const at = (us) => left + ((us - domain[0]) / (domain[1] - domain[0])) * (right - left);
  const [from, to] = window.map((us) => Math.min(Math.max(at(us), left), right));
  if (at(window[1]) < left || at(window[0]) > right) return [];
  const text = span(zone, window);
  const start = Math.max(0, Math.min((from + to) / 2 - textWidth(text, true) / 2, width - textWidth(text, true) - 2));
  // Where all that is drawn lies in the window, its edges say enough.
  const whole = window[0] <= domain[0] && window[1] >= domain[1];
  return [
    whole
      ? svg("g")
      : svg("rect", {
          class: "band",
          x: tenth(from),
          y: STRIP,
          width: Math.max(tenth(to - from), 1),
          height: tenth(bottom - STRIP),
        }),
    svg("path", {
      class: "band-edge",
      d: `M${tenth(from)} ${STRIP}V${tenth(bottom)}M${tenth(to)} ${STRIP}V${tenth(bottom)}`,
    }),
    words(start, STRIP - 4, text, { class: "number" }),
  ];
}
