import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOfRun, ordered, readRun } from "../../tts_demo/ui/components/runs_table/figures.js";

const run = (/** @type {string} */ id, /** @type {Record<string, unknown>} */ given) => readRun({ id, ...given });

test("runs of one name are told apart by what stands after it", () => {
  assert.equal(nameOfRun(run("a", { label: "L2 0.001", suffix: "" })), "L2 0.001");
  assert.equal(nameOfRun(run("b", { label: "L2 0.001", suffix: ", seed 5" })), "L2 0.001, seed 5");
  assert.equal(nameOfRun(run("c", { label: "L2 0.001" })), "L2 0.001");
});

test("runs without a figure come last in either order", () => {
  const runs = [run("a", { final: 2 }), run("b", { final: null }), run("c", { final: 1 })];
  const order = (/** @type {boolean} */ down) => ordered(runs, "final", down, nameOfRun).map(({ id }) => id);
  assert.deepEqual(order(false), ["c", "a", "b"]);
  assert.deepEqual(order(true), ["a", "c", "b"]);
});
