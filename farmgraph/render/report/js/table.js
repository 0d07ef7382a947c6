/** A table in a box of its own: sorted by its headings, with rows that can be chosen by pointer and by keyboard. */

import { el } from "./dom.js";

const ARROWS = { ascending: "\u25b2", descending: "\u25bc" };

/** NaN and empty texts come last whichever way a table is sorted. */
function compare(a, b, sign) {
  const [none, other] = [a === "" || Number.isNaN(a), b === "" || Number.isNaN(b)];
  if (none || other) return none - other;
  return sign * (typeof a === "string" ? a.localeCompare(b, "en") : a - b);
}

/**
 * @param {object} options
 * @param {string} options.label What the table holds.
 * @param {number} options.n Rows.
 * @param {{title: string, value: function(number), cell: function(number), class: string, falling: boolean}[]} options.columns
 *   `value` to sort by; `cell` the text or node shown; `falling`: the first click puts the largest on top. The first
 *   column names the row and holds the button that chooses it.
 * @param {[number, string]} options.sorted Column and direction at first.
 * @param {string} options.chooses Words before the name of a row for those who hear the button.
 * @param {function(number)} options.onChoose
 * @returns {{node: HTMLElement, mark: function(number | null), refresh: function()}} `refresh` writes all cells anew.
 */
export function table({ label, n, columns, sorted, chooses, onChoose }) {
  let [column, direction] = sorted;
  let chosen = null;
  const body = el("tbody");
  const head = el("tr");
  const node = el(
    "div",
    { class: "box", tabindex: "0", role: "region", "aria-label": label },
    el("table", { class: "rows" }, el("caption", { class: "unseen" }, label), el("thead", {}, head), body),
  );

  const heads = columns.map(({ title, class: name, falling }, i) => {
    const arrow = el("span", { class: "arrow", "aria-hidden": "true" });
    const turn = () => {
      if (column !== i) [column, direction] = [i, falling ? "descending" : "ascending"];
      else direction = direction === "ascending" ? "descending" : "ascending";
      draw();
    };
    const cell = el("th", { scope: "col", class: name }, el("button", { type: "button", onclick: turn }, title, arrow));
    head.append(cell);
    return { cell, arrow };
  });

  const row = (i) => {
    const [first, ...rest] = columns;
    const button = el("button", { type: "button", title: chooses }, first.cell(i));
    const cells = rest.map(({ cell, class: name }) => el("td", { class: name }, cell(i)));
    return el("tr", { onclick: () => onChoose(i) }, el("th", { scope: "row", class: first.class }, button), ...cells);
  };
  let rows = [];
  const mark = (which, scroll = true) => {
    chosen = which;
    rows.forEach((tr, i) => {
      tr.classList.toggle("chosen", i === which);
      tr.querySelector("button").setAttribute("aria-pressed", String(i === which));
    });
    if (which === null || !scroll) return;
    // Within the box alone: the page must not jump away from where the row was chosen.
    const [top, bottom] = [rows[which].offsetTop, rows[which].offsetTop + rows[which].offsetHeight];
    const room = head.offsetHeight;
    if (top - room < node.scrollTop) node.scrollTop = top - room;
    else if (bottom > node.scrollTop + node.clientHeight) node.scrollTop = bottom - node.clientHeight;
  };
  const draw = () => {
    const { value } = columns[column];
    const values = Array.from({ length: n }, (_, i) => value(i));
    const order = Array.from(values.keys());
    order.sort((i, j) => compare(values[i], values[j], direction === "ascending" ? 1 : -1) || i - j);
    heads.forEach(({ cell, arrow }, i) => {
      if (i === column) cell.setAttribute("aria-sort", direction);
      else cell.removeAttribute("aria-sort");
      arrow.textContent = i === column ? ARROWS[direction] : "";
    });
    // One that has the focus keeps it.
    const focused = document.activeElement;
    body.append(...order.map((i) => rows[i]));
    if (focused && node.contains(focused) && focused !== document.activeElement) focused.focus({ preventScroll: true });
  };
  const refresh = () => {
    rows = Array.from({ length: n }, (_, i) => row(i));
    body.replaceChildren();
    draw();
    mark(chosen, false);
  };
  return { node, mark, refresh };
}
