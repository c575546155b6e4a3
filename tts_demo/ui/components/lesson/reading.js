// The lesson as the server sends it, what a visitor has done in it, and what follows from both.

/** @typedef {{ url: string, heard: string | null }} Voice - a WAV in a data address; what a recogniser heard in it */
/** @typedef {[step: number, training: number, validation: number]} Point */

/**
 * @typedef {object} LessonValue
 * @property {number} minutes - of speech that the networks learned from
 * @property {{ text: string, voices: Record<"out" | "in" | "recording", Voice> }} twin - `out` has never met the
 *   sentence, `in` has practised it
 * @property {{ urls: [string, string], recording: string, sealed: string }} pair - the unseen sentence by two voices
 * @property {Record<"out" | "regularized", Point[]>} curves
 * @property {{ label: string }} regularizer
 * @property {{ better: number, worse: number, of: number } | null} typical - sentences that a recogniser understands
 *   better and worse with the regularizer
 */

/**
 * @typedef {object} Told - what is under the seal
 * @property {0 | 1} regularized - which of the pair has it
 * @property {string} text
 * @property {[string | null, string | null]} heard
 */

/** @typedef {LessonValue & { told: Told }} Lesson */

/** @typedef {"X" | "Y" | "same"} Vote */

/**
 * @typedef {object} Visit
 * @property {number} step - from 1
 * @property {boolean} mute - the visitor reads instead of listening
 * @property {boolean} listened - to the first voice
 * @property {string} guess
 * @property {boolean} swapped - the twin has been heard
 * @property {Vote | null} vote
 * @property {boolean} swap - whether the second of the pair is called X
 */

/** @typedef {{ url: string, heard: string | null, regularized: boolean }} Hidden - one of the pair */

export const LAST_STEP = 4;

/**
 * What a visit begins with; which of the two voices is called X is drawn once a visit.
 *
 * @returns {Visit}
 */
export function freshVisit() {
  const swap = Math.random() < 0.5;
  return { step: 1, mute: false, listened: false, guess: "", swapped: false, vote: null, swap };
}

/**
 * The lesson with its seal opened; null where the value is none or damaged.
 *
 * @param {LessonValue | null} value
 * @returns {Lesson | null}
 */
export function readLesson(value) {
  if (!value) return null;
  try {
    const told = /** @type {Told} */ (JSON.parse(atob(value.pair.sealed)));
    const { urls } = value.pair;
    const whole =
      [0, 1].includes(told.regularized) &&
      urls.length === 2 &&
      [value.curves.out, value.curves.regularized].every((curve) => curve.length > 1) &&
      [value.twin.voices.out, value.twin.voices.in, value.twin.voices.recording].every(Boolean);
    return whole ? { ...value, told } : null;
  } catch {
    return null;
  }
}

/**
 * The pair as X and Y of a visit.
 *
 * @param {Lesson} lesson
 * @param {Visit} visit
 * @returns {[Hidden, Hidden]}
 */
export function pairOf({ pair, told }, { swap }) {
  const hidden = (/** @type {0 | 1} */ index) => ({
    url: pair.urls[index],
    heard: told.heard[index],
    regularized: told.regularized === index,
  });
  return swap ? [hidden(1), hidden(0)] : [hidden(0), hidden(1)];
}

/**
 * The letter of the one with the regularizer.
 *
 * @param {[Hidden, Hidden]} pair
 */
export function regularizedLetter([x]) {
  return x.regularized ? "X" : "Y";
}

/**
 * What a vote was for: the voice with the regularizer, the one with none, or neither.
 *
 * @param {Vote | null} vote
 * @param {[Hidden, Hidden]} pair
 */
export function votedFor(vote, pair) {
  if (vote === null || vote === "same") return vote;
  return vote === regularizedLetter(pair) ? "regularized" : "none";
}
