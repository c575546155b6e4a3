// Where things are in the strength curve's plot: numbers only.

import { linearTicks } from "../shared/ticks.js";

/**
 * @typedef {object} Point
 * @property {string} run
 * @property {number} value
 * @property {string} shown
 * @property {"queued" | "running" | "over" | "diverged" | "untrained"} state
 * @property {number | null} training
 * @property {number | null} validation
 * @property {number | null} missed
 * @property {"overfitting" | "best" | "underfitting" | null} region
 * @property {boolean} best
 * @property {number | null} colour
 * @property {number} [series] - 0 or 1, where two curves are drawn
 * @property {string} [match] - where the other curve reaches the same place
 */

/** @typedef {{ label: string, scale: "linear" | "log", reversed: boolean, points: Point[], recorded?: boolean, kind?: "strength" | "size" | "speech" | "norm", fewest?: string | null, series?: string[], ticks?: [number, string][] }} Curve */

const MARGIN = { left: 56, right: 14, top: 8, bottom: 4 };

/**
 * Places of values and losses in a plot, in px.
 *
 * @param {Curve} curve
 * @param {number} width
 * @param {number} height
 */
export function layoutOf({ scale, reversed, points }, width, height) {
  const on = (/** @type {number} */ value) => (scale === "log" ? Math.log(value) : value);
  const values = points.map(({ value }) => on(value));
  const [first, last] = [Math.min(...values), Math.max(...values)];
  const losses = points.flatMap(({ training, validation }) => [training, validation]).filter((loss) => loss !== null);
  const [low, high] = losses.length ? [Math.min(...losses), Math.max(...losses)] : [0, 1];
  const room = (high - low || high || 1) * 0.06;
  const [bottom, top] = [low - room, high + room];
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };

  function x(/** @type {number} */ value) {
    const share = last > first ? (on(value) - first) / (last - first) : 0.5;
    return MARGIN.left + inner.width * (reversed ? 1 - share : share);
  }
  const y = (/** @type {number} */ loss) => MARGIN.top + (inner.height * (top - loss)) / (top - bottom);
  const share = (/** @type {number} */ missed) => MARGIN.top + inner.height * (1 - missed);
  return { x, y, share, ...linearTicks(bottom, top, 5), left: MARGIN.left, right: width - MARGIN.right, inner };
}

/**
 * Bands of the points' regions from left to right, each half way to its neighbours; neighbours of one kind are one.
 *
 * @param {Point[]} points
 * @param {{ x: (value: number) => number }} layout
 * @returns {{ region: string, from: number, to: number }[]}
 */
export function bands(points, { x }) {
  const placed = points
    .filter(({ region }) => region !== null)
    .map(({ value, region }) => ({ at: x(value), region: String(region) }))
    .sort((one, other) => one.at - other.at);
  /** @type {{ region: string, from: number, to: number }[]} */
  const found = [];
  placed.forEach(({ at, region }, index) => {
    const from = index ? (placed[index - 1].at + at) / 2 : at;
    const to = index + 1 < placed.length ? (at + placed[index + 1].at) / 2 : at;
    const before = found.at(-1);
    if (before?.region === region) before.to = to;
    else found.push({ region, from, to });
  });
  return found;
}

/**
 * The path of a line through the points that have a number, interrupted where one lies between that has none.
 *
 * @param {Point[]} points
 * @param {(point: Point) => number | null} number
 * @param {(point: Point, number: number) => [number, number]} place
 */
export function pathOf(points, number, place) {
  let path = "";
  let pen = "M";
  for (const point of points) {
    const value = number(point);
    if (value === null) {
      if (point.state === "diverged") pen = "M"; // of one that is still to come the line is not cut
      continue;
    }
    const [x, y] = place(point, value);
    path += `${pen}${x.toFixed(1)},${y.toFixed(1)}`;
    pen = "L";
  }
  return path;
}
