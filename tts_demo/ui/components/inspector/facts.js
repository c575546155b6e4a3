// What the pictures inside the model say, in words: facts, and the values at a cursor.

import { weightReach } from "./histogram.js";
import { NAMES } from "./value.js";

/** @typedef {import("../shared/words.js").Words} Words */
/** @typedef {import("./value.js").Layer} Layer */
/** @typedef {import("./value.js").SpeechView} SpeechView */
/** @typedef {import("./value.js").SpeechReader} SpeechReader */
/** @typedef {import("./value.js").Name} Name */

const minus = (/** @type {string} */ text) => text.replace("-", "−");
const grouped = (/** @type {number} */ count) => String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
const weightText = (/** @type {number} */ value) => minus(String(Number(value.toPrecision(3))));
const sum = (/** @type {number[]} */ numbers) => numbers.reduce((total, number) => total + number, 0);
const isNumber = (/** @type {number | undefined} */ value) => Number.isFinite(value);

/**
 * A share in percent, with as many decimals as it needs.
 *
 * @param {number} share - 0 to 1
 * @param {Words} words
 */
export function shareText(share, words) {
  const number = 100 * share;
  if (number > 0 && number < 0.01) return words("percent", { number: "<\u00a00.01" });
  if (number < 100 && number > 99.9) return words("percent", { number: ">\u00a099.9" });
  const decimals = number === 0 || number === 100 ? 0 : number < 1 ? 2 : number < 10 || number > 99 ? 1 : 0;
  return words("percent", { number: number.toFixed(decimals) });
}

// ---- weights
export const sizeOf = (/** @type {Layer} */ layer) => sum(layer.counts) + layer.zeros + layer.beyond;

export const nameOf = (/** @type {Layer} */ layer, /** @type {Words} */ words) =>
  layer.name ? words(layer.name.replace(/\.weight$/, "")) : words("all");

const binEdges = (/** @type {Layer} */ layer, /** @type {number} */ bin) =>
  [bin, bin + 1].map((at) => layer.edge * ((2 * at) / layer.counts.length - 1));

/**
 * @param {Layer} layer
 * @param {Words} words
 */
export function zerosSentence(layer, words) {
  if (!layer.zeros) return words("noZeros");
  return words(layer.name ? "zerosHere" : "zeros", { share: shareText(layer.zeros / sizeOf(layer), words) });
}

/**
 * @param {Layer} layer
 * @param {number | undefined} bound
 * @param {Words} words
 */
export function weightFacts(layer, bound, words) {
  const facts = [words("facts", { count: grouped(sizeOf(layer)), largest: weightText(layer.largest) })];
  if (layer.beyond) facts.push(words("beyond", { count: grouped(layer.beyond) }));
  if (bound) facts.push(words(bound <= weightReach(layer, bound) ? "bound" : "boundFar", { bound: weightText(bound) }));
  return facts.join(" ");
}

/**
 * @param {Layer} layer
 * @param {number} bin
 * @param {Words} words
 */
export function binFacts(layer, bin, words) {
  const [low, high] = binEdges(layer, bin).map(weightText);
  const count = layer.counts[bin];
  const share = shareText(count / sizeOf(layer), words);
  const text = words("bin", { low, high, count: grouped(count), share });
  const middle = bin === Math.floor(layer.counts.length / 2);
  return middle && layer.zeros ? `${text}, ${words("binZeros", { zeros: grouped(layer.zeros) })}` : text;
}

/** Where a share of the weights within the bins lies below, to the nearest edge of a bin; zeros are in the middle.
 *
 * @param {Layer} layer
 * @param {number} share
 */
function quantile(layer, share) {
  const counts = [...layer.counts];
  counts[Math.floor(counts.length / 2)] += layer.zeros;
  let left = share * sum(counts);
  const bin = counts.findIndex((count) => {
    left -= count;
    return left <= 0;
  });
  return binEdges(layer, Math.max(0, bin))[share < 0.5 ? 0 : 1];
}

/**
 * The histogram for a screen reader.
 *
 * @param {Layer} layer
 * @param {number | undefined} bound
 * @param {Words} words
 */
export function weightsLabel(layer, bound, words) {
  const [low, high] = [0.25, 0.75].map((share) => weightText(quantile(layer, share)));
  const facts = weightFacts(layer, bound, words);
  return words("weightsLabel", { layer: nameOf(layer, words), facts, zeros: zerosSentence(layer, words), low, high });
}

// ---- speech
/**
 * @param {SpeechView} speech
 * @param {number} frame
 * @param {Words} words
 */
function timeText(speech, frame, words) {
  const phone = speech.phones.find(([, end]) => frame < end)?.[0];
  return words(phone ? "atPhone" : "at", { time: (frame * speech.hop).toFixed(2), phone });
}

/** A level of the picture in dB below the loudest; at the ends of the scale it may be less or more.
 *
 * @param {number} level - 0 to 255
 * @param {number} range - dB
 */
function levelText(level, range) {
  const decibels = minus(((level / 255 - 1) * range).toFixed(0)).replace(/^−0$/, "0");
  return level === 0 ? `≤ ${decibels}` : decibels;
}

/**
 * @param {SpeechView} speech
 * @param {Words} words
 */
export function spectrogramFacts({ distortion_db: distortion }, words) {
  return distortion !== undefined && isNumber(distortion)
    ? words("distortion", { distortion: distortion.toFixed(2) })
    : "";
}

/**
 * @param {SpeechView} speech
 * @param {SpeechReader} reader
 * @param {number} frame
 * @param {number | null} band
 * @param {Words} words
 */
export function levelsAt(speech, reader, frame, band, words) {
  const { frequencies } = speech;
  const time = timeText(speech, frame, words);
  if (band === null) return time;
  const levels = NAMES.flatMap((name) => {
    const all = reader.levels[name];
    if (!all) return [];
    const level = all[frame * frequencies.length + band];
    return [
      words("level", { name: words(name), level: level === undefined ? "–" : levelText(level, speech.range_db) }),
    ];
  });
  return `${time}, ${words("hertz", { hertz: Math.round(frequencies[band]) })}: ${levels.join(", ")}`;
}

/**
 * @param {SpeechView} speech
 * @param {Words} words
 */
export function f0Facts({ f0_error_hz: error, voicing_error: voicing }, words) {
  if (voicing === undefined || !isNumber(voicing)) return "";
  const apart = error !== undefined && isNumber(error) ? words("f0Error", { hertz: error.toFixed(0) }) : "";
  return words("f0Facts", { error: apart, voicing: shareText(voicing, words) });
}

/**
 * @param {SpeechView} speech
 * @param {SpeechReader} reader
 * @param {number} frame
 * @param {Words} words
 */
export function f0At(speech, reader, frame, words) {
  const curves = NAMES.flatMap((name) => {
    const all = reader.f0[name];
    if (!all) return [];
    const hertz = all[frame];
    return [words(isNumber(hertz) ? "f0Value" : "unvoiced", { name: words(name), hertz: Math.round(hertz) })];
  });
  return `${timeText(speech, frame, words)}: ${curves.join(", ")}`;
}

/** A curve for a screen reader.
 *
 * @param {Name} name
 * @param {number[]} hertz
 * @param {Words} words
 */
export function f0Summary(name, hertz, words) {
  const voiced = hertz.filter(isNumber).sort((a, b) => a - b);
  if (!voiced.length) return words("f0Silent", { name: words(name) });
  const [low, median, high] = [0, voiced.length >> 1, voiced.length - 1].map((at) => Math.round(voiced[at]));
  const share = shareText(voiced.length / hertz.length, words);
  return words("f0Curve", { name: words(name), low, median, high, voiced: share });
}
