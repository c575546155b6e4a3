// Drawing of the three pictures inside the model: pure functions of the data, the size and the theme.

// Viridis (van der Walt and Smith, 2015) at 17 places: equal steps in level look equally large, also in grey.
const VIRIDIS = ("440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b "
  + "addc30 d8e219 fde725").split(" ").map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));

/** Red, green and blue of a level from 0 to 255. */
function viridis(level) {
  const place = (level / 255) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[low].map((value, index) => Math.round(value + (VIRIDIS[low + 1][index] - value) * (place - low)));
}

const COLOUR_TABLE = Array.from({ length: 256 }, (_, level) => viridis(level));

/** Bytes of a base64 text. */
function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** A canvas of one pixel a frame and band, the lowest band at the bottom. */
function pictureOf(levels, bands) {
  const frames = Math.floor(levels.length / bands);
  const picture = make("canvas", { width: frames, height: bands });
  const context = picture.getContext("2d");
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

// ---- what the pictures share
const LEFT = 40; // CSS pixels for the numbers of the vertical axis
const RIGHT = 8;

function axisText(context, theme, align, baseline, bold = false) {
  context.font = `${bold ? "600 " : ""}12px ${theme.font}`;
  context.fillStyle = bold ? theme.ink : theme.muted;
  context.textAlign = align;
  context.textBaseline = baseline;
}

/** About `count` ticks at 1, 2 or 5 times a power of ten within [low, high], each with its text. */
function evenTicks(low, high, count) {
  const power = 10 ** Math.floor(Math.log10((high - low) / count));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => (high - low) / size <= count);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
    const text = (index * step).toFixed(decimals);
    ticks.push({ value: index * step, text: index < 0 ? text.replace("-", "−") : index ? text : "0" });
  }
  return ticks;
}

function line(context, x1, y1, x2, y2, colour, width = 1) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** Numbers and the name below a horizontal axis; `x` goes from values to CSS pixels. */
function drawBelow(context, box, ticks, x, name, theme) {
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

function drawTimes(context, box, seconds, theme, words) {
  const ticks = evenTicks(0, seconds, Math.max(2, Math.floor(box.width / 44)));
  drawBelow(context, box, ticks, (time) => box.left + (time / seconds) * box.width, words("time"), theme);
}

/** Lines where phones end, and their names where there is room for them. */
function drawPhones(context, box, view, colour, named) {
  let start = 0;
  context.save();
  context.globalAlpha = 0.75;
  for (const [name, end] of view.phones) {
    const [left, right] = [start, end].map((frame) => box.left + (frame / view.frames) * box.width);
    if (end < view.frames) line(context, Math.round(right) + 0.5, box.top, Math.round(right) + 0.5, box.top + box.height, colour, 0.75);
    if (named && context.measureText(name).width + 3 < right - left) context.fillText(name, (left + right) / 2, box.top - 3);
    start = end;
  }
  context.restore();
}

// ---- weights
/** Height of a count on the logarithmic axis, 0 to 1; one weight is seen, none is not. */
function countHeight(count, most) {
  return count > 0 ? Math.log(count / 0.5) / Math.log((1.3 * Math.max(most, 10)) / 0.5) : 0;
}

const shortCount = (count) => (count >= 1e6 ? `${count / 1e6} M` : count >= 1000 ? `${count / 1000} k` : String(count));

/** How far the axis goes: to the last bin, or to the bound where that is not much further. */
function weightReach(layer, bound) {
  const edge = layer.edge || bound || 1;
  return 1.04 * (bound && bound <= 3 * edge ? Math.max(edge, bound) : edge);
}

/** The histogram. `model`: layer, bound or 0, colour, cursor (an index of a bin, or null). Returns x -> bin. */
function drawHistogram(context, width, height, { layer, bound, colour, cursor }, theme, words) {
  const top = bound ? 42 : 30; // room for the bounds' names below the axis' name
  const box = { left: LEFT, top, width: width - LEFT - RIGHT, height: height - top - 42 };
  const reach = weightReach(layer, bound);
  const x = (value) => box.left + ((value + reach) / (2 * reach)) * box.width;
  const most = Math.max(...layer.counts, layer.zeros);
  const y = (count) => box.top + box.height * (1 - countHeight(count, most));
  const bottom = box.top + box.height;
  for (let count = 1; count <= 1.3 * Math.max(most, 10); count *= 10) {
    line(context, box.left, Math.round(y(count)) + 0.5, box.left + box.width, Math.round(y(count)) + 0.5, theme.line);
    axisText(context, theme, "right", "middle");
    context.fillText(shortCount(count), box.left - 6, y(count));
  }
  axisText(context, theme, "left", "alphabetic", true);
  context.fillText(words("count"), 0, 14);

  const bins = layer.counts.length;
  const binEdge = (index) => Math.round(x(layer.edge * ((2 * index) / bins - 1)));
  layer.counts.forEach((count, index) => {
    if (!count) return;
    const [left, right] = [binEdge(index), binEdge(index + 1)];
    const space = right - left > 4 ? 1 : 0; // on narrow bars a space would be half of the picture
    context.fillStyle = cursor === index ? theme.ink : colour;
    context.globalAlpha = cursor === null || cursor === index ? 1 : 0.5;
    context.fillRect(left, y(count), right - left - space, bottom - y(count));
  });
  context.globalAlpha = 1;
  if (layer.zeros) { // a bar of its own, in front of the weights that are nearly zero
    const centre = Math.round(x(0));
    context.fillStyle = theme.surface;
    context.fillRect(centre - 4, y(layer.zeros) - 1, 8, bottom - y(layer.zeros) + 1);
    context.fillStyle = theme.ink;
    context.fillRect(centre - 3, y(layer.zeros), 6, bottom - y(layer.zeros));
  }
  if (bound && bound <= reach) {
    context.setLineDash([5, 4]);
    for (const [sign, text] of [[-1, "−c"], [1, "c"]]) {
      line(context, x(sign * bound), box.top - 2, x(sign * bound), bottom, theme.ink, 1.5);
      axisText(context, theme, "center", "alphabetic", true);
      context.fillText(text, x(sign * bound), box.top - 6);
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

// ---- spectrograms
/** The band nearest to a frequency, as a number that may lie between two. */
function bandOf(frequencies, hertz) {
  const above = frequencies.findIndex((frequency) => frequency >= hertz);
  if (above <= 0) return above < 0 ? frequencies.length - 1 : 0;
  const [low, high] = [frequencies[above - 1], frequencies[above]];
  return above - 1 + (hertz - low) / (high - low);
}

/**
 * Predicted above natural on one time axis. `model`: view (the value's speech), pictures by name, phones (shown or
 * not), frame and band of the cursor, or null. Returns (x, y) -> { frame, band }.
 */
function drawSpectrograms(context, width, height, { view, pictures, phones, frame, band }, theme, words) {
  const names = view.natural ? ["predicted", "natural"] : ["predicted"];
  const each = (height - 42) / names.length;
  const bands = view.frequencies.length;
  const seconds = view.frames * view.hop;
  const boxes = names.map((name, index) => ({
    left: LEFT, top: index * each + 22, width: width - LEFT - RIGHT, height: each - 22 - (index < names.length - 1 ? 6 : 0),
  }));
  names.forEach((name, index) => {
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
    const y = (place) => box.top + box.height * (1 - (place + 0.5) / bands);
    for (const kilohertz of [0.5, 1, 2, 4, 8]) {
      const at = y(bandOf(view.frequencies, 1000 * kilohertz));
      axisText(context, theme, "right", "middle");
      context.fillText(String(kilohertz), box.left - 7, Math.max(at, box.top + 4));
      line(context, box.left - 4, at, box.left, at, theme.edge);
    }
    axisText(context, theme, "left", "alphabetic");
    if (index === 0) context.fillText("kHz", 0, box.top - 6);
    if (phones && picture) drawPhones(context, box, view, "#ffffff", false);
    if (frame !== null) crosshair(context, box, box.left + ((frame + 0.5) / view.frames) * box.width, band === null ? null : y(band));
  });
  drawTimes(context, boxes.at(-1), seconds, theme, words);
  return (x, y) => {
    const box = boxes.find((one) => y < one.top + one.height) || boxes.at(-1);
    const hold = (value, count) => Math.max(0, Math.min(count - 1, Math.floor(value)));
    return {
      frame: hold(((x - box.left) / box.width) * view.frames, view.frames),
      band: hold((1 - (y - box.top) / box.height) * bands, bands),
    };
  };
}

/** White with dark edges: seen on every colour of the picture. */
function crosshair(context, box, x, y) {
  for (const [colour, wide] of [["rgba(0, 0, 0, 0.6)", 3], ["#ffffff", 1]]) {
    line(context, x, box.top, x, box.top + box.height, colour, wide);
    if (y !== null) line(context, box.left, y, box.left + box.width, y, colour, wide);
  }
}

// ---- F0
/** Pieces of [x, y] of a curve, broken where the frame is unvoiced. */
function voicedPieces(hertz, x, y) {
  const pieces = [];
  let piece = null;
  hertz.forEach((value, frame) => {
    if (!Number.isFinite(value)) {
      piece = null;
      return;
    }
    if (!piece) pieces.push((piece = []));
    piece.push([x(frame + 0.5), y(value)]);
  });
  return pieces;
}

/** Both F0 curves on a logarithmic axis: natural wide and pale, predicted narrow on top. Returns x -> frame. */
function drawF0(context, width, height, { view, f0, colour, phones, frame }, theme, words) {
  const box = { left: LEFT, top: 30, width: width - LEFT - RIGHT, height: height - 30 - 42 };
  const [low, high] = view.f0_range.map(Math.log);
  const x = (at) => box.left + (at / view.frames) * box.width;
  const y = (hertz) => box.top + box.height * (1 - (Math.log(hertz) - low) / (high - low));
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
  context.lineJoin = context.lineCap = "round";
  for (const [name, paint, wide] of [["natural", theme.edge, 5], ["predicted", colour, 2.25]]) {
    if (!f0[name]) continue;
    context.strokeStyle = paint;
    context.lineWidth = wide;
    context.beginPath();
    for (const piece of voicedPieces(f0[name], x, y)) {
      piece.forEach(([left, top], index) => (index ? context.lineTo(left, top) : context.moveTo(left, top)));
      if (piece.length === 1) context.lineTo(piece[0][0] + 0.01, piece[0][1]); // a single frame shows as a dot
    }
    context.stroke();
  }
  if (frame !== null) {
    line(context, Math.round(x(frame + 0.5)) + 0.5, box.top, Math.round(x(frame + 0.5)) + 0.5, box.top + box.height, theme.ink);
    for (const [name, paint] of [["natural", theme.edge], ["predicted", colour]]) {
      const value = f0[name]?.[frame];
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
