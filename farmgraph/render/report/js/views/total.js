/**
 * How many accounts one content had gathered by when: members of the cluster beside everybody else. Bought actions
 * arrive in steps, an audience in a slope.
 */

import { countTicks } from "../axis.js";
import { MEMBERS, ofContent } from "../colours.js";
import { el, svg } from "../dom.js";
import { count, drawing, largest, many, padded, percent, shortened, smallest, tenth, timeAxis, words } from "../figure.js";
import { moment } from "../zones.js";

const HEIGHT = 230;
const TOP = 26;
const UNEQUAL = 10;
const MATTERS = ["content", "window", "zone", "size"];

/** Times of the first action of each member on a content, ascending. */
function arrivals({ actions }, content) {
  const first = new Map();
  actions.account.forEach((account, i) => {
    const us = actions.time_us[i];
    if (actions.content[i] !== content || !Number.isFinite(us)) return;
    if (!(first.get(account) <= us)) first.set(account, us);
  });
  return [...first.values()].sort((a, b) => a - b);
}

/** Running total: `rank[i]` accounts had come by `time[i]`. */
function curves(cluster, content) {
  const { n_accounts: members, n_others: others, others_us: crowd } = cluster.contents;
  const mine = arrivals(cluster, content);
  const theirs = Array.from(crowd[content] || []);
  const [m, n] = [theirs.length, others[content]];
  return {
    members: {
      time: mine,
      n: members[content],
      rank: mine.map((_, i) => ((i + 1) * members[content]) / mine.length),
      exact: mine.length === members[content],
    },
    others: { time: theirs, n, rank: theirs.map((_, i) => (m > 1 ? (i * (n - 1)) / (m - 1) + 1 : n)), exact: m === n },
  };
}

const reached = ({ time, rank }, us) => {
  let [low, high] = [0, time.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time[middle] <= us) low = middle + 1;
    else high = middle;
  }
  return low ? rank[low - 1] : 0;
};

/** Steps where every arrival is known, straight lines between those that are where some are left out. */
function line({ time, rank, exact }, x, y, box) {
  if (!time.length) return "";
  const start = exact ? `M${box.left} ${tenth(y(0))}` : `M${box.left} ${tenth(y(0))}H${tenth(x(time[0]))}`;
  const pieces = time.map((us, i) =>
    exact ? `H${tenth(x(us))}V${tenth(y(rank[i]))}` : `L${tenth(x(us))} ${tenth(y(rank[i]))}`,
  );
  return `${start}${pieces.join("")}H${box.right}`;
}

/** The content that is shown where none is chosen: the one with most members among those with times. */
export function busiest(cluster) {
  const { n_accounts: members, first_us: first } = cluster.contents;
  let best = 0;
  members.forEach((n, i) => {
    const better = Number.isFinite(first[i]) - Number.isFinite(first[best]) || n - members[best];
    if (better > 0) best = i;
  });
  return best;
}

/**
 * @param {HTMLElement} host
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{update: function, destroy: function}}
 */
export function total(host, cluster, ctx) {
  const title = el("p", { class: "chart-title" });
  const stage = el("div", { class: "chart-stage still" });
  const small = el("p", { class: "note" });
  const usual = busiest(cluster);
  const cursor = svg("path", { class: "band-edge" });
  let now = null;

  const draw = ({ content: chosen, window, zone }) => {
    const content = chosen === null ? usual : chosen;
    const code = cluster.contents.content[content];
    if (code === undefined) {
      small.textContent = "There is no content to draw.";
      return host.replaceChildren(small);
    }
    const { members, others } = curves(cluster, content);
    const name = el("bdi", {}, ctx.shown("content", code, 80));
    title.replaceChildren(
      el("span", { class: "swatch", style: { background: ofContent(content) } }),
      `${content + 1} `,
      name,
    );
    const times = [...members.time, ...others.time];
    if (!times.length) {
      now = null;
      small.textContent = "No action on this content has a time; view 3 shows who acted on what.";
      return host.replaceChildren(title, small);
    }

    const shares = others.n > UNEQUAL * members.n && others.time.length > 0;
    const domain = padded(smallest(times), largest(times));
    const most = shares ? 1 : Math.max(members.n, others.time.length ? others.n : 0);
    const width = Math.max(host.clientWidth, 260);
    const ticks = shares ? [0, 0.25, 0.5, 0.75, 1] : countTicks(most, 6);
    const texts = ticks.map((tick) => (shares ? `${tick * 100} %` : count(tick)));
    const box = {
      left: shares ? 44 : Math.max(28, texts[texts.length - 1].length * 7 + 12),
      right: width - 10,
      top: TOP + 10,
      bottom: HEIGHT,
      width,
    };
    const x = (us) => box.left + ((us - domain[0]) / (domain[1] - domain[0])) * (box.right - box.left);
    const high = (value) => box.bottom - (value / (most * 1.06)) * (box.bottom - box.top);
    const ys = [members, others].map(
      ({ n }) =>
        (rank) =>
          high(shares ? rank / n : rank),
    );
    const { back, height } = timeAxis(zone, domain, box);
    const grid = ticks.map((tick) => `M${box.left} ${tenth(high(tick))}H${box.right}`).join("");

    // The upper line has its label above its end, the lower one too, or below it where it is close.
    const said = [`members: ${count(members.n)}`, `everybody else: ${count(others.n)}`];
    const ends = [members, others].map(({ n, time }, k) => (time.length ? ys[k](n) : box.bottom));
    const membersAbove = ends[0] <= ends[1];
    const apart = Math.abs(ends[0] - ends[1]);
    const below = (k) => (k === 0) !== membersAbove && apart < 28;
    const labels = said.map((text, k) =>
      words(box.right - 4, ends[k] + (below(k) ? Math.max(16 - apart, 5) + 12 : -7), text, {
        class: `halo ${k ? "others" : "members"}`,
        "text-anchor": "end",
      }),
    );
    const band = [];
    if (window && window[1] >= domain[0] && window[0] <= domain[1]) {
      const [from, to] = window.map((us) => Math.min(Math.max(x(us), box.left), box.right));
      band.push(
        svg("rect", {
          class: "band",
          x: tenth(from),
          y: box.top,
          width: Math.max(tenth(to - from), 1),
          height: box.bottom - box.top,
        }),
      );
    }
    const parts = [
      ...back,
      svg("path", { class: "grid", d: grid }),
      ...band,
      svg("path", { class: "frame", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` }),
      ...texts.map((text, i) => words(box.left - 7, high(ticks[i]) + 4, text, { class: "tick", "text-anchor": "end" })),
      words(0, 12, shares ? "share of each one's own total" : "accounts so far", { class: "faint" }),
      svg("path", { class: "others", d: line(others, x, ys[1], box) }),
      svg("path", { class: "members", stroke: MEMBERS, d: line(members, x, ys[0], box) }),
      ...labels,
      cursor,
    ];
    const label = `Running total of one content: ${said.join(", ")}.`;
    cursor.setAttribute("d", "");
    stage.replaceChildren(drawing(width, HEIGHT + height, label, ...parts));
    small.textContent = [
      chosen === null ? "The content with the most members; choose another under view 1." : "",
      others.n ? "" : "Nobody else came to it.",
      shares
        ? "There are more than ten times as many others as members, so each line is drawn as a share of its own total."
        : "",
      others.exact || !others.n
        ? ""
        : `The dashed line is drawn through ${count(others.time.length)} of ${count(others.n)} arrivals.`,
      members.time.length ? "" : "The page holds no time of a member.",
      members.exact || !members.time.length
        ? ""
        : `The page holds a time for ${count(members.time.length)} of ${many(members.n, "member")}; the solid line is scaled up to all of them.`,
      shortened(cluster),
    ]
      .filter(Boolean)
      .join(" ");
    now = { members, others, domain, box, zone };
    host.replaceChildren(title, stage, small);
  };

  stage.addEventListener("pointermove", (event) => {
    if (!now) return;
    const { members, others, domain, box, zone } = now;
    const at = event.clientX - stage.getBoundingClientRect().left;
    if (at < box.left || at > box.right) return leave();
    const us = domain[0] + ((at - box.left) / (box.right - box.left)) * (domain[1] - domain[0]);
    cursor.setAttribute("d", `M${tenth(at)} ${box.top}V${box.bottom}`);
    const line = (word, curve) => {
      const rank = Math.round(reached(curve, us));
      return `${word}: ${curve.exact ? "" : "about "}${count(rank)} of ${count(curve.n)}${curve.n ? ` (${percent(rank / curve.n)})` : ""}`;
    };
    ctx.tip.show(event.clientX, event.clientY, [
      `${moment(zone, us)} (${zone})`,
      line("members", members),
      line("everybody else", others),
    ]);
  });
  const leave = () => {
    cursor.setAttribute("d", "");
    ctx.tip.hide();
  };
  stage.addEventListener("pointerleave", leave);

  const update = (snapshot, changed) => {
    if (MATTERS.some((name) => changed.has(name))) draw(snapshot);
  };
  const destroy = () => {
    ctx.tip.hide();
    host.replaceChildren();
  };
  return { update, destroy };
}
