// Drawing of the waveform: a clip's own least and greatest samples in each column, all clips on one scale.

const waveCache = new WeakMap();

function loudestSample(sounds) {
  let loudest = 0.05; // a nearly silent clip is not drawn as if it were loud
  for (const sound of sounds) {
    if (sound) for (const sample of sound.samples) loudest = Math.max(loudest, Math.abs(sample));
  }
  return loudest;
}

/** [least, greatest, least, ...] of `columns` equal stretches of `seconds`, of which the clip may fill a part. */
function wavePeaks(sound, seconds, columns) {
  const cached = waveCache.get(sound);
  if (cached && cached.columns === columns && cached.seconds === seconds) return cached.peaks;
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
  waveCache.set(sound, { peaks, columns, seconds });
  return peaks;
}

/** The chosen clip's waveform, a ruler, the playhead, and the part that is looped ({from, to} in seconds, or null). */
function drawWave(context, width, height, { clip, seconds, at, region, loudest, theme, colour }) {
  const ruler = 18;
  const high = height - ruler;
  const middle = high / 2;
  const x = (time) => (time / seconds) * width;
  if (region) {
    context.fillStyle = theme.tint;
    context.fillRect(x(region.from), 0, x(region.to) - x(region.from), high);
  }
  context.font = `11px ${theme.font}`;
  context.fillStyle = theme.muted;
  context.strokeStyle = theme.line;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((size) => x(size) >= 44) || 10;
  for (let tick = 1; tick * step < seconds; tick += 1) {
    const left = Math.round(x(tick * step)) + 0.5;
    context.beginPath();
    context.moveTo(left, 0);
    context.lineTo(left, height);
    context.stroke();
    const text = `${Number((tick * step).toFixed(1))} s`;
    if (left + context.measureText(text).width + 5 < width) context.fillText(text, left + 4, height - 2);
  }
  if (!clip?.sound) return;
  // Bars of 2 pixels with 1 between them; the least height shows that silence is part of the clip.
  const pitch = 3;
  const columns = Math.max(1, Math.floor(width / pitch));
  const peaks = wavePeaks(clip.sound, seconds, columns);
  const last = Math.ceil((clip.sound.samples.length / clip.sound.rate / seconds) * columns);
  const scale = (middle - 6) / loudest;
  const bars = new Path2D();
  for (let column = 0; column < Math.min(last, columns); column += 1) {
    const top = Math.max(peaks[2 * column + 1] * scale, 0.75);
    const bottom = Math.max(-peaks[2 * column] * scale, 0.75);
    bars.rect(column * pitch, middle - top, 2, top + bottom);
  }
  context.fillStyle = colour;
  const head = x(at);
  for (const [left, right, alpha] of [[0, head, 1], [head, width, 0.42]]) {
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, height);
    context.clip();
    context.globalAlpha = alpha;
    context.fill(bars);
    context.restore();
  }
  if (region) {
    context.fillStyle = theme.accent;
    for (const [edge, inwards] of [[region.from, 1], [region.to, -1]]) { // a bracket: [   ]
      const left = Math.min(Math.max(Math.round(x(edge)) - 1, 0), width - 2);
      context.fillRect(left, 0, 2, high);
      for (const top of [0, high - 2]) context.fillRect(inwards > 0 ? left : left - 5, top, 7, 2);
    }
  }
  context.fillStyle = theme.ink;
  context.fillRect(Math.min(Math.round(head), width - 2), 0, 2, high);
  context.beginPath();
  context.arc(Math.min(Math.max(Math.round(head) + 1, 5), width - 5), 5, 5, 0, 2 * Math.PI);
  context.fill();
}
