// Clips as the server sends them: 16-bit WAVs in data addresses.

/** @typedef {{ samples: Float32Array, rate: number }} Sound - from -1 to 1; Hz */

/**
 * Bytes of a `data:audio/...;base64,` address. Throws where it is another kind of address or damaged.
 *
 * @param {string | undefined} url
 */
export function bytesOfDataUrl(url) {
  const match = /^data:audio\/[\w.+-]+;base64,/.exec(url || "");
  if (!url || !match) throw new Error("no audio data");
  return Uint8Array.from(atob(url.slice(match[0].length)), (letter) => letter.charCodeAt(0));
}

/**
 * A 16-bit PCM WAV, its first channel. Levels are left as they are.
 *
 * @param {Uint8Array} bytes
 * @returns {Sound}
 */
export function decodeWav(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (/** @type {number} */ at) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 44 || name(0) !== "RIFF" || name(8) !== "WAVE") throw new Error("not a WAV file");
  let format = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    if (name(at) === "fmt ") {
      format = {
        kind: view.getUint16(at + 8, true),
        channels: view.getUint16(at + 10, true),
        rate: view.getUint32(at + 12, true),
        bits: view.getUint16(at + 22, true),
      };
    } else if (name(at) === "data") {
      if (format?.kind !== 1 || format.bits !== 16 || !format.channels) throw new Error("not 16-bit PCM");
      const { channels, rate } = format;
      const frames = Math.floor(Math.min(size, bytes.length - at - 8) / (2 * channels));
      if (!frames || rate < 3000 || rate > 192000) throw new Error("no samples");
      const first = at + 8;
      const samples = Float32Array.from(
        { length: frames },
        (_, frame) => view.getInt16(first + 2 * frame * channels, true) / 32768,
      );
      return { samples, rate };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error("no samples");
}

/**
 * The sound in a data address; null where it cannot be read.
 *
 * @param {string | undefined} url
 */
export function soundOf(url) {
  try {
    return decodeWav(bytesOfDataUrl(url));
  } catch {
    return null;
  }
}
