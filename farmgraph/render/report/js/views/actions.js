/** The rows of the log behind a cluster, so that every claim can be looked up. They follow what is chosen. */

import { chosenActions, counted } from "../chosen.js";
import { el } from "../dom.js";
import { count } from "../figure.js";
import { moment } from "../zones.js";

const AT_ONCE = 200;
const MATTERS = ["account", "content", "window", "zone"];

/**
 * @param {HTMLElement} host
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{update: function, destroy: function}}
 */
export function actions(host, cluster, ctx) {
  const { account, content, time_us: time, action, source, line } = cluster.actions;
  const held = account.length;
  let hits = [];
  let drawn = 0;
  let zone = null;

  const bdi = (kind, code) => el("bdi", {}, Number.isFinite(code) ? ctx.shown(kind, code) : "none");
  // Only where the log knows fractions of a second are they shown, and then everywhere.
  const fractions = time.some((us) => us % 1e6);
  const when = (us) => {
    if (!Number.isFinite(us)) return "no time";
    const rest = ((us % 1e6) + 1e6) % 1e6;
    return moment(zone, us) + (fractions ? `.${String(rest).padStart(6, "0")}` : "");
  };
  const row = (i) =>
    el(
      "tr",
      {},
      el("td", { class: "t" }, when(time[i])),
      el("td", { class: "text" }, bdi("account", cluster.accounts.account[account[i]])),
      el("td", { class: "text" }, bdi("content", cluster.contents.content[content[i]])),
      el("td", {}, bdi("action", action[i])),
      el("td", { class: "text" }, bdi("source", source[i])),
      el("td", { class: "n" }, Number.isFinite(line[i]) ? count(line[i]) : "left out"),
    );

  const said = el("p", { class: "chart-sum" });
  const head = el("th", { scope: "col", class: "t" });
  const heads = ["Account", "Content", "Action", "Source"].map((word) => el("th", { scope: "col" }, word));
  const body = el("tbody");
  const label = `Actions of cluster ${cluster.cluster}`;
  const box = el(
    "div",
    { class: "box", tabindex: "0", role: "region", "aria-label": label },
    el(
      "table",
      { class: "rows" },
      el("caption", { class: "unseen" }, label),
      el("thead", {}, el("tr", {}, head, ...heads, el("th", { scope: "col", class: "n" }, "Line"))),
      body,
    ),
  );
  const further = () => {
    body.append(...hits.slice(drawn, drawn + AT_ONCE).map(row));
    drawn = Math.min(drawn + AT_ONCE, hits.length);
    more.hidden = drawn >= hits.length;
    more.textContent = `Show ${count(Math.min(AT_ONCE, hits.length - drawn))} more`;
    part.textContent = drawn < hits.length ? `The first ${count(drawn)} of them are listed. ` : "";
  };
  const more = el("button", { type: "button", class: "button", onclick: further });
  const part = el("span");
  const cut = held < cluster.n_rows ? "Those held by this page were chosen evenly in order of time; all are in interactions.parquet." : "";
  host.append(said, box, el("p", { class: "note" }, part, cut), more);

  const update = (snapshot, changed) => {
    if (zone !== null && !MATTERS.some((name) => changed.has(name))) return;
    zone = snapshot.zone;
    hits = chosenActions(cluster, snapshot);
    drawn = 0;
    head.textContent = `Time (${zone})`;
    const text = counted(cluster, hits.length);
    said.textContent = text[0].toUpperCase() + text.slice(1);
    body.replaceChildren();
    box.scrollTop = 0;
    further();
  };
  return { update, destroy: () => host.replaceChildren() };
}
