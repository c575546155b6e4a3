// The moments of a training at which there are snapshots.

/**
 * Whole numbers, ascending, each once; what else a value holds is left out.
 *
 * @param {unknown} given
 * @returns {number[]}
 */
export function readMoments(given) {
  const numbers = (Array.isArray(given) ? given : []).filter((moment) => Number.isInteger(moment) && moment >= 0);
  return [...new Set(numbers)].sort((one, other) => one - other);
}

/**
 * Indices of evenly spaced ticks that get a number: the first, the last, and every nth between them that keeps its
 * distance from the last.
 *
 * @param {number} count - of ticks
 * @param {number} width - of all, in pixels
 * @param {number} room - pixels that a number needs
 */
export function numberedTicks(count, width, room) {
  if (count < 2 || width < 2 * room) return [count - 1].filter((index) => index >= 0);
  const every = Math.ceil((room * (count - 1)) / width);
  const chosen = [];
  for (let index = 0; index + every <= count - 1; index += every) chosen.push(index);
  return [...chosen, count - 1];
}
