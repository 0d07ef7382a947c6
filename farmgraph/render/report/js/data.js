/** The data of the page: what `pack.py` packed, as lists of numbers, and the names that they refer to. */

const KINDS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array };

const isNumbers = (list) => list.length > 0 && list.every((item) => item === null || typeof item === "number");

async function unzipped(base64) {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

function numbers({ k: kind, at, n, s: step = 1, o: offset = 0, d: divisor = 1 }, bytes) {
  const size = KINDS[kind].BYTES_PER_ELEMENT;
  const raw = new KINDS[kind](bytes.slice(at, at + n * size));
  if (kind[0] === "f") return Float64Array.from(raw);
  return Float64Array.from(raw, (r) => (r ? ((r - 1) * step + offset) / divisor : NaN));
}

function lists({ n: lengths, v: values }, bytes) {
  const flat = unpacked(values, bytes);
  let at = 0;
  return Array.from(unpacked(lengths, bytes), (n) => flat.slice(at, (at += n)));
}

/** Packed lists become Float64Array, in which a missing number is NaN; everything else stays. */
function unpacked(value, bytes) {
  if (Array.isArray(value)) {
    if (isNumbers(value)) return Float64Array.from(value, (x) => (x === null ? NaN : x));
    return value.map((item) => unpacked(item, bytes));
  }
  if (value === null || typeof value !== "object") return value;
  if ("k" in value) return numbers(value, bytes);
  if ("n" in value && "v" in value) return lists(value, bytes);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpacked(item, bytes)]));
}

/**
 * @param {string} text The JSON of the page.
 * @returns {Promise<{names, shown, headline, map, listed, clusters, limits}>} Numbers of `map` and `clusters` as
 *   Float64Array.
 */
export async function decode(text) {
  const raw = await unzipped(JSON.parse(text).gzip);
  const start = 4 + new DataView(raw).getUint32(0, true);
  const { map, clusters, ...rest } = JSON.parse(new TextDecoder().decode(new Uint8Array(raw, 4, start - 4)));
  const bytes = raw.slice(start);
  return { ...rest, map: unpacked(map, bytes), clusters: clusters.map((cluster) => unpacked(cluster, bytes)) };
}

/**
 * @param {{names: Object<string, string[]>, shown: Object<string, Object<number, string>>}} data
 * @returns {{name: function(string, number): string, shown: function(string, number, number=): string}} `name` is the exact
 *   name, for files; `shown` the one to display, in which nothing hides, at most `limit` letters long.
 */
export function naming({ names, shown }) {
  const name = (kind, code) => names[kind][code];
  const display = (kind, code, limit = Infinity) => {
    const text = shown[kind][code] || names[kind][code];
    if (text.length <= limit) return text;
    // By code points, so that no pair of surrogates is cut apart.
    const letters = Array.from(text);
    return letters.length <= limit ? text : `${letters.slice(0, limit - 1).join("")}…`;
  };
  return { name, shown: display };
}
