/** Which actions of a cluster fit what is chosen, and how that is said. */

import { count, listed, many, span } from "./figure.js";

/** @returns {number[]} Positions in `cluster.actions`. */
export function chosenActions({ actions }, { account, content, window }) {
  const { account: who, content: what, time_us: time } = actions;
  const fits = (i) =>
    (account === null || who[i] === account) &&
    (content === null || what[i] === content) &&
    (!window || (time[i] >= window[0] && time[i] <= window[1]));
  return Array.from(who.keys()).filter(fits);
}

/** @returns {string} "143 of 1,342 actions", with what the page holds of them where that is a part. */
export function counted(cluster, n) {
  const held = cluster.actions.account.length;
  const whole = held === cluster.n_rows;
  if (n === held) return whole ? `all ${many(n, "action")}` : `the ${count(held)} of ${many(cluster.n_rows, "action")} that this page holds`;
  return whole ? `${count(n)} of ${many(held, "action")}` : `${count(n)} of the ${count(held)} actions that this page holds, of ${count(cluster.n_rows)} in all`;
}

/** @returns {string} What is chosen, in one sentence. */
export function saidChosen(cluster, snapshot, ctx) {
  const { account, content, window, zone } = snapshot;
  const parts = [
    account === null ? "" : `account ${ctx.shown("account", cluster.accounts.account[account], 60)}`,
    content === null ? "" : `content ${ctx.shown("content", cluster.contents.content[content], 60)} (number ${content + 1})`,
    window ? `${span(zone, window)} (${zone})` : "",
  ].filter(Boolean);
  const n = chosenActions(cluster, snapshot).length;
  if (!parts.length) return `Nothing is chosen: the views show ${counted(cluster, n)}.`;
  return `Chosen: ${listed(parts)}; ${counted(cluster, n)}.`;
}
