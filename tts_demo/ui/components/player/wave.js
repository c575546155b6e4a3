// Drawing of the waveform: a clip's own least and greatest samples in each column, all clips on one scale.

/** @typedef {import("../shared/wav.js").Sound} Sound */
/** @typedef {import("../shared/audio_graph.js").Part} Part */

const RULER = 18; // pixels below the waveform
const PITCH = 3; // bars of 2 pixels with 1 between them

/** @type {WeakMap<Sound, { peaks: Float32Array, columns: number, seconds: number }>} */
const cache = new WeakMap();

/**
 * The greatest sample of all clips; a nearly silent clip is not drawn as if it were loud.
 *
 * @param {(Sound | null)[]} sounds
 */
export function loudestSample(sounds) {
  let loudest = 0.05;
  for (const sound of sounds) {
    for (const sample of sound?.samples ?? []) loudest = Math.max(loudest, Math.abs(sample));
  }
  return loudest;
}

/**
 * [least, greatest, least, ...] of equal stretches of time, of which the clip may fill a part.
 *
 * @param {Sound} sound
 * @param {number} seconds - of all stretches
 * @param {number} columns - how many there are
 */
export function wavePeaks(sound, seconds, columns) {
  const cached = cache.get(sound);
  if (cached?.columns === columns && cached.seconds === seconds) return cached.peaks;
  const peaks = new Float32Array(2 * columns);
  const width = (seconds * sound.rate) / columns;
  for (let column = 0; column < columns; column += 1) {
    const end = Math.min(sound.samples.length, Math.ceil((column + 1) * width));
    for (let index = Math.floor(column * width); index < end; index += 1) {
      const sample = sound.samples[index];
      if (sample < peaks[2 * column]) peaks[2 * column] = sample;
      if (sample > peaks[2 * column + 1]) peaks[2 * column + 1] = sample;
    }
  }
  cache.set(sound, { peaks, columns, seconds });
  return peaks;
}

/**
 * @typedef {object} Picture
 * @property {Sound | null} sound - of the chosen clip
 * @property {string} colour - of its bars
 * @property {number} loudest - the sample that reaches the edge
 * @property {number} seconds - of the round
 * @property {number} at - where the playhead is
 * @property {Part | null} region - the part that is looped
 * @property {{ ink: string, muted: string, line: string, accent: string, tint: string, font: string }} theme
 */

/**
 * Draw the chosen clip's waveform, a ruler, the playhead, and the part that is looped.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Picture} picture
 */
export function drawWave(context, width, height, picture) {
  const { sound, seconds, at, region, theme } = picture;
  const high = height - RULER;
  const x = (/** @type {number} */ time) => (time / seconds) * width;
  if (region) {
    context.fillStyle = theme.tint;
    context.fillRect(x(region.from), 0, x(region.to) - x(region.from), high);
  }
  drawRuler(context, width, height, picture);
  if (!sound) return;
  drawBars(context, width, height, { ...picture, sound });
  if (region) {
    context.fillStyle = theme.accent;
    drawBracket(context, x(region.from), 1, width, high);
    drawBracket(context, x(region.to), -1, width, high);
  }
  const head = Math.round(x(at));
  context.fillStyle = theme.ink;
  context.fillRect(Math.min(head, width - 2), 0, 2, high);
  context.beginPath();
  context.arc(Math.min(Math.max(head + 1, 5), width - 5), 5, 5, 0, 2 * Math.PI);
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Picture} picture
 */
function drawRuler(context, width, height, { seconds, theme }) {
  context.font = `11px ${theme.font}`;
  context.fillStyle = theme.muted;
  context.strokeStyle = theme.line;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((size) => (size / seconds) * width >= 44) || 10;
  for (let tick = 1; tick * step < seconds; tick += 1) {
    const left = Math.round(((tick * step) / seconds) * width) + 0.5;
    context.beginPath();
    context.moveTo(left, 0);
    context.lineTo(left, height);
    context.stroke();
    const text = `${Number((tick * step).toFixed(1))} s`;
    if (left + context.measureText(text).width + 5 < width) context.fillText(text, left + 4, height - 2);
  }
}

/**
 * The waveform: full where it has been played, paler where it has not.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Picture & { sound: Sound }} picture
 */
function drawBars(context, width, height, { sound, seconds, at, loudest, colour }) {
  const middle = (height - RULER) / 2;
  const columns = Math.max(1, Math.floor(width / PITCH));
  const peaks = wavePeaks(sound, seconds, columns);
  const last = Math.ceil((sound.samples.length / sound.rate / seconds) * columns);
  const scale = (middle - 6) / loudest;
  const bars = new Path2D();
  for (let column = 0; column < Math.min(last, columns); column += 1) {
    // the least height shows that silence is part of the clip
    const top = Math.max(peaks[2 * column + 1] * scale, 0.75);
    const bottom = Math.max(-peaks[2 * column] * scale, 0.75);
    bars.rect(column * PITCH, middle - top, 2, top + bottom);
  }
  const head = (at / seconds) * width;
  context.fillStyle = colour;
  for (const [left, right, alpha] of [
    [0, head, 1],
    [head, width, 0.42],
  ]) {
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, height);
    context.clip();
    context.globalAlpha = alpha;
    context.fill(bars);
    context.restore();
  }
}

/**
 * One of a pair of brackets: [   ]
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} inwards - 1 to the right, -1 to the left
 * @param {number} width
 * @param {number} high
 */
function drawBracket(context, x, inwards, width, high) {
  const left = Math.min(Math.max(Math.round(x) - 1, 0), width - 2);
  context.fillRect(left, 0, 2, high);
  for (const top of [0, high - 2]) context.fillRect(inwards > 0 ? left : left - 5, top, 7, 2);
}
