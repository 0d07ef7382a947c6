/** Turns the page of words into the report with pictures. Where that fails the words stay. */

import { citing } from "./cite.js";
import { decode, naming } from "./data.js";
import { el } from "./dom.js";
import { stopsOf } from "./evidence.js";
import { failed, watch } from "./failed.js";
import { list } from "./list.js";
import { pages } from "./pages.js";
import { firstPage, route } from "./route.js";
import { search } from "./search.js";
import { createState } from "./state.js";
import { createTip } from "./tip.js";

const root = document.documentElement;
const NOTHING = { account: null, content: null, window: null, contents: null };

/** What is chosen belongs to one cluster: opening another one lets go of it. */
const complete = (patch, before) => ("page" in patch && patch.page !== before.page ? { ...NOTHING, ...patch } : patch);

async function start() {
  const data = await decode(document.getElementById("data").textContent);
  const state = createState({ page: firstPage(data.clusters), zone: "UTC", least: 0, ...NOTHING }, complete);
  const stops = stopsOf(data.listed);
  const { map, listed, clusters, limits, headline } = data;
  const passes = (item, least) => stops[least].passes(item);
  const ctx = { state, ...naming(data), tip: createTip(), limits, map, listed, clusters, headline, stops, passes };
  list(document.getElementById("side"), ctx);
  search(document.getElementById("find"), ctx);
  citing();
  pages(ctx);
  route(ctx);
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      root.dataset.ready = String(Math.round(performance.now()));
    }),
  );
}

async function begin() {
  try {
    await start();
  } catch (error) {
    failed(error);
    root.classList.remove("app");
    const why = "The pictures and the tables of rows could not be drawn here; the case's CSV and Parquet files hold them all.";
    document.getElementById("main").prepend(el("p", { class: "care" }, why));
  }
}

watch();
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
