// The histogram of weights: a pure function of the layer, the size and the theme.

import { axisText, drawBelow, evenTicks, LEFT, line, RIGHT } from "./axes.js";

/** @typedef {import("../shared/canvas.js").Theme} Theme */
/** @typedef {import("../shared/words.js").Words} Words */
/** @typedef {import("./value.js").Layer} Layer */

/**
 * Height of a count on the logarithmic axis, 0 to 1; one weight is seen, none is not.
 *
 * @param {number} count
 * @param {number} most
 */
export function countHeight(count, most) {
  return count > 0 ? Math.log(count / 0.5) / Math.log((1.3 * Math.max(most, 10)) / 0.5) : 0;
}

const shortCount = (/** @type {number} */ count) =>
  count >= 1e6 ? `${count / 1e6} M` : count >= 1000 ? `${count / 1000} k` : String(count);

/**
 * How far the axis goes: to the last bin, or to the bound where that is not much further.
 *
 * @param {Layer} layer
 * @param {number} bound - 0 where there is none
 */
export function weightReach(layer, bound) {
  const edge = layer.edge || bound || 1;
  return 1.04 * (bound && bound <= 3 * edge ? Math.max(edge, bound) : edge);
}

/**
 * The histogram; returns x -> bin.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {{ layer: Layer, bound: number, colour: string, cursor: number | null }} model - bound 0: none; cursor: a bin
 * @param {Theme} theme
 * @param {Words} words
 * @returns {(x: number) => number | null}
 */
export function drawHistogram(context, width, height, { layer, bound, colour, cursor }, theme, words) {
  const top = bound ? 42 : 30; // room for the bounds' names below the axis' name
  const box = { left: LEFT, top, width: width - LEFT - RIGHT, height: height - top - 42 };
  const reach = weightReach(layer, bound);
  const x = (/** @type {number} */ value) => box.left + ((value + reach) / (2 * reach)) * box.width;
  const most = Math.max(...layer.counts, layer.zeros);
  const y = (/** @type {number} */ count) => box.top + box.height * (1 - countHeight(count, most));
  const bottom = box.top + box.height;
  for (let count = 1; count <= 1.3 * Math.max(most, 10); count *= 10) {
    line(context, box.left, Math.round(y(count)) + 0.5, box.left + box.width, Math.round(y(count)) + 0.5, theme.line);
    axisText(context, theme, "right", "middle");
    context.fillText(shortCount(count), box.left - 6, y(count));
  }
  axisText(context, theme, "left", "alphabetic", true);
  context.fillText(words("count"), 0, 14);

  const bins = layer.counts.length;
  const binEdge = (/** @type {number} */ index) => Math.round(x(layer.edge * ((2 * index) / bins - 1)));
  for (const [index, count] of layer.counts.entries()) {
    if (!count) continue;
    const [left, right] = [binEdge(index), binEdge(index + 1)];
    const space = right - left > 4 ? 1 : 0; // on narrow bars a space would be half of the picture
    context.fillStyle = cursor === index ? theme.ink : colour;
    context.globalAlpha = cursor === null || cursor === index ? 1 : 0.5;
    context.fillRect(left, y(count), right - left - space, bottom - y(count));
  }
  context.globalAlpha = 1;
  if (layer.zeros) {
    // a bar of its own, in front of the weights that are nearly zero
    const centre = Math.round(x(0));
    context.fillStyle = theme.surface;
    context.fillRect(centre - 4, y(layer.zeros) - 1, 8, bottom - y(layer.zeros) + 1);
    context.fillStyle = theme.ink;
    context.fillRect(centre - 3, y(layer.zeros), 6, bottom - y(layer.zeros));
  }
  if (bound && bound <= reach) {
    context.setLineDash([5, 4]);
    for (const sign of [-1, 1]) {
      line(context, x(sign * bound), box.top - 2, x(sign * bound), bottom, theme.ink, 1.5);
      axisText(context, theme, "center", "alphabetic", true);
      context.fillText(sign < 0 ? "−c" : "c", x(sign * bound), box.top - 6);
    }
    context.setLineDash([]);
  }
  const ticks = evenTicks(-reach, reach, Math.max(2, Math.floor(box.width / 52)));
  drawBelow(context, box, ticks, x, words("weight"), theme);
  return (at) => {
    const value = ((at - box.left) / box.width) * 2 * reach - reach;
    const index = Math.floor(((value / layer.edge + 1) / 2) * bins);
    return index >= 0 && index < bins ? index : null;
  };
}
