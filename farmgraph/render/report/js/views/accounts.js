/** The accounts of a cluster, one row each: what the drawings say about accounts, in numbers. */

import { duration } from "../axis.js";
import { el } from "../dom.js";
import { count, many } from "../figure.js";
import { table } from "../table.js";
import { moment } from "../zones.js";

/** Members with a lower score are called loosely attached; wording.py says the same. */
const LOOSE = 0.25;

/**
 * @param {HTMLElement} host
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{update: function, destroy: function}}
 */
export function accounts(host, cluster, ctx) {
  const { account, score, gap_s: gap, n_actions: actions, first_us: first, last_us: last } = cluster.accounts;
  const n = account.length;
  const shown = Array.from(account, (code) => ctx.shown("account", code));
  const when = (us) => (Number.isFinite(us) ? moment(ctx.state.get().zone, us) : "no time");
  const loose = (i) => (score[i] < LOOSE ? [" ", el("em", {}, "loosely attached")] : []);
  const rows = table({
    label: `Accounts of cluster ${cluster.cluster}`,
    n,
    sorted: [1, "descending"],
    chooses: "Choose this account in all views",
    onChoose: (i) => ctx.state.set({ account: ctx.state.get().account === i ? null : i }),
    columns: [
      { title: "Account", class: "text", value: (i) => shown[i].toLowerCase(), cell: (i) => [el("bdi", {}, shown[i]), ...loose(i)] },
      { title: "Score", class: "n", falling: true, value: (i) => score[i], cell: (i) => (Number.isFinite(score[i]) ? score[i].toFixed(2) : "unknown") },
      { title: "Typical gap", class: "n", value: (i) => gap[i], cell: (i) => (Number.isFinite(gap[i]) ? duration(gap[i]) : "unknown") },
      { title: "Actions", class: "n", falling: true, value: (i) => actions[i], cell: (i) => count(actions[i]) },
      { title: "First", class: "t", value: (i) => first[i], cell: (i) => when(first[i]) },
      { title: "Last", class: "t", value: (i) => last[i], cell: (i) => when(last[i]) },
    ],
  });
  const cut = `The ${count(n)} accounts with the highest scores of ${many(cluster.n_accounts, "account")} are listed; all are in accounts.csv.`;
  host.append(rows.node, el("p", { class: "note" }, n < cluster.n_accounts ? cut : ""));

  const update = (snapshot, changed) => {
    const fresh = !rows.node.querySelector("tbody tr");
    if (fresh || changed.has("zone")) rows.refresh();
    if (fresh || changed.has("account")) rows.mark(snapshot.account);
  };
  return { update, destroy: () => host.replaceChildren() };
}
