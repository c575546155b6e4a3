// Scales, ticks and drawing of the loss chart: pure functions of the runs, the size and the theme. `context` is a
// canvas's, or one that records SVG (loss_chart_export.js).

/** Ticks at 1, 2 or 5 times a power of ten, about `count` of them, covering [low, high]. */
function linearTicks(low, high, count) {
  const span = high - low || 1;
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= count);
  const ticks = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
    ticks.push(index * step);
  }
  return { ticks, step };
}

/** Ticks for a logarithmic axis: 1-2-5 in each decade, or linear ones where the range is less than a factor of 4. */
function logTicks(low, high, count) {
  if (high / low < 4) return linearTicks(low, high, count).ticks;
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const factor of [1, 2, 5]) ticks.push(factor * 10 ** power);
  }
  const inside = ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  return inside.length > 2 * count ? inside.filter((tick) => Math.abs(Math.log10(tick) % 1) < 1e-9) : inside;
}

/** A tick's or a read-out's number with as many decimals as `step` can tell apart. */
function formatNumber(value, step) {
  if (!Number.isFinite(value)) return "–";
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(1);
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step || 1) + 1e-9)));
  return value.toFixed(decimals);
}

/** A label for each tick: as short as its own size allows where they are far apart, and never twice the same. */
function tickTexts(ticks, eachByItself) {
  const gaps = ticks.slice(1).map((tick, index) => tick - ticks[index]);
  const smallest = gaps.length ? Math.min(...gaps) : ticks[0];
  const texts = ticks.map((tick) => formatNumber(tick, eachByItself && gaps.length ? tick : smallest));
  return new Set(texts).size === ticks.length ? texts : ticks.map((tick) => formatNumber(tick, smallest));
}

/**
 * Least and greatest finite loss of the runs; of the batches where nothing has been evaluated yet. A run may bring its
 * `range` and `batchRange` along, each [least, greatest].
 */
function lossRange(runs) {
  const counted = (ranges, columns) => ranges || columns.flat().reduce( // NaN compares false: it is passed over
    ([low, high], value) => [value < low ? value : low, value > high ? value : high], [Infinity, -Infinity]);
  for (const rangeOf of [
    (run) => counted(run.range, [run.training, run.validation]),
    (run) => counted(run.batchRange, [run.batchLoss]),
  ]) {
    const ranges = runs.map(rangeOf);
    const low = Math.min(...ranges.map(([least]) => least));
    const high = Math.max(...ranges.map(([, greatest]) => greatest));
    if (high >= low) return [low, high];
  }
  return [0, 1];
}

/** Both axes: ranges, ticks, and functions from values to CSS pixels. */
function chartScales(runs, log, box) {
  const lastSteps = runs.map((run) => Math.max(run.updates || 0, run.steps.at(-1) || 0, run.batchSteps.at(-1) || 0));
  const lastStep = Math.max(1, ...lastSteps);
  const most = Math.floor(box.width / (7.5 * String(Math.round(lastStep)).length + 18)); // digits of 12 px, and air
  const xTicks = linearTicks(0, lastStep, Math.max(2, Math.min(most, Math.max(4, Math.floor(box.width / 70))))).ticks;
  let [low, high] = lossRange(runs);
  const logarithmic = log && low > 0;
  const wanted = Math.max(5, Math.floor(box.height / 46));
  let yTicks;
  if (logarithmic) {
    const margin = Math.max(1.04, (high / low) ** 0.06);
    low /= margin;
    high *= margin;
    yTicks = logTicks(low, high, wanted);
  } else {
    if (low > 0 && low < 0.45 * high) low = 0; // zero in sight: heights can then be compared as proportions
    const { step } = linearTicks(low, high === low ? low + 1e-3 : high, wanted);
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.ceil(high / step - 1e-9) * step;
    if (high === low) high = low + step;
    yTicks = linearTicks(low, high, wanted + 2).ticks;
  }
  const place = logarithmic ? Math.log : (value) => value;
  const [bottom, top] = [place(low), place(high)];
  return {
    xTicks, yTicks, logarithmic, lastStep,
    x: (step) => box.left + (step / lastStep) * box.width,
    y: (value) => {
      const share = (place(value > 0 || !logarithmic ? value : low) - bottom) / (top - bottom);
      return box.top + (1 - share) * box.height;
    },
  };
}

const COLUMN = 3; // CSS pixels

/**
 * A curve as a list of pieces of [x, y], broken where a value is missing. Where points are closer than a column, each
 * column gets their mean: a long run costs no more to draw than a short one, and dashes stay readable.
 */
function curvePieces(steps, values, scales) {
  const pieces = [];
  let piece = null;
  for (let start = 0; start < steps.length;) {
    const column = Math.floor(scales.x(steps[start]) / COLUMN);
    let end = start;
    let [sumX, sumY] = [0, 0];
    while (end < steps.length && Number.isFinite(values[end])) {
      const x = scales.x(steps[end]);
      if (end > start && Math.floor(x / COLUMN) !== column) break;
      sumX += x;
      sumY += scales.y(values[end]);
      end += 1;
    }
    if (end === start) {
      piece = null; // a missing value
      start += 1;
      continue;
    }
    if (!piece) pieces.push((piece = []));
    piece.push([sumX / (end - start), sumY / (end - start)]);
    start = end;
  }
  return pieces;
}

function strokePieces(context, pieces) {
  context.beginPath();
  for (const piece of pieces) {
    if (piece.length > 1) piece.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
  }
  context.stroke();
}

function drawAxes(context, box, scales, theme, words) {
  context.font = `12px ${theme.font}`;
  context.lineWidth = 1;
  context.strokeStyle = theme.line;
  context.fillStyle = theme.muted;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const heights = tickTexts(scales.yTicks, scales.logarithmic);
  scales.yTicks.forEach((tick, index) => {
    const y = Math.round(scales.y(tick)) + 0.5;
    context.beginPath();
    context.moveTo(box.left, y);
    context.lineTo(box.left + box.width, y);
    context.stroke();
    context.fillText(heights[index], box.left - 8, y);
  });
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

const colourOf = (run, theme) => theme.runs[run.colour % theme.runs.length];

/** The lines of a run. Returns the pieces of its two curves, for `drawDots`. */
function drawLines(context, run, scales, theme) {
  const colour = colourOf(run, theme);
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineJoin = run.steps.length > 300 ? "bevel" : "round"; // many round joins are slow to draw
  context.lineCap = "round";
  if (run.batchSteps.length) {
    context.globalAlpha = 0.28;
    context.lineWidth = 1;
    strokePieces(context, curvePieces(run.batchSteps, run.batchLoss, scales));
  }
  const training = curvePieces(run.steps, run.training, scales);
  const validation = curvePieces(run.steps, run.validation, scales);
  if (training.length === 1 && validation.length === 1) { // the gap, where both curves are whole
    context.globalAlpha = 0.12;
    context.beginPath();
    training[0].forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
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

/** A run's points: those that stand alone (full: training, hollow: validation), the best one, the growing ends. */
function drawDots(context, run, { training, validation }, scales, theme) {
  const colour = colourOf(run, theme);
  const alone = (pieces) => pieces.filter((piece) => piece.length === 1);
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

/** A flag on a pole at (x, top), flown to the left where there is no room. */
function drawFlag(context, x, top, bottom, right, colour, dashes = [2, 3]) {
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

/** Flags where a strength changed; each run's flags fly at a height of their own, so that none covers another's. */
function drawMarks(context, runs, scales, theme, box) {
  const bottom = box.top + box.height;
  runs.filter((run) => run.marks?.length).forEach((run, lane) => {
    for (const { step } of run.marks) {
      if (step < 0 || step > scales.lastStep) continue;
      const x = Math.round(scales.x(step)) + 0.5;
      drawFlag(context, x, box.top - 4 + lane * (FLAG + 2), bottom, box.left + box.width + 10, colourOf(run, theme));
    }
  });
}

function dot(context, x, y, radius, fill, stroke) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = stroke;
  context.stroke();
}

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
 * The whole chart. `model`: runs (visible ones), log, cursor (a step, or null). A run has id, label, colour, state,
 * updates, steps, training, validation, batchSteps, batchLoss (arrays of numbers, NaN where there is none), best (an
 * index, or -1) and possibly marks ({ step, text } each), range and batchRange. Returns the scales and the box.
 */
function drawLossChart(context, width, height, model, theme, words) {
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
  model.runs.forEach((run, index) => drawDots(context, run, drawn[index], scales, theme));
  if (model.cursor !== null) drawCursor(context, model, scales, theme, box);
  return { scales, box };
}

/** Index of the run's point nearest to a step, or -1 where the run has not got that far. */
function pointAt(run, step) {
  const { steps } = run;
  if (!steps.length) return -1;
  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] < step) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && step - steps[low - 1] < steps[low] - step) low -= 1;
  const spacing = steps.length > 1 ? steps[1] - steps[0] : 1;
  return Math.abs(steps[low] - step) <= Math.max(spacing, 1) ? low : -1;
}
