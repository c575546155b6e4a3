// Small pictures of both losses, as SVG.

import { make } from "../shared/dom.js";

/** @typedef {import("./reading.js").Point} Point */
/** @typedef {import("../shared/words.js").Words} Words */
/** @typedef {{ step: number, loss: number }} Range */

const BOX = { width: 320, height: 150, top: 8, bottom: 142 };

/**
 * Greatest step and greatest loss of several curves, so that pictures side by side share their axes.
 *
 * @param {Point[][]} curves
 * @returns {Range}
 */
export function curveRange(curves) {
  const points = curves.flat();
  return {
    step: Math.max(1, ...points.map(([step]) => step)),
    loss: Math.max(1e-9, ...points.flatMap(([, training, validation]) => [training, validation])),
  };
}

/**
 * Key of the sentence that says what the regularizer did to the curves.
 *
 * @param {Point[]} without
 * @param {Point[]} cured
 */
export function curveVerdict(without, cured) {
  const [, trained, validated] = without[without.length - 1];
  const [, curedTrained, curedValidated] = cured[cured.length - 1];
  if (curedValidated - curedTrained > 0.9 * (validated - trained)) return "curveSame";
  return curedValidated < validated ? "curveBetter" : "curveGap";
}

/**
 * One picture: practised solid, new dashed, the gap between them shaded.
 *
 * @param {Point[]} points
 * @param {Range} range
 * @param {string} title
 * @param {Words} words
 */
function curvePicture(points, range, title, words) {
  const x = (/** @type {number} */ step) => ((step / range.step) * BOX.width).toFixed(1);
  const y = (/** @type {number} */ loss) => (BOX.bottom - (loss / range.loss) * (BOX.bottom - BOX.top)).toFixed(1);
  const line = (/** @type {Point[]} */ along, /** @type {1 | 2} */ column) =>
    along.map((point) => `${x(point[0])} ${y(point[column])}`).join("L");
  const [first, last] = [points[0], points[points.length - 1]];
  const summary = { first: first[1].toFixed(2), training: last[1].toFixed(2), validation: last[2].toFixed(2) };
  const picture = make(
    "svg",
    {
      viewBox: `0 0 ${BOX.width} ${BOX.height}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": words("curveSummary", summary),
    },
    make("path", { class: "hear-curve-gap", d: `M${line(points, 1)}L${line([...points].reverse(), 2)}Z` }),
    make("line", { class: "hear-curve-axis", x1: 0, x2: BOX.width, y1: BOX.bottom, y2: BOX.bottom }),
    make("path", { class: "hear-curve-practised", d: `M${line(points, 1)}` }),
    make("path", { class: "hear-curve-fresh", d: `M${line(points, 2)}` }),
  );
  return make(
    "div",
    { class: "hear-curve" },
    title ? make("h4", {}, title) : "",
    make("span", { class: "hear-curve-up hear-muted", "aria-hidden": "true" }, words("up")),
    picture,
    make("span", { class: "hear-curve-across hear-muted", "aria-hidden": "true" }, words("across")),
  );
}

/**
 * Pictures side by side with one legend.
 *
 * @param {[title: string, points: Point[]][]} curves - a title may be empty
 * @param {Words} words
 */
export function curveFigure(curves, words) {
  const range = curveRange(curves.map(([, points]) => points));
  const sample = (/** @type {string} */ kind) =>
    make(
      "svg",
      { viewBox: "0 0 28 10", "aria-hidden": "true" },
      kind === "gap"
        ? make("rect", { class: "hear-curve-gap", width: 28, height: 10 })
        : make("line", { class: `hear-curve-${kind}`, x1: 0, x2: 28, y1: 5, y2: 5 }),
    );
  const pictures = curves.map(([title, points]) => curvePicture(points, range, title, words));
  const legend = ["practised", "fresh", "gap"].map((kind) => make("span", {}, sample(kind), words(kind)));
  return make(
    "figure",
    { class: "hear-curves" },
    make("div", { class: "hear-curve-row" }, ...pictures),
    make("figcaption", {}, ...legend),
  );
}
