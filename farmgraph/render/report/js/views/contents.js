/** The contents of a cluster, one row each: what the drawings say about contents, in numbers. */

import { ofContent } from "../colours.js";
import { el } from "../dom.js";
import { count, many } from "../figure.js";
import { table } from "../table.js";
import { moment } from "../zones.js";

/**
 * @param {HTMLElement} host
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{update: function, destroy: function}}
 */
export function contents(host, cluster, ctx) {
  const { content, n_accounts: members, n_actions: actions, n_others: others, first_us: first } = cluster.contents;
  const n = content.length;
  const shown = Array.from(content, (code) => ctx.shown("content", code));
  const when = (us) => (Number.isFinite(us) ? moment(ctx.state.get().zone, us) : "no time");
  const swatch = (i) => el("span", { class: "swatch", style: { background: ofContent(i) }, "aria-hidden": "true" });
  const rows = table({
    label: `Contents of cluster ${cluster.cluster}`,
    n,
    sorted: [1, "descending"],
    chooses: "Choose this content in all views",
    onChoose: (i) => ctx.state.set({ content: ctx.state.get().content === i ? null : i }),
    columns: [
      { title: "Content", class: "text", value: (i) => shown[i].toLowerCase(), cell: (i) => [swatch(i), `${i + 1} `, el("bdi", {}, shown[i])] },
      { title: "Members", class: "n", falling: true, value: (i) => members[i], cell: (i) => count(members[i]) },
      { title: "Everybody else", class: "n", falling: true, value: (i) => others[i], cell: (i) => count(others[i]) },
      { title: "Members' actions", class: "n", falling: true, value: (i) => actions[i], cell: (i) => count(actions[i]) },
      { title: "Members began", class: "t", value: (i) => first[i], cell: (i) => when(first[i]) },
    ],
  });
  const cut = `The ${count(n)} contents with the most members of ${many(cluster.n_contents, "content")} are listed; all are in contents.csv.`;
  host.append(rows.node, el("p", { class: "note" }, n < cluster.n_contents ? cut : ""));

  const update = (snapshot, changed) => {
    const fresh = !rows.node.querySelector("tbody tr");
    if (fresh || changed.has("zone")) rows.refresh();
    if (fresh || changed.has("content")) rows.mark(snapshot.content);
  };
  return { update, destroy: () => host.replaceChildren() };
}
