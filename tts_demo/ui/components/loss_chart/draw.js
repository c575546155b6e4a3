// Drawing of the loss chart, on a canvas's context or on one that records SVG (svg.js).

import { formatNumber } from "../shared/ticks.js";
import { pointAt } from "./data.js";
import { chartScales, curvePieces, tickTexts } from "./scales.js";

/** @typedef {import("../shared/canvas.js").Theme} Theme */
/** @typedef {import("../shared/words.js").Words} Words */
/** @typedef {import("./data.js").Run} Run */
/** @typedef {import("./scales.js").Box} Box */
/** @typedef {import("./scales.js").Piece} Piece */
/** @typedef {import("./scales.js").Scales} Scales */
/** @typedef {CanvasRenderingContext2D | import("./svg.js").SvgContext} Context */
/** @typedef {{ runs: Run[], log: boolean, cursor: number | null }} Model - the visible runs; a step, or null */

/**
 * @param {Context} context
 * @param {Piece} piece
 */
function tracePiece(context, [first, ...others]) {
  context.moveTo(...first);
  for (const point of others) context.lineTo(...point);
}

/**
 * @param {Context} context
 * @param {Piece[]} pieces
 */
function strokePieces(context, pieces) {
  context.beginPath();
  for (const piece of pieces) {
    if (piece.length > 1) tracePiece(context, piece);
  }
  context.stroke();
}

/**
 * @param {Context} context
 * @param {Box} box
 * @param {Scales} scales
 * @param {Theme} theme
 * @param {Words} words
 */
function drawAxes(context, box, scales, theme, words) {
  context.font = `12px ${theme.font}`;
  context.lineWidth = 1;
  context.strokeStyle = theme.line;
  context.fillStyle = theme.muted;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const heights = tickTexts(scales.yTicks, scales.logarithmic);
  for (const [index, tick] of scales.yTicks.entries()) {
    const y = Math.round(scales.y(tick)) + 0.5;
    context.beginPath();
    context.moveTo(box.left, y);
    context.lineTo(box.left + box.width, y);
    context.stroke();
    context.fillText(heights[index], box.left - 8, y);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  const bottom = box.top + box.height;
  for (const tick of scales.xTicks) {
    const x = Math.round(scales.x(tick)) + 0.5;
    context.beginPath();
    context.moveTo(x, bottom);
    context.lineTo(x, bottom + 5);
    context.stroke();
    const half = context.measureText(String(tick)).width / 2;
    const centre = Math.min(x, box.left + box.width + 8 - half);
    context.fillText(formatNumber(tick, scales.xTicks[1] || 1), centre, bottom + 8);
  }
  context.strokeStyle = theme.edge;
  context.beginPath();
  context.moveTo(box.left, bottom + 0.5);
  context.lineTo(box.left + box.width, bottom + 0.5);
  context.stroke();
  context.fillStyle = theme.ink;
  context.font = `600 12px ${theme.font}`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillText(words("loss"), 2, box.top - 10);
  context.textAlign = "right";
  context.textBaseline = "bottom";
  context.fillText(words("updates"), box.left + box.width + 8, bottom + 41);
}

/**
 * @param {Pick<Run, "colour">} run
 * @param {Theme} theme
 */
export const colourOf = (run, theme) => theme.runs[run.colour % theme.runs.length];

/** Dashes of the losses in training mode. */
export const DOTTED = [0.1, 5.5];

/**
 * The lines of a run. Returns the pieces of its two curves, for `drawDots`.
 *
 * @param {Context} context
 * @param {Run} run
 * @param {Scales} scales
 * @param {Theme} theme
 */
function drawLines(context, run, scales, theme) {
  const colour = colourOf(run, theme);
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineJoin = run.steps.length > 300 ? "bevel" : "round"; // many round joins are slow to draw
  context.lineCap = "round";
  if (run.batchSteps.length) {
    context.lineWidth = 2.25;
    context.setLineDash(DOTTED);
    strokePieces(context, curvePieces(run.batchSteps, run.batchLoss, scales));
    context.setLineDash([]);
  }
  const training = curvePieces(run.steps, run.training, scales);
  const validation = curvePieces(run.steps, run.validation, scales);
  if (training.length === 1 && validation.length === 1) {
    // the gap, where both curves are whole
    context.globalAlpha = 0.12;
    context.beginPath();
    tracePiece(context, training[0]);
    for (let index = validation[0].length - 1; index >= 0; index -= 1) context.lineTo(...validation[0][index]);
    context.fill();
  }
  context.globalAlpha = 1;
  context.lineWidth = 2.25;
  strokePieces(context, training);
  context.lineCap = "butt";
  context.setLineDash([7, 5]);
  strokePieces(context, validation);
  context.setLineDash([]);
  return { training, validation };
}

/**
 * A run's points: those that stand alone (full: training, hollow: validation), the best one, the growing ends.
 *
 * @param {Context} context
 * @param {Run} run
 * @param {{ training: Piece[], validation: Piece[] }} pieces
 * @param {Scales} scales
 * @param {Theme} theme
 */
function drawDots(context, run, { training, validation }, scales, theme) {
  const colour = colourOf(run, theme);
  const alone = (/** @type {Piece[]} */ pieces) => pieces.filter((piece) => piece.length === 1);
  for (const [[x, y]] of alone(validation)) dot(context, x, y, 3.5, theme.surface, colour);
  if (run.best >= 0) {
    const [x, y] = [scales.x(run.steps[run.best]), scales.y(run.validation[run.best])];
    dot(context, x, y, 5.5, theme.surface, colour);
    dot(context, x, y, 1, colour, colour);
  }
  for (const [[x, y]] of alone(training)) dot(context, x, y, 3, colour, colour);
  if (run.state !== "running") return;
  for (const pieces of [training, validation]) {
    const end = pieces.at(-1)?.at(-1);
    if (end) dot(context, end[0], end[1], 3.5, colour, colour);
  }
}

const FLAG = 8; // CSS pixels, width and height

/**
 * A flag on a pole at (x, top), flown to the left where there is no room.
 *
 * @param {Context} context
 * @param {number} x
 * @param {number} top
 * @param {number} bottom
 * @param {number} right
 * @param {string} colour
 * @param {number[]} [dashes]
 */
export function drawFlag(context, x, top, bottom, right, colour, dashes = [2, 3]) {
  const end = x + FLAG > right ? x - FLAG : x + FLAG;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1;
  context.setLineDash(dashes);
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, bottom);
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(end, top + FLAG / 2);
  context.lineTo(x, top + FLAG);
  context.lineTo(x, top);
  context.fill();
}

/**
 * Flags where a strength changed; each run's flags fly at a height of their own, so that none covers another's.
 *
 * @param {Context} context
 * @param {Run[]} runs
 * @param {Scales} scales
 * @param {Theme} theme
 * @param {Box} box
 */
function drawMarks(context, runs, scales, theme, box) {
  const bottom = box.top + box.height;
  for (const [lane, run] of runs.filter((one) => one.marks?.length).entries()) {
    for (const { step } of run.marks) {
      if (step < 0 || step > scales.lastStep) continue;
      const x = Math.round(scales.x(step)) + 0.5;
      drawFlag(context, x, box.top - 4 + lane * (FLAG + 2), bottom, box.left + box.width + 10, colourOf(run, theme));
    }
  }
}

/**
 * @param {Context} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} fill
 * @param {string} stroke
 */
export function dot(context, x, y, radius, fill, stroke) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = stroke;
  context.stroke();
}

/**
 * @param {Context} context
 * @param {Model & { cursor: number }} model
 * @param {Scales} scales
 * @param {Theme} theme
 * @param {Box} box
 */
function drawCursor(context, model, scales, theme, box) {
  const x = Math.round(scales.x(model.cursor)) + 0.5;
  context.strokeStyle = theme.ink;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, box.top - 4);
  context.lineTo(x, box.top + box.height);
  context.stroke();
  for (const run of model.runs) {
    const index = pointAt(run, model.cursor);
    if (index < 0) continue;
    for (const value of [run.training[index], run.validation[index]]) {
      if (!Number.isFinite(value)) continue;
      dot(context, scales.x(run.steps[index]), scales.y(value), 4, colourOf(run, theme), theme.surface);
    }
  }
}

/**
 * The whole chart; returns the scales and the box.
 *
 * @param {Context} context
 * @param {number} width
 * @param {number} height
 * @param {Model} model
 * @param {Theme} theme
 * @param {Words} words
 */
export function drawLossChart(context, width, height, model, theme, words) {
  const box = { left: 46, top: 30, width: width - 46 - 12, height: height - 30 - 46 };
  const scales = chartScales(model.runs, model.log, box);
  drawAxes(context, box, scales, theme, words);
  drawMarks(context, model.runs, scales, theme, box);
  context.save();
  context.beginPath();
  context.rect(box.left, box.top - 4, box.width + 6, box.height + 5);
  context.clip(); // batch losses may lie above the rest
  const drawn = model.runs.map((run) => drawLines(context, run, scales, theme));
  context.restore();
  for (const [index, run] of model.runs.entries()) drawDots(context, run, drawn[index], scales, theme);
  if (model.cursor !== null) drawCursor(context, { ...model, cursor: model.cursor }, scales, theme, box);
  return { scales, box };
}
