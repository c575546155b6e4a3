import assert from "node:assert/strict";
import { test } from "node:test";
import { numberedTicks, readMoments } from "../../tts_demo/ui/components/player/moments.js";
import { regionBetween, regionFrom, regionTo } from "../../tts_demo/ui/components/player/region.js";
import { fileName, readClips } from "../../tts_demo/ui/components/player/values.js";
import { loudestSample, wavePeaks } from "../../tts_demo/ui/components/player/wave.js";
import { WORDS } from "../../tts_demo/ui/components/player/words.js";
import { wordsOf } from "../../tts_demo/ui/components/shared/words.js";
import { dataUrl } from "./wav.js";

const words = wordsOf(WORDS);

test("moments are whole numbers, ascending, each once", () => {
  assert.deepEqual(readMoments(["5", 40, 5, 5.5, null, 40, -1, Number.POSITIVE_INFINITY]), [5, 40]);
  assert.deepEqual(readMoments("540"), []);
});

test("ticks are numbered where there is room, the first and the last before all", () => {
  assert.deepEqual(numberedTicks(9, 800, 40), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(numberedTicks(9, 200, 40), [0, 2, 4, 6, 8]);
  assert.deepEqual(numberedTicks(10, 200, 40), [0, 2, 4, 6, 9]);
  assert.deepEqual(numberedTicks(3, 30, 40), [2]);
});

test("a part has an order, stays in the round and is no shorter than can be heard", () => {
  assert.deepEqual(regionBetween(1.5, 0.5, 2), { from: 0.5, to: 1.5 });
  assert.deepEqual(regionBetween(-1, 5, 2), { from: 0, to: 2 });
  assert.equal(regionBetween(1, 1.05, 2), null);
});

test("a part begins or ends here, and keeps its other end if enough is left", () => {
  const region = { from: 0.5, to: 1 };
  assert.deepEqual(regionFrom(0.7, region, 2), { from: 0.7, to: 1 });
  assert.deepEqual(regionFrom(0.98, region, 2), { from: 0.98, to: 2 });
  assert.deepEqual(regionFrom(2, null, 2), { from: 1.94, to: 2 });
  assert.deepEqual(regionTo(0.7, region, 2), { from: 0.5, to: 0.7 });
  assert.deepEqual(regionTo(0.52, region, 2), { from: 0, to: 0.52 });
  assert.deepEqual(regionTo(0, null, 2), { from: 0, to: 0.06 });
});

test("clips have colours by kind, and a line that says what they are or what is wrong", () => {
  /** @type {import("../../tts_demo/ui/components/player/values.js").SentClip[]} */
  const sent = [
    { id: "r", label: "Recording", kind: "recording", url: dataUrl([0, 16384]) },
    { id: "a", label: "A", kind: "model", url: dataUrl([0]), note: "after 5 updates", heard: "" },
    { id: "b", label: "B", kind: "model", url: "data:audio/wav;base64,UklGRg==" },
    { id: "c", label: "C", kind: "vocoder", url: "", colour: 7 },
    { id: "d", label: "D", kind: "model", url: "", error: "It failed." },
  ];
  const clips = readClips(sent, words);
  assert.deepEqual(
    clips.map(({ paint }) => paint),
    ["ink", "run-0", "run-1", "run-1", "run-2"].map((name) => `var(--hear-${name})`),
  );
  assert.deepEqual(
    clips.map(({ note }) => note),
    ["the speaker", "after 5 updates", WORDS.damaged, WORDS.missing, "It failed."],
  );
  assert.deepEqual(
    clips.map(({ heard }) => heard),
    [null, "", null, null, null],
  );
  assert.deepEqual(
    clips.map(({ sound, bytes }) => [sound?.samples.length ?? 0, bytes?.length ?? 0]),
    [
      [2, 48],
      [1, 46],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  );
});

test("a file is called by its sentence and its voice, in any language", () => {
  assert.equal(fileName("Unseen", "Vocoder copy"), "unseen-vocoder-copy.wav");
  assert.equal(fileName("听", "<L2> 0.1!"), "听-l2-0-1.wav");
  assert.equal(fileName("", "?"), "clip.wav");
});

test("the waveform's columns have the least and the greatest sample of their time", () => {
  const sound = { samples: Float32Array.of(0.5, -0.25, 0.125, -0.5), rate: 4 };
  assert.deepEqual([...wavePeaks(sound, 2, 4)], [-0.25, 0.5, -0.5, 0.125, 0, 0, 0, 0]);
  assert.equal(loudestSample([null, sound]), 0.5);
  assert.equal(loudestSample([null]), 0.05);
});
