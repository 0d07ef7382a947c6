/**
 * Addresses within the page: #map, #cluster-3, #method. The back button goes where the reader was. In a frame that may not
 * touch its history everything works but that button, for links are followed here and not by the browser.
 */

import { idOf } from "./pages.js";

/** The page that an address names, null where it names none. */
function pageOf(hash, clusters) {
  const id = hash.slice(1);
  if (id === "" || id === "map") return "overview";
  const found = clusters.find(({ cluster }) => idOf(cluster) === id);
  return found ? found.cluster : null;
}

function jump(node) {
  node.scrollIntoView({ block: "start" });
  const heading = node.matches("[tabindex]") ? node : node.querySelector("[tabindex='-1']");
  if (heading) heading.focus({ preventScroll: true });
}

/** @returns {string | number} The page to begin with. */
export function firstPage(clusters) {
  return pageOf(location.hash, clusters) ?? "overview";
}

/** @param {object} ctx */
export function route(ctx) {
  const { state, clusters } = ctx;
  let returning = false;

  const remember = (id) => {
    if (location.hash === `#${id}`) return;
    try {
      history.pushState(null, "", `${location.href.split("#")[0]}#${id}`);
    } catch {
      // A frame without rights to its history.
    }
  };
  const arrive = (id) => {
    const node = document.getElementById(id);
    if (node) jump(node);
  };

  state.on((snapshot, changed) => {
    if (!changed.has("page")) return;
    if (!returning) remember(idOf(snapshot.page));
    window.scrollTo(0, 0);
    const heading = document.querySelector(".page.open h2");
    if (heading) heading.focus({ preventScroll: true });
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const hash = link.getAttribute("href");
    const page = pageOf(hash, clusters);
    if (page === null) {
      if (hash !== "#main") remember(hash.slice(1));
      arrive(hash.slice(1));
    } else if (page === state.get().page) {
      remember(idOf(page));
      window.scrollTo(0, 0);
    } else state.set({ page });
  });

  window.addEventListener("popstate", () => {
    const page = pageOf(location.hash, clusters);
    returning = true;
    if (page === null) arrive(location.hash.slice(1));
    else state.set({ page });
    returning = false;
  });

  if (pageOf(location.hash, clusters) === null) arrive(location.hash.slice(1));
}
