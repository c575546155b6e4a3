// WAVs for tests.

/**
 * Samples as a 16-bit WAV in a data address.
 *
 * @param {number[]} samples - frames of all channels in turn
 * @param {{ rate?: number, channels?: number, bits?: number, before?: number[] }} [format] - `before`: another chunk
 */
export function dataUrl(samples, { rate = 16000, channels = 1, bits = 16, before = [] } = {}) {
  const wav = Buffer.alloc(44 + (before.length ? 8 + before.length + (before.length % 2) : 0) + 2 * samples.length);
  let at = wav.write("RIFF", 0);
  at = wav.writeUInt32LE(wav.length - 8, at);
  at += wav.write("WAVEfmt ", at);
  at = wav.writeUInt32LE(16, at);
  at = wav.writeUInt16LE(1, at);
  at = wav.writeUInt16LE(channels, at);
  at = wav.writeUInt32LE(rate, at);
  at = wav.writeUInt32LE((rate * channels * bits) / 8, at);
  at = wav.writeUInt16LE((channels * bits) / 8, at);
  at = wav.writeUInt16LE(bits, at);
  if (before.length) {
    at += wav.write("LIST", at);
    at = wav.writeUInt32LE(before.length, at);
    wav.set(before, at);
    at += before.length + (before.length % 2);
  }
  at += wav.write("data", at);
  at = wav.writeUInt32LE(2 * samples.length, at);
  for (const sample of samples) at = wav.writeInt16LE(sample, at);
  return `data:audio/wav;base64,${wav.toString("base64")}`;
}
