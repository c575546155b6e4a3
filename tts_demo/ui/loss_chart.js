// The loss chart's data, page elements and read-out. Runs as `js_on_load` of loss_chart.LossChart, after common.js
// and loss_chart_draw.js; `element`, `props` and `watch` come from gradio.

const CHART_WORDS = {
  title: "Loss",
  loss: "loss",
  updates: "updates",
  axis: "Loss axis",
  linear: "Linear",
  log: "Log",
  empty: "The loss will be drawn here, point by point, once a network trains: a solid line for speech it trains on, "
    + "a dashed line for speech it has never met. Where they part, it is learning by heart.",
  hint: "Point at the curves, or focus the chart and press the left and right arrow keys, to read values.",
  run: "Run",
  training: "training",
  validation: "validation",
  gap: "gap",
  best: "best validation",
  latest: "Latest values",
  at: "At update {step}",
  bestAt: "{value} at {step}",
  table: "Losses of each run",
  show: "Show or hide {label}",
  label: "Loss chart, {count}. {runs}",
  oneRun: "1 run",
  manyRuns: "{count} runs",
  none: "Loss chart, empty: nothing has been trained yet.",
  summary: "{label}, {state}: after {step} updates training loss {training}, validation loss {validation}; "
    + "best validation loss {best} at update {bestStep}.",
  pending: "{label}, {state}: no loss yet.",
  spoken: "{label}: training {training}, validation {validation}.",
  running: "training now",
  completed: "completed",
  early_stopped: "stopped early",
  target_reached: "target reached",
  time_limit: "time limit reached",
  stopped: "stopped",
  abandoned: "abandoned",
  diverged: "diverged",
  failed: "failed",
  queued: "waiting",
  recorded: "recorded",
};
const SUMMARY_MILLISECONDS = 5000;

installStyles(STYLES);
const words = wordsOf(props.words, CHART_WORDS);

// ---- data: each run's numbers are parsed once; only what was appended since is read again
const parsed = new Map();

function readRows(key, text, width) {
  let seen = parsed.get(key);
  if (!seen || !text.startsWith(seen.text)) seen = { text: "", columns: Array.from({ length: width }, () => []) };
  for (const row of text.slice(seen.text.length).split(";")) {
    if (!row) continue;
    row.split(",").forEach((cell, index) => seen.columns[index].push(cell === "" ? NaN : Number(cell)));
  }
  seen.text = text;
  parsed.set(key, seen);
  return seen.columns;
}

function readRun(run) {
  const [steps, training, validation] = readRows(`${run.id} points`, run.points || "", 3);
  const [batchSteps, batchLoss] = readRows(`${run.id} batch`, run.batch || "", 2);
  let best = -1;
  validation.forEach((value, index) => {
    if (Number.isFinite(value) && (best < 0 || value < validation[best])) best = index;
  });
  return {
    id: String(run.id), label: String(run.label), colour: Number(run.colour) || 0, state: String(run.state || ""),
    updates: Number(run.updates) || 0, steps, training, validation, batchSteps, batchLoss, best,
  };
}

// ---- page elements
const lineSample = (dashed) => make("svg", { class: "hear-sample", viewBox: "0 0 26 8", "aria-hidden": "true" },
  make("line", { x1: 1, y1: 4, x2: 25, y2: 4, "stroke-dasharray": dashed ? "6 4" : null }));
const gapSample = () => make("svg", { class: "hear-sample", viewBox: "0 0 26 8", "aria-hidden": "true" },
  make("rect", { x: 1, y: 0, width: 24, height: 8, rx: 2 }));
const bestSample = () => make("svg", { class: "hear-sample hear-sample-best", viewBox: "0 0 12 12", "aria-hidden": "true" },
  make("circle", { cx: 6, cy: 6, r: 4.5 }), make("circle", { cx: 6, cy: 6, r: 1 }));

const axisButtons = {};
for (const name of ["linear", "log"]) {
  axisButtons[name] = make("button", { type: "button", class: "hear-axis", "aria-pressed": "false" }, words(name));
  axisButtons[name].addEventListener("click", () => {
    view.log = name === "log";
    refresh();
  });
}
const hintId = `hear-hint-${Math.random().toString(36).slice(2)}`;
const canvas = make("canvas", { class: "hear-chart-canvas", role: "img", tabindex: "0", "aria-describedby": hintId });
// What the curves will look like, for someone who has never seen a pair part. Not data: no axis has a number.
const sketch = make("svg", { class: "hear-sketch", viewBox: "0 0 260 110", "aria-hidden": "true" },
  make("path", { class: "hear-sketch-axis", d: "M6 4v98h248" }),
  make("path", { class: "hear-sketch-gap", d: "M14 12C44 70 80 78 250 90V44C90 74 50 66 14 8z" }),
  make("path", { d: "M14 12C44 70 80 78 250 90" }),
  make("path", { d: "M14 8C50 66 90 74 250 44", "stroke-dasharray": "8 7" }));
const empty = make("div", { class: "hear-empty" }, sketch, make("p", {}, words("empty")));
const caption = make("span", { class: "hear-when hear-number" });
// The roles are a table's own; written out, they outlive the grid that the table becomes on a phone.
const heading = (...children) => make("th", { scope: "col", role: "columnheader" }, ...children);
const tableBody = make("tbody", { role: "rowgroup" });
const table = make("table", { class: "hear-runs", role: "table", "aria-label": words("table") },
  make("thead", { role: "rowgroup" }, make("tr", { role: "row" },
    heading(make("span", { class: "hear-spoken" }, words("run")), caption),
    heading(words("training"), lineSample(false)),
    heading(words("validation"), lineSample(true)),
    make("th", { scope: "col", role: "columnheader", class: "hear-gap" }, words("gap"), gapSample()),
    heading(words("best"), bestSample()))),
  tableBody);
const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
const root = make("section", { class: "hear hear-chart", "aria-label": words("title") },
  make("header", { class: "hear-chart-head" },
    make("h3", { class: "hear-title" }, words("title")),
    make("div", { class: "hear-axes", role: "group", "aria-label": words("axis") }, axisButtons.linear, axisButtons.log)),
  make("div", { class: "hear-plot" }, canvas, empty),
  make("p", { class: "hear-spoken", id: hintId }, words("hint")),
  spoken, table);
element.replaceChildren(root);

// ---- state of the view: what is hidden, where the cursor stands
const view = { runs: [], log: false, serverLog: false, hidden: new Set(), cursor: null, layout: null };
const rows = new Map();
let redraws = 0;
const shownRuns = () => view.runs.filter((run) => !view.hidden.has(run.id));

const dirty = liveCanvas(canvas, (context, width, height) => {
  const runs = shownRuns();
  const model = { runs, log: view.log, cursor: view.cursor };
  view.layout = drawLossChart(context, width, height, model, themeOf(root), words);
  redraws += 1;
  root.dataset.redraws = redraws;
  root.dataset.drawnPoints = runs.reduce((sum, run) => sum + run.steps.length, 0);
  root.dataset.scale = view.layout.scales.logarithmic ? "log" : "linear";
});

function rowOf(run) {
  let row = rows.get(run.id);
  if (row) return row;
  const name = make("span", { class: "hear-run-name" });
  const state = make("span", { class: "hear-run-state hear-muted" });
  const toggle = make("button", { type: "button", class: "hear-run", "aria-pressed": "true" },
    make("span", { class: "hear-swatch", "aria-hidden": "true" }), make("span", {}, name, state));
  toggle.addEventListener("click", () => {
    if (!view.hidden.delete(run.id)) view.hidden.add(run.id);
    refresh();
  });
  const cells = ["training", "validation", "gap", "best"].map((kind) => make("td", { role: "cell", class: `hear-number hear-${kind}` }));
  row = { node: make("tr", { role: "row" }, make("th", { scope: "row", role: "rowheader" }, toggle), ...cells), name, state, toggle, cells };
  rows.set(run.id, row);
  return row;
}

/** Losses of a run at the cursor, or its latest, as texts. */
function valuesOf(run) {
  const index = view.cursor === null ? run.steps.length - 1 : pointAt(run, view.cursor);
  const text = (value) => formatNumber(value, 0.001);
  const training = index < 0 ? NaN : run.training[index];
  const validation = index < 0 ? NaN : run.validation[index];
  const gap = validation - training;
  return {
    step: run.steps[index], training: text(training), validation: text(validation),
    gap: Number.isFinite(gap) ? (gap < 0 ? "−" : "+") + text(Math.abs(gap)) : "–",
    best: run.best < 0 ? "–" : text(run.validation[run.best]), bestStep: run.steps[run.best],
  };
}

function refreshTable() {
  setText(caption, view.cursor === null ? words("latest") : words("at", { step: view.cursor }));
  const nodes = view.runs.map((run) => {
    const row = rowOf(run);
    const values = valuesOf(run);
    const shown = !view.hidden.has(run.id);
    setText(row.name, run.label);
    setText(row.state, run.state ? words(run.state) : "");
    row.toggle.setAttribute("aria-pressed", String(shown));
    row.toggle.title = words("show", { label: run.label });
    row.node.style.setProperty("--run", `var(--hear-run-${run.colour % 6})`);
    setText(row.cells[0], values.training);
    setText(row.cells[1], values.validation);
    setText(row.cells[2], values.gap);
    setText(row.cells[3], run.best < 0 ? "–" : words("bestAt", { value: values.best, step: values.bestStep }));
    return row.node;
  });
  if (nodes.length !== tableBody.children.length || nodes.some((node, index) => node !== tableBody.children[index])) {
    tableBody.replaceChildren(...nodes);
  }
}

function refresh() {
  const blank = view.runs.length === 0;
  empty.hidden = !blank;
  canvas.hidden = blank;
  table.hidden = blank;
  axisButtons.linear.setAttribute("aria-pressed", String(!view.log));
  axisButtons.log.setAttribute("aria-pressed", String(view.log));
  refreshTable();
  dirty();
}

// ---- the summary for screen readers: at the end of a run at once, in between every few seconds
let summaryTime = -Infinity;
let summaryTimer = 0;
let statesSeen = "";

function summarise() {
  clearTimeout(summaryTimer);
  summaryTimer = 0;
  summaryTime = performance.now();
  const runs = view.runs.map((run) => {
    const index = run.steps.length - 1;
    const values = { label: run.label, state: run.state ? words(run.state) : "" };
    if (index < 0) return words("pending", values);
    const [training, validation] = [run.training[index], run.validation[index]].map((value) => formatNumber(value, 0.001));
    const best = run.best < 0 ? { best: "–", bestStep: "–" }
      : { best: formatNumber(run.validation[run.best], 0.001), bestStep: run.steps[run.best] };
    return words("summary", { ...values, step: run.steps[index], training, validation, ...best });
  });
  const count = runs.length === 1 ? words("oneRun") : words("manyRuns", { count: runs.length });
  canvas.setAttribute("aria-label", runs.length ? words("label", { count, runs: runs.join(" ") }) : words("none"));
}

function summariseLater() {
  const states = view.runs.map((run) => `${run.id} ${run.state}`).join("\n");
  const wait = summaryTime + SUMMARY_MILLISECONDS - performance.now();
  if (states !== statesSeen || wait <= 0) summarise();
  else if (!summaryTimer) summaryTimer = setTimeout(summarise, wait);
  statesSeen = states;
}

// ---- reading values: pointer and keys move a cursor over the steps of the shown runs
function stepsShown() {
  return [...new Set(shownRuns().flatMap((run) => run.steps))].sort((a, b) => a - b);
}

function moveCursor(step, aloud) {
  if (step === view.cursor) return;
  view.cursor = step;
  if (step === null) delete root.dataset.cursor;
  else root.dataset.cursor = step;
  refreshTable();
  dirty();
  if (aloud) {
    setText(spoken, step === null ? "" : `${words("at", { step })}. ` + shownRuns()
      .map((run) => words("spoken", { label: run.label, ...valuesOf(run) })).join(" "));
  }
}

function nearest(steps, step) {
  return steps.reduce((best, each) => (Math.abs(each - step) < Math.abs(best - step) ? each : best), steps[0]);
}

canvas.addEventListener("pointermove", (event) => {
  const steps = stepsShown();
  if (!steps.length || !view.layout) return;
  const { box, scales } = view.layout;
  moveCursor(nearest(steps, ((event.offsetX - box.left) / box.width) * scales.lastStep), false);
});
canvas.addEventListener("pointerleave", () => moveCursor(null, false));
canvas.addEventListener("blur", () => moveCursor(null, true));
canvas.addEventListener("keydown", (event) => {
  const steps = stepsShown();
  if (!steps.length || event.ctrlKey || event.metaKey || event.altKey) return;
  const last = steps.length - 1;
  const at = view.cursor === null ? -1 : steps.indexOf(nearest(steps, view.cursor));
  const moves = {
    ArrowLeft: at < 0 ? last : at - 1, ArrowRight: at < 0 ? 0 : at + 1,
    PageDown: at - Math.ceil(last / 10), PageUp: at + Math.ceil(last / 10), Home: 0, End: last,
  };
  if (event.key === "Escape") moveCursor(null, true);
  else if (event.key in moves) moveCursor(steps[Math.max(0, Math.min(last, moves[event.key]))], true);
  else return;
  event.preventDefault();
});

// ---- values from the server
function update() {
  const value = props.value || {};
  view.runs = (value.runs || []).map(readRun);
  const ids = new Set(view.runs.map((run) => run.id));
  for (const id of rows.keys()) {
    if (ids.has(id)) continue;
    rows.delete(id);
    parsed.delete(`${id} points`);
    parsed.delete(`${id} batch`);
    view.hidden.delete(id);
  }
  if (Boolean(value.log) !== view.serverLog) { // the server's wish counts when it changes, else the person's
    view.serverLog = Boolean(value.log);
    view.log = view.serverLog;
  }
  if (!view.runs.length) view.cursor = null;
  refresh();
  summariseLater();
}
watch("value", update);
update();
