// The phones of a sentence over a picture of it.

import { line } from "./axes.js";

/** @typedef {import("./axes.js").Box} Box */
/** @typedef {import("./value.js").SpeechView} SpeechView */

/**
 * Lines where phones end, and their names where there is room for them.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {SpeechView} view
 * @param {string} colour
 * @param {boolean} named
 */
export function drawPhones(context, box, view, colour, named) {
  let start = 0;
  context.save();
  context.globalAlpha = 0.75;
  for (const [name, end] of view.phones) {
    const [left, right] = [start, end].map((frame) => box.left + (frame / view.frames) * box.width);
    if (end < view.frames)
      line(context, Math.round(right) + 0.5, box.top, Math.round(right) + 0.5, box.top + box.height, colour, 0.75);
    if (named && context.measureText(name).width + 3 < right - left)
      context.fillText(name, (left + right) / 2, box.top - 3);
    start = end;
  }
  context.restore();
}
