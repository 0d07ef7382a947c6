/** The contents of a cluster as buttons with their colours, and a list to choose from for those that are grey. */

import { OTHER, PALETTE, ofContent } from "./colours.js";
import { el } from "./dom.js";
import { count } from "./figure.js";

const swatch = (colour) => el("span", { class: "swatch", style: { background: colour } });

/**
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{node: HTMLElement, mark: function(number | null)}} `mark` shows which content is chosen.
 */
export function legend(cluster, ctx) {
  const contents = cluster.contents.content;
  const coloured = Math.min(contents.length, PALETTE.length);
  const toggle = (i) => ctx.state.set({ content: ctx.state.get().content === i ? null : i });
  const buttons = Array.from({ length: coloured }, (_, i) => {
    const name = el("bdi", {}, ctx.shown("content", contents[i], 60));
    const parts = [swatch(ofContent(i)), el("b", {}, i + 1), " ", name];
    return el("button", { type: "button", class: "key", "aria-pressed": "false", onclick: () => toggle(i) }, ...parts);
  });
  const rest = Array.from(contents).slice(coloured);
  const choice = el("select", {
    "aria-label": "Other contents",
    onchange: () => ctx.state.set({ content: choice.value === "" ? null : Number(choice.value) }),
  });
  choice.append(
    el("option", { value: "" }, `${count(rest.length)} other ${rest.length === 1 ? "content" : "contents"} (grey)`),
  );
  rest.forEach((code, k) => {
    const i = coloured + k;
    choice.append(el("option", { value: i }, `${i + 1} ${ctx.shown("content", code, 60)}`));
  });
  const others = rest.length ? el("label", { class: "key-others" }, swatch(OTHER), choice) : null;
  const node = el("div", { class: "keys", role: "group", "aria-label": "Contents by colour" }, ...buttons, others);

  const mark = (chosen) => {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === chosen)));
    choice.value = chosen !== null && chosen >= coloured ? String(chosen) : "";
    if (others) others.classList.toggle("chosen", choice.value !== "");
  };
  return { node, mark };
}
