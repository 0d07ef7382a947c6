/**
 * The map of all accounts: one island per cluster in a sea of accounts that are in none. Clicking an island opens its
 * cluster; the list of clusters does the same for those who do not see it.
 */

import { el, svg } from "./dom.js";
import { fade } from "./dots.js";
import { graph } from "./graph.js";

/** Colour and white share of a dot by verdict: told apart by the label's words, by colour, and by the hole. */
export const VERDICTS = {
  lockstep: { colour: "#0072B2", hollow: 0 },
  undetermined: { colour: "#D98A00", hollow: 0 },
  "same audience": { colour: "#B0578A", hollow: 0.55 },
  "too little data": { colour: "#7B858F", hollow: 0.75 },
};
const SEA = "#c9d0d7";
const FADED = 0.14;
/** Islands, strongest first, that the layout keeps room for a label for. */
const NAMED = 10;

const looks = (verdict) => VERDICTS[verdict] || VERDICTS["too little data"];
const count = (n) => n.toLocaleString("en-GB");
const accounts = (n) => `${count(n)} ${n === 1 ? "account" : "accounts"}`;

/** Islands and sea as one list of dots and one of lines. */
function gathered(map) {
  const { islands, others } = map;
  const all = { x: [...others.xs], y: [...others.ys], island: new Array(others.xs.length).fill(-1) };
  const links = { a: [], b: [], island: [] };
  islands.forEach((island, which) => {
    const from = all.x.length;
    for (let i = 0; i < island.xs.length; i++) {
      all.x.push(island.xs[i]);
      all.y.push(island.ys[i]);
      all.island.push(which);
    }
    for (let k = 0; k < island.a.length; k++) {
      links.a.push(from + island.a[k]);
      links.b.push(from + island.b[k]);
      links.island.push(which);
    }
  });
  return { all, links, first: others.xs.length };
}

function cuts(map, total) {
  const { islands, others } = map;
  const said = [];
  if (others.xs.length < others.n_accounts) {
    said.push(`${count(others.xs.length)} of the ${accounts(others.n_accounts)} that are in no cluster are drawn.`);
  }
  const short = islands.filter((island) => island.xs.length < island.n_accounts);
  if (short.length > 4) {
    const some = `Of ${short.length} clusters only the accounts with the highest scores are drawn`;
    said.push(`${some}; all are in accounts.csv.`);
  } else {
    for (const { cluster, xs, n_accounts: n } of short) {
      const some = `${count(xs.length)} of ${accounts(n)} are drawn, those with the highest scores`;
      said.push(`Cluster ${cluster}: ${some}; all are in accounts.csv.`);
    }
  }
  if (islands.length < total) {
    said.push(`The ${islands.length} strongest of ${count(total)} clusters are drawn; all are in clusters.csv.`);
  }
  return said.join(" ");
}

const MEANING =
  "Inside an island, accounts that acted on the same contents lie close together, and a line joins each account " +
  "with the member it shares most contents with. Islands that share accounts lie side by side; apart from that, " +
  "where an island or a grey dot lies means nothing. An account in several clusters stands in each of them.";

function key() {
  const mark = (colour, size, hollow) =>
    svg(
      "svg",
      { viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" },
      svg("circle", { cx: 6, cy: 6, r: size, fill: colour }),
      ...(hollow ? [svg("circle", { cx: 6, cy: 6, r: size * hollow, fill: "#ffffff" })] : []),
    );
  const words = Object.entries(VERDICTS).map(([verdict, { colour, hollow }]) =>
    el("li", {}, mark(colour, 5.5, hollow), " ", verdict),
  );
  return el("ul", { class: "graph-key" }, ...words, el("li", {}, mark(SEA, 3), " account in no cluster"));
}

/**
 * @param {HTMLElement} host
 * @param {object} ctx Besides the usual `passes(listed, least)`: whether a line of the list passes the slider.
 * @returns {{update: function, forPaper: function, afterPaper: function, destroy: function}}
 */
export function map(host, ctx) {
  const { islands, width, height, dot } = ctx.map;
  const { all, links, first } = gathered(ctx.map);
  const listed = new Map(ctx.listed.map((item) => [item.cluster, item]));
  const opens = new Set(ctx.clusters.map(({ cluster }) => cluster));
  let passing = islands.map(() => true);

  const tone = (which, share = 1) => {
    const colour = which < 0 ? SEA : looks(islands[which].verdict).colour;
    return fade(colour, which < 0 || passing[which] ? share : share * FADED);
  };
  const open = (which) => {
    if (opens.has(islands[which].cluster)) ctx.state.set({ page: islands[which].cluster });
  };
  const islandAt = (i, at) => {
    if (i !== null) return all.island[i];
    return islands.findIndex(({ x, y, radius }) => Math.hypot(x - at[0], y - at[1]) <= radius);
  };
  const tags = () =>
    islands.map(({ cluster, verdict, x, y, radius }, which) => ({
      x,
      y,
      reach: radius,
      lift: 3,
      // Weaker clusters have their number alone, and only where it covers nothing.
      lines: which < NAMED ? [`Cluster ${cluster}`, verdict] : [`${cluster}`],
      said: `Cluster ${cluster}, ${verdict}`,
      must: which < NAMED,
      faded: !passing[which],
      open: opens.has(cluster) ? () => open(which) : null,
    }));

  const onHover = (i, event) => {
    const which = event ? islandAt(i, event.at) : -1;
    if (which < 0) return ctx.tip.hide();
    const { cluster, verdict, n_accounts: n, account } = islands[which];
    const lines = [`Cluster ${cluster}: ${verdict}`, accounts(n)];
    if (i !== null) lines.unshift(ctx.shown("account", account[i - start[which]], 60));
    ctx.tip.show(event.clientX, event.clientY, lines);
  };
  const start = islands.map((_, which) => all.island.indexOf(which));

  const picture = graph(host, {
    nodes: {
      x: all.x,
      y: all.y,
      size: () => 1,
      colour: (i) => tone(all.island[i]),
      hollow: all.island.map((which) => (which < 0 ? 0 : looks(islands[which].verdict).hollow)),
    },
    links: { a: links.a, b: links.b, width: () => 0.7, colour: (k) => tone(links.island[k], 0.4) },
    label: `Map of ${islands.length} clusters among all accounts. The list of clusters says the same in words.`,
    frame: { x0: 0, y0: 0, x1: width, y1: height },
    height: (wide) => Math.min(Math.max((wide * height) / width, 260), 640),
    first,
    labels: tags(),
    onHover,
    onClick: (i, { at }) => {
      const which = islandAt(i, at);
      if (which >= 0) open(which);
    },
  });
  const note = el("p", { class: "note" }, islands.length ? MEANING : "Where a dot lies means nothing.");
  const cut = cuts(ctx.map, (ctx.headline && ctx.headline.n_clusters) || ctx.listed.length);
  const more = cut ? [el("p", { class: "note" }, cut)] : [];
  const below = [key(), note, ...more];
  host.append(...below);

  const sizes = () => {
    const radius = (dot / 2) * picture.view.fitted;
    return (i) => (i < first ? Math.max(radius * 0.42, 0.9) : Math.max(radius, 1.4));
  };

  const update = (snapshot, changed) => {
    const before = passing;
    passing = islands.map(({ cluster }) => !listed.has(cluster) || ctx.passes(listed.get(cluster), snapshot.least));
    const turned = passing.some((now, which) => now !== before[which]);
    if (changed.has("size")) {
      picture.resize();
      picture.update({ nodeSize: sizes() });
    }
    if (!turned) return;
    const change = { nodeColour: (i) => tone(all.island[i]), linkColour: (k) => tone(links.island[k], 0.4) };
    picture.update({ ...change, labels: tags() });
  };
  picture.update({ nodeSize: sizes() });
  const destroy = () => {
    ctx.tip.hide();
    picture.destroy();
    below.forEach((node) => node.remove());
  };
  return { update, forPaper: picture.forPaper, afterPaper: picture.afterPaper, destroy };
}
