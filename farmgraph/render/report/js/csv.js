/**
 * Files for spreadsheets: exact names, written as farmgraph's own CSV files are. Cells that a spreadsheet would execute get an
 * apostrophe in front; lone surrogates, which no file can hold, become \udXXX.
 */

import { el } from "./dom.js";
import { iso } from "./zones.js";

const FORMULA = /^[=+\-@\t\r]/;
const QUOTED = /[,"\r\n]/;

/** Text as one cell. */
function text(value) {
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return QUOTED.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

const whole = (value) => (Number.isFinite(value) ? String(value) : "");
/** With a point even where the number is whole, as Python writes it. */
const decimal = (value) => (Number.isInteger(value) ? value.toFixed(1) : whole(value));

function written(columns, n) {
  const line = (cells) => `${cells.join(",")}\n`;
  const rows = Array.from({ length: n }, (_, i) => line(columns.map(([, cell]) => cell(i))));
  const all = [line(columns.map(([title]) => title)), ...rows].join("");
  const pairsAndLone = /[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g;
  return all.replace(pairsAndLone, (found) => (found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16)}`));
}

/** @returns {string} The accounts of a cluster that the page holds. */
export function accountsCsv({ cluster, verdict, accounts }, { name }) {
  const columns = [
    ["account", (i) => text(name("account", accounts.account[i]))],
    ["cluster", () => String(cluster)],
    ["verdict", () => text(verdict)],
    ["score", (i) => decimal(accounts.score[i])],
    ["gap_s", (i) => decimal(accounts.gap_s[i])],
    ["n_actions", (i) => whole(accounts.n_actions[i])],
    ["first_time", (i) => iso(accounts.first_us[i])],
    ["last_time", (i) => iso(accounts.last_us[i])],
  ];
  return written(columns, accounts.account.length);
}

/** @returns {string} The actions of a cluster that the page holds. */
export function actionsCsv({ cluster, accounts, contents, actions }, { name }) {
  const named = (kind, code) => (Number.isFinite(code) ? text(name(kind, code)) : "");
  const columns = [
    ["cluster", () => String(cluster)],
    ["account", (i) => named("account", accounts.account[actions.account[i]])],
    ["content", (i) => named("content", contents.content[actions.content[i]])],
    ["time", (i) => iso(actions.time_us[i])],
    ["action", (i) => named("action", actions.action[i])],
    ["source", (i) => named("source", actions.source[i])],
    ["line", (i) => whole(actions.line[i])],
  ];
  return written(columns, actions.account.length);
}

/** Offer a text as a file. */
export function download(filename, content) {
  const address = URL.createObjectURL(new Blob([content], { type: "text/csv;charset=utf-8" }));
  const link = el("a", { href: address, download: filename, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser may still be reading it.
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
