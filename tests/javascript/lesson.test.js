import assert from "node:assert/strict";
import { test } from "node:test";
import { curveRange, curveVerdict } from "../../tts_demo/ui/components/lesson/curves.js";
import {
  freshVisit,
  pairOf,
  readLesson,
  regularizedLetter,
  votedFor,
} from "../../tts_demo/ui/components/lesson/reading.js";

/** @typedef {import("../../tts_demo/ui/components/lesson/reading.js").LessonValue} LessonValue */
/** @typedef {import("../../tts_demo/ui/components/lesson/reading.js").Point} Point */

const told = { regularized: 1, text: "Weasels.", heard: ["measles", null] };
/** @type {Point[]} */
const curve = [
  [0, 2, 2],
  [100, 0.5, 1.5],
];
const voice = { url: "", heard: null };

/** @returns {LessonValue} */
const sent = () => ({
  minutes: 3,
  twin: { text: "Monkeys.", voices: { out: voice, in: voice, recording: voice } },
  pair: { urls: ["one", "two"], recording: "", sealed: btoa(JSON.stringify(told)) },
  curves: { out: curve, regularized: curve },
  regularizer: { label: "Dropout" },
  typical: null,
});
const lessonOf = () => {
  const lesson = readLesson(sent());
  assert.ok(lesson);
  return lesson;
};

test("the seal is opened", () => {
  assert.deepEqual(lessonOf().told, told);
});

test("a lesson that is damaged is none", () => {
  assert.equal(readLesson(null), null);
  const sealed = (/** @type {object} */ secret) => btoa(JSON.stringify(secret));
  for (const pair of [
    { sealed: "?" },
    { sealed: sealed({ ...told, regularized: 2 }) },
    { urls: ["one"] },
    { urls: undefined },
  ]) {
    assert.equal(readLesson(/** @type {any} */ ({ ...sent(), pair: { ...sent().pair, ...pair } })), null);
  }
  assert.equal(
    readLesson(/** @type {any} */ ({ ...sent(), curves: { out: curve, regularized: curve.slice(1) } })),
    null,
  );
  assert.equal(readLesson(/** @type {any} */ ({ ...sent(), twin: { text: "", voices: { out: voice } } })), null);
});

test("X is the first of the pair or the second, as was drawn", () => {
  const [straight, swapped] = [false, true].map((swap) => pairOf(lessonOf(), { ...freshVisit(), swap }));
  assert.deepEqual(straight, [
    { url: "one", heard: "measles", regularized: false },
    { url: "two", heard: null, regularized: true },
  ]);
  assert.deepEqual(swapped, [straight[1], straight[0]]);
  assert.equal(regularizedLetter(straight), "Y");
  assert.equal(regularizedLetter(swapped), "X");
});

test("a vote is told by what it was for", () => {
  const pair = pairOf(lessonOf(), { ...freshVisit(), swap: true });
  assert.deepEqual(
    [/** @type {const} */ ("X"), /** @type {const} */ ("Y"), /** @type {const} */ ("same"), null].map((vote) =>
      votedFor(vote, pair),
    ),
    ["regularized", "none", "same", null],
  );
});

test("pictures side by side share their axes", () => {
  assert.deepEqual(curveRange([curve, [[400, 3, 1]]]), { step: 400, loss: 3 });
  assert.deepEqual(curveRange([[[0, 0, 0]]]), { step: 1, loss: 1e-9 });
});

test("the curves say what the remedy did", () => {
  const verdict = (/** @type {number} */ training, /** @type {number} */ validation) =>
    curveVerdict(curve, [[100, training, validation]]);
  assert.equal(verdict(0.6, 1.55), "curveSame"); // nine tenths of the gap are there
  assert.equal(verdict(0.8, 1.2), "curveBetter");
  assert.equal(verdict(1.2, 1.6), "curveGap");
});
