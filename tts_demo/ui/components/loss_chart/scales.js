// Scales and shapes of the loss chart: pure functions of the runs and the size.

import { formatNumber, linearTicks } from "../shared/ticks.js";

/** @typedef {import("./data.js").Run} Run */
/** @typedef {{ left: number, top: number, width: number, height: number }} Box - CSS pixels */
/** @typedef {[x: number, y: number][]} Piece - of a curve that is whole, CSS pixels */
/**
 * @typedef {object} Scales
 * @property {number[]} xTicks
 * @property {number[]} yTicks
 * @property {boolean} logarithmic
 * @property {number} lastStep
 * @property {(step: number) => number} x - CSS pixels
 * @property {(value: number) => number} y - CSS pixels
 */

/**
 * Ticks for a logarithmic axis: 1-2-5 in each decade, or linear ones where the range is less than a factor of 4.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function logTicks(low, high, count) {
  if (high / low < 4) return linearTicks(low, high, count).ticks;
  /** @type {number[]} */
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const factor of [1, 2, 5]) ticks.push(factor * 10 ** power);
  }
  const inside = ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  return inside.length > 2 * count ? inside.filter((tick) => Math.abs(Math.log10(tick) % 1) < 1e-9) : inside;
}

/**
 * A label for each tick: as short as its own size allows where they are far apart, and never twice the same.
 *
 * @param {number[]} ticks
 * @param {boolean} eachByItself
 */
export function tickTexts(ticks, eachByItself) {
  const gaps = ticks.slice(1).map((tick, index) => tick - ticks[index]);
  const smallest = gaps.length ? Math.min(...gaps) : ticks[0];
  const texts = ticks.map((tick) => formatNumber(tick, eachByItself && gaps.length ? tick : smallest));
  return new Set(texts).size === ticks.length ? texts : ticks.map((tick) => formatNumber(tick, smallest));
}

/**
 * Least and greatest finite loss of the runs; of the batches where nothing has been evaluated yet. A run may bring its
 * `range` and `batchRange` along, each [least, greatest].
 *
 * @param {(Pick<Run, "training" | "validation" | "batchLoss"> & Partial<Run>)[]} runs
 * @returns {[number, number]}
 */
export function lossRange(runs) {
  /** @type {(ranges: [number, number] | undefined, columns: number[][]) => [number, number]} */
  const counted = (ranges, columns) => {
    if (ranges) return ranges;
    let [low, high] = [Infinity, -Infinity];
    for (const value of columns.flat()) {
      if (value < low) low = value; // NaN compares false: it is passed over
      if (value > high) high = value;
    }
    return [low, high];
  };
  for (const rangeOf of [
    (/** @type {typeof runs[number]} */ run) => counted(run.range, [run.training, run.validation]),
    (/** @type {typeof runs[number]} */ run) => counted(run.batchRange, [run.batchLoss]),
  ]) {
    const ranges = runs.map(rangeOf);
    const low = Math.min(...ranges.map(([least]) => least));
    const high = Math.max(...ranges.map(([, greatest]) => greatest));
    if (high >= low) return [low, high];
  }
  return [0, 1];
}

/**
 * Runs with their losses in training mode, which then count for the loss axis, or without.
 *
 * @param {Run[]} runs
 * @param {boolean} trainingMode
 * @returns {Run[]}
 */
export function inMode(runs, trainingMode) {
  if (!trainingMode) return runs.map((run) => ({ ...run, batchSteps: [], batchLoss: [] }));
  return runs.map((run) => ({
    ...run,
    range: [Math.min(run.range[0], run.batchRange[0]), Math.max(run.range[1], run.batchRange[1])],
  }));
}

/**
 * Both axes: ranges, ticks, and functions from values to CSS pixels.
 *
 * @param {Run[]} runs
 * @param {boolean} log
 * @param {Box} box
 * @returns {Scales}
 */
export function chartScales(runs, log, box) {
  const lastSteps = runs.map((run) => Math.max(run.updates || 0, run.steps.at(-1) || 0, run.batchSteps.at(-1) || 0));
  const lastStep = Math.max(1, ...lastSteps);
  const most = Math.floor(box.width / (7.5 * String(Math.round(lastStep)).length + 18)); // digits of 12 px, and air
  const xTicks = linearTicks(0, lastStep, Math.max(2, Math.min(most, Math.max(4, Math.floor(box.width / 70))))).ticks;
  let [low, high] = lossRange(runs);
  const logarithmic = log && low > 0;
  const wanted = Math.max(5, Math.floor(box.height / 46));
  let yTicks;
  if (logarithmic) {
    const margin = Math.max(1.04, (high / low) ** 0.06);
    low /= margin;
    high *= margin;
    yTicks = logTicks(low, high, wanted);
  } else {
    if (low > 0 && low < 0.45 * high) low = 0; // zero in sight: heights can then be compared as proportions
    const { step } = linearTicks(low, high === low ? low + 1e-3 : high, wanted);
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.ceil(high / step - 1e-9) * step;
    if (high === low) high = low + step;
    yTicks = linearTicks(low, high, wanted + 2).ticks;
  }
  const place = logarithmic ? Math.log : (/** @type {number} */ value) => value;
  const [bottom, top] = [place(low), place(high)];
  return {
    xTicks,
    yTicks,
    logarithmic,
    lastStep,
    x: (step) => box.left + (step / lastStep) * box.width,
    y: (value) => {
      const share = (place(value > 0 || !logarithmic ? value : low) - bottom) / (top - bottom);
      return box.top + (1 - share) * box.height;
    },
  };
}

const COLUMN = 3; // CSS pixels

/**
 * A curve as a list of pieces of [x, y], broken where a value is missing. Where points are closer than a column, each
 * column gets their mean: a long run costs no more to draw than a short one, and dashes stay readable.
 *
 * @param {number[]} steps
 * @param {number[]} values - NaN where there is none
 * @param {Pick<Scales, "x" | "y">} scales
 * @returns {Piece[]}
 */
export function curvePieces(steps, values, scales) {
  /** @type {Piece[]} */
  const pieces = [];
  /** @type {Piece | null} */
  let piece = null;
  for (let start = 0; start < steps.length; ) {
    const column = Math.floor(scales.x(steps[start]) / COLUMN);
    let end = start;
    let [sumX, sumY] = [0, 0];
    while (end < steps.length && Number.isFinite(values[end])) {
      const x = scales.x(steps[end]);
      if (end > start && Math.floor(x / COLUMN) !== column) break;
      sumX += x;
      sumY += scales.y(values[end]);
      end += 1;
    }
    if (end === start) {
      piece = null; // a missing value
      start += 1;
      continue;
    }
    if (!piece) {
      piece = [];
      pieces.push(piece);
    }
    piece.push([sumX / (end - start), sumY / (end - start)]);
    start = end;
  }
  return pieces;
}
