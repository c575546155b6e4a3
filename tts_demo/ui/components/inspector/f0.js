// The F0 curves, predicted over natural.

import { axisText, drawTimes, LEFT, line, RIGHT } from "./axes.js";
import { drawPhones } from "./phones.js";

/** @typedef {import("../shared/canvas.js").Theme} Theme */
/** @typedef {import("../shared/words.js").Words} Words */
/** @typedef {import("./value.js").SpeechView} SpeechView */

/**
 * Pieces of [x, y] of a curve, broken where the frame is unvoiced.
 *
 * @param {number[]} hertz - NaN where it is
 * @param {(frame: number) => number} x
 * @param {(hertz: number) => number} y
 */
export function voicedPieces(hertz, x, y) {
  /** @type {[number, number][][]} */
  const pieces = [];
  /** @type {[number, number][] | null} */
  let piece = null;
  for (const [frame, value] of hertz.entries()) {
    if (!Number.isFinite(value)) {
      piece = null;
      continue;
    }
    if (!piece) {
      piece = [];
      pieces.push(piece);
    }
    piece.push([x(frame + 0.5), y(value)]);
  }
  return pieces;
}

/**
 * Both F0 curves on a logarithmic axis: natural wide and pale, predicted narrow on top; returns x -> frame.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {{
 *   view: SpeechView, f0: Partial<Record<string, number[]>>, colour: string, phones: boolean, frame: number | null,
 * }} model - `frame` is the cursor's
 * @param {Theme} theme
 * @param {Words} words
 * @returns {(x: number) => number}
 */
export function drawF0(context, width, height, { view, f0, colour, phones, frame }, theme, words) {
  const box = { left: LEFT, top: 30, width: width - LEFT - RIGHT, height: height - 30 - 42 };
  const [low, high] = view.f0_range.map(Math.log);
  const x = (/** @type {number} */ at) => box.left + (at / view.frames) * box.width;
  const y = (/** @type {number} */ hertz) => box.top + box.height * (1 - (Math.log(hertz) - low) / (high - low));
  for (const hertz of [80, 100, 150, 200, 300, 400, 500]) {
    if (hertz < view.f0_range[0] || hertz > view.f0_range[1]) continue;
    const at = Math.round(y(hertz)) + 0.5;
    line(context, box.left, at, box.left + box.width, at, theme.line);
    axisText(context, theme, "right", "middle");
    context.fillText(String(hertz), box.left - 6, at);
  }
  axisText(context, theme, "left", "alphabetic", true);
  context.fillText(words("f0Axis"), 0, 14);
  if (phones) {
    axisText(context, theme, "center", "alphabetic");
    drawPhones(context, box, view, theme.edge, true);
  }
  context.lineJoin = "round";
  context.lineCap = "round";
  const curves = [
    { values: f0.natural, paint: theme.edge, wide: 5 },
    { values: f0.predicted, paint: colour, wide: 2.25 },
  ];
  for (const { values, paint, wide } of curves) {
    if (!values) continue;
    context.strokeStyle = paint;
    context.lineWidth = wide;
    context.beginPath();
    for (const piece of voicedPieces(values, x, y)) {
      const [first, ...others] = piece;
      context.moveTo(...first);
      for (const point of others) context.lineTo(...point);
      if (piece.length === 1) context.lineTo(piece[0][0] + 0.01, piece[0][1]); // a single frame shows as a dot
    }
    context.stroke();
  }
  if (frame !== null) {
    line(
      context,
      Math.round(x(frame + 0.5)) + 0.5,
      box.top,
      Math.round(x(frame + 0.5)) + 0.5,
      box.top + box.height,
      theme.ink,
    );
    for (const { values, paint } of curves) {
      const value = values?.[frame] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      context.beginPath();
      context.arc(x(frame + 0.5), y(value), 4.5, 0, 2 * Math.PI);
      context.fillStyle = paint;
      context.fill();
      context.strokeStyle = theme.surface;
      context.lineWidth = 2;
      context.stroke();
    }
  }
  drawTimes(context, box, view.frames * view.hop, theme, words);
  return (at) => Math.max(0, Math.min(view.frames - 1, Math.floor(((at - box.left) / box.width) * view.frames)));
}
