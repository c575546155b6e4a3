// What the three pictures inside the model share: axes, numbers, lines.

import { formatNumber, linearTicks } from "../shared/ticks.js";

/** @typedef {import("../shared/canvas.js").Theme} Theme */
/** @typedef {import("../shared/words.js").Words} Words */
/** @typedef {{ left: number, top: number, width: number, height: number }} Box - CSS pixels */

export const LEFT = 40; // CSS pixels for the numbers of the vertical axis
export const RIGHT = 8;

/**
 * Set a context up for a text of an axis.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {CanvasTextAlign} align
 * @param {CanvasTextBaseline} baseline
 * @param {boolean} [bold]
 */
export function axisText(context, theme, align, baseline, bold = false) {
  context.font = `${bold ? "600 " : ""}12px ${theme.font}`;
  context.fillStyle = bold ? theme.ink : theme.muted;
  context.textAlign = align;
  context.textBaseline = baseline;
}

/**
 * About `count` ticks within [low, high], each with its text.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function evenTicks(low, high, count) {
  const { ticks, step } = linearTicks(low, high, count);
  return ticks.map((value) => ({ value, text: value === 0 ? "0" : formatNumber(value, step).replace("-", "−") }));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 * @param {string} colour
 * @param {number} [width]
 */
export function line(context, x1, y1, x2, y2, colour, width = 1) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/**
 * Numbers and the name below a horizontal axis; `x` goes from values to CSS pixels.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {{ value: number, text: string }[]} ticks
 * @param {(value: number) => number} x
 * @param {string} name
 * @param {Theme} theme
 */
export function drawBelow(context, box, ticks, x, name, theme) {
  const bottom = box.top + box.height;
  line(context, box.left, bottom + 0.5, box.left + box.width, bottom + 0.5, theme.edge);
  for (const { value, text } of ticks) {
    const at = Math.round(x(value)) + 0.5;
    line(context, at, bottom, at, bottom + 4, theme.edge);
    axisText(context, theme, "center", "top");
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(at, box.left + box.width + RIGHT - half), bottom + 7);
  }
  axisText(context, theme, "right", "top", true);
  context.fillText(name, box.left + box.width + RIGHT, bottom + 22);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {number} seconds
 * @param {Theme} theme
 * @param {Words} words
 */
export function drawTimes(context, box, seconds, theme, words) {
  const ticks = evenTicks(0, seconds, Math.max(2, Math.floor(box.width / 44)));
  drawBelow(context, box, ticks, (time) => box.left + (time / seconds) * box.width, words("time"), theme);
}
