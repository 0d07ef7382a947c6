/**
 * Dots and links as SVG: what is shown where there is no WebGL, and what goes on paper in place of a WebGL picture.
 * One path per colour and width, however many dots there are.
 */

import { svg } from "./dom.js";

const tenth = (value) => Math.round(value * 10) / 10;

/** Mix a colour "#rrggbb" with white: 1 leaves it, 0 is white. Nothing is see-through, so that WebGL and SVG agree. */
export function fade(colour, share) {
  const part = (from) => {
    const value = parseInt(colour.slice(from, from + 2), 16);
    return Math.round(255 + (value - 255) * share)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${part(1)}${part(3)}${part(5)}`;
}

const gather = (groups, colour, width, piece) => {
  const key = `${colour} ${width}`;
  const group = groups.get(key);
  if (group) group.pieces.push(piece);
  else groups.set(key, { colour, width, pieces: [piece] });
};

const paths = (groups, cap) =>
  [...groups.values()].map(({ colour, width, pieces }) =>
    svg("path", { d: pieces.join(""), stroke: colour, "stroke-width": width, "stroke-linecap": cap, fill: "none" }),
  );

/**
 * @param {object} look `nodes` {x, y}, `marks` from the bottom up ({i, part}: halo -1, dot 0, hole 1) with `markColour`
 *   and `markRadius`, `hidden`; `links` {a, b}, `order`, and the lists `linkColour`, `linkWidth`, `linkShown`.
 * @param {object} view The camera.
 * @param {{x: number, y: number, lines: string[]}[]} labels Texts, centred, `y` the lowest base line.
 * @returns {SVGElement}
 */
export function dots(look, view, labels = []) {
  const places = Array.from(look.nodes.x, (x, i) => view.project(x, look.nodes.y[i]).map(tenth));
  const inside = ([x, y]) => x > -40 && y > -40 && x < view.width + 40 && y < view.height + 40;
  const grown = Math.sqrt(view.zoom);
  const lines = new Map();
  for (const k of look.order) {
    if (!look.linkShown[k]) continue;
    const [from, to] = [places[look.links.a[k]], places[look.links.b[k]]];
    const width = tenth(look.linkWidth[k] > 1 ? look.linkWidth[k] * grown : look.linkWidth[k]);
    gather(lines, look.linkColour[k], width, `M${from[0]} ${from[1]}L${to[0]} ${to[1]}`);
  }
  // Halo, dot and hole lie on each other; halves of a pixel keep the number of paths small.
  const parts = [new Map(), new Map(), new Map()];
  for (const { i, part } of look.marks) {
    if (look.hidden[i] || !inside(places[i])) continue;
    const radius = look.markRadius(i, part) * grown;
    if (!radius) continue;
    const width = Math.max(Math.round(radius * 4) / 2, 0.5);
    gather(parts[part + 1], look.markColour(i, part), width, `M${places[i][0]} ${places[i][1]}h0`);
  }
  const texts = labels.map(({ x, y, lines: words, faded }) =>
    svg(
      "text",
      { x, y, class: faded ? "graph-text faded" : "graph-text", "text-anchor": "middle" },
      ...words.map((word, row) => {
        const dy = row === 0 ? -14 * (words.length - 1) : 14;
        return svg("tspan", { x, dy, class: row === 0 ? "strong" : "weak" }, word);
      }),
    ),
  );
  return svg(
    "svg",
    { viewBox: `0 0 ${view.width} ${view.height}`, width: view.width, height: view.height, "aria-hidden": "true" },
    ...paths(lines, "butt"),
    ...parts.flatMap((groups) => paths(groups, "round")),
    ...texts,
  );
}
