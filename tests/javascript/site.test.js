// The site without a server: which runs are shown, and how a blind test is drawn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { disguised, drawPlan, Test } from "../../tts_demo/ui/site/blind.js";
import { Session } from "../../tts_demo/ui/site/runs.js";

const idsOf = (/** @type {Session} */ session) => session.runs.map(({ id }) => id);

test("what is chosen takes the place of what was chosen before, and of nothing else", () => {
  const session = new Session();
  session.put(["out", "in", "l2"], "l2");
  session.preview("l1");
  assert.deepEqual(idsOf(session), ["out", "in", "l1"]);
  assert.equal(session.colourOf("l1"), 2);
  session.preview("out"); // there in its own right
  session.preview("l2");
  assert.deepEqual(idsOf(session), ["out", "in", "l2"]);
  session.add("l2"); // picked: it stays
  session.preview("l1");
  assert.deepEqual(idsOf(session), ["out", "in", "l2", "l1"]);
});

test("six runs are shown at most, each in a colour of its own", () => {
  const session = new Session();
  session.put(["a", "b", "c", "d", "e", "f"]);
  session.add("g");
  assert.deepEqual(idsOf(session), ["b", "c", "d", "e", "f", "g"]);
  assert.deepEqual(new Set(session.runs.map(({ colour }) => colour)).size, 6);
});

const OFFER = { id: "abx16", label: "", kind: /** @type {"abx"} */ ("abx"), trials: 16 };

test("a plan uses sentences evenly, never one twice in a row, and tosses A and X anew", () => {
  const tosses = new Set();
  for (let round = 0; round < 20; round += 1) {
    const plan = drawPlan(OFFER, ["one", "two", "three"]);
    const counts = ["one", "two", "three"].map((name) => plan.filter(({ sentence }) => sentence === name).length);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
    assert.ok(plan.every(({ sentence }, at) => sentence !== plan[at + 1]?.sentence));
    for (const { a, x } of plan) tosses.add(`${a}${x}`);
  }
  assert.deepEqual([...tosses].sort(), ["00", "01", "10", "11"]);
});

test("a disguised clip is as long as asked, within one step of its samples, and never the same twice", () => {
  const samples = Int16Array.from({ length: 2000 }, (_, at) => (at % 2 ? 32767 : -32768));
  const [one, other] = [disguised(samples, 70000), disguised(samples, 70000)];
  assert.equal(one.length, 70000);
  assert.ok(one.every((sample, at) => Math.abs(sample - (samples[at] ?? 0)) <= 1));
  assert.deepEqual(new Set(one.subarray(2000)), new Set([-1, 0, 1]));
  assert.notDeepEqual(one, other);
});

test("right answers are counted, and looked up", async () => {
  const results = Array.from({ length: 6 }, (_, count) => ({
    ...{ p: count / 10, low: 0, high: 1, significant: false },
    conclusion: `{second} and {first}: ${count}`,
  }));
  const samples = async () => new Int16Array(10);
  const given = { samples, said: { one: "=One" }, results };
  const blind = new Test({ ...OFFER, trials: 5 }, ["a", "b"], ["{second}", "B"], [0, 1], ["one"], given);
  for (const [index, { a, x }] of blind.plan.entries()) {
    const shown = /** @type {any} */ (await blind.view());
    assert.equal(shown.number, index + 1);
    assert.deepEqual(Object.keys(shown.clips), ["A", "B", "X"]);
    const right = a === x ? "A" : "B";
    const wrong = a === x ? "B" : "A";
    blind.answer({ test: shown.test, trial: shown.number, choice: index < 3 ? right : wrong });
    blind.answer({ test: shown.test, trial: shown.number, choice: right }); // the first answer counts
  }
  const result = /** @type {any} */ (await blind.view());
  assert.equal(result.count, 3);
  assert.equal(result.p, 0.3);
  assert.equal(result.conclusion, "B and {second}: 3"); // a name is a name
  assert.match(result.csv, /abx,,5,1,one,'=One,/);
});
