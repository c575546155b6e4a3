import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOfDataUrl, decodeWav, soundOf } from "../../tts_demo/ui/components/shared/wav.js";
import { dataUrl } from "./wav.js";

test("a WAV's samples come out at their own level and rate", () => {
  const { samples, rate } = decodeWav(bytesOfDataUrl(dataUrl([0, 16384, -32768], { rate: 8000 })));
  assert.deepEqual([...samples], [0, 0.5, -1]);
  assert.equal(rate, 8000);
});

test("of several channels the first is heard, and other chunks are passed over", () => {
  const sound = soundOf(dataUrl([16384, 0, -16384, 0], { channels: 2, before: [1, 2, 3] }));
  assert.deepEqual([...(sound?.samples ?? [])], [0.5, -0.5]);
});

for (const address of ["", "https://example.org/a.wav", "data:audio/wav;base64,%%%", "javascript:0", undefined]) {
  test(`only audio data is read, not ${address}`, () => {
    assert.throws(() => bytesOfDataUrl(address));
    assert.equal(soundOf(address), null);
  });
}

test("what is no 16-bit PCM is refused", () => {
  assert.equal(soundOf(dataUrl([1, 2], { bits: 8 })), null);
  assert.equal(soundOf(dataUrl([])), null);
  assert.equal(soundOf(dataUrl([1], { rate: 1 })), null);
  assert.throws(() => decodeWav(new Uint8Array(60)));
});
