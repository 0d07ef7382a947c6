/**
 * How long until the nearest other member came to the same content, on a scale from seconds to months, beside as many
 * other visitors of the same contents.
 */

import { duration } from "../axis.js";
import { MEMBERS } from "../colours.js";
import { el, svg } from "../dom.js";
import { count, drawing, inLine, largest, many, percent, tenth, textWidth, words } from "../figure.js";

const NOBODY = "Nobody else came to these contents at a known time, so there is nothing to compare them with.";
const HEIGHT = 220;
const LEFT = 46;
const RIGHT = 10;
const TOP = 56;
const MARKS = [1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400, 28 * 86400, 365 * 86400];
const NAMES = ["1 s", "10 s", "1 min", "10 min", "1 h", "6 h", "1 day", "1 week", "4 weeks", "1 year"];

/** Both as shares of their own waits: there may be fewer others than members. */
function sharesOf({ members, others, n_members: m, n_others: n }) {
  const shares = { members: Array.from(members, (k) => k / m), others: Array.from(others, (k) => (n > 0 ? k / n : 0)) };
  const most = Math.max(largest(shares.members), largest(shares.others), 0.01);
  const step = [0.05, 0.1, 0.2, 0.25].find((s) => most / s < 5.5) || 0.5;
  const ticks = Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step);
  return { ...shares, most, ticks };
}

/** What is drawn for one width. */
function picture(cluster, { members, others, most, ticks }, width) {
  const { edges_s: edges, n_others: nOthers } = cluster.gaps;
  const bins = members.length;
  const right = width - RIGHT;
  const [low, high] = [Math.log(edges[0]), Math.log(edges[bins])];
  const x = (seconds) => {
    const at = (Math.log(Math.max(seconds, edges[0])) - low) / (high - low);
    return LEFT + Math.min(at, 1) * (right - LEFT);
  };
  const y = (share) => HEIGHT - (share / most) * (HEIGHT - TOP);
  const bars = members.map((share, i) =>
    share ? `M${tenth(x(edges[i]) + 0.5)} ${HEIGHT}V${tenth(y(share))}H${tenth(x(edges[i + 1]) - 0.5)}V${HEIGHT}z` : "",
  );
  const steps = others.map(
    (share, i) => `${i ? "V" : `M${LEFT} ${HEIGHT}V`}${tenth(y(share))}H${tenth(x(edges[i + 1]))}`,
  );

  const median = (seconds, word, line, name) => {
    if (!Number.isFinite(seconds)) return [];
    const at = x(seconds);
    const text = `${word}: ${duration(seconds)}`;
    const start = Math.max(0, Math.min(at + 5, width - textWidth(text, true) - 2));
    return [
      svg("path", { class: name, d: `M${tenth(at)} ${line - 9}V${HEIGHT}` }),
      words(start, line, text, { class: `halo ${name}` }),
    ];
  };
  const marks = MARKS.map((seconds, i) => ({ x: x(seconds), seconds, text: NAMES[i] })).filter(
    ({ seconds }) => seconds >= edges[0] * 0.99 && seconds <= edges[bins] * 1.01,
  );
  return [
    svg("path", { class: "grid", d: ticks.map((tick) => `M${LEFT} ${tenth(y(tick))}H${right}`).join("") }),
    ...ticks.map((tick) =>
      words(LEFT - 7, y(tick) + 4, `${Math.round(tick * 100)} %`, { class: "tick", "text-anchor": "end" }),
    ),
    words(0, 12, "share of waits", { class: "faint" }),
    svg("path", { class: "bars", fill: MEMBERS, d: bars.join("") }),
    svg("path", { class: "others", d: nOthers > 0 ? `${steps.join("")}V${HEIGHT}` : "" }),
    svg("path", {
      class: "frame",
      d: `M${LEFT} ${HEIGHT}H${right}${marks.map((mark) => `M${tenth(mark.x)} ${HEIGHT}v5`).join("")}`,
    }),
    ...median(cluster.gap_others_s, "others", 46, "others"),
    ...median(cluster.gap_members_s, "members", 30, "members"),
    ...inLine(marks, { y: HEIGHT + 18, left: 0, right: width, name: "tick" }),
    words(right, HEIGHT + 36, "wait to the nearest other (logarithmic)", { class: "faint", "text-anchor": "end" }),
  ];
}

/**
 * @param {HTMLElement} host
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{update: function, destroy: function}}
 */
export function gaps(host, cluster, ctx) {
  const held = cluster.gaps;
  const stage = el("div", { class: "chart-stage still" });
  const small = el("p", { class: "note" });
  let wide = 260;
  if (!held || !held.n_members) {
    small.textContent = "No two members came to the same content at known times, so there are no waits to show.";
    host.append(small);
    return { update: () => {}, destroy: () => host.replaceChildren() };
  }
  host.append(stage, small);
  const shares = sharesOf(held);
  const fewer = held.n_others < 0.8 * held.n_members;
  const waits = `${many(held.n_members, "wait")} of members`;
  const theirs = `${count(Math.round(held.n_others))} of other visitors of the same contents`;
  const drawn = `drawn at random, as many on each as there are members${fewer ? ", or all there were" : ""} (mean of several draws)`;
  small.textContent =
    held.n_others > 0
      ? `Solid bars: ${waits}. Dashed line: ${theirs}, ${drawn}. The upright lines are medians: half of the waits are shorter.`
      : `Solid bars: ${waits}. The upright line is the median: half of them are shorter. ${NOBODY}`;

  const binAt = (event) => {
    const at = event.clientX - stage.getBoundingClientRect().left;
    const bin = Math.floor(((at - LEFT) / (wide - RIGHT - LEFT)) * held.members.length);
    return bin >= 0 && bin < held.members.length ? bin : null;
  };
  stage.addEventListener("pointermove", (event) => {
    const bin = binAt(event);
    if (bin === null) return ctx.tip.hide();
    const [from, to] = [held.edges_s[bin], held.edges_s[bin + 1]].map((seconds) => duration(Math.round(seconds)));
    const range =
      bin === 0 ? `shorter than ${to}` : bin === held.members.length - 1 ? `${from} or longer` : `${from} to ${to}`;
    const line = (word, n, share) => `${word}: ${count(tenth(n))} (${percent(share)})`;
    ctx.tip.show(event.clientX, event.clientY, [
      range,
      line("members", held.members[bin], shares.members[bin]),
      held.n_others > 0 ? line("others", held.others[bin], shares.others[bin]) : "",
    ]);
  });
  stage.addEventListener("pointerleave", () => ctx.tip.hide());

  const update = (_, changed) => {
    if (!changed.has("size")) return;
    wide = Math.max(host.clientWidth, 260);
    const medians = [
      Number.isFinite(cluster.gap_members_s)
        ? `half of the members' waits are shorter than ${duration(cluster.gap_members_s)}`
        : "",
      Number.isFinite(cluster.gap_others_s) ? `half of the others' than ${duration(cluster.gap_others_s)}` : "",
    ].filter(Boolean);
    stage.replaceChildren(
      drawing(
        wide,
        HEIGHT + 42,
        `Waits to the nearest other: ${medians.join(", ") || waits}.`,
        ...picture(cluster, shares, wide),
      ),
    );
  };
  const destroy = () => {
    ctx.tip.hide();
    host.replaceChildren();
  };
  return { update, destroy };
}
