// Small drawings in the chart's page elements.

import { make } from "../shared/dom.js";

/** A piece of a line: solid for training, dashed for validation. */
export function lineSample(/** @type {boolean} */ dashed) {
  return make(
    "svg",
    { class: "hear-sample", viewBox: "0 0 26 8", "aria-hidden": "true" },
    make("line", { x1: 1, y1: 4, x2: 25, y2: 4, "stroke-dasharray": dashed ? "6 4" : null }),
  );
}

/** A piece of the shaded gap. */
export function gapSample() {
  return make(
    "svg",
    { class: "hear-sample", viewBox: "0 0 26 8", "aria-hidden": "true" },
    make("rect", { x: 1, y: 0, width: 24, height: 8, rx: 2 }),
  );
}

/** The mark of the best validation loss. */
export function bestSample() {
  return make(
    "svg",
    { class: "hear-sample hear-sample-best", viewBox: "0 0 12 12", "aria-hidden": "true" },
    make("circle", { cx: 6, cy: 6, r: 4.5 }),
    make("circle", { cx: 6, cy: 6, r: 1 }),
  );
}

/** The flag of a change of strength. */
export function flagSample() {
  return make(
    "svg",
    { class: "hear-flag", viewBox: "0 0 10 14", "aria-hidden": "true" },
    make("path", { d: "M1.5 13V1L9 4.5L1.5 8" }),
  );
}

/** What the curves will look like, for someone who has never seen a pair part. Not data: no axis has a number. */
export function sketch() {
  return make(
    "svg",
    { class: "hear-sketch", viewBox: "0 0 260 110", "aria-hidden": "true" },
    make("path", { class: "hear-sketch-axis", d: "M6 4v98h248" }),
    make("path", { class: "hear-sketch-gap", d: "M14 12C44 70 80 78 250 90V44C90 74 50 66 14 8z" }),
    make("path", { d: "M14 12C44 70 80 78 250 90" }),
    make("path", { d: "M14 8C50 66 90 74 250 44", "stroke-dasharray": "8 7" }),
  );
}
