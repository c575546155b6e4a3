// Which part of a sentence is looped.

/** @typedef {import("../shared/audio_graph.js").Part} Part */

export const LEAST = 0.06; // seconds; a shorter part would be a buzz

/**
 * The part between two moments of a round; null where it is too short.
 *
 * @param {number} one
 * @param {number} other
 * @param {number} seconds - of the round
 * @returns {Part | null}
 */
export function regionBetween(one, other, seconds) {
  const from = Math.max(0, Math.min(one, other));
  const to = Math.min(seconds, Math.max(one, other));
  return to - from >= LEAST ? { from, to } : null;
}

/**
 * The part that begins here; it ends where the one before does, if that leaves enough of it.
 *
 * @param {number} here
 * @param {Part | null} region - the one before
 * @param {number} seconds
 */
export function regionFrom(here, region, seconds) {
  const from = Math.min(here, seconds - LEAST);
  return regionBetween(from, region && region.to - from >= LEAST ? region.to : seconds, seconds);
}

/**
 * The part that ends here; it begins where the one before does, if that leaves enough of it.
 *
 * @param {number} here
 * @param {Part | null} region - the one before
 * @param {number} seconds
 */
export function regionTo(here, region, seconds) {
  const to = Math.max(here, LEAST);
  return regionBetween(region && to - region.from >= LEAST ? region.from : 0, to, seconds);
}
