// What the course takes for done.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Followed, fits } from "../../tts_demo/ui/components/course/checks.js";

const NONE = { id: "a", regularizer: "none", strength: null, state: "recorded", recorded: true, validation: 0.8 };
const L2 = { id: "b", regularizer: "l2", strength: 0.001, state: "completed", recorded: false, validation: 0.6 };

test("facts fit what is equal, one of a list, or within a range", () => {
  assert.ok(fits(L2, {}));
  assert.ok(fits(L2, { regularizer: "l2", strength: { min: 0.001 } }));
  assert.ok(fits(L2, { regularizer: ["l1", "l2"], validation: { max: 0.6 } }));
  assert.ok(!fits(L2, { strength: { max: 0.0001 } }));
  assert.ok(!fits(NONE, { strength: { max: 1 } })); // there is none
  assert.ok(!fits(NONE, { moment: { min: 0 } }));
});

test("what the chart shows counts as long as it is there", () => {
  const followed = new Followed();
  assert.ok(!followed.holds({ charted: { regularizer: "none" } }));
  followed.take({ kind: "charted", runs: [NONE] });
  assert.ok(followed.holds({ charted: { regularizer: "none" } }));
  followed.begin();
  assert.ok(followed.holds({ charted: { regularizer: "none" } }));
  followed.take({ kind: "charted", runs: [L2] });
  assert.ok(!followed.holds({ charted: { regularizer: "none" } }));
});

test("trained is what was trained here, and is over", () => {
  const followed = new Followed();
  followed.take({ kind: "charted", runs: [NONE, { ...L2, state: "running" }] });
  assert.ok(!followed.holds({ trained: {} }));
  followed.take({ kind: "charted", runs: [NONE, L2] });
  assert.ok(followed.holds({ trained: { validation: { max: 0.66 } } }));
  assert.ok(!followed.holds({ trained: { regularizer: "none" } }));
});

test("a clip counts for the run that said it, in its step only", () => {
  const followed = new Followed();
  followed.take({ kind: "charted", runs: [NONE, L2] });
  followed.take({ kind: "heard", run: "b", voice: "model", sentence: "unseen", moment: 600 });
  followed.take({ kind: "heard", run: "recording", voice: "recording", sentence: "unseen" });
  assert.ok(followed.holds({ heard: { regularizer: "l2", sentence: "unseen" } }));
  assert.ok(followed.holds({ heard: { voice: "recording" } }));
  assert.ok(!followed.holds({ heard: { regularizer: "none", sentence: "unseen" } }));
  assert.ok(!followed.holds({ heard: { regularizer: "l2", sentence: "seen" } }));
  assert.ok(!followed.holds({ heard: { regularizer: "l2", moment: { max: 250 } } }));
  assert.ok(!followed.holds({ looked: { regularizer: "l2" } }));
  followed.begin();
  assert.ok(!followed.holds({ heard: { regularizer: "l2" } }));
});

test("a blind test counts for its two runs in either order, and for enough trials", () => {
  const followed = new Followed();
  followed.take({ kind: "charted", runs: [NONE, L2] });
  const check = { tested: [{ regularizer: "none" }, { regularizer: "l2" }], trials: { min: 5 } };
  followed.take({ kind: "tested", runs: ["b", "recording"], trials: 20, count: 20 });
  followed.take({ kind: "tested", runs: ["b", "a"], trials: 4, count: 4 });
  assert.ok(!followed.holds(check));
  followed.take({ kind: "tested", runs: ["b", "a"], trials: 5, count: 0 });
  assert.ok(followed.holds(check));
});

test("two moments of one run are told apart", () => {
  const followed = new Followed();
  followed.take({ kind: "charted", runs: [NONE] });
  const check = {
    tested: [
      { regularizer: "none", earlier: true },
      { regularizer: "none", earlier: false },
    ],
  };
  followed.take({ kind: "tested", runs: ["a", "a"], trials: 5 });
  followed.take({ kind: "tested", runs: ["a@120", "a@240"], trials: 5 });
  assert.ok(!followed.holds(check));
  followed.take({ kind: "tested", runs: ["a@120", "a"], trials: 5 });
  assert.ok(followed.holds(check));
});

test("a switch counts when it is turned on, and the cursor near the best update", () => {
  const followed = new Followed();
  followed.take({ kind: "switched", what: "training_mode", on: false });
  followed.take({ kind: "read", step: 400, off_best: 280 });
  assert.ok(!followed.holds({ switched: { what: "training_mode" } }));
  assert.ok(!followed.holds({ read: { off_best: { max: 20 } } }));
  followed.take({ kind: "switched", what: "training_mode", on: true });
  followed.take({ kind: "read", step: 120, off_best: 0 });
  assert.ok(followed.holds({ switched: { what: "training_mode" } }));
  assert.ok(followed.holds({ read: { off_best: { max: 20 } } }));
  assert.ok(!followed.holds({ nonsense: {} }));
});
