/** What is open and what is chosen. Views learn of changes from here and change it only here. */

import { failed } from "./failed.js";

const same = (a, b) =>
  Object.is(a, b) || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => Object.is(x, b[i])));

/**
 * @param {object} first The first snapshot.
 * @param {function(object, object): object} [complete] Takes a patch and the snapshot before; returns the patch with all that
 *   has to change along with it.
 * @returns {{get: function(): object, set: function(object), on: function(function(object, Set<string>)): function()}} `on`
 *   returns what ends the listening.
 */
export function createState(first, complete = (patch) => patch) {
  let snapshot = Object.freeze({ ...first });
  let waiting = new Set();
  let telling = false;
  const listeners = new Set();

  const set = (patch) => {
    const whole = complete(patch, snapshot);
    for (const [key, value] of Object.entries(whole)) if (!same(snapshot[key], value)) waiting.add(key);
    if (!waiting.size) return;
    snapshot = Object.freeze({ ...snapshot, ...whole });
    // A listener that changes something itself is told with everybody else, after this round.
    if (telling) return;
    telling = true;
    while (waiting.size) {
      const [now, changed] = [snapshot, waiting];
      waiting = new Set();
      for (const listener of [...listeners]) {
        try {
          listener(now, changed);
        } catch (error) {
          failed(error);
        }
      }
    }
    telling = false;
  };
  const on = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { get: () => snapshot, set, on };
}
