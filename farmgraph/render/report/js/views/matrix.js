/** Accounts by contents: a cell is filled where the account acted on the content. Lockstep shows as a solid block. */

import { MEMBERS, OTHER, cividis } from "../colours.js";
import { el, svg } from "../dom.js";
import {
  count,
  cuts,
  drawing,
  largest,
  many,
  percent,
  rowNames,
  rowRoom,
  shortened,
  smallest,
  tenth,
  textWidth,
  words,
} from "../figure.js";
import { day, moment } from "../zones.js";

const TOP = 20;
const SHADES = 24;
const FADED = 0.13;
const MATTERS = ["account", "content", "window", "zone", "size"];

/** Contents in one number of `cluster.cells`. */
const BITS = 15;

/**
 * One cell for each account and content, with the time of the first action. Where the page holds a part of the
 * actions only, `cells` says which others are filled: for each account of the list numbers of 15 contents each, the
 * first in the lowest bit. They get the time of the first member on the content.
 */
function cellsOf({ actions, accounts, contents, cells: bits }) {
  const width = contents.content.length;
  const cells = new Map();
  const add = (account, content, time, n) => {
    const key = account * width + content;
    const cell = cells.get(key);
    if (!cell)
      cells.set(key, { account, content, time, n, row: accounts.row[account], column: contents.column[content] });
    else {
      cell.n += n;
      if (!(cell.time <= time)) cell.time = time;
    }
  };
  actions.account.forEach((account, i) => add(account, actions.content[i], actions.time_us[i], 1));
  const each = Math.ceil(width / BITS);
  (bits || []).forEach((number, at) => {
    const [account, from] = [Math.floor(at / each), (at % each) * BITS];
    for (let bit = 0; bit < BITS; bit++) {
      const content = from + bit;
      if ((number >> bit) % 2 && !cells.has(account * width + content))
        add(account, content, contents.first_us[content], 0);
    }
  });
  return [...cells.values()];
}

/** The sentence below: how full the block is, and what interest alone would explain. */
export function filled({ n_interactions: n, n_accounts, n_contents, expected_interactions: expected }) {
  const cells = n_accounts * n_contents;
  const share = cells ? ` (${percent(n / cells)})` : "";
  const interest = Number.isFinite(expected)
    ? `, expected from interest: ${count(Math.round(expected * (expected < 10 ? 10 : 1)) / (expected < 10 ? 10 : 1))}`
    : "";
  return `${count(n)} of ${many(cells, "cell")} filled${share}${interest}.`;
}

/**
 * @param {HTMLElement} host
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{update: function, destroy: function}}
 */
export function matrix(host, cluster, ctx) {
  const cells = cellsOf(cluster);
  const byPlace = new Map(cells.map((cell) => [cell.row * cluster.contents.content.length + cell.column, cell]));
  const [first, last] = [smallest(cells.map(({ time }) => time)), largest(cells.map(({ time }) => time))];
  const dated = Number.isFinite(first);
  const place = (list) => Array.from(list.keys()).sort((a, b) => list[a] - list[b]);
  const [rows, columns] = [place(cluster.accounts.row), place(cluster.contents.column)];
  const names = rows.map((i) => ctx.shown("account", cluster.accounts.account[i], 40));
  const whole = shortened(cluster) ? "Of the whole cluster: " : "";
  const sentence = el("p", { class: "chart-sum" }, `${whole}${filled(cluster)}`);
  const stage = el("div", { class: "chart-stage still" });
  const small = el("p", { class: "note" });
  let plan = null;
  let seen = ctx.state.get();
  if (!cells.length) {
    host.append(sentence, el("p", { class: "note" }, "There is no action to draw."));
    return { update: () => {}, destroy: () => host.replaceChildren() };
  }
  host.append(sentence, stage, small);

  /** Shade of a cell: 0 to SHADES - 1 by date, or none where it has no time. */
  const shade = ({ time }) =>
    Number.isFinite(time) ? Math.min(SHADES - 1, Math.floor(((time - first) / (last - first || 1)) * SHADES)) : -1;
  const colourOf = (step) => (!dated ? MEMBERS : step < 0 ? OTHER : cividis(step / (SHADES - 1)));
  const matches = ({ account, content, time, n }) => {
    const free = seen.account === null && seen.content === null;
    const own = free || account === seen.account || content === seen.content;
    // A cell without an action on this page has a borrowed date: it is in no stretch of time.
    return own && (!seen.window || (n > 0 && time >= seen.window[0] && time <= seen.window[1]));
  };

  const dates = (x, y, zone, width) => {
    if (!dated) return { shapes: [words(x, y + 10, "blue: acted, white: never", { class: "faint" })], height: 14 };
    const [from, to] = [day(zone, first), day(zone, last)];
    const bar = Math.min(120, width * 0.25);
    const step = bar / SHADES;
    const at = x + textWidth(from) + 8;
    const shades = Array.from({ length: SHADES }, (_, i) =>
      svg("rect", { x: tenth(at + i * step), y, width: tenth(step + 0.4), height: 10, fill: colourOf(i) }),
    );
    const end = at + bar + 8;
    const grey = cells.some((cell) => !Number.isFinite(cell.time)) ? "; grey: no time" : "";
    const never = `white: never${grey}`;
    const beside = end + textWidth(to) + 20;
    const fits = beside + textWidth(never) < width;
    const texts = [words(x, y + 9, from, { class: "tick" }), words(end, y + 9, to, { class: "tick" })];
    const text = fits
      ? words(beside, y + 9, never, { class: "faint" })
      : words(Math.max(0, Math.min(x, width - textWidth(never))), y + 26, never, { class: "faint" });
    return { shapes: [...shades, ...texts, text], height: fits ? 14 : 31 };
  };

  const draw = () => {
    const width = Math.max(host.clientWidth, 260);
    const { left, pitch, every } = rowRoom(names, width, { body: 420, least: 1.2, most: 14 });
    const wide = Math.min(44, (width - left - 4) / columns.length);
    const [right, bottom] = [left + wide * columns.length, TOP + pitch * rows.length];
    const [gapX, gapY] = [wide > 6 ? 1 : 0, pitch > 4 ? 1 : 0];
    const paths = new Map();
    for (const cell of cells) {
      const key = (matches(cell) ? 100 : 0) + shade(cell) + 1;
      if (!paths.has(key)) paths.set(key, []);
      const [x, y] = [left + cell.column * wide, TOP + cell.row * pitch];
      paths
        .get(key)
        .push(
          `M${tenth(x)} ${tenth(y)}h${tenth(wide - gapX)}v${tenth(Math.max(pitch - gapY, 1.4))}h${-tenth(wide - gapX)}z`,
        );
    }
    const fills = [...paths]
      .sort((a, b) => a[0] - b[0])
      .map(([key, d]) =>
        svg("path", { d: d.join(""), fill: colourOf((key % 100) - 1), "fill-opacity": key < 100 ? FADED : null }),
      );
    const nth = [1, 2, 5, 10, 20, 50, 100].find((n) => n * wide >= 20) || 100;
    const chosenColumn = seen.content === null ? null : cluster.contents.column[seen.content];
    const chosenRow = seen.account === null ? null : cluster.accounts.row[seen.account];
    const heads = columns.map((content, column) => {
      const own = column === chosenColumn;
      if (!own && (column % nth || (chosenColumn !== null && Math.abs(column - chosenColumn) * wide < 20))) return null;
      return words(left + (column + 0.5) * wide, TOP - 6, content + 1, {
        class: own ? "number" : "tick",
        "text-anchor": "middle",
      });
    });
    const outline = (x, y, w, h) =>
      svg("rect", { class: "own", x: tenth(x), y: tenth(y), width: tenth(w), height: tenth(h) });
    const own = [];
    if (chosenRow !== null)
      own.push(outline(left - 1, TOP + chosenRow * pitch - 1, right - left + 1, Math.max(pitch, 3) + 1));
    if (chosenColumn !== null)
      own.push(outline(left + chosenColumn * wide - 1, TOP - 1, Math.max(wide, 3) + 1, bottom - TOP + 1));
    const key = dates(left, Math.ceil(bottom) + 12, seen.zone, width);
    const parts = [
      svg("rect", {
        class: "frame",
        x: left - 1,
        y: TOP - 1,
        width: tenth(right - left + 2),
        height: tenth(bottom - TOP + 2),
      }),
      ...fills,
      ...heads,
      ...own,
      ...rowNames(names, { left, top: TOP, pitch, every, chosen: chosenRow }),
      left > textWidth("content") + 16 ? words(0, TOP - 6, "content", { class: "faint" }) : null,
      ...key.shapes,
    ];
    const label = `${many(rows.length, "account")} by ${many(columns.length, "content")}. ${whole}${filled(cluster)}`;
    stage.replaceChildren(drawing(width, Math.ceil(bottom) + 12 + key.height, label, ...parts));
    plan = { left, right, bottom, wide, pitch };
    small.textContent = [
      "Columns are numbered as in the list of contents.",
      every > 1 ? `One row in ${every} has its name beside it.` : "",
      cluster.cells && cells.some((cell) => !cell.n)
        ? "Where an action is not on this page, its cell has the date of the first member on the content."
        : "",
      shortened(cluster),
    ]
      .filter(Boolean)
      .join(" ");
  };

  const under = (event) => {
    if (!plan) return { row: -1, column: -1 };
    const { left, top } = stage.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const row = y < TOP ? -1 : Math.floor((y - TOP) / plan.pitch);
    const column = x < plan.left ? -1 : Math.floor((x - plan.left) / plan.wide);
    return { row: row < rows.length ? row : -2, column: column < columns.length ? column : -2 };
  };
  stage.addEventListener("pointermove", (event) => {
    const { row, column } = under(event);
    const nothing = row < -1 || column < -1 || (row < 0 && column < 0);
    stage.classList.toggle("hit", !nothing);
    if (nothing) return ctx.tip.hide();
    const content =
      column < 0 ? "" : `${columns[column] + 1} ${ctx.shown("content", cluster.contents.content[columns[column]], 80)}`;
    const account = row < 0 ? "" : ctx.shown("account", cluster.accounts.account[rows[row]], 80);
    if (row < 0 || column < 0) return ctx.tip.show(event.clientX, event.clientY, [account, content]);
    const cell = byPlace.get(row * columns.length + column);
    const when =
      cell && cell.n && Number.isFinite(cell.time)
        ? `${moment(seen.zone, cell.time)} (${seen.zone})`
        : cell && !cell.n
          ? "acted; the action is not on this page"
          : "acted, time unknown";
    const more = cell && cell.n > 1 ? `first of ${count(cell.n)} actions` : "";
    ctx.tip.show(event.clientX, event.clientY, [account, content, cell ? when : "never", more]);
  });
  stage.addEventListener("pointerleave", () => ctx.tip.hide());
  stage.addEventListener("click", (event) => {
    const { row, column } = under(event);
    if (row < -1 || column < -1) return;
    // A cell stands for its account, a number above the columns for its content.
    if (row >= 0) ctx.state.set({ account: rows[row] === seen.account ? null : rows[row] });
    else if (column >= 0) ctx.state.set({ content: columns[column] === seen.content ? null : columns[column] });
  });

  const update = (snapshot, changed) => {
    seen = snapshot;
    if (MATTERS.some((name) => changed.has(name))) draw();
  };
  const destroy = () => {
    ctx.tip.hide();
    host.replaceChildren();
  };
  return { update, destroy };
}
