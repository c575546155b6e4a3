// Clips: fetched as Ogg Opus, decoded by the browser, and handed to the components as 16-bit WAVs.

const RATE = 16000; // Hz, the corpus's
/** @type {Map<string, Promise<Int16Array>>} */
const known = new Map();

/** @param {URL} address */
async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  // an offline context resamples to its own rate
  const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await answer.arrayBuffer());
  return Int16Array.from(sound.getChannelData(0), (sample) => Math.round(32767 * Math.max(-1, Math.min(1, sample))));
}

/**
 * The samples of a clip; fetched once, and again after a failure.
 *
 * @param {URL} address
 * @returns {Promise<Int16Array>}
 */
export function samplesOf(address) {
  let coming = known.get(address.href);
  if (!coming) {
    coming = fetched(address);
    known.set(address.href, coming);
    coming.catch(() => known.delete(address.href));
  }
  return coming;
}

/**
 * Samples as a WAV in a data address.
 *
 * @param {Int16Array} samples
 */
export function wavUrl(samples) {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const text = (/** @type {number} */ at, /** @type {string} */ letters) =>
    bytes.set(
      [...letters].map((letter) => letter.charCodeAt(0)),
      at,
    );
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channel
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, index) => {
    view.setInt16(44 + 2 * index, sample, true);
  });
  let letters = "";
  for (let at = 0; at < bytes.length; at += 8192) letters += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return `data:audio/wav;base64,${btoa(letters)}`;
}
