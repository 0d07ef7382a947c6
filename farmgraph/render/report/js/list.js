/** The list of clusters at the side, and the slider for the least evidence above it. */

import { el, svg } from "./dom.js";
import { level } from "./evidence.js";
import { count, many } from "./figure.js";

const WIDE = "(min-width: 900px)";

/** @returns {string} A number with the digits that matter. */
function short(value) {
  if (value >= 10) return count(Math.round(value));
  return value >= 1 ? value.toFixed(1) : String(Number(value.toPrecision(2)));
}

/** Four steps, as many filled as the verdict is strong; the word stands beside it. */
function steps(verdict) {
  const filled = level(verdict);
  const bars = [1, 2, 3, 4].map((i) =>
    svg("rect", { x: (i - 1) * 8, y: 0.5, width: 6, height: 9, rx: 1, class: i <= filled ? "filled" : "empty" }),
  );
  return svg("svg", { class: "steps", viewBox: "0 0 31 10", width: 31, height: 10, "aria-hidden": "true" }, ...bars);
}

function numbers({ overlap_ratio: ratio, synchrony_z: z }) {
  const overlap = ratio === null ? "overlap not compared" : `${short(ratio)} times the overlap expected`;
  return `${overlap}, ${z === null ? "timing not tested" : `z\u00a0=\u00a0${z.toFixed(1)}`}`;
}

function entry(item, opens) {
  // The page has each verdict's mark in words already; here stands a copy.
  const known = document.querySelector(`tr[data-cluster="${item.cluster}"] .mark`);
  const mark = known ? known.cloneNode(true) : null;
  const size = `${many(item.n_accounts, "account")}, ${many(item.n_contents, "content")}`;
  const inside = [
    el("span", { class: "item-name" }, mark, `Cluster ${item.cluster}: `, el("span", { class: "verdict" }, item.verdict)),
    el("span", { class: "item-size" }, size, steps(item.verdict)),
    el("span", { class: "item-numbers" }, numbers(item)),
  ];
  if (opens) return el("a", { class: "item", href: `#cluster-${item.cluster}` }, ...inside);
  return el("div", { class: "item closed" }, ...inside, el("span", { class: "item-size" }, "not shown in full"));
}

/** A slider that says in words where it stands. */
function slider(ctx) {
  const said = el("output", { id: "least-said" });
  const input = el("input", {
    type: "range",
    id: "least",
    min: 0,
    max: ctx.stops.length - 1,
    step: 1,
    value: ctx.state.get().least,
    oninput: () => ctx.state.set({ least: Number(input.value) }),
  });
  const say = (least) => {
    said.textContent = ctx.stops[least].text;
    input.value = String(least);
    input.setAttribute("aria-valuetext", ctx.stops[least].text);
  };
  return { node: el("div", { class: "least" }, el("label", { for: "least" }, "Least evidence"), input, said), say };
}

/**
 * @param {HTMLElement} host
 * @param {object} ctx Besides the usual `stops` and `headline`.
 */
export function list(host, ctx) {
  const { listed, clusters, stops, headline, state } = ctx;
  const opens = new Set(clusters.map(({ cluster }) => cluster));
  const items = listed.map((item) => ({ item, node: el("li", {}, entry(item, opens.has(item.cluster))) }));
  const chooser = stops.length > 1 ? slider(ctx) : null;
  const counted = el("p", { class: "counted", role: "status" });
  const none = listed.length ? [] : [el("p", { class: "hint" }, "No cluster was found.")];
  const inside = [chooser && chooser.node, counted, ...none, el("ul", { class: "items" }, ...items.map(({ node }) => node))];
  const folded = el("details", {}, el("summary", {}, `Clusters (${count(headline.n_clusters)})`), ...inside.filter(Boolean));
  host.replaceChildren(folded);

  const wide = window.matchMedia(WIDE);
  const fold = () => {
    folded.open = wide.matches;
  };
  wide.addEventListener("change", fold);
  fold();

  const update = (snapshot, changed) => {
    if (changed.has("least")) {
      let n = 0;
      for (const { item, node } of items) {
        node.hidden = !ctx.passes(item, snapshot.least);
        n += node.hidden ? 0 : 1;
      }
      counted.textContent = listed.length ? `${count(n)} of ${many(headline.n_clusters, "cluster")} shown` : "";
      if (chooser) chooser.say(snapshot.least);
    }
    if (!changed.has("page")) return;
    for (const { item, node } of items) {
      const own = item.cluster === snapshot.page;
      if (own) node.firstChild.setAttribute("aria-current", "page");
      else node.firstChild.removeAttribute("aria-current");
      // Only the list itself is moved, never the page.
      if (own && wide.matches) {
        const [top, bottom] = [node.offsetTop, node.offsetTop + node.offsetHeight];
        if (top < host.scrollTop) host.scrollTop = top;
        else if (bottom > host.scrollTop + host.clientHeight) host.scrollTop = bottom - host.clientHeight;
      }
    }
    if (!wide.matches) folded.open = false;
  };
  state.on(update);
  update(state.get(), new Set(["least", "page"]));
}
