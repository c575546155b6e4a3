import assert from "node:assert/strict";
import { test } from "node:test";
import { pValue, share } from "../../tts_demo/ui/components/blind_test/figures.js";

test("shares are whole percents", () => {
  assert.equal(share(0.237), "24 %");
  assert.equal(share(1), "100 %");
});

test("p has two digits that count, and is never nought", () => {
  assert.equal(pValue(0.1875), "= 0.19");
  assert.equal(pValue(0.00999), "= 0.010");
  assert.equal(pValue(0.0000153), "< 0.001");
});
