/** The views of one cluster, each in a card with a number, a title and a hint what to look for. */

import { el } from "./dom.js";
import { failed } from "./failed.js";
import { accounts } from "./views/accounts.js";
import { actions } from "./views/actions.js";
import { contents } from "./views/contents.js";
import { gaps } from "./views/gaps.js";
import { hours } from "./views/hours.js";
import { matrix } from "./views/matrix.js";
import { network } from "./views/network.js";
import { raster } from "./views/raster.js";
import { total } from "./views/total.js";

const VIEWS = [
  {
    id: "raster",
    make: raster,
    number: "1",
    title: "Who acted when",
    hint:
      "One row per account, one tick per action, coloured by content. A burst shows as vertical bars, a slow drip as " +
      "loose bands of one colour, a fan club as scatter without bands.",
  },
  {
    id: "total",
    make: total,
    half: true,
    number: "2",
    title: "How the actions arrived",
    hint:
      "Running total of one content: members against everybody else. A burst is one step, a drip an even ramp; a fan " +
      "club rises with the crowd.",
  },
  {
    id: "matrix",
    make: matrix,
    half: true,
    number: "3",
    title: "Who acted on what",
    hint:
      "Accounts by contents, coloured by date. A burst fills each column with one colour, a drip fills them too; a fan " +
      "club leaves holes everywhere.",
  },
  {
    id: "hours",
    make: hours,
    half: true,
    number: "4",
    title: "Hours of the week",
    hint:
      "Actions by hour in the chosen time zone. A burst fills a few cells, a drip runs in shifts or through the night; " +
      "a fan club sleeps like everybody else.",
  },
  {
    id: "gaps",
    make: gaps,
    half: true,
    number: "5",
    title: "Wait to the next member",
    hint:
      "How long after one member another came to the same content. A burst piles up at seconds or minutes, a drip at " +
      "one length; a fan club looks like other visitors.",
  },
  {
    id: "network",
    make: network,
    number: "6",
    title: "Who moved with whom",
    hint:
      "Lines join accounts that met on the same contents. Raise the number: a burst or a drip by the same accounts " +
      "holds together, a fan club falls apart.",
  },
  {
    id: "accounts",
    make: accounts,
    number: "7a",
    title: "Accounts",
    hint:
      "Score: share of the cluster's contents acted on. Typical gap: median time to the nearest other member. In a " +
      "burst gaps are short and alike, in a drip alike, in a fan club long and mixed.",
  },
  {
    id: "contents",
    make: contents,
    number: "7b",
    title: "Contents",
    hint: "What the members acted on. Bought contents often have more members than other visitors; what fans love has many others.",
  },
  {
    id: "actions",
    make: actions,
    number: "7c",
    title: "Actions, row by row",
    hint:
      "The rows of the log behind every claim. Line is the row's number in its source, counted from 1 after the header. " +
      "The rows follow what is chosen above.",
  },
];

/** A view that fails leaves a sentence in its place, and everything else running. */
function guarded(host, make) {
  let view = null;
  const attempt = (call) => {
    try {
      return call();
    } catch (error) {
      failed(error);
      host.replaceChildren(el("p", { class: "note" }, "This picture could not be drawn."));
      view = null;
      return null;
    }
  };
  view = attempt(make);
  const calling = (name) => (...given) => {
    if (view && view[name]) attempt(() => view[name](...given));
  };
  return Object.fromEntries(["update", "destroy", "forPaper", "afterPaper"].map((name) => [name, calling(name)]));
}

/**
 * Mount one drawing.
 *
 * @param {HTMLElement} host
 * @param {function(HTMLElement): object} make
 * @param {object} snapshot
 */
export function mount(host, make, snapshot) {
  const view = guarded(host, () => make(host));
  view.update(snapshot, new Set(["size"]));
  return view;
}

/**
 * @param {HTMLElement} section Where the cards go.
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{all: object[], end: function()}}
 */
export function cards(section, cluster, ctx) {
  const grid = el("div", { class: "views" });
  section.append(grid);
  const hosts = VIEWS.map(({ id, half, number, title, hint }) => {
    const host = el("div", { class: "host", id: `view-${id}`, role: "group", "aria-labelledby": `view-${id}-heading` });
    const heading = el("h3", { id: `view-${id}-heading` }, el("span", { class: "number" }, `${number} · `), title);
    grid.append(el("div", { class: half ? "card half" : "card" }, heading, el("p", { class: "hint" }, hint), host));
    return host;
  });
  // All cards stand before the first is drawn, so that each finds the width that it will keep.
  const all = VIEWS.map(({ make }, i) => mount(hosts[i], (host) => make(host, cluster, ctx), ctx.state.get()));
  const end = () => {
    all.forEach((view) => view.destroy());
    grid.remove();
  };
  return { all, end };
}
