// The player's value, as the server makes it, and what the player makes of its clips.

import { bytesOfDataUrl, decodeWav } from "../shared/wav.js";

/** @typedef {import("../shared/wav.js").Sound} Sound */

/**
 * @typedef {object} Sentence - two values with the same title and text are of one sentence
 * @property {string} title
 * @property {string} [text]
 * @property {string} [note]
 * @property {string} [typical] - how typical it is of its kind
 * @property {string} [kind] - "seen", "unseen", "twin" or "typed"
 * @property {boolean} [hidden] - the text is covered, for guessing first
 */

/**
 * @typedef {object} SentClip - one voice of the sentence
 * @property {string} id - the chosen clip stays chosen while its id stays
 * @property {string} label
 * @property {string} [note]
 * @property {"recording" | "vocoder" | "model"} kind
 * @property {string} url - a 16-bit WAV in a data address; "" where there is no sound
 * @property {string} [error] - shown in the clip's place where there is no sound
 * @property {number} [colour] - 0 to 5, a run's on the chart; models take 0, 1, 2 ... by themselves
 * @property {string} [heard] - by a speech recogniser; "" where it heard no words
 */

/**
 * @typedef {object} Value
 * @property {Sentence} sentence
 * @property {SentClip[]} clips
 * @property {number[]} [moments] - updates at which there are snapshots, ascending
 * @property {number} [moment] - the one that the clips are of
 */

/**
 * @typedef {object} Clip
 * @property {string} id
 * @property {string} label
 * @property {string} note - a line below the label
 * @property {"recording" | "vocoder" | "model"} kind
 * @property {string} paint - a CSS colour
 * @property {string | null} heard - null where no recogniser has listened
 * @property {Uint8Array<ArrayBuffer> | null} bytes - of the file
 * @property {Sound | null} sound - null where it cannot be played; `note` then says why
 */

/** @type {Record<string, string>} */
const PAINTS = { recording: "var(--hear-ink)", vocoder: "var(--hear-muted)" };

/**
 * The clips of a value.
 *
 * @param {SentClip[]} sent
 * @param {import("../shared/words.js").Words} words
 * @returns {Clip[]}
 */
export function readClips(sent, words) {
  const models = sent.filter(({ kind }) => kind === "model");
  return sent.map((clip) => {
    const colour = clip.colour ?? (PAINTS[clip.kind] ? null : Math.max(0, models.indexOf(clip)));
    const read = {
      id: clip.id,
      label: clip.label,
      kind: clip.kind,
      paint: colour === null ? PAINTS[clip.kind] : `var(--hear-run-${colour % 6})`,
      heard: clip.heard ?? null,
    };
    if (!clip.url) return { ...read, note: clip.error || words("missing"), bytes: null, sound: null };
    try {
      const bytes = bytesOfDataUrl(clip.url);
      return { ...read, note: clip.note || words(clip.kind), bytes, sound: decodeWav(bytes) };
    } catch {
      return { ...read, note: words("damaged"), bytes: null, sound: null };
    }
  });
}

/**
 * What a clip's file is called: "a-sentence-a-voice.wav".
 *
 * @param {string[]} texts
 */
export function fileName(...texts) {
  const parts = texts.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 60),
  );
  return `${parts.filter(Boolean).join("-") || "clip"}.wav`;
}
