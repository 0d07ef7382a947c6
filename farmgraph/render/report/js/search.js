/** Finding an account or a content of the clusters by its name: a text field with a list of what fits. */

import { el } from "./dom.js";
import { count } from "./figure.js";

const MOST = 20;
const NOTHING =
  "No account or content of a cluster shown here has that name. Accounts in no cluster are not listed in this report.";

/** Every account and content of every cluster, and the accounts of the map that no list has room for. */
function everything({ clusters, map, name, shown }) {
  const found = [];
  const add = (kind, code, cluster, at) => {
    const display = shown(kind, code);
    const exact = name(kind, code);
    // A long name is displayed cut; whoever pastes the whole of it must find it too.
    const text = exact === display ? display : `${display}\n${exact}`;
    found.push({ kind, display, lower: text.toLowerCase(), cluster, at });
  };
  for (const { cluster, accounts, contents } of clusters) {
    accounts.account.forEach((code, at) => add("account", code, cluster, at));
    contents.content.forEach((code, at) => add("content", code, cluster, at));
    const island = map.islands.find((one) => one.cluster === cluster);
    const there = new Set(accounts.account);
    for (const code of island ? island.account : []) if (!there.has(code)) add("account", code, cluster, null);
  }
  return found;
}

/** What fits: names that begin with the text first, then in order of the clusters. */
export function matching(all, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const hits = all.filter(({ lower }) => lower.includes(wanted));
  const rank = ({ lower }) => (lower === wanted ? 0 : lower.startsWith(wanted) ? 1 : 2);
  return hits.sort((a, b) => rank(a) - rank(b));
}

/**
 * @param {HTMLElement} host
 * @param {object} ctx
 */
export function search(host, ctx) {
  let all = null;
  let options = [];
  let active = -1;
  const box = el("div", { id: "found", class: "found", role: "listbox", "aria-label": "Accounts and contents found", hidden: true });
  const more = el("p", { class: "found-more", role: "status" });
  const panel = el("div", { class: "found-panel", hidden: true }, box, more);
  const input = el("input", {
    id: "find-text",
    type: "text",
    role: "combobox",
    placeholder: "account or content",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    "aria-expanded": "false",
    "aria-controls": "found",
    "aria-autocomplete": "list",
  });
  host.append(el("label", { for: "find-text" }, "Find"), input, panel);

  const close = () => {
    panel.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = ({ kind, cluster, at }) => {
    close();
    input.value = "";
    ctx.state.set({ page: cluster, account: null, content: null, window: null, [kind]: at });
  };
  const move = (to) => {
    if (!options.length) return;
    active = (to + options.length) % options.length;
    options.forEach(({ node }, i) => node.setAttribute("aria-selected", String(i === active)));
    input.setAttribute("aria-activedescendant", options[active].node.id);
    options[active].node.scrollIntoView({ block: "nearest" });
  };
  const show = () => {
    all = all || everything(ctx);
    const hits = matching(all, input.value);
    if (!input.value.trim()) return close();
    options = hits.slice(0, MOST).map((hit, i) => {
      const where = `${hit.kind} in cluster ${hit.cluster}${hit.at === null ? ", not in its list" : ""}`;
      const node = el(
        "div",
        { id: `found-${i}`, class: "found-one", role: "option", "aria-selected": "false", onclick: () => choose(hit) },
        el("bdi", {}, hit.display),
        " ",
        el("span", {}, where),
      );
      return { node, hit };
    });
    box.replaceChildren(...options.map(({ node }) => node));
    box.hidden = !options.length;
    const rest = hits.length - options.length;
    more.textContent = hits.length ? (rest > 0 ? `and ${count(rest)} more` : "") : NOTHING;
    panel.hidden = false;
    active = -1;
    input.setAttribute("aria-expanded", String(options.length > 0));
    input.removeAttribute("aria-activedescendant");
  };

  // The field keeps the focus: without it the list would close before a click arrives.
  panel.addEventListener("mousedown", (event) => event.preventDefault());
  input.addEventListener("input", show);
  input.addEventListener("focus", show);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (panel.hidden) input.value = "";
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (panel.hidden) show();
      if (event.key === "ArrowDown") move(active + 1);
      else move(active < 0 ? -1 : active - 1);
    } else if (event.key === "Enter" && options.length && !panel.hidden) {
      event.preventDefault();
      choose(options[Math.max(active, 0)].hit);
    }
  });
}
