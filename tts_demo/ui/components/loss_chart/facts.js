// What is told of the runs on the chart to whoever follows what a person does.

/** @typedef {import("./data.js").GivenRun} GivenRun */
/** @typedef {import("./data.js").Run} Run */

/**
 * What is told of a run that is on the chart: what was asked for, its state, and its losses at the end and at best.
 *
 * @param {GivenRun} given
 * @param {Run} run
 */
export function factsOf({ about = {} }, { id, state, steps, training, validation, best }) {
  const last = steps.length - 1;
  return {
    ...about,
    id,
    state,
    training: training[last],
    validation: validation[last],
    best: validation[best],
    rise: validation[last] / validation[best] - 1,
  };
}

/**
 * How many updates lie between a step and the nearest at which some run's validation loss is least.
 *
 * @param {Run[]} runs
 * @param {number} step
 */
export function offBest(runs, step) {
  return Math.min(...runs.filter(({ best }) => best >= 0).map(({ best, steps }) => Math.abs(steps[best] - step)));
}
