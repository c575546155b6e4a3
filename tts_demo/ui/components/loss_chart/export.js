// The loss chart as files, made in the browser: a picture (PNG), a drawing (SVG) and a table (CSV).

const FIGURE = { width: 960, plot: 460, edge: 24, line: 23, pixels: 2 }; // CSS pixels; `pixels` of PNG a CSS pixel
const SVG_NAME = "http://www.w3.org/2000/svg";
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/**
 * The part of a canvas's context that the chart is drawn with, recorded as SVG elements: paths stay paths, text stays
 * text. `document()` gives the file.
 */
function svgContext(width, height) {
  const ruler = document.createElement("canvas").getContext("2d");
  const root = document.createElementNS(SVG_NAME, "svg");
  const saved = [];
  let group = root;
  let path = "";
  let origin = [0, 0];
  let dash = [];
  let clips = 0;
  const round = (value) => String(Math.round(value * 100) / 100);
  const point = (x, y) => `${round(x + origin[0])} ${round(y + origin[1])}`;
  const add = (parent, tag, attributes, ...children) => {
    const node = document.createElementNS(SVG_NAME, tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== "") node.setAttribute(name, value);
    }
    node.append(...children);
    parent.append(node);
    return node;
  };
  const opacity = () => (context.globalAlpha < 1 ? context.globalAlpha : null);
  const plain = (text) => String(text).replace(NOT_XML, ""); // XML has no way to write most control characters
  const context = {
    fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, lineJoin: "miter", lineCap: "butt", globalAlpha: 1,
    font: "10px sans-serif", textAlign: "left", textBaseline: "alphabetic",
    setLineDash: (lengths) => { dash = lengths; },
    beginPath: () => { path = ""; },
    moveTo: (x, y) => { path += `M${point(x, y)}`; },
    lineTo: (x, y) => { path += `L${point(x, y)}`; },
    rect: (x, y, wide, high) => { path += `M${point(x, y)}h${round(wide)}v${round(high)}h${round(-wide)}z`; },
    arc: (x, y, radius) => { // whole circles only: the chart draws no others
      const r = round(radius);
      path += `M${point(x - radius, y)}a${r} ${r} 0 1 1 ${round(2 * radius)} 0a${r} ${r} 0 1 1 ${round(-2 * radius)} 0z`;
    },
    fillRect: (x, y, wide, high) => {
      context.beginPath();
      context.rect(x, y, wide, high);
      context.fill();
    },
    fill: () => { if (path) add(group, "path", { d: path, fill: context.fillStyle, opacity: opacity() }); },
    stroke: () => {
      if (!path) return;
      add(group, "path", {
        d: path, fill: "none", stroke: context.strokeStyle, "stroke-width": context.lineWidth,
        "stroke-dasharray": dash.join(" "), "stroke-linejoin": context.lineJoin, "stroke-linecap": context.lineCap,
        opacity: opacity(),
      });
    },
    measureText: (text) => {
      ruler.font = context.font;
      return ruler.measureText(text);
    },
    fillText: (text, x, y) => {
      const [, weight, size, family] = /^(?:(\S+) )?([\d.]+)px (.*)$/.exec(context.font);
      // Not every program knows `dominant-baseline`, so the baseline is worked out here.
      const drop = { alphabetic: 0, middle: 0.35, top: 0.88, bottom: -0.22 }[context.textBaseline] * size;
      const [placeX, placeY] = point(x, y + drop).split(" ");
      add(group, "text", {
        x: placeX, y: placeY, fill: context.fillStyle, "font-family": family, "font-size": size,
        "font-weight": weight || null, opacity: opacity(),
        "text-anchor": { left: null, center: "middle", right: "end" }[context.textAlign],
      }, plain(text));
    },
    translate: (x, y) => { origin = [origin[0] + x, origin[1] + y]; },
    save: () => saved.push([group, origin]),
    restore: () => { [group, origin] = saved.pop(); },
    clip: () => {
      clips += 1;
      const id = `hear-clip-${clips}`;
      add(add(root, "clipPath", { id }), "path", { d: path });
      group = add(group, "g", { "clip-path": `url(#${id})` });
    },
    /** The file's text; `title` and `description` are what a screen reader says of it. */
    document: (title, description) => {
      const size = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" };
      for (const [name, value] of Object.entries(size)) root.setAttribute(name, value);
      const about = document.createElementNS(SVG_NAME, "g");
      add(about, "title", {}, plain(title));
      add(about, "desc", {}, plain(description));
      root.prepend(...about.children);
      return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
    },
  };
  return context;
}

/** A text that fits a width, in the context's font, with an ellipsis where it was cut. */
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

/** Marks of a run in words, e.g. "L2 0.001 from update 200"; only how many and the last one, where they are many. */
function marksInWords(marks, words) {
  const texts = marks.map(({ text, step }) => words("mark", { text, step }));
  return texts.length <= 4 ? texts.join("; ") : words("manyMarks", { count: texts.length, last: texts.at(-1) });
}

/** Rows of the figure's legend for each run: what is drawn in front ("line" or "flag"), a bold and a plain text. */
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

const figureHeight = (model, words) => FIGURE.plot + 2 * FIGURE.edge + 36
  + FIGURE.line * (legendRows(model.runs, words).length + 1);

/** The key of line kinds, from (x, y) on: a solid line is training, a dashed one validation, and so on. */
function drawKey(context, x, y, model, theme, words) {
  context.font = `13px ${theme.font}`;
  const samples = {
    training: () => drawSample(context, x, y, theme.ink, []),
    validation: () => drawSample(context, x, y, theme.ink, [7, 5]),
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
  for (const [name, draw] of Object.entries(samples)) {
    draw();
    context.fillStyle = theme.muted;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(words(name), x + 34, y);
    x += 34 + context.measureText(words(name)).width + 26;
  }
}

function drawSample(context, x, y, colour, dashes) {
  context.strokeStyle = colour;
  context.lineWidth = 2.25;
  context.lineCap = "butt";
  context.setLineDash(dashes);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + 26, y);
  context.stroke();
  context.setLineDash([]);
}

/** Surface, title, legend and chart, `FIGURE.width` wide and `figureHeight` high. */
function drawFigure(context, model, theme, words) {
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

/** The figure as an SVG file's text. */
function figureSvg(model, theme, words, description) {
  const context = svgContext(FIGURE.width, figureHeight(model, words));
  drawFigure(context, model, theme, words);
  return context.document(words("figure"), description);
}

/** The figure as a PNG; rejects where the browser cannot make one. */
function figurePng(model, theme, words) {
  const ratio = Math.max(FIGURE.pixels, window.devicePixelRatio || 1);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(FIGURE.width * ratio);
  canvas.height = Math.round(figureHeight(model, words) * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  drawFigure(context, model, theme, words);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png");
  });
}

/**
 * A text as one field of a CSV (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe in front,
 * full-width signs included: some spreadsheets take those too.
 */
function csvText(text) {
  const safe = /^[\s\u0000-\u001f]*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * All runs' losses as CSV: a row for each run and step. `run` counts from 1 in the legend's order; the id that the page
 * knows a run by is left out, as whoever has it can stop the run.
 */
function lossTable(runs) {
  const number = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(7))) : "");
  const lines = ["run,label,step,training_loss,validation_loss,gap"];
  runs.forEach((run, place) => run.steps.forEach((step, index) => {
    const [training, validation] = [run.training[index], run.validation[index]];
    const losses = [training, validation, validation - training].map(number);
    lines.push([place + 1, csvText(run.label), step, ...losses].join(","));
  }));
  return `\ufeff${lines.join("\r\n")}\r\n`; // the mark in front tells spreadsheets that this is UTF-8
}

/** Hand a file to the person, as a download. */
function saveFile(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = make("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // some browsers start reading late
}
