/**
 * A picture of dots and links, for the map and for the network of one cluster: painted by sigma where there is
 * WebGL, as SVG where there is none, and as SVG on paper, where WebGL prints blank.
 */

import { camera } from "./camera.js";
import { el } from "./dom.js";
import { dots } from "./dots.js";
import { gestures } from "./gestures.js";
import { labels as overlay } from "./labels.js";
import { webgl } from "./webgl.js";

const HOW =
  "Drag to move. The wheel zooms after a click into the picture, or with Ctrl; on a touch screen two fingers do.";
const WHITE = "#ffffff";
const REACH = 7;
const LEAST_WITH_HOLE = 2.4;

function frameOf({ x, y }) {
  const frame = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (let i = 0; i < x.length; i++) {
    frame.x0 = Math.min(frame.x0, x[i]);
    frame.x1 = Math.max(frame.x1, x[i]);
    frame.y0 = Math.min(frame.y0, y[i]);
    frame.y1 = Math.max(frame.y1, y[i]);
  }
  if (!x.length) return { x0: 0, y0: 0, x1: 1, y1: 1 };
  // Dots that all lie in one place have no extent to be fitted by.
  const alone = Math.max(frame.x1 - frame.x0, frame.y1 - frame.y0) < 1e-6 ? 0.5 : 0;
  return { x0: frame.x0 - alone, y0: frame.y0 - alone, x1: frame.x1 + alone, y1: frame.y1 + alone };
}

const each = (n, value) => Array.from({ length: n }, (_, i) => (typeof value === "function" ? value(i) : value[i]));

function lookOf(nodes, links, halo) {
  const [n, m] = [nodes.x.length, links.a.length];
  const look = {
    nodes,
    links,
    colour: each(n, nodes.colour),
    radius: each(n, nodes.size),
    hidden: new Array(n).fill(false),
    linkColour: each(m, links.colour),
    linkWidth: each(m, links.width),
    linkShown: new Array(m).fill(true),
    linkTop: new Array(m).fill(0),
    order: Array.from({ length: m }, (_, k) => k),
    // Each dot lies on a white halo and may have a white hole: three marks from the bottom up.
    marks: [],
    holes: false,
    markRadius: (i, part) => {
      if (part === 0) return look.radius[i];
      return part < 0 ? look.radius[i] + halo : look.holes ? look.radius[i] * nodes.hollow[i] : 0;
    },
    markColour: (i, part) => (part === 0 ? look.colour[i] : WHITE),
  };
  for (let i = 0; i < n; i++) {
    if (halo) look.marks.push({ i, part: -1 });
    look.marks.push({ i, part: 0 });
    if (nodes.hollow && nodes.hollow[i]) look.marks.push({ i, part: 1 });
  }
  return look;
}

function svgPainter(stage, look, view) {
  let asked = 0;
  const draw = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => stage.replaceChildren(dots(look, view)));
  };
  return { draw, refresh: draw, end: () => cancelAnimationFrame(asked) };
}

/**
 * @param {HTMLElement} host
 * @param {object} options
 * @param {{x, y, size, colour, hollow}} options.nodes Lists (y downwards); size (radius in pixels where everything is
 *   seen) and colour ("#rrggbb") may be functions; `hollow` is the white share of the radius, 0 for a full dot.
 * @param {{a, b, width, colour}} options.links From the lowest to the topmost; up to a pixel wide they do not grow.
 * @param {string} options.label What the picture shows, for those who do not see it.
 * @param {function(number): number} options.height Height in pixels for a width.
 * @param {object} [options.frame] {x0, y0, x1, y1} of what must be seen; all nodes without it.
 * @param {number} [options.first] The first node that can be pointed at.
 * @param {number} [options.halo] Width in pixels of a white ring that keeps dots apart.
 * @param {object[]} [options.labels] As for `labels`.
 * @param {function} options.onHover `(i or null, {clientX, clientY, at} or null)`, `at` in the data.
 * @param {function} options.onClick `(i or null, {at})`.
 * @returns {{update, resize, forPaper, afterPaper, destroy, view}} `update` takes any of `nodeColour(i)`,
 *   `nodeSize(i)`, `hidden(i)`, `linkShown(k)`, `linkColour(k)`, `linkWidth(k)`, `linkTop(k)` and `labels`.
 */
export function graph(host, options) {
  const { nodes, links, label, height, first = 0, halo = 0, labels = [], onHover, onClick } = options;
  const seen = options.frame || frameOf(nodes);
  const look = lookOf(nodes, links, halo);
  const view = camera(seen);
  const stage = el("div", { class: "graph-stage", role: "img", "aria-label": label });
  const layer = el("div", { class: "graph-layer" });
  const picture = el("div", { class: "graph-picture" }, stage, layer);
  const button = (sign, name, by) =>
    el("button", { type: "button", "aria-label": name, title: name, onclick: () => moving.zoom(by) }, sign);
  const buttons = el(
    "div",
    { class: "graph-buttons" },
    el("span", {}, HOW),
    button("+", "Zoom in", 1),
    button("\u2212", "Zoom out", -1),
    button("\u2922", "Show everything", 0),
  );
  const whole = el("div", { class: "graph" }, picture, buttons);
  host.append(whole);
  const over = overlay(layer, view);

  const nearest = (px, py) => {
    const [x, y] = view.invert(px, py);
    let best = null;
    let least = Infinity;
    for (let i = first; i < nodes.x.length; i++) {
      if (look.hidden[i]) continue;
      const apart = Math.hypot(nodes.x[i] - x, nodes.y[i] - y) * view.scale - look.radius[i] * Math.sqrt(view.zoom);
      if (apart < least) [best, least] = [i, apart];
    }
    return least <= REACH ? best : null;
  };

  let painter = null;
  const size = () => {
    const width = Math.max(host.clientWidth, 1);
    const tall = Math.round(height(width));
    picture.style.height = `${tall}px`;
    view.resize(picture.clientWidth || width, picture.clientHeight || tall);
  };
  // A hole in a dot of two pixels only makes it pale.
  const holes = () => {
    const before = look.holes;
    const largest = look.radius[look.radius.length - 1] || 0;
    look.holes = Boolean(nodes.hollow) && largest * Math.sqrt(view.zoom) >= LEAST_WITH_HOLE;
    return look.holes !== before;
  };
  const paint = () => {
    if (holes()) painter.refresh();
    painter.draw();
    over.place();
  };
  const fallBack = () => {
    try {
      if (painter) painter.end();
    } catch {
      // Whatever a lost context still complains about, the picture is drawn anew.
    }
    stage.replaceChildren();
    painter = svgPainter(stage, look, view);
    painter.draw();
  };
  const moving = gestures(layer, view, {
    onView: paint,
    onAwake: (now) => picture.classList.toggle("awake", now),
    onPoint: (px, py, event) => {
      if (px === null) return onHover(null, null);
      const i = event.target.closest("button") ? null : nearest(px, py);
      layer.classList.toggle("hit", i !== null);
      onHover(i, { clientX: event.clientX, clientY: event.clientY, at: view.invert(px, py) });
    },
    onClick: (px, py) => onClick(nearest(px, py), { at: view.invert(px, py) }),
  });
  buttons.addEventListener("keydown", moving.key);

  size();
  try {
    painter = webgl(stage, look, view, seen, fallBack);
    painter.draw();
  } catch {
    fallBack();
  }
  over.set(labels);

  const update = (change) => {
    const take = (name, list) => {
      if (change[name]) for (let i = 0; i < list.length; i++) list[i] = change[name](i);
    };
    take("nodeColour", look.colour);
    take("nodeSize", look.radius);
    take("hidden", look.hidden);
    take("linkShown", look.linkShown);
    take("linkColour", look.linkColour);
    take("linkWidth", look.linkWidth);
    take("linkTop", look.linkTop);
    if (change.linkTop) {
      look.order = Array.from(look.linkTop.keys()).sort((j, k) => look.linkTop[j] - look.linkTop[k] || j - k);
    }
    if (change.labels) over.set(change.labels);
    holes();
    painter.refresh();
  };
  const resize = () => {
    size();
    paint();
  };

  let paper = null;
  const forPaper = () => {
    if (paper) return;
    paper = dots(look, view, over.placed());
    paper.classList.add("graph-paper");
    picture.append(paper);
  };
  const afterPaper = () => {
    if (paper) paper.remove();
    paper = null;
  };
  window.addEventListener("beforeprint", forPaper);
  window.addEventListener("afterprint", afterPaper);

  const destroy = () => {
    window.removeEventListener("beforeprint", forPaper);
    window.removeEventListener("afterprint", afterPaper);
    moving.end();
    painter.end();
    whole.remove();
  };
  return { update, resize, forPaper, afterPaper, destroy, view };
}
