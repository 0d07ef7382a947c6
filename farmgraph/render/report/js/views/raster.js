/**
 * Accounts by time, one tick per action, in the colour of the content. Accounts that act together show as vertical
 * bars, accounts that act in turn as diagonals, an audience as a scatter.
 */

import { duration } from "../axis.js";
import { brush } from "../brush.js";
import { el, svg } from "../dom.js";
import { cuts, drawing, many, note, rowNames, span, tenth, words } from "../figure.js";
import { legend } from "../legend.js";
import { BAND, axisBelow, bandOf, laidOut, tickPaths } from "../rasterplan.js";
import { timed } from "../ticks.js";
import { moment } from "../zones.js";

const NEAR = 8;
const MATTERS = ["account", "content", "window", "zone", "size"];

/**
 * @param {HTMLElement} host
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{update: function, destroy: function}}
 */
export function raster(host, cluster, ctx) {
  const acts = timed(cluster);
  if (!acts.n) {
    const any = cluster.actions.account.length > 0;
    host.append(
      note(
        any ? "No action of this cluster has a time; view 3 shows who acted on what." : "There is no action to draw.",
      ),
    );
    return { update: () => {}, destroy: () => host.replaceChildren() };
  }
  const order = Array.from(cluster.accounts.account.keys()).sort(
    (a, b) => cluster.accounts.row[a] - cluster.accounts.row[b],
  );
  const names = order.map((i) => ctx.shown("account", cluster.accounts.account[i], 40));
  const look = { mode: "date", zoomed: null };
  let plan = null;
  let seen = ctx.state.get();

  const matches = (i) =>
    (seen.account === null || acts.account[i] === seen.account) &&
    (seen.content === null || acts.content[i] === seen.content) &&
    (!seen.window || (acts.time[i] >= seen.window[0] && acts.time[i] <= seen.window[1]));

  const button = (text, onclick) => el("button", { type: "button", onclick }, text);
  const byDate = button("Date", () => turn("date"));
  const byLag = button("Time since members began on each content", () => turn("lag"));
  const zoom = button("Zoom into the window", () => enlarge(seen.window));
  const whole = button("Show the whole time", () => enlarge(null));
  const clear = button("Clear the window", () => ctx.state.set({ window: null }));
  const said = el("output", { class: "chart-said" });
  const modes = el("div", { class: "chart-modes", role: "group", "aria-label": "Time axis" }, byDate, byLag);
  const bar = el(
    "div",
    {},
    el("div", { class: "chart-bar" }, modes),
    el("div", { class: "chart-bar" }, said, zoom, whole, clear),
  );
  const stage = el("div", { class: "chart-stage", tabindex: "0", role: "group" });
  const keys = legend(cluster, ctx);
  const small = note();
  host.append(bar, stage, keys.node, small);

  const overlay = svg("g");
  const draw = () => {
    plan = laidOut(Math.max(host.clientWidth, 260), acts, names, look);
    const { width, left, right, top, bottom, pitch, every, numbers } = plan;
    const { back, height } = axisBelow(plan, seen.zone);
    const chosen = seen.account === null ? null : cluster.accounts.row[seen.account];
    const own =
      chosen === null
        ? []
        : [
            svg("rect", {
              class: "own",
              x: left,
              y: tenth(top + chosen * pitch - 1),
              width: right - left,
              height: tenth(Math.max(pitch, 3) + 2),
            }),
          ];
    const marks = numbers.map((n) => {
      const faint = seen.content !== null && seen.content !== n.content;
      return words(n.x, top - 4 - n.line * BAND, n.content + 1, {
        class: "number",
        "text-anchor": "middle",
        opacity: faint ? 0.35 : null,
      });
    });
    const label = `${many(acts.n, "action")} of ${many(names.length, "account")} ${look.mode === "lag" ? "by the time since members began on each content" : "by time"}. The table of actions holds the same.`;
    const parts = [
      ...back,
      svg("path", { class: "frame", d: `M${left} ${top}V${tenth(bottom)}H${right}` }),
      ...bandOf(plan, seen.zone, seen.window),
      ...own,
      ...tickPaths(acts, plan, matches),
      ...marks,
      ...rowNames(names, { left, top, pitch, every, chosen }),
      overlay,
    ];
    overlay.replaceChildren();
    stage.replaceChildren(drawing(width, Math.ceil(bottom + height), label, ...parts));
    say();
  };

  const say = () => {
    const dated = look.mode === "date";
    byDate.setAttribute("aria-pressed", String(dated));
    byLag.setAttribute("aria-pressed", String(!dated));
    zoom.hidden = !dated || !seen.window || seen.window === look.zoomed;
    whole.hidden = !dated || !look.zoomed;
    clear.hidden = !seen.window;
    const within = (i) => seen.window && acts.time[i] >= seen.window[0] && acts.time[i] <= seen.window[1];
    const hits = seen.window ? Array.from(acts.time.keys()).filter(within) : [];
    const who = new Set(hits.map((i) => acts.account[i])).size;
    said.textContent = seen.window
      ? `In the window (${duration((seen.window[1] - seen.window[0]) / 1e6)}): ${many(hits.length, "action")} of ${many(who, "account")}.`
      : dated
        ? "Drag to choose a stretch of time."
        : "";
    const how = dated
      ? "Choose a stretch of time by dragging, or with the arrow keys (Shift: wider, narrower; Escape: none)."
      : "";
    stage.setAttribute(
      "aria-label",
      `Who acted when. ${how} ${seen.window ? `Window: ${span(seen.zone, seen.window)}.` : ""}`,
    );
    const missing = cluster.n_without_time;
    small.textContent = [
      plan.drawn.some(matches) ? "" : "Nothing that is chosen lies in what is drawn here.",
      plan.every > 1 ? `One row in ${plan.every} has its name beside it.` : "",
      plan.scale
        ? "Members began on a content when a tenth of them had acted on it; whoever came before stands at the left edge. The axis is compressed, so that minutes can be seen beside days."
        : "",
      missing ? `${many(missing, "action")} without a time ${missing === 1 ? "is" : "are"} not drawn.` : "",
      cuts(cluster),
    ]
      .filter(Boolean)
      .join(" ");
    keys.mark(seen.content);
  };
  const turn = (mode) => {
    look.mode = mode;
    draw();
  };
  const enlarge = (to) => {
    look.zoomed = to;
    draw();
    stage.focus({ preventScroll: true });
  };

  const nearest = (px, py) => {
    let [best, least] = [null, NEAR * NEAR];
    for (const i of plan.drawn) {
      const dy = plan.top + (acts.row[i] + 0.5) * plan.pitch - py;
      const far = (plan.x[i] - px) ** 2 + dy ** 2;
      // What is faded gives way to what is not.
      const weighed = matches(i) ? far : far + NEAR;
      if (weighed <= least) [best, least] = [i, weighed];
    }
    return best;
  };
  const rowAt = (px, py) => {
    const row = Math.floor((py - plan.top) / plan.pitch);
    return px < plan.left && row >= 0 && row < order.length ? order[row] : null;
  };
  const onHover = (px, py, event) => {
    overlay.replaceChildren();
    const i = px === null ? null : nearest(px, py);
    const beside = px === null || i !== null ? null : rowAt(px, py);
    stage.classList.toggle("hit", i !== null || beside !== null);
    if (beside !== null)
      return ctx.tip.show(event.clientX, event.clientY, [ctx.shown("account", cluster.accounts.account[beside], 80)]);
    if (i === null) return ctx.tip.hide();
    const y = plan.top + (acts.row[i] + 0.5) * plan.pitch;
    overlay.append(svg("circle", { class: "here", cx: tenth(plan.x[i]), cy: tenth(y), r: 6 }));
    const content = acts.content[i];
    const after = (acts.time[i] - cluster.contents.first_us[content]) / 1e6;
    ctx.tip.show(event.clientX, event.clientY, [
      ctx.shown("account", cluster.accounts.account[acts.account[i]], 80),
      `${moment(seen.zone, acts.time[i])} (${seen.zone})`,
      `${content + 1} ${ctx.shown("content", cluster.contents.content[content], 80)}`,
      after > 0 ? `${duration(after)} after the cluster's first action on it` : "the cluster's first action on it",
    ]);
  };
  const onClick = (px, py) => {
    const i = nearest(px, py);
    const account = i === null ? rowAt(px, py) : acts.account[i];
    if (account !== null) ctx.state.set({ account: account === seen.account ? null : account });
    else if (seen.window) ctx.state.set({ window: null });
  };
  const onDrag = (edges) => {
    overlay.replaceChildren();
    if (!edges) return;
    const { top, bottom } = plan;
    overlay.append(
      svg("rect", {
        class: "band",
        x: edges[0],
        y: top,
        width: Math.max(edges[1] - edges[0], 1),
        height: bottom - top,
      }),
    );
  };
  const unbrush = brush(stage, {
    area: () => plan,
    domain: () => plan.domain,
    window: () => seen.window,
    onWindow: (window) => ctx.state.set({ window }),
    onDrag,
    onClick,
    onHover,
  });

  const update = (snapshot, changed) => {
    // A window that fills the drawing is followed when it moves on.
    const [before, after] = [seen.window, snapshot.window];
    if (look.zoomed && look.zoomed === before && after && Math.abs(after[1] - after[0] - before[1] + before[0]) < 2)
      look.zoomed = after;
    seen = snapshot;
    if (MATTERS.some((name) => changed.has(name))) draw();
  };
  const destroy = () => {
    unbrush();
    ctx.tip.hide();
    host.replaceChildren();
  };
  return { update, destroy };
}
