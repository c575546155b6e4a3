import assert from "node:assert/strict";
import { test } from "node:test";
import { readRun } from "../../tts_demo/ui/components/loss_chart/data.js";
import { inMode, lossRange } from "../../tts_demo/ui/components/loss_chart/scales.js";

const given = { id: "a", label: "A", colour: 0, state: "completed", points: "0,1,1.2;20,0.5,0.8;", batch: "20,2.5;" };

test("losses in training mode are drawn and count for the axis only where they are asked for", () => {
  const runs = [readRun(new Map(), given)];
  const [without] = inMode(runs, false);
  assert.deepEqual([without.batchSteps, without.batchLoss], [[], []]);
  assert.deepEqual(lossRange([without]), [0.5, 1.2]);
  const [withThem] = inMode(runs, true);
  assert.deepEqual([withThem.batchSteps, withThem.batchLoss], [[20], [2.5]]);
  assert.deepEqual(lossRange([withThem]), [0.5, 2.5]);
  assert.deepEqual(runs[0].range, [0.5, 1.2]); // what was read stays as it was
});
