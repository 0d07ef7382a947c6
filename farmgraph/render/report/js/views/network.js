/**
 * Who moved with whom inside one cluster: a line joins two accounts that met on enough contents. Raising the least
 * number of contents shows whether the group holds together or falls apart.
 */

import { duration } from "../axis.js";
import { el } from "../dom.js";
import { fade } from "../dots.js";
import { shortened } from "../figure.js";
import { graph } from "../graph.js";

const BLUE = "#0072B2";
const GREY = "#8A8A8A";
const DARKEST = "#39424c";
const STEPS = 8;
const PAIRS = 30;

const count = (n) => n.toLocaleString("en-GB");
const many = (n, word) => `${count(n)} ${n === 1 ? word : `${word}s`}`;

/** What "met" means, as it follows "contents". */
const when = (within) => (Number.isFinite(within) ? `within ${duration(within)} of each other` : "at any time");

/**
 * Where the slider stands at first: the least number of contents, from two on, at which fewer than a third of all
 * possible pairs are joined; two where that is never so.
 *
 * @returns {number | null} None where nobody is joined.
 */
export function firstLeast({ x, least, links }) {
  if (!least.length) return null;
  const pairs = (x.length * (x.length - 1)) / 2;
  const stops = Array.from(least.keys());
  const enough = stops.filter((s) => least[s] >= 2);
  const stop = enough.find((s) => links[s] < pairs / 3);
  return least[stop ?? enough[0] ?? 0];
}

/** The stop of the slider for a number of contents: the first that asks for at least as many. */
const stopOf = ({ least }, wanted) => {
  const stop = Array.from(least).findIndex((n) => n >= wanted);
  return stop < 0 ? least.length - 1 : stop;
};

function pairsTable(cluster, ctx) {
  const { a, b, n, n_links: all, within_s: within } = cluster.network;
  const name = (i) => el("bdi", {}, ctx.shown("account", cluster.accounts.account[i], 60));
  const strongest = Array.from(n.keys())
    .sort((j, k) => n[k] - n[j] || j - k)
    .slice(0, PAIRS);
  const rows = strongest.map((k) =>
    el("tr", {}, el("td", {}, name(a[k])), el("td", {}, name(b[k])), el("td", { class: "n" }, count(n[k]))),
  );
  const heads = ["Account", "Account"].map((word) => el("th", { scope: "col" }, word));
  const head = el("tr", {}, ...heads, el("th", { scope: "col", class: "n" }, `Contents ${when(within)}`));
  const title = rows.length < all ? `Strongest pairs among the links drawn, as a table (${rows.length} of ${count(all)})` : "Pairs as a table";
  return el(
    "details",
    {},
    el("summary", {}, title),
    el("div", { class: "box" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows))),
  );
}

/**
 * @param {HTMLElement} host
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{update: function, forPaper: function, afterPaper: function, destroy: function}}
 */
export function network(host, cluster, ctx) {
  const net = cluster.network;
  const size = net.x.length;
  const names = cluster.accounts.account;
  const strongest = net.n.reduce((most, n) => Math.max(most, n), 0);
  const small = Math.min(Math.max(Math.sqrt(60 / Math.max(size, 1)), 0.45), 1);
  // The weakest first, so that the strongest lie on top.
  const order = Array.from(net.n.keys()).sort((j, k) => net.n[j] - net.n[k] || k - j);
  const links = { a: order.map((k) => net.a[k]), b: order.map((k) => net.b[k]), n: order.map((k) => net.n[k]) };
  const first = firstLeast(net);

  let least = first;
  let chosen = null;
  let partners = [];
  let partOf = new Set();

  const settle = () => {
    partners = new Array(size).fill(0);
    partOf = new Set();
    links.n.forEach((n, k) => {
      if (n < least) return;
      const [a, b] = [links.a[k], links.b[k]];
      partners[a] += 1;
      partners[b] += 1;
      if (a === chosen) partOf.add(b);
      if (b === chosen) partOf.add(a);
    });
  };
  const own = (k) => links.a[k] === chosen || links.b[k] === chosen;
  const dark = (n) => {
    const share = strongest > least ? (n - least) / (strongest - least) : 1;
    return Math.round(share * STEPS) / STEPS;
  };
  const linkColour = (k) => {
    const share = 0.2 + 0.55 * dark(links.n[k]);
    if (chosen === null) return fade(DARKEST, share);
    return own(k) ? fade(BLUE, 0.4 + 0.6 * dark(links.n[k])) : fade(DARKEST, 0.1);
  };
  const nodeColour = (i) => {
    if (chosen === null) return partners[i] ? BLUE : fade(GREY, 0.7);
    return i === chosen || partOf.has(i) ? BLUE : fade(GREY, 0.4);
  };
  const nodeSize = (i) => (2.6 + 1.15 * Math.log2(1 + partners[i])) * small + (i === chosen ? 2 : 0);
  const shown = (i, most = 60) => ctx.shown("account", names[i], most);
  const cutAt = () => net.least.length > 0 && drawn() < net.links[stopOf(net, least)];
  const drawn = () => links.n.reduce((sum, n) => sum + (n >= least), 0);

  const sentence = el("output", { class: "graph-said" });
  const slider = el("input", {
    type: "range",
    min: 0,
    max: Math.max(net.least.length - 1, 0),
    step: 1,
    "aria-label": "Least number of contents that two accounts met on",
    oninput: () => ctx.state.set({ contents: net.least[Number(slider.value)] }),
  });
  const bar = el("div", { class: "graph-bar" }, slider, sentence);
  const note = el("p", { class: "note" });
  host.append(net.least.length ? bar : sentence);

  const picture = graph(host, {
    nodes: { x: net.x, y: net.y, size: () => 3, colour: () => BLUE },
    links: { ...links, width: () => 1, colour: () => GREY },
    label: `Network of ${many(size, "account")}. The table below it holds the strongest pairs.`,
    height: (wide) => Math.round(Math.min(Math.max(wide * 0.56, 280), 540)),
    halo: size > 150 ? 0.6 : 1.2,
    onHover: (i, event) => {
      if (i === null) return ctx.tip.hide();
      const among = cutAt() ? " among the links drawn" : "";
      ctx.tip.show(event.clientX, event.clientY, [shown(i), `${many(partners[i], "partner")}${among}`]);
    },
    onClick: (i) => {
      if (i !== null) ctx.state.set({ account: i === chosen ? null : i });
    },
  });
  host.append(note, ...(net.a.length ? [pairsTable(cluster, ctx)] : []));

  const say = () => {
    if (!net.least.length) {
      const none = `No two of ${count(size)} accounts met on a content ${when(net.within_s)}.`;
      sentence.textContent = size < 2 ? "One account alone has nobody to be joined with." : none;
      return;
    }
    const stop = stopOf(net, least);
    const found = many(net.links[stop], "link");
    const joined = `${count(net.joined[stop])} of ${many(size, "account")} still joined`;
    const contents = `${net.least[stop]} of ${many(cluster.contents.content.length, "content")}`;
    sentence.textContent = `at least ${contents} ${when(net.within_s)}: ${found}, ${joined}`;
    slider.value = String(stop);
    slider.setAttribute("aria-valuetext", sentence.textContent);
    const cut = cutAt() ? ` ${count(drawn())} of ${found} are drawn: those that hold accounts together, then the strongest.` : "";
    const range = strongest > least ? `contents (${least} to ${strongest})` : "contents";
    const place = "Linked accounts lie close together; apart from that, where a dot lies means nothing.";
    note.textContent = `Darker line: more ${range}. Larger dot: more partners. ${place}${cut} ${shortened(cluster)}`.trim();
  };
  const labels = () => {
    if (chosen === null) return [];
    return [{ x: net.x[chosen], y: net.y[chosen], lift: nodeSize(chosen) + 4, lines: [shown(chosen, 40)] }];
  };

  const update = (snapshot, changed) => {
    const wanted = snapshot.contents ?? first;
    const fresh = !note.textContent || wanted !== least || snapshot.account !== chosen;
    if (changed.has("size")) picture.resize();
    if (!fresh) return;
    least = wanted === null ? null : net.least[stopOf(net, wanted)];
    chosen = snapshot.account !== null && snapshot.account < size ? snapshot.account : null;
    settle();
    say();
    const linkTop = (k) => (chosen !== null && own(k) ? 1 : 0);
    const linkWidth = (k) => (chosen !== null && own(k) ? 1.5 : 0.9);
    const linkShown = (k) => links.n[k] >= least;
    picture.update({ nodeColour, nodeSize, linkColour, linkWidth, linkShown, linkTop, labels: labels() });
  };
  const destroy = () => {
    ctx.tip.hide();
    picture.destroy();
    host.replaceChildren();
  };
  return { update, forPaper: picture.forPaper, afterPaper: picture.afterPaper, destroy };
}
