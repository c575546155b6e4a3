// The chart's losses as a table (CSV).

import { csvFile, csvText } from "../shared/csv.js";

/** @typedef {import("./data.js").Run} Run */

/**
 * All runs' losses as CSV: a row for each run and step. `run` counts from 1 in the legend's order; the id that the page
 * knows a run by is left out, as whoever has it can stop the run.
 *
 * @param {Run[]} runs - also those that are hidden
 */
export function lossTable(runs) {
  const number = (/** @type {number} */ value) => (Number.isFinite(value) ? String(Number(value.toPrecision(7))) : "");
  const rows = runs.flatMap((run, place) =>
    run.steps.map((step, index) => {
      const [training, validation] = [run.training[index], run.validation[index]];
      const losses = [training, validation, validation - training].map(number);
      return [String(place + 1), csvText(run.label), String(step), ...losses];
    }),
  );
  return csvFile([["run", "label", "step", "training_loss", "validation_loss", "gap"], ...rows]);
}
