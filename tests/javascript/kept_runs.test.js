import assert from "node:assert/strict";
import { test } from "node:test";
import { together } from "../../tts_demo/ui/components/kept_runs/index.js";

/** @typedef {import("../../tts_demo/ui/components/kept_runs/index.js").Run} Run */

const run = (/** @type {string} */ id) => /** @type {Run} */ ([id, id, 0, "", ""]);
const kept = (/** @type {Partial<import("../../tts_demo/ui/components/kept_runs/index.js").Kept>} */ more) => ({
  runs: [],
  deleted: [],
  ...more,
});

test("a tab's old strength curve does not replace the one that another tab has begun since", () => {
  const told = new Map();
  const mine = kept({ sweep: { over: "strength" } });
  let browser = together(kept({}), mine, told, 6);
  assert.deepEqual(browser.sweep, { over: "strength" });
  browser = { ...browser, sweep: { over: "units" } }; // by the other tab
  assert.deepEqual(together(browser, mine, told, 6).sweep, { over: "units" });
  assert.deepEqual(together(browser, kept({ sweep: { over: "layers" } }), told, 6).sweep, { over: "layers" });
  assert.deepEqual(together(browser, kept({}), told, 6).sweep, { over: "units" });
});

test("what was deleted stays so, but for a run that its own tab has picked again", () => {
  const before = kept({ deleted: ["a", "b"] });
  assert.deepEqual(
    together(before, kept({ runs: [run("a")] }), new Map(), 6),
    kept({ runs: [run("a")], deleted: ["b"], sweep: null }),
  );
  assert.deepEqual(together(before, kept({ runs: [run("a")], deleted: ["a"] }), new Map(), 6).runs, []);
});
