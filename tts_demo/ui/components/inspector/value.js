// What an inspector shows, as its Python side makes it (value.py), and how it is read.

import { bytesOf, pictureOf } from "./spectrogram.js";

/**
 * Weights of one layer; all layers together have the name "".
 *
 * @typedef {object} Layer
 * @property {string} name
 * @property {number} largest - the largest weight's size
 * @property {number} edge - the bins lie from -edge to edge
 * @property {number[]} counts - weights in each bin, exact zeros left out
 * @property {number} zeros - weights that are exactly zero
 * @property {number} beyond - weights outside the bins
 */

/** @typedef {{ levels: string, f0: string }} Speech - base64 of bytes, and Hz separated by commas */

/**
 * @typedef {object} SpeechView
 * @property {number} frames
 * @property {number} hop - seconds
 * @property {number[]} frequencies - Hz of each band
 * @property {number} range_db
 * @property {[number, number]} f0_range - Hz
 * @property {Speech | null} predicted
 * @property {Speech | null} natural
 * @property {[name: string, end: number][]} phones - and the frame at which each ends
 * @property {number} [distortion_db]
 * @property {number} [f0_error_hz]
 * @property {number} [voicing_error]
 */

/**
 * @typedef {object} Value
 * @property {string} label
 * @property {number} step
 * @property {number} colour
 * @property {Layer[]} layers
 * @property {SpeechView | null} speech
 * @property {string} [sentence]
 * @property {number} [bound]
 * @property {[neighbour: number, share: number][]} [looks_at]
 * @property {string} [note]
 * @property {string} [run] - the run's id
 */

/** @typedef {"predicted" | "natural"} Name */
/** @type {Name[]} */
export const NAMES = ["predicted", "natural"];

/** Reads speech, each picture only where its levels are others than before. */
export class SpeechReader {
  /** @type {Partial<Record<Name, Uint8Array>>} */
  levels = {};
  /** @type {Partial<Record<Name, number[]>>} */
  f0 = {};
  /** @type {Partial<Record<Name, HTMLCanvasElement>>} */
  pictures = {};
  /** @type {Partial<Record<Name, string>>} */
  #texts = {};

  /** @param {SpeechView | null | undefined} speech */
  read(speech) {
    this.levels = {};
    this.f0 = {};
    for (const name of NAMES) {
      const given = speech?.[name];
      if (!speech || !given) {
        delete this.pictures[name];
        delete this.#texts[name];
        continue;
      }
      const levels = bytesOf(given.levels);
      this.levels[name] = levels;
      this.f0[name] = given.f0.split(",").map((cell) => (cell === "" ? Number.NaN : Number(cell)));
      if (this.#texts[name] !== given.levels) this.pictures[name] = pictureOf(levels, speech.frequencies.length);
      this.#texts[name] = given.levels;
    }
  }
}
