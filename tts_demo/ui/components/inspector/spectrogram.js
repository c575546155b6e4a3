// The spectrograms, predicted above natural: pictures of levels, on one time axis.

import { make } from "../shared/dom.js";
import { axisText, drawTimes, LEFT, line, RIGHT } from "./axes.js";
import { drawPhones } from "./phones.js";

/** @typedef {import("../shared/canvas.js").Theme} Theme */
/** @typedef {import("../shared/words.js").Words} Words */
/** @typedef {import("./value.js").SpeechView} SpeechView */
/** @typedef {import("./axes.js").Box} Box */

// Viridis (van der Walt and Smith, 2015) at 17 places: equal steps in level look equally large, also in grey.
export const VIRIDIS = (
  "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b " +
  "addc30 d8e219 fde725"
)
  .split(" ")
  .map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));

/** Red, green and blue of a level from 0 to 255.
 *
 * @param {number} level
 */
function viridis(level) {
  const place = (level / 255) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[low].map((value, index) => Math.round(value + (VIRIDIS[low + 1][index] - value) * (place - low)));
}

export const COLOUR_TABLE = Array.from({ length: 256 }, (_, level) => viridis(level));

/**
 * Bytes of a base64 text.
 *
 * @param {string} text
 */
export function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/**
 * A canvas of one pixel a frame and band, the lowest band at the bottom.
 *
 * @param {Uint8Array} levels
 * @param {number} bands
 */
export function pictureOf(levels, bands) {
  const frames = Math.floor(levels.length / bands);
  const picture = make("canvas", { width: frames, height: bands });
  const context = /** @type {CanvasRenderingContext2D} */ (picture.getContext("2d"));
  const image = context.createImageData(frames, bands);
  for (let frame = 0; frame < frames; frame += 1) {
    for (let band = 0; band < bands; band += 1) {
      const at = 4 * ((bands - 1 - band) * frames + frame);
      image.data.set(COLOUR_TABLE[levels[frame * bands + band]], at);
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return picture;
}

/**
 * The band nearest to a frequency, as a number that may lie between two.
 *
 * @param {number[]} frequencies - Hz, ascending
 * @param {number} hertz
 */
export function bandOf(frequencies, hertz) {
  const above = frequencies.findIndex((frequency) => frequency >= hertz);
  if (above <= 0) return above < 0 ? frequencies.length - 1 : 0;
  const [low, high] = [frequencies[above - 1], frequencies[above]];
  return above - 1 + (hertz - low) / (high - low);
}

/**
 * Predicted above natural on one time axis; returns (x, y) -> { frame, band }.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {{
 *   view: SpeechView, pictures: Partial<Record<string, HTMLCanvasElement>>, phones: boolean,
 *   frame: number | null, band: number | null,
 * }} model - `frame` and `band` are the cursor's
 * @param {Theme} theme
 * @param {Words} words
 * @returns {(x: number, y: number) => { frame: number, band: number }}
 */
export function drawSpectrograms(context, width, height, { view, pictures, phones, frame, band }, theme, words) {
  const names = view.natural ? ["predicted", "natural"] : ["predicted"];
  const each = (height - 42) / names.length;
  const bands = view.frequencies.length;
  const seconds = view.frames * view.hop;
  const boxes = Array.from(names, (_, index) => ({
    left: LEFT,
    top: index * each + 22,
    width: width - LEFT - RIGHT,
    height: each - 22 - (index < names.length - 1 ? 6 : 0),
  }));
  for (const [index, name] of names.entries()) {
    const box = boxes[index];
    axisText(context, theme, "left", "alphabetic", true);
    context.fillText(words(name), box.left, box.top - 6);
    context.fillStyle = theme.sunken;
    context.fillRect(box.left, box.top, box.width, box.height);
    const picture = pictures[name];
    if (picture) {
      const share = picture.width / view.frames;
      context.drawImage(picture, box.left, box.top, box.width * share, box.height);
    } else {
      axisText(context, theme, "center", "middle");
      context.fillText(words("waiting"), box.left + box.width / 2, box.top + box.height / 2);
    }
    const y = (/** @type {number} */ place) => box.top + box.height * (1 - (place + 0.5) / bands);
    for (const kilohertz of [0.5, 1, 2, 4, 8]) {
      const at = y(bandOf(view.frequencies, 1000 * kilohertz));
      axisText(context, theme, "right", "middle");
      context.fillText(String(kilohertz), box.left - 7, Math.max(at, box.top + 4));
      line(context, box.left - 4, at, box.left, at, theme.edge);
    }
    axisText(context, theme, "left", "alphabetic");
    if (index === 0) context.fillText("kHz", 0, box.top - 6);
    if (phones && picture) drawPhones(context, box, view, "#ffffff", false);
    if (frame !== null) {
      const x = box.left + ((frame + 0.5) / view.frames) * box.width;
      crosshair(context, box, x, band === null ? null : y(band));
    }
  }
  drawTimes(context, boxes[boxes.length - 1], seconds, theme, words);
  return (x, y) => {
    const box = boxes.find((one) => y < one.top + one.height) || boxes[boxes.length - 1];
    const hold = (/** @type {number} */ value, /** @type {number} */ count) =>
      Math.max(0, Math.min(count - 1, Math.floor(value)));
    return {
      frame: hold(((x - box.left) / box.width) * view.frames, view.frames),
      band: hold((1 - (y - box.top) / box.height) * bands, bands),
    };
  };
}

/**
 * White with dark edges: seen on every colour of the picture.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {number} x
 * @param {number | null} y
 */
function crosshair(context, box, x, y) {
  for (const { colour, wide } of [
    { colour: "rgba(0, 0, 0, 0.6)", wide: 3 },
    { colour: "#ffffff", wide: 1 },
  ]) {
    line(context, x, box.top, x, box.top + box.height, colour, wide);
    if (y !== null) line(context, box.left, y, box.left + box.width, y, colour, wide);
  }
}
