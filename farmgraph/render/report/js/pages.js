/** One page is open at a time: the overview with the map, or one cluster. Its views are drawn when it is opened. */

import { cards, mount } from "./cards.js";
import { controls } from "./controls.js";
import { el } from "./dom.js";
import { failed } from "./failed.js";
import { many } from "./figure.js";
import { map } from "./map.js";

/** @returns {string} The id of the section of a page. */
export const idOf = (page) => (page === "overview" ? "map" : `cluster-${page}`);

function openOverview(ctx) {
  const host = document.getElementById("map-host");
  const rows = [...document.querySelectorAll("tr[data-cluster]")];
  const listed = new Map(ctx.listed.map((item) => [item.cluster, item]));
  const hidden = el("p", { class: "note" });
  document.getElementById("clusters").append(hidden);
  const drawing = mount(host, (where) => map(where, ctx), ctx.state.get());
  const follow = (snapshot) => {
    let n = 0;
    for (const row of rows) {
      row.hidden = !ctx.passes(listed.get(Number(row.dataset.cluster)), snapshot.least);
      n += row.hidden ? 1 : 0;
    }
    hidden.textContent = n ? `${many(n, "cluster")} with less evidence ${n === 1 ? "is" : "are"} left out by the slider.` : "";
  };
  follow(ctx.state.get());
  const rest = { update: (snapshot, changed) => changed.has("least") && follow(snapshot) };
  const end = () => {
    drawing.destroy();
    hidden.remove();
  };
  return { all: [drawing, rest], end };
}

function openCluster(cluster, section, ctx) {
  const above = controls(cluster, ctx);
  section.append(above.node);
  above.update(ctx.state.get(), new Set());
  const views = cards(section, cluster, ctx);
  const end = () => {
    views.end();
    above.node.remove();
  };
  return { all: [above, ...views.all], end };
}

/**
 * Show the page of the state, now and whenever it changes.
 *
 * @param {object} ctx
 */
export function pages(ctx) {
  const { state, clusters } = ctx;
  const title = document.title;
  let open = { all: [], end: () => {} };

  const show = (snapshot) => {
    open.end();
    ctx.tip.hide();
    document.querySelectorAll(".page.open").forEach((section) => section.classList.remove("open"));
    const section = document.getElementById(idOf(snapshot.page));
    section.classList.add("open");
    const cluster = clusters.find((one) => one.cluster === snapshot.page);
    open = cluster ? openCluster(cluster, section, ctx) : openOverview(ctx);
    document.title = cluster ? `Cluster ${cluster.cluster} \u00b7 ${title}` : title;
    const button = document.getElementById("to-map");
    if (cluster) button.removeAttribute("aria-current");
    else button.setAttribute("aria-current", "page");
  };
  const tell = (call) => {
    for (const view of open.all) {
      try {
        call(view);
      } catch (error) {
        failed(error);
      }
    }
  };
  state.on((snapshot, changed) => {
    if (changed.has("page")) show(snapshot);
    else tell((view) => view.update && view.update(snapshot, changed));
  });
  show(state.get());

  const redraw = () => tell((view) => view.update && view.update(state.get(), new Set(["size"])));
  let width = document.documentElement.clientWidth;
  let waiting = 0;
  window.addEventListener("resize", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      // On touch screens the height alone changes whenever the address bar slides away.
      if (document.documentElement.clientWidth === width) return;
      width = document.documentElement.clientWidth;
      redraw();
    });
  });
  // Drawn anew as wide as paper is, so that the letters keep their size there.
  const onPaper = (now) => {
    document.documentElement.classList.toggle("paper", now);
    redraw();
    tell((view) => (now ? view.forPaper && view.forPaper() : view.afterPaper && view.afterPaper()));
  };
  window.addEventListener("beforeprint", () => onPaper(true));
  window.addEventListener("afterprint", () => onPaper(false));
}
