/** Labels over a picture: they follow the camera, and where two would overlap the first in the list stays. */

import { el } from "./dom.js";

const GAP = 3;

/**
 * @param {HTMLElement} layer Where they lie.
 * @param {object} view The camera.
 * @returns {{set: function, place: function, placed: function}} `set(items)` with {x, y, reach, lift, lines, faded,
 *   open}: `reach` is a distance in the data, `lift` one in pixels, by which the label stands above (x, y); `open()`
 *   makes it a button that is read out as `said`; `must`: shown even where it covers an island. `placed()`: texts as
 *   they stand, for paper.
 */
export function labels(layer, view) {
  const box = el("div", { class: "graph-labels" });
  layer.append(box);
  let shown = [];
  let placed = [];

  const element = (item) => {
    const lines = item.lines.map((line, row) => el(row === 0 ? "strong" : "span", {}, el("bdi", {}, line)));
    return item.open
      ? el(
          "button",
          { type: "button", class: "graph-label", tabindex: "-1", "aria-label": item.said, onclick: item.open },
          ...lines,
        )
      : el("span", { class: "graph-label" }, ...lines);
  };

  // One stop of the Tab key for all of them; the arrows lead from one to the next.
  const stop = (at) => shown.forEach(({ node }, i) => node.setAttribute("tabindex", i === at ? "0" : "-1"));
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = shown.findIndex(({ node }) => node === document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (at + step + shown.length) % shown.length;
    stop(next);
    shown[next].node.focus();
  });
  box.addEventListener("focusin", (event) => place(event.target));
  box.addEventListener("focusout", () => place());

  /** Above what they name, else below it; never beyond the picture. */
  const spots = ({ item, width, height }) => {
    const [px, py] = view.project(item.x, item.y);
    const reach = (item.reach || 0) * view.scale;
    const outside = px + reach < 0 || px - reach > view.width || py + reach < 0 || py - reach > view.height;
    if (outside || width > view.width) return [];
    const off = reach + (item.lift || 0);
    return [py - off - height, py + off].map((y) => {
      const left = Math.min(Math.max(px - width / 2, 1), view.width - width - 1);
      const top = Math.min(Math.max(y, 1), view.height - height - 1);
      return { left, top, right: left + width, bottom: top + height };
    });
  };
  const covers = (at, px, py, radius) => {
    const [dx, dy] = [Math.max(at.left - px, 0, px - at.right), Math.max(at.top - py, 0, py - at.bottom)];
    return Math.hypot(dx, dy) < radius - 1;
  };
  const meets = (at, other) =>
    at.left < other.right + GAP && other.left < at.right + GAP && at.top < other.bottom && other.top < at.bottom;

  /** Put them where they belong; `first` is shown whatever it covers. */
  const place = (first = null) => {
    const taken = [];
    placed = [];
    const discs = shown
      .filter(({ item }) => item.reach)
      .map(({ item }) => [...view.project(item.x, item.y), item.reach * view.scale]);
    const turn = [...shown].sort((one, other) => (other.node === first) - (one.node === first));
    for (const one of turn) {
      if (!one.width) [one.width, one.height] = [one.node.offsetWidth, one.node.offsetHeight];
      const open = spots(one);
      const free = open.filter((at) => !taken.some((other) => meets(at, other)));
      const bare = free.find((place) => !discs.some((disc) => covers(place, ...disc)));
      // What must be read lies rather over an island than nowhere, and so does what has the focus.
      const at = bare || (one.item.must || one.node === first ? free[0] : undefined);
      // Unseen and still in the order of the Tab key: what has no room can be reached all the same.
      one.node.classList.toggle("away", !at);
      const spot = at || open[0];
      if (spot) one.node.style.transform = `translate(${Math.round(spot.left)}px, ${Math.round(spot.top)}px)`;
      if (!at) continue;
      taken.push(at);
      placed.push({ x: (at.left + at.right) / 2, y: at.bottom - 5, lines: one.item.lines, faded: one.item.faded });
    }
  };

  const set = (items) => {
    const held = shown.findIndex(({ node }) => node === document.activeElement);
    shown = items.map((item) => ({ item, node: element(item) }));
    shown.forEach(({ item, node }) => node.classList.toggle("faded", Boolean(item.faded)));
    box.replaceChildren(...shown.map(({ node }) => node));
    if (shown.length && shown[0].item.open) stop(Math.max(held, 0));
    if (held >= 0 && shown[held]) shown[held].node.focus();
    place();
  };
  return { set, place, placed: () => placed };
}
