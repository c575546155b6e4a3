import assert from "node:assert/strict";
import { test } from "node:test";
import { bands, layoutOf, pathOf } from "../../tts_demo/ui/components/strength_curve/layout.js";

/** @typedef {import("../../tts_demo/ui/components/strength_curve/layout.js").Point} Point */

/**
 * @param {number} value
 * @param {Partial<Point>} more
 * @returns {Point}
 */
const point = (value, more = {}) => ({
  run: String(value),
  value,
  shown: String(value),
  state: "over",
  training: 0.4,
  validation: 0.6,
  missed: null,
  region: null,
  best: false,
  colour: null,
  ...more,
});
const curve = (/** @type {Point[]} */ points, /** @type {object} */ more = {}) =>
  layoutOf({ label: "", scale: "log", reversed: false, points, ...more }, 454, 212);

test("values lie evenly on a logarithmic axis, the weakest on the left", () => {
  const { x, left, right } = curve([point(0.001), point(0.01), point(0.1)]);
  assert.deepEqual([x(0.001), x(0.01), x(0.1)].map(Math.round), [left, (left + right) / 2, right]);
});

test("where less holds back more, the greatest stands on the left", () => {
  const { x, left, right } = curve([point(1), point(3)], { scale: "linear", reversed: true });
  assert.deepEqual([x(3), x(2), x(1)], [left, (left + right) / 2, right]);
});

test("the greatest loss is at the top, and one loss alone has a place", () => {
  const { y, ticks } = curve([point(1, { training: 0.2, validation: 1 }), point(2)]);
  assert.ok(y(1) < y(0.2) && y(1) >= 8 && y(0.2) <= 212);
  assert.ok(ticks.length >= 2);
  assert.ok(Number.isFinite(curve([point(1, { training: 0.5, validation: 0.5 })]).y(0.5)));
  assert.ok(Number.isFinite(curve([point(1, { training: null, validation: null })]).x(1)));
});

test("neighbours of one region are one band, and bands meet half way", () => {
  const points = [
    point(1, { region: "overfitting" }),
    point(2, { region: "overfitting" }),
    point(3, { region: null }),
    point(4, { region: "best" }),
    point(5, { region: "underfitting" }),
  ];
  const found = bands(points, { x: (value) => 10 * value });
  assert.deepEqual(found, [
    { region: "overfitting", from: 10, to: 30 },
    { region: "best", from: 30, to: 45 },
    { region: "underfitting", from: 45, to: 50 },
  ]);
});

test("a line is cut where a loss became infinite, and not where one is still to come", () => {
  const place = (/** @type {Point} */ one, /** @type {number} */ loss) =>
    /** @type {[number, number]} */ ([one.value, loss]);
  const waiting = point(2, { validation: null, state: "running" });
  const infinite = point(2, { validation: null, state: "diverged" });
  const path = (/** @type {Point} */ middle) => pathOf([point(1), middle, point(3)], (one) => one.validation, place);
  assert.equal(path(waiting), "M1.0,0.6L3.0,0.6");
  assert.equal(path(infinite), "M1.0,0.6M3.0,0.6");
});
