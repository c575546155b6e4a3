// The loss chart's numbers: rows from the server, read once each, and look-ups in them. An appended point costs the
// same however many points are there already: the rows, the best point and the range of losses are carried on.

import { formatNumber } from "../shared/ticks.js";

/**
 * A run as the value has it; `points` and `batch` are rows of numbers, "step,training,validation;" and "step,loss;".
 *
 * @typedef {object} GivenRun
 * @property {string} id
 * @property {string} label
 * @property {number} colour - 0 to 5
 * @property {string} state
 * @property {string} points
 * @property {string} [batch]
 * @property {number} [updates] - planned length of the horizontal axis
 * @property {Record<string, unknown>} [about] - what was asked for
 * @property {[step: number, text: string][]} [marks] - where a strength changed
 */

/**
 * A run as it is drawn: columns of numbers, NaN where there is none; `best` is an index, or -1.
 *
 * @typedef {object} Run
 * @property {string} id
 * @property {string} label
 * @property {number} colour
 * @property {string} state
 * @property {number} updates
 * @property {number[]} steps
 * @property {number[]} training
 * @property {number[]} validation
 * @property {number[]} batchSteps
 * @property {number[]} batchLoss
 * @property {number} best
 * @property {[number, number]} range
 * @property {[number, number]} batchRange
 * @property {{ step: number, text: string }[]} marks
 */

/** @typedef {{ text: string, columns: number[][] }} Series */
/**
 * What was read of a run before.
 *
 * @typedef {object} Read
 * @property {Series} points
 * @property {Series} batch
 * @property {number} [best]
 * @property {[number, number]} [range]
 * @property {[number, number]} [batchRange]
 * @property {number} [count]
 * @property {number} [batchCount]
 */

/** @returns {Series} */
const emptySeries = (/** @type {number} */ width) => ({ text: "", columns: Array.from({ length: width }, () => []) });

/**
 * Read what was appended to a series of rows; of a text that does not go on from the last one, everything.
 *
 * @param {Series} series
 * @param {string} text
 */
function readSeries(series, text) {
  // The comparison is the engine's own of two blocks of memory, microseconds for 2000 points (V8's startsWith goes from
  // letter to letter, 20 times as slow); nothing is parsed, no array is walked.
  const grown = text.length >= series.text.length && text.slice(0, series.text.length) === series.text;
  const seen = grown ? series : emptySeries(series.columns.length);
  for (const row of text.slice(seen.text.length).split(";")) {
    const cells = row.split(",");
    if (cells[0] === "" || !Number.isFinite(Number(cells[0]))) continue; // a loss of no step has no place
    for (const [index, column] of seen.columns.entries()) column.push(cells[index] ? Number(cells[index]) : NaN);
  }
  seen.text = text;
  return seen;
}

/**
 * Least and greatest finite value, those of `before` and those of the columns from an index on.
 *
 * @param {[number, number]} before
 * @param {number[][]} columns
 * @param {number} from
 * @returns {[number, number]}
 */
function widened(before, columns, from) {
  let [low, high] = before;
  for (const column of columns) {
    for (let index = from; index < column.length; index += 1) {
      if (column[index] < low) low = column[index]; // NaN compares false: a missing value is passed over
      if (column[index] > high) high = column[index];
    }
  }
  return [low, high];
}

/**
 * A run as the drawing takes it. `known` (a Map, by the run's id) carries what was read before; a run that is gone is
 * to be deleted from it.
 *
 * @param {Map<string, Read>} known
 * @param {GivenRun} run
 * @returns {Run}
 */
export function readRun(known, run) {
  const id = String(run.id);
  /** @type {Read} */
  const before = known.get(id) || { points: emptySeries(3), batch: emptySeries(2) };
  const points = readSeries(before.points, run.points || "");
  const batch = readSeries(before.batch, run.batch || "");
  /** @type {Partial<Read>} */
  const went = points === before.points ? before : {}; // a text that started anew leaves nothing to carry on
  /** @type {Partial<Read>} */
  const wentBatch = batch === before.batch ? before : {};
  const [steps, training, validation] = points.columns;
  const [batchSteps, batchLoss] = batch.columns;
  let best = went.best ?? -1;
  for (let index = went.count ?? 0; index < steps.length; index += 1) {
    if (Number.isFinite(validation[index]) && (best < 0 || validation[index] < validation[best])) best = index;
  }
  const range = widened(went.range || [Infinity, -Infinity], [training, validation], went.count ?? 0);
  const batchRange = widened(wentBatch.batchRange || [Infinity, -Infinity], [batchLoss], wentBatch.batchCount ?? 0);
  known.set(id, { points, batch, best, range, batchRange, count: steps.length, batchCount: batchSteps.length });
  return {
    id,
    label: String(run.label),
    colour: Math.abs(Math.trunc(Number(run.colour))) || 0,
    state: String(run.state || ""),
    updates: Number(run.updates) || 0,
    steps,
    training,
    validation,
    batchSteps,
    batchLoss,
    best,
    range,
    batchRange,
    marks: (run.marks || [])
      .map(([step, text]) => ({ step: Number(step), text: String(text) }))
      .filter((mark) => Number.isFinite(mark.step)),
  };
}

/**
 * Index of the first step that is not before `step`; the number of steps where there is none. Steps ascend.
 *
 * @param {number[]} steps
 * @param {number} step
 */
function placeOf(steps, step) {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

const steppedRuns = (/** @type {Run[]} */ runs) => runs.filter((run) => run.steps.length);

/**
 * First and last step of all runs, as [first, last]; null where no run has a point.
 *
 * @param {Run[]} runs
 * @returns {[number, number] | null}
 */
export function stepRange(runs) {
  const some = steppedRuns(runs);
  if (!some.length) return null;
  return [
    Math.min(...some.map((run) => run.steps[0])),
    Math.max(...some.map((run) => run.steps[run.steps.length - 1])),
  ];
}

/**
 * The nearest step of any run, the earlier of two that are equally near.
 *
 * @param {Run[]} runs
 * @param {number} step
 */
export function nearestStep(runs, step) {
  const near = steppedRuns(runs).flatMap(({ steps }) => {
    const place = placeOf(steps, step);
    return [steps[Math.max(0, place - 1)], steps[Math.min(place, steps.length - 1)]];
  });
  near.sort((a, b) => Math.abs(a - step) - Math.abs(b - step) || a - b);
  return near[0];
}

/**
 * The next step of any run before (`direction` -1) or after (1) a step; the outermost where there is none.
 *
 * @param {Run[]} runs - one of them has a step
 * @param {number} step
 * @param {number} direction
 * @returns {number}
 */
export function neighbourStep(runs, step, direction) {
  const found = steppedRuns(runs)
    .map(({ steps }) => {
      const place = placeOf(steps, step);
      return direction < 0 ? steps[place - 1] : steps[steps[place] === step ? place + 1 : place];
    })
    .filter((each) => each !== undefined);
  if (!found.length) return stepRange(runs)?.[direction < 0 ? 0 : 1] ?? step;
  return direction < 0 ? Math.max(...found) : Math.min(...found);
}

/**
 * Marks that a cursor at a step stands for, as [run, mark]: each mark belongs to the nearest step that is drawn.
 *
 * @param {Run[]} runs
 * @param {number} step
 * @returns {[Run, Run["marks"][number]][]}
 */
export function marksAt(runs, step) {
  return runs.flatMap((run) => {
    const here = run.marks.filter((mark) => nearestStep(runs, mark.step) === step);
    return here.map((mark) => /** @type {[Run, typeof mark]} */ ([run, mark]));
  });
}

/**
 * Marks of a run in words, e.g. "L2 0.001 from update 200"; only how many and the last one, where they are many.
 *
 * @param {Run["marks"]} marks
 * @param {import("../shared/words.js").Words} words
 */
export function marksInWords(marks, words) {
  const texts = marks.map(({ text, step }) => words("mark", { text, step }));
  return texts.length <= 4 ? texts.join("; ") : words("manyMarks", { count: texts.length, last: texts.at(-1) });
}

/**
 * Losses of a run at a step, or its latest where `step` is null, as texts; `step` and `bestStep` are numbers.
 *
 * @param {Run} run
 * @param {number | null} step
 */
export function valuesAt(run, step) {
  const index = step === null ? run.steps.length - 1 : pointAt(run, step);
  const text = (/** @type {number} */ value) => formatNumber(value, 0.001);
  const training = index < 0 ? NaN : run.training[index];
  const validation = index < 0 ? NaN : run.validation[index];
  const gap = validation - training;
  return {
    step: run.steps[index],
    training: text(training),
    validation: text(validation),
    gap: Number.isFinite(gap) ? (gap < 0 ? "−" : "+") + text(Math.abs(gap)) : "–",
    best: run.best < 0 ? "–" : text(run.validation[run.best]),
    bestStep: run.best < 0 ? "–" : run.steps[run.best],
  };
}

/**
 * Index of the run's point nearest to a step, or -1 where the run has not got that far.
 *
 * @param {Pick<Run, "steps">} run
 * @param {number} step
 */
export function pointAt(run, step) {
  const { steps } = run;
  if (!steps.length) return -1;
  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] < step) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && step - steps[low - 1] < steps[low] - step) low -= 1;
  const spacing = steps.length > 1 ? steps[1] - steps[0] : 1;
  return Math.abs(steps[low] - step) <= Math.max(spacing, 1) ? low : -1;
}
