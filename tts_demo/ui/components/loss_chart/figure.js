// The chart as a figure for a file: title, legend, key and curves, as a picture (PNG) or a drawing (SVG).

import { marksInWords, valuesAt } from "./data.js";
import { colourOf, DOTTED, dot, drawFlag, drawLossChart } from "./draw.js";
import { svgContext } from "./svg.js";

const FIGURE = { width: 960, plot: 460, edge: 24, line: 23, pixels: 2 }; // CSS pixels; `pixels` of PNG a CSS pixel

/** @typedef {import("../shared/canvas.js").Theme} Theme */
/** @typedef {import("../shared/words.js").Words} Words */
/** @typedef {import("./data.js").Run} Run */
/** @typedef {import("./draw.js").Context} Context */
/** @typedef {import("./draw.js").Model} Model */

/**
 * A text that fits a width, in the context's font, with an ellipsis where it was cut.
 *
 * @param {Context} context
 * @param {string} text
 * @param {number} width
 */
function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  const letters = Array.from(text);
  let [low, high] = [0, letters.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${letters.slice(0, middle).join("")}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("")}…`;
}

/**
 * Rows of the figure's legend for each run: what is drawn in front, a bold and a plain text.
 *
 * @param {Run[]} runs
 * @param {Words} words
 */
function legendRows(runs, words) {
  return runs.flatMap((run) => {
    const values = valuesAt(run, null);
    const state = run.state ? words(run.state) : "";
    const losses = run.steps.length ? words("legend", values) : "";
    const rows = [{ run, sample: "line", name: run.label, text: [state, losses].filter(Boolean).join(", ") }];
    if (run.marks.length) rows.push({ run, sample: "flag", name: "", text: marksInWords(run.marks, words) });
    return rows;
  });
}

export const figureHeight = (/** @type {Model} */ model, /** @type {Words} */ words) =>
  FIGURE.plot + 2 * FIGURE.edge + 36 + FIGURE.line * (legendRows(model.runs, words).length + 1);

/**
 * The key of line kinds, from (x, y) on: a solid line is training, a dashed one validation, and so on.
 *
 * @param {Context} context
 * @param {number} x
 * @param {number} y
 * @param {Model} model
 * @param {Theme} theme
 * @param {Words} words
 */
function drawKey(context, x, y, model, theme, words) {
  context.font = `13px ${theme.font}`;
  /** @type {Record<string, () => void>} */
  const samples = {
    training: () => drawSample(context, x, y, theme.ink, []),
    validation: () => drawSample(context, x, y, theme.ink, [7, 5]),
    trainingMode: () => drawSample(context, x, y, theme.ink, DOTTED),
    gap: () => {
      context.globalAlpha = 0.18;
      context.fillStyle = theme.ink;
      context.fillRect(x, y - 5, 26, 10);
      context.globalAlpha = 1;
    },
    best: () => {
      dot(context, x + 13, y, 5, theme.surface, theme.ink);
      dot(context, x + 13, y, 1, theme.ink, theme.ink);
    },
    changed: () => drawFlag(context, x + 10, y - 7, y + 6, x + 26, theme.ink, []),
  };
  if (!model.runs.some((run) => run.marks.length)) delete samples.changed;
  if (!model.runs.some((run) => run.batchSteps.length)) delete samples.trainingMode;
  for (const [name, draw] of Object.entries(samples)) {
    draw();
    context.fillStyle = theme.muted;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(words(name), x + 34, y);
    x += 34 + context.measureText(words(name)).width + 26;
  }
}

/**
 * @param {Context} context
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 * @param {number[]} dashes
 */
function drawSample(context, x, y, colour, dashes) {
  context.strokeStyle = colour;
  context.lineWidth = 2.25;
  context.lineCap = dashes === DOTTED ? "round" : "butt";
  context.setLineDash(dashes);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + 26, y);
  context.stroke();
  context.setLineDash([]);
}

/**
 * Surface, title, legend and chart, `FIGURE.width` wide and `figureHeight` high.
 *
 * @param {Context} context
 * @param {Model} model
 * @param {Theme} theme
 * @param {Words} words
 */
export function drawFigure(context, model, theme, words) {
  const { width, edge } = FIGURE;
  context.fillStyle = theme.surface;
  context.fillRect(0, 0, width, figureHeight(model, words));
  context.fillStyle = theme.ink;
  context.font = `600 18px ${theme.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(words("figure"), edge, edge + 10);
  let y = edge + 46;
  for (const { run, sample, name, text } of legendRows(model.runs, words)) {
    if (sample === "line") drawSample(context, edge, y, colourOf(run, theme), []);
    else drawFlag(context, edge + 36.5, y - 7, y + 6, width, colourOf(run, theme), []);
    let x = edge + 36;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillStyle = theme.ink;
    context.font = `600 14px ${theme.font}`;
    const [bold, light] = [context.font, `13px ${theme.font}`];
    context.font = light;
    const spare = width - edge - x - 12 - context.measureText(text).width; // for the name, beside all of the text
    context.font = bold;
    if (name) {
      const label = fitted(context, name, Math.max(spare, width * 0.42));
      context.fillText(label, x, y);
      x += context.measureText(label).width;
    }
    context.fillStyle = theme.muted;
    context.font = light;
    context.fillText(fitted(context, text, width - edge - x - 12), x + 12, y);
    y += FIGURE.line;
  }
  drawKey(context, edge, y, model, theme, words);
  context.save();
  context.translate(edge, y + FIGURE.line - 4);
  drawLossChart(context, width - 2 * edge, FIGURE.plot, { ...model, cursor: null }, theme, words);
  context.restore();
}

/**
 * The figure as an SVG file's text.
 *
 * @param {Model} model
 * @param {Theme} theme
 * @param {Words} words
 * @param {string} description - what a screen reader says of it
 */
export function figureSvg(model, theme, words, description) {
  const context = svgContext(FIGURE.width, figureHeight(model, words));
  drawFigure(context, model, theme, words);
  return context.document(words("figure"), description);
}

/**
 * The figure as a PNG; rejects where the browser cannot make one.
 *
 * @param {Model} model
 * @param {Theme} theme
 * @param {Words} words
 * @returns {Promise<Blob>}
 */
export function figurePng(model, theme, words) {
  const ratio = Math.max(FIGURE.pixels, window.devicePixelRatio || 1);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(FIGURE.width * ratio);
  canvas.height = Math.round(figureHeight(model, words) * ratio);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(ratio, ratio);
  drawFigure(context, model, theme, words);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png");
  });
}
