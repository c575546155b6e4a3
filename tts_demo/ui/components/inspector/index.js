// The panels inside the model and their read-outs. Runs as `js_on_load` of inside.Inside, after common.js
// and inside_draw.js; `element`, `props` and `watch` come from gradio.

const INSIDE_WORDS = {
  title: "Inside the model",
  empty: "The network's insides will be shown here at its first snapshot: how large its weights are, and what it "
    + "predicts beside what the speaker said.",
  about: "{label}, after {step} updates",
  hint: "Focus a picture and press the arrow keys to read its values.",
  // weights
  weights: "Weights",
  layer: "Layer",
  all: "All layers",
  count: "weights in each bar (log)",
  weight: "weight",
  zeros: "{share} of the weights are exactly zero",
  zerosHere: "{share} of this layer's weights are exactly zero",
  noZeros: "No weight is exactly zero",
  percent: "{number}\u00a0%",
  facts: "{count} weights, the largest ±{largest}.",
  beyond: "{count} of them lie beyond this axis.",
  bound: "Bound c = {bound}.",
  boundFar: "Bound c = {bound}, far beyond them.",
  bin: "{low} to {high}: {count} weights ({share})",
  binZeros: "and {zeros} exactly zero",
  noWeights: "There are no weights to count.",
  weightsLabel: "Histogram of weights, {layer}: {facts} {zeros}. The middle half lies between {low} and {high}.",
  // spectrogram
  spectrogram: "Spectrogram",
  predicted: "Predicted",
  natural: "Natural",
  waiting: "at the first snapshot",
  time: "time (s)",
  phones: "Phones",
  least: "−{range} dB",
  loudest: "0 dB, the loudest",
  at: "{time} s",
  atPhone: "{time} s, {phone}",
  hertz: "{hertz} Hz",
  level: "{name} {level} dB",
  distortion: "Mel-cepstral distortion {distortion} dB.",
  noSpeech: "There is no sentence to show.",
  spectrogramLabel: "Spectral envelopes, {names}, {seconds} s, 0 to 8000 Hz, on one scale of {range} dB. {facts}",
  both: "predicted above natural",
  // F0
  f0: "F0",
  f0Axis: "Hz (log)",
  f0Value: "{name} {hertz} Hz",
  unvoiced: "{name} unvoiced",
  f0Facts: "{error}{voicing} of the frames voiced or unvoiced wrongly.",
  f0Error: "{hertz} Hz apart (root mean square); ",
  f0Label: "F0 curve, {seconds} s. {curves} {facts}",
  f0Curve: "{name}: {low} to {high} Hz, {median} Hz in the median, {voiced} of the frames voiced.",
  f0Silent: "{name}: unvoiced throughout.",
  // what it looks at
  looks: "What it looks at",
  looksAbout: "Each neighbour's share of the first layer's weights, squared and added up. Far neighbours that matter "
    + "little are what a remedy such as L1 lets go of.",
  here: "this phone",
  before: "{count} before",
  after: "{count} after",
};

installStyles(STYLES);
const words = wordsOf(WORDS, INSIDE_WORDS);

// ---- numbers as texts
const minus = (text) => text.replace("-", "−");
const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
const weightText = (value) => minus(String(Number(value.toPrecision(3))));
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
function shareText(share) {
  const number = 100 * share;
  if (number > 0 && number < 0.01) return words("percent", { number: "<\u00a00.01" });
  if (number < 100 && number > 99.9) return words("percent", { number: ">\u00a099.9" });
  const decimals = number === 0 || number === 100 ? 0 : number < 1 ? 2 : number < 10 || number > 99 ? 1 : 0;
  return words("percent", { number: number.toFixed(decimals) });
}

// ---- page elements
const heading = make("h3", { class: "hear-title" }, words("title"));
const about = make("p", { class: "hear-inside-about" });
const sentence = make("p", { class: "hear-inside-sentence" });
const note = make("p", { class: "hear-inside-note", role: "status" });
const hintId = `hear-hint-${Math.random().toString(36).slice(2)}`;
const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });

/** A panel: its head, a canvas with what stands in for it, and a line of values. */
function panel(name, ...head) {
  const canvas = make("canvas", { class: "hear-inside-canvas", role: "img", tabindex: "0", "aria-describedby": hintId });
  const missing = make("p", { class: "hear-empty" }, words(name === "weights" ? "noWeights" : "noSpeech"));
  const read = make("p", { class: "hear-inside-read hear-number" });
  const node = make("section", { class: `hear-panel hear-panel-${name}`, "aria-label": words(name) },
    make("div", { class: "hear-panel-head" }, make("h4", { class: "hear-panel-title" }, words(name)), ...head),
    make("div", { class: "hear-inside-plot" }, canvas, missing), read);
  return { node, canvas, missing, read };
}

const select = make("select", { class: "hear-layer", "aria-label": words("layer") });
const phonesButton = make("button", { type: "button", class: "hear-phones", "aria-pressed": "false" }, words("phones"));
const sample = (name) => make("span", { class: "hear-key-of" },
  make("span", { class: `hear-line-${name}`, "aria-hidden": "true" }), words(name));
const weights = panel("weights", select);
const spectrogram = panel("spectrogram", phonesButton);
const f0 = panel("f0", sample("predicted"), sample("natural"));
const zerosText = make("span");
const zerosBar = make("span");
const zeros = make("p", { class: "hear-zeros" }, zerosText,
  make("span", { class: "hear-zeros-track", "aria-hidden": "true" }, zerosBar));
weights.read.before(zeros);
const ramp = make("span", { class: "hear-ramp-colours", "aria-hidden": "true" });
ramp.style.background = `linear-gradient(to right, ${VIRIDIS.map((colour) => `rgb(${colour})`).join(", ")})`;
const least = make("span");
const rampLine = make("p", { class: "hear-ramp" }, least, ramp, make("span", {}, words("loudest")));
spectrogram.read.before(rampLine);
// list roles: without bullets, Safari would not call it a list
const bars = make("ul", { class: "hear-looks-bars", role: "list", "aria-label": words("looks") });
const looks = make("section", { class: "hear-panel hear-panel-looks", "aria-label": words("looks") },
  make("div", { class: "hear-looks-about" }, make("h4", { class: "hear-panel-title" }, words("looks")),
    make("p", {}, words("looksAbout"))), bars);
const empty = make("p", { class: "hear-empty" }, words("empty"));
const panels = make("div", { class: "hear-panels" }, weights.node, spectrogram.node, f0.node, looks);
const root = make("section", { class: "hear hear-inside", "aria-label": words("title") },
  make("header", { class: "hear-inside-head" }, heading, about, sentence), note, empty, panels,
  make("p", { class: "hear-spoken", id: hintId }, words("hint")), spoken);
element.replaceChildren(root);

// ---- state: what is shown, and where the cursors stand (a bin; a frame and a band)
const view = { value: null, layer: "", bin: null, frame: null, band: null, phones: false, f0: {}, levels: {}, pictures: {} };
const pictureTexts = {};
const layerShown = () => view.value?.layers.find((layer) => layer.name === view.layer) || view.value?.layers[0];
const runColour = (theme) => theme.runs[(Number(view.value.colour) || 0) % theme.runs.length];
let places = {}; // from pixels to cursors, as last drawn

const redraw = {
  weights: liveCanvas(weights.canvas, (context, width, height) => {
    const theme = themeOf(root);
    const model = { layer: layerShown(), bound: view.value?.bound || 0, cursor: view.bin };
    if (model.layer) places.weights = drawHistogram(context, width, height, { ...model, colour: runColour(theme) }, theme, words);
  }),
  spectrogram: liveCanvas(spectrogram.canvas, (context, width, height) => {
    if (!view.value?.speech) return;
    const model = { ...view, view: view.value.speech };
    places.spectrogram = drawSpectrograms(context, width, height, model, themeOf(root), words);
  }),
  f0: liveCanvas(f0.canvas, (context, width, height) => {
    if (!view.value?.speech) return;
    const theme = themeOf(root);
    places.f0 = drawF0(context, width, height, { ...view, view: view.value.speech, colour: runColour(theme) }, theme, words);
  }),
};

// ---- weights: facts, and the bin under the cursor
const sizeOf = (layer) => sum(layer.counts) + layer.zeros + layer.beyond;
const binEdges = (layer, bin) => [bin, bin + 1].map((at) => layer.edge * ((2 * at) / layer.counts.length - 1));
const nameOf = (layer) => (layer.name ? words(layer.name.replace(/\.weight$/, "")) : words("all"));

function zerosSentence(layer) {
  if (!layer.zeros) return words("noZeros");
  return words(layer.name ? "zerosHere" : "zeros", { share: shareText(layer.zeros / sizeOf(layer)) });
}

function weightFacts(layer) {
  const { bound } = view.value;
  const facts = [words("facts", { count: grouped(sizeOf(layer)), largest: weightText(layer.largest) })];
  if (layer.beyond) facts.push(words("beyond", { count: grouped(layer.beyond) }));
  if (bound) facts.push(words(bound <= weightReach(layer, bound) ? "bound" : "boundFar", { bound: weightText(bound) }));
  return facts.join(" ");
}

function binFacts(layer) {
  const [low, high] = binEdges(layer, view.bin).map(weightText);
  const count = layer.counts[view.bin];
  const text = words("bin", { low, high, count: grouped(count), share: shareText(count / sizeOf(layer)) });
  const middle = view.bin === Math.floor(layer.counts.length / 2);
  return middle && layer.zeros ? `${text}, ${words("binZeros", { zeros: grouped(layer.zeros) })}` : text;
}

/** Where a share of the weights within the bins lies below, to the nearest edge of a bin; zeros are in the middle. */
function quantile(layer, share) {
  const counts = [...layer.counts];
  counts[Math.floor(counts.length / 2)] += layer.zeros;
  let left = share * sum(counts);
  const bin = counts.findIndex((count) => (left -= count) <= 0);
  return binEdges(layer, Math.max(0, bin))[share < 0.5 ? 0 : 1];
}

// ---- speech: facts, and the values at the cursor
function phoneAt(frame) {
  return view.value.speech.phones.find(([, end]) => frame < end)?.[0];
}

function timeText() {
  const { speech } = view.value;
  const values = { time: (view.frame * speech.hop).toFixed(2), phone: phoneAt(view.frame) };
  return words(values.phone ? "atPhone" : "at", values);
}

/** A level of the picture in dB below the loudest; at the ends of the scale it may be less or more. */
function levelText(level) {
  const range = view.value.speech.range_db;
  const decibels = minus(((level / 255 - 1) * range).toFixed(0)).replace(/^−0$/, "0");
  return level === 0 ? `≤ ${decibels}` : decibels;
}

function spectrogramFacts() {
  const { distortion_db: distortion } = view.value.speech;
  return Number.isFinite(distortion) ? words("distortion", { distortion: distortion.toFixed(2) }) : "";
}

function levelsAtCursor() {
  const { frequencies } = view.value.speech;
  if (view.band === null) return timeText();
  const levels = ["predicted", "natural"].filter((name) => view.levels[name]).map((name) => {
    const level = view.levels[name][view.frame * frequencies.length + view.band];
    return words("level", { name: words(name), level: level === undefined ? "–" : levelText(level) });
  });
  return `${timeText()}, ${words("hertz", { hertz: Math.round(frequencies[view.band]) })}: ${levels.join(", ")}`;
}

function f0Facts() {
  const { f0_error_hz: error, voicing_error: voicing } = view.value.speech;
  if (!Number.isFinite(voicing)) return "";
  const apart = Number.isFinite(error) ? words("f0Error", { hertz: error.toFixed(0) }) : "";
  return words("f0Facts", { error: apart, voicing: shareText(voicing) });
}

function f0AtCursor() {
  const curves = ["predicted", "natural"].filter((name) => view.f0[name]).map((name) => {
    const hertz = view.f0[name][view.frame];
    return words(Number.isFinite(hertz) ? "f0Value" : "unvoiced", { name: words(name), hertz: Math.round(hertz) });
  });
  return `${timeText()}: ${curves.join(", ")}`;
}

function f0Summary(name) {
  const voiced = view.f0[name].filter(Number.isFinite).sort((a, b) => a - b);
  if (!voiced.length) return words("f0Silent", { name: words(name) });
  const [low, median, high] = [0, voiced.length >> 1, voiced.length - 1].map((at) => Math.round(voiced[at]));
  return words("f0Curve", { name: words(name), low, median, high, voiced: shareText(voiced.length / view.f0[name].length) });
}

function neighbourName(neighbour) {
  if (neighbour === 0) return words("here");
  return words(neighbour < 0 ? "before" : "after", { count: Math.abs(neighbour) });
}

// ---- showing
function showWeights() {
  const layer = layerShown();
  for (const node of [weights.canvas, zeros, weights.read, select]) node.hidden = !layer;
  weights.missing.hidden = Boolean(layer);
  if (!layer) return;
  if (view.bin !== null) view.bin = Math.min(view.bin, layer.counts.length - 1);
  setText(zerosText, zerosSentence(layer));
  zeros.classList.toggle("hear-zeros-none", !layer.zeros);
  zerosBar.style.width = `${(100 * layer.zeros) / Math.max(1, sizeOf(layer))}%`;
  setText(weights.read, view.bin === null ? weightFacts(layer) : binFacts(layer));
  const [low, high] = [0.25, 0.75].map((share) => weightText(quantile(layer, share)));
  weights.canvas.setAttribute("aria-label", words("weightsLabel",
    { layer: nameOf(layer), facts: weightFacts(layer), zeros: zerosSentence(layer), low, high }));
  redraw.weights();
}

function showSpeech() {
  const speech = view.value?.speech;
  for (const node of [spectrogram.canvas, spectrogram.read, rampLine, f0.canvas, f0.read]) node.hidden = !speech;
  for (const each of [spectrogram, f0]) each.missing.hidden = Boolean(speech);
  phonesButton.hidden = !speech?.phones.length;
  if (!speech) return;
  if (view.frame !== null) view.frame = Math.min(view.frame, speech.frames - 1);
  phonesButton.setAttribute("aria-pressed", String(view.phones));
  setText(least, words("least", { range: speech.range_db }));
  setText(spectrogram.read, view.frame === null ? spectrogramFacts() : levelsAtCursor());
  setText(f0.read, view.frame === null ? f0Facts() : f0AtCursor());
  const names = ["predicted", "natural"].filter((name) => speech[name]);
  const seconds = (speech.frames * speech.hop).toFixed(1);
  spectrogram.canvas.setAttribute("aria-label", words("spectrogramLabel", {
    names: names.length > 1 ? words("both") : words(names[0]), seconds, range: speech.range_db, facts: spectrogramFacts(),
  }));
  f0.canvas.setAttribute("aria-label", words("f0Label", { seconds, curves: names.map(f0Summary).join(" "), facts: f0Facts() }));
  redraw.spectrogram();
  redraw.f0();
}

/** A row for each neighbour, made anew only where there are others; the longest bar fills its place. */
function showLooks() {
  const shares = view.value?.looks_at || [];
  looks.hidden = !shares.length;
  const shown = [...bars.children].map((row) => row.dataset.neighbour).join();
  if (shares.map(([neighbour]) => neighbour).join() !== shown) {
    bars.replaceChildren(...shares.map(([neighbour]) => make("li", { "data-neighbour": neighbour },
      make("span", { class: "hear-looks-name" }, neighbourName(neighbour)),
      make("span", { class: "hear-looks-place" }, make("span", { class: "hear-looks-bar" }),
        make("span", { class: "hear-number" })))));
  }
  const most = Math.max(...shares.map(([, share]) => share));
  shares.forEach(([, share], index) => {
    const [bar, text] = bars.children[index].lastChild.children;
    bar.style.setProperty("--length", share / most);
    setText(text, shareText(share));
  });
}

/** Move a cursor; what the keys reach is spoken, what a pointer passes is not. */
function moveBin(bin, aloud) {
  view.bin = bin;
  showWeights();
  if (aloud) setText(spoken, bin === null ? "" : weights.read.textContent);
}

function moveTime(frame, band, aloud) {
  [view.frame, view.band] = [frame, band];
  showSpeech();
  if (aloud) setText(spoken, frame === null ? "" : aloud.read.textContent);
}

// ---- pointer and keys
weights.canvas.addEventListener("pointermove", (event) => moveBin(places.weights?.(event.offsetX) ?? null, null));
weights.canvas.addEventListener("pointerleave", () => moveBin(null, null));
weights.canvas.addEventListener("blur", () => moveBin(null, weights));
for (const each of [spectrogram, f0]) {
  each.canvas.addEventListener("pointermove", (event) => {
    if (each === f0) moveTime(places.f0?.(event.offsetX) ?? null, null, null);
    else if (places.spectrogram) {
      const { frame, band } = places.spectrogram(event.offsetX, event.offsetY);
      moveTime(frame, band, null);
    }
  });
  each.canvas.addEventListener("pointerleave", () => moveTime(null, null, null));
  each.canvas.addEventListener("blur", () => moveTime(null, null, each));
}

/** Where a key takes a place among `count`; undefined for a key that does not move it. */
function moved(key, place, count) {
  const at = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[key];
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (at === undefined) return undefined;
  return place === null ? Math.floor(count / 2) : Math.max(0, Math.min(count - 1, place + at));
}

function onKey(canvas, escape, move) {
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") escape();
    else if (!move(event.key)) return;
    event.preventDefault();
  });
}
onKey(weights.canvas, () => moveBin(null, weights), (key) => {
  const bin = layerShown() ? moved(key, view.bin, layerShown().counts.length) : undefined;
  if (bin !== undefined) moveBin(bin, weights);
  return bin !== undefined;
});
for (const each of [spectrogram, f0]) {
  onKey(each.canvas, () => moveTime(null, null, each), (key) => {
    const speech = view.value?.speech;
    if (!speech) return false;
    const middle = Math.floor(speech.frames / 2);
    const start = Math.floor(speech.frequencies.length / 4);
    if (each === spectrogram && (key === "ArrowUp" || key === "ArrowDown")) {
      const step = key === "ArrowUp" ? 1 : -1;
      const band = view.band === null ? start : Math.max(0, Math.min(speech.frequencies.length - 1, view.band + step));
      moveTime(view.frame ?? middle, band, each);
      return true;
    }
    const frame = moved(key, view.frame, speech.frames);
    if (frame !== undefined) moveTime(frame, each === spectrogram ? view.band ?? start : view.band, each);
    return frame !== undefined;
  });
}
select.addEventListener("change", () => {
  view.layer = select.value;
  view.bin = null;
  showWeights();
});
phonesButton.addEventListener("click", () => {
  view.phones = !view.phones;
  showSpeech();
});

// ---- values from the server
function readSpeech(speech) {
  view.levels = {};
  view.f0 = {};
  for (const name of ["predicted", "natural"]) {
    const given = speech?.[name];
    if (!given) {
      delete view.pictures[name];
      delete pictureTexts[name];
      continue;
    }
    view.levels[name] = bytesOf(given.levels);
    view.f0[name] = given.f0.split(",").map((cell) => (cell === "" ? NaN : Number(cell)));
    if (pictureTexts[name] !== given.levels) view.pictures[name] = pictureOf(view.levels[name], speech.frequencies.length);
    pictureTexts[name] = given.levels;
  }
}

function update() {
  const value = props.value || null;
  const layers = value?.layers || [];
  view.value = value && { ...value, layers };
  const names = layers.map((layer) => layer.name);
  if (names.join("\n") !== [...select.options].map((option) => option.value).join("\n")) {
    select.replaceChildren(...layers.map((layer) => make("option", { value: layer.name }, nameOf(layer))));
  }
  if (!names.includes(view.layer)) {
    view.layer = "";
    view.bin = null;
  }
  select.value = view.layer;
  readSpeech(value?.speech);
  if (!value?.speech) view.frame = view.band = null;
  empty.hidden = Boolean(value);
  panels.hidden = !value;
  about.hidden = !value;
  setText(about, value ? words("about", { label: value.label, step: value.step }) : "");
  setText(sentence, value?.sentence ? `“${value.sentence}”` : "");
  setText(note, value?.note || "");
  root.style.setProperty("--run", `var(--hear-run-${(Number(value?.colour) || 0) % 6})`);
  root.dataset.step = value ? value.step : "";
  showWeights();
  showSpeech();
  showLooks();
}
watch("value", update);
update();
