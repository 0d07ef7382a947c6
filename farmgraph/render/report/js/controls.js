/** Above the views of a cluster: the time zone, files for spreadsheets, and one line that says what is chosen. */

import { saidChosen } from "./chosen.js";
import { accountsCsv, actionsCsv, download } from "./csv.js";
import { el } from "./dom.js";
import { count } from "./figure.js";
import { zones } from "./zones.js";

const CLEAR = { account: null, content: null, window: null };

/** A button for a file; both say where the page holds only a part. */
function saving(cluster, what, held, all, write) {
  const whole = held === all;
  const text = `Download ${what} (CSV${whole ? "" : `, part: ${count(held)} of ${count(all)}`})`;
  const filename = `cluster-${cluster.cluster}-${what}${whole ? "" : "-part"}.csv`;
  return el("button", { type: "button", class: "button", onclick: () => download(filename, write()) }, text);
}

/** The list of zones; the reader's own is called so. */
function zoneSelect(ctx) {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const option = (zone) => el("option", { value: zone }, zone === own ? `${zone} (this computer)` : zone);
  const select = el("select", { id: "zone", onchange: () => ctx.state.set({ zone: select.value }) }, ...zones().map(option));
  select.value = ctx.state.get().zone;
  return select;
}

/**
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{node: HTMLElement, update: function(object, Set<string>), end: function()}}
 */
export function controls(cluster, ctx) {
  const { accounts, actions } = cluster;
  const select = zoneSelect(ctx);
  const clear = el("button", { type: "button", class: "button", onclick: () => ctx.state.set(CLEAR) }, "Clear selection");
  const said = el("p", { class: "chosen-said", role: "status" });
  const node = el(
    "div",
    { class: "controls", role: "group", "aria-label": "Time zone, files and selection" },
    el(
      "div",
      { class: "controls-row" },
      el("label", { for: "zone" }, "Times in"),
      select,
      saving(cluster, "accounts", accounts.account.length, cluster.n_accounts, () => accountsCsv(cluster, ctx)),
      saving(cluster, "actions", actions.account.length, cluster.n_rows, () => actionsCsv(cluster, ctx)),
      clear,
    ),
    said,
  );

  const update = (snapshot, changed) => {
    const matters = ["account", "content", "window", "zone"].some((key) => changed.has(key));
    if (!matters && said.textContent) return;
    select.value = snapshot.zone;
    said.textContent = saidChosen(cluster, snapshot, ctx);
    clear.disabled = Object.keys(CLEAR).every((key) => snapshot[key] === null);
  };
  return { node, update };
}
