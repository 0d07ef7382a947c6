/** How strong the evidence of the clusters is: the steps of the words, and the stops of the slider. */

/** Verdicts, weakest first. */
export const WORDS = ["too little data", "same audience", "undetermined", "lockstep"];
const SCORES = [30, 100, 300];

/** @returns {number} 1 to 4. */
export const level = (verdict) => WORDS.indexOf(verdict) + 1;

const range = (from, words) => {
  if (from === WORDS.length) return `${words[words.length - 1]} only`;
  return from === WORDS.length - 1 ? `${WORDS[2]} and ${WORDS[3]}` : `${WORDS[from - 1]} and stronger`;
};

/**
 * The stops of the slider: first words that occur, then numbers of z where they separate something.
 *
 * @param {{verdict: string, synchrony_z: number | null}[]} listed
 * @returns {{text: string, passes: function(object): boolean}[]} Never empty; each lets fewer clusters pass than the one before.
 */
export function stopsOf(listed) {
  const wanted = [{ text: "everything", passes: () => true }];
  for (const from of [2, 3, 4]) {
    const occurs = listed.some(({ verdict }) => level(verdict) === from);
    if (occurs) wanted.push({ text: range(from, WORDS), passes: ({ verdict }) => level(verdict) >= from });
  }
  for (const z of SCORES) {
    const passes = ({ verdict, synchrony_z: own }) => level(verdict) === WORDS.length && own !== null && own >= z;
    wanted.push({ text: `lockstep with z of at least ${z}`, passes });
  }
  let before = Infinity;
  return wanted.filter(({ passes }, i) => {
    const n = listed.filter(passes).length;
    if (i && (n === 0 || n >= before)) return false;
    before = n;
    return true;
  });
}
