import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { chosenActions, counted } from "../../../farmgraph/render/report/js/chosen.js";
import { accountsCsv } from "../../../farmgraph/render/report/js/csv.js";
import { decode, naming } from "../../../farmgraph/render/report/js/data.js";
import { stopsOf } from "../../../farmgraph/render/report/js/evidence.js";
import { matching } from "../../../farmgraph/render/report/js/search.js";
import { createState } from "../../../farmgraph/render/report/js/state.js";

/** The data of a page: the length of a JSON text, the text, and the bytes that it refers to. */
function zipped(value, numbers) {
  const text = Buffer.from(JSON.stringify(value));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return JSON.stringify({ gzip: gzipSync(Buffer.concat([length, text, Buffer.from(numbers)])).toString("base64") });
}

test("packed numbers are as exact as they were", async () => {
  // A byte that belongs to nothing, then u16, little endian: missing, 1, 86 and 100 hundredths; then two bytes.
  const numbers = [7, 0, 0, 1, 0, 86, 0, 100, 0, 1, 4];
  const score = { k: "u16", at: 1, n: 4, o: 1, d: 100 };
  // Two lists with lengths 2 and 0, in steps of a second from 2025-01-01 on.
  const others = { n: [2, 0], v: { k: "u8", at: 9, n: 2, o: 1735689600000000, s: 1000000 } };
  const clusters = [{ score, others, short: [3, null], text: ["a"], none: [], z: null }];
  const [cluster] = (await decode(zipped({ names: {}, map: {}, clusters }, numbers))).clusters;
  assert.deepEqual([...cluster.score], [NaN, 0.01, 0.86, 1]);
  assert.deepEqual(cluster.others.map((list) => [...list]), [[1735689600000000, 1735689603000000], []]);
  assert.deepEqual([...cluster.short], [3, NaN]);
  assert.deepEqual([cluster.text, cluster.none, cluster.z], [["a"], [], null]);
});

test("what is displayed is not the exact name, and never cuts a letter apart", () => {
  const { name, shown } = naming({ names: { account: ["a\u202e", "\u{1f469}".repeat(9)] }, shown: { account: { 0: "a⟨U+202E⟩" } } });
  assert.equal(name("account", 0), "a\u202e");
  assert.equal(shown("account", 0), "a⟨U+202E⟩");
  assert.equal(shown("account", 1, 4), `${"\u{1f469}".repeat(3)}…`);
});

const item = (verdict, z = null) => ({ verdict, synchrony_z: z });
const texts = (listed) => stopsOf(listed).map(({ text }) => text);

test("the slider stops at words that occur and at numbers that separate", () => {
  assert.deepEqual(texts([]), ["everything"]);
  assert.deepEqual(texts([item("same audience"), item("same audience", 400)]), ["everything"]);
  assert.deepEqual(texts([item("lockstep", 50), item("same audience"), item("too little data")]), [
    "everything",
    "same audience and stronger",
    "lockstep only",
  ]);
  assert.deepEqual(texts([item("lockstep", 20), item("lockstep", 99.9), item("lockstep", 301), item("undetermined")]), [
    "everything",
    "lockstep only",
    "lockstep with z of at least 30",
    "lockstep with z of at least 100",
  ]);
  const stops = stopsOf([item("lockstep", 30), item("lockstep", null), item("undetermined", 500)]);
  assert.deepEqual(stops.map(({ passes }) => [item("lockstep", 30), item("undetermined", 500)].map(passes)), [
    [true, true],
    [true, false],
    [true, false],
  ]);
});

test("names are found wherever the text stands in them, the same ones first", () => {
  const all = ["Maria", "anna", "ann", "Joanna\nexact"].map((display, at) => ({ lower: display.toLowerCase(), at }));
  assert.deepEqual(matching(all, " ANN ").map(({ at }) => at), [2, 1, 3]);
  assert.deepEqual(matching(all, "exact").map(({ at }) => at), [3]);
  assert.deepEqual(matching(all, "  "), []);
});

test("listeners hear what changed, one after another, and of nothing else", () => {
  const state = createState({ page: 1, window: null }, (patch) => ("page" in patch ? { window: null, ...patch } : patch));
  const heard = [];
  state.on((snapshot, changed) => {
    heard.push([...changed].join());
    if (changed.has("page") && snapshot.page === 2) state.set({ window: [5, 6] });
  });
  const off = state.on((snapshot, changed) => heard.push(`${[...changed].join()} ${snapshot.page}`));
  state.set({ window: [1, 2] });
  state.set({ window: [1, 2] });
  state.set({ page: 2 });
  assert.deepEqual(heard, ["window", "window 1", "window,page", "window,page 2", "window", "window 2"]);
  assert.deepEqual(state.get(), { page: 2, window: [5, 6] });
  off();
  state.set({ page: 3 });
  assert.equal(heard.filter((text) => text.endsWith("3")).length, 0);
});

test("actions without a time are chosen by everything but time", () => {
  const cluster = { n_rows: 3, actions: { account: [0, 0, 1], content: [0, 1, 1], time_us: [5, NaN, 7] } };
  const all = { account: null, content: null, window: null };
  assert.deepEqual(chosenActions(cluster, all), [0, 1, 2]);
  assert.deepEqual(chosenActions(cluster, { ...all, account: 0 }), [0, 1]);
  assert.deepEqual(chosenActions(cluster, { ...all, window: [5, 7] }), [0, 2]);
  assert.equal(counted(cluster, 3), "all 3 actions");
  assert.equal(counted(cluster, 1), "1 of 3 actions");
  assert.equal(counted({ ...cluster, n_rows: 1342 }, 3), "the 3 of 1,342 actions that this page holds");
  assert.equal(counted({ ...cluster, n_rows: 1342 }, 1), "1 of the 3 actions that this page holds, of 1,342 in all");
});

test("cells of CSV files cannot act, and lone surrogates are spelt", () => {
  const names = ["=1+1", "+1", "-1", "@a", "\tb", "\rc", 'a"b,c', "\ud800x", "\u{1f469}", "plain"];
  const column = (value) => names.map(() => value);
  const accounts = {
    account: names.map((_, i) => i),
    ...{ score: column(0.5), gap_s: column(3), n_actions: column(2), first_us: column(1.5e6), last_us: column(NaN) },
  };
  const text = accountsCsv({ cluster: 4, verdict: "lockstep", accounts }, { name: (_, code) => names[code] });
  const rest = ",4,lockstep,0.5,3.0,2,1970-01-01T00:00:01.500000Z,";
  const cells = ["'=1+1", "'+1", "'-1", "'@a", "'\tb", '"\'\rc"', '"a""b,c"', "\\ud800x", "\u{1f469}", "plain"];
  const head = "account,cluster,verdict,score,gap_s,n_actions,first_time,last_time\n";
  assert.equal(text, head + cells.map((cell) => `${cell}${rest}\n`).join(""));
});
