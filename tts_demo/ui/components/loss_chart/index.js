// The loss chart's page elements and read-out. Runs as `js_on_load` of loss_chart.LossChart, after common.js and the
// other files of the chart; `element`, `props` and `watch` come from gradio.

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
  latestRecorded: "Recorded runs, last values",
  at: "At update {step}",
  bestAt: "{value} at {step}",
  table: "Losses of each run",
  show: "Show or hide {label}",
  label: "Loss chart, {count}. {runs}",
  oneRun: "1 run",
  manyRuns: "{count} runs",
  changed: "strength changed",
  mark: "{text} from update {step}",
  marked: "{label}: {mark}",
  manyMarks: "{count} changes, the last: {last}",
  spokenMarks: "Strength changed: {marks}.",
  save: "Save",
  png: "PNG picture",
  svg: "SVG drawing",
  csv: "CSV table",
  file: "hear-overfitting-loss",
  saved: "Saved: {name}",
  failedSave: "Your browser could not make this file. Try another kind, or hide some runs.",
  figure: "Training and validation loss",
  legend: "training {training}, validation {validation}, gap {gap}, best {best} at {bestStep}",
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
const words = wordsOf(WORDS, CHART_WORDS);

// ---- page elements
const lineSample = (dashed) => make("svg", { class: "hear-sample", viewBox: "0 0 26 8", "aria-hidden": "true" },
  make("line", { x1: 1, y1: 4, x2: 25, y2: 4, "stroke-dasharray": dashed ? "6 4" : null }));
const gapSample = () => make("svg", { class: "hear-sample", viewBox: "0 0 26 8", "aria-hidden": "true" },
  make("rect", { x: 1, y: 0, width: 24, height: 8, rx: 2 }));
const bestSample = () => make("svg", { class: "hear-sample hear-sample-best", viewBox: "0 0 12 12", "aria-hidden": "true" },
  make("circle", { cx: 6, cy: 6, r: 4.5 }), make("circle", { cx: 6, cy: 6, r: 1 }));

const flagSample = () => make("svg", { class: "hear-flag", viewBox: "0 0 10 14", "aria-hidden": "true" },
  make("path", { d: "M1.5 13V1L9 4.5L1.5 8" }));

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
// A disclosure, not a menu: its three buttons are reached with the tab key, as everything else on the page.
const saveButtons = ["png", "svg", "csv"].map((kind) => {
  const button = make("button", { type: "button" }, words(kind));
  button.addEventListener("click", () => save(kind));
  return button;
});
const saveHandle = make("summary", {}, words("save"));
const saving = make("details", { class: "hear-save" }, saveHandle, make("div", { class: "hear-save-kinds" }, ...saveButtons));
const problem = make("p", { class: "hear-problem", role: "alert" });
const marked = make("p", { class: "hear-marks hear-muted" }, flagSample());
const markedText = make("span");
marked.append(markedText);
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
    make("div", { class: "hear-axes", role: "group", "aria-label": words("axis") }, axisButtons.linear, axisButtons.log),
    saving),
  problem,
  make("div", { class: "hear-plot" }, canvas, empty),
  make("p", { class: "hear-spoken", id: hintId }, words("hint")),
  spoken, marked, table);
element.replaceChildren(root);

// ---- state of the view: what is hidden, where the cursor stands
const view = { runs: [], log: false, serverLog: false, hidden: new Set(), cursor: null, layout: null };
const rows = new Map();
const known = new Map(); // what has been read of each run, by id
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

function captionText() {
  if (view.cursor !== null) return words("at", { step: view.cursor });
  const shown = shownRuns();
  return words(shown.length && shown.every((run) => run.state === "recorded") ? "latestRecorded" : "latest");
}

/** The line that reads flags out: those at the cursor, or without one, what a flag stands for. */
function refreshMarks() {
  const shown = shownRuns();
  marked.hidden = !shown.some((run) => run.marks.length);
  if (marked.hidden) return;
  const here = view.cursor === null ? [] : marksAt(shown, view.cursor);
  const texts = here.map(([run, mark]) => words("marked", { label: run.label, mark: words("mark", mark) }));
  setText(markedText, texts.join("; ") || words("changed"));
  marked.classList.toggle("hear-muted", !texts.length);
}

function refreshTable() {
  setText(caption, captionText());
  refreshMarks();
  const nodes = view.runs.map((run) => {
    const row = rowOf(run);
    const values = valuesAt(run, view.cursor);
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
  saving.hidden = blank;
  axisButtons.linear.setAttribute("aria-pressed", String(!view.log));
  axisButtons.log.setAttribute("aria-pressed", String(view.log));
  refreshTable();
  dirty();
}

// ---- the summary for screen readers: at the end of a run and at a change of strength at once, in between every few seconds
let summaryTime = -Infinity;
let summaryTimer = 0;
let statesSeen = "";

function summarise() {
  clearTimeout(summaryTimer);
  summaryTimer = 0;
  summaryTime = performance.now();
  const runs = view.runs.map((run) => {
    const values = { ...valuesAt(run, null), label: run.label, state: run.state ? words(run.state) : "" };
    const sentence = words(run.steps.length ? "summary" : "pending", values);
    return run.marks.length ? `${sentence} ${words("spokenMarks", { marks: marksInWords(run.marks, words) })}` : sentence;
  });
  const count = runs.length === 1 ? words("oneRun") : words("manyRuns", { count: runs.length });
  canvas.setAttribute("aria-label", runs.length ? words("label", { count, runs: runs.join(" ") }) : words("none"));
}

function summariseLater() {
  const states = view.runs.map((run) => `${run.id} ${run.state} ${run.marks.length}`).join("\n");
  const wait = summaryTime + SUMMARY_MILLISECONDS - performance.now();
  if (states !== statesSeen || wait <= 0) summarise();
  else if (!summaryTimer) summaryTimer = setTimeout(summarise, wait);
  statesSeen = states;
}

// ---- reading values: pointer and keys move a cursor over the steps of the shown runs
function moveCursor(step, aloud) {
  if (step === view.cursor) return;
  view.cursor = step;
  if (step === null) delete root.dataset.cursor;
  else root.dataset.cursor = step;
  refreshTable();
  dirty();
  if (aloud) {
    setText(spoken, step === null ? "" : spokenValues(step));
  }
}

function spokenValues(step) {
  const shown = shownRuns();
  const here = marksAt(shown, step);
  const ofRun = (run) => here.filter(([other]) => other === run).map(([, mark]) => mark);
  return `${words("at", { step })}. ` + shown.map((run) => {
    const sentence = words("spoken", { label: run.label, ...valuesAt(run, step) });
    const marks = ofRun(run);
    return marks.length ? `${sentence} ${words("spokenMarks", { marks: marksInWords(marks, words) })}` : sentence;
  }).join(" ");
}

canvas.addEventListener("pointermove", (event) => {
  const shown = shownRuns();
  if (!stepRange(shown) || !view.layout) return;
  const { box, scales } = view.layout;
  moveCursor(nearestStep(shown, ((event.offsetX - box.left) / box.width) * scales.lastStep), false);
});
canvas.addEventListener("pointerleave", () => moveCursor(null, false));
canvas.addEventListener("blur", () => moveCursor(null, true));
canvas.addEventListener("keydown", (event) => {
  const shown = shownRuns();
  const range = stepRange(shown);
  if (!range || event.ctrlKey || event.metaKey || event.altKey) return;
  const [first, last] = range;
  const at = view.cursor;
  const tenth = (last - first) / 10;
  const moves = { // a tenth is never less than one step
    ArrowLeft: () => (at === null ? last : neighbourStep(shown, at, -1)),
    ArrowRight: () => (at === null ? first : neighbourStep(shown, at, 1)),
    PageDown: () => (at === null ? last : Math.min(neighbourStep(shown, at, -1), nearestStep(shown, at - tenth))),
    PageUp: () => (at === null ? first : Math.max(neighbourStep(shown, at, 1), nearestStep(shown, at + tenth))),
    Home: () => first,
    End: () => last,
    Escape: () => null,
  };
  if (!Object.hasOwn(moves, event.key)) return;
  moveCursor(moves[event.key](), true);
  event.preventDefault();
});

// ---- files
async function save(kind) {
  const name = `${words("file")}.${kind}`;
  closeSaving(true);
  setText(problem, "");
  try {
    const model = { runs: shownRuns(), log: view.log, cursor: null };
    if (kind === "csv") saveFile(new Blob([lossTable(view.runs)], { type: "text/csv;charset=utf-8" }), name);
    else if (kind === "png") saveFile(await figurePng(model, themeOf(root), words), name);
    else {
      summarise(); // an SVG carries the summary of this moment
      const text = figureSvg(model, themeOf(root), words, canvas.getAttribute("aria-label"));
      saveFile(new Blob([text], { type: "image/svg+xml" }), name);
    }
    setText(spoken, words("saved", { name }));
  } catch {
    setText(problem, words("failedSave"));
  }
}

function closeSaving(focus) {
  if (focus && saving.contains(document.activeElement)) saveHandle.focus();
  saving.open = false;
}

function closeFromOutside(event) {
  if (!saving.contains(event.target)) closeSaving(false);
}

saving.addEventListener("toggle", () => {
  if (saving.open) document.addEventListener("pointerdown", closeFromOutside);
  else document.removeEventListener("pointerdown", closeFromOutside);
});
saving.addEventListener("focusout", (event) => {
  if (event.relatedTarget && !saving.contains(event.relatedTarget)) closeSaving(false);
});
saving.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && saving.open) {
    closeSaving(true);
    event.stopPropagation();
  }
});

// ---- values from the server
const told = new Map(); // rows of points by the run's id, sent between two values: see run_status.js

/** A run with the rows that were sent last, with its value or after it. */
function latest(run) {
  const points = told.get(String(run.id)) || "";
  return points.length > (run.points || "").length ? { ...run, points } : run;
}

function update() {
  const value = props.value || {};
  view.runs = (value.runs || []).map((run) => readRun(known, latest(run)));
  const ids = new Set(view.runs.map((run) => run.id));
  for (const id of known.keys()) {
    if (ids.has(id)) continue;
    known.delete(id);
    told.delete(id);
    rows.delete(id);
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
window.addEventListener("hear-points", ({ detail }) => {
  if (detail.points.length <= (told.get(detail.run) || "").length) return; // older than what was told
  told.set(detail.run, detail.points);
  if (known.has(detail.run)) update();
});
update();
