// The loss chart: curves on a canvas, read with a pointer or keys, and its legend. The value is
// { runs: GivenRun[], log: boolean }; settings.figure is where the server draws figures, if it does.

import { liveCanvas, themeOf } from "../shared/canvas.js";
import { tell } from "../shared/deeds.js";
import { freshId, make, setText } from "../shared/dom.js";
import { styled } from "../shared/styles.js";
import { wordsOf } from "../shared/words.js";
import { marksAt, marksInWords, nearestStep, neighbourStep, readRun, stepRange, valuesAt } from "./data.js";
import { drawLossChart } from "./draw.js";
import { flagSample, sketch } from "./elements.js";
import { factsOf, offBest } from "./facts.js";
import { legend } from "./legend.js";
import { save, Told } from "./save.js";
import { saveMenu } from "./save_menu.js";
import { inMode } from "./scales.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

const SUMMARY_MILLISECONDS = 5000;

/** @typedef {import("./data.js").GivenRun} GivenRun */
/** @typedef {import("./data.js").Run} Run */
/** @typedef {{ runs: GivenRun[], log?: boolean }} Value */
/** @typedef {{ box: import("./scales.js").Box, scales: import("./scales.js").Scales }} Layout */

/** @type {import("../shared/component.js").Component<Value>} */
export default {
  render({ element, value, words: given, settings: { figure } = {} }) {
    const words = wordsOf(WORDS, given);

    // ---- state: what is hidden, where the cursor stands
    const view = {
      runs: /** @type {Run[]} */ ([]),
      log: false,
      serverLog: false,
      trainingMode: false,
      hidden: /** @type {Set<string>} */ (new Set()),
      cursor: /** @type {number | null} */ (null),
      layout: /** @type {Layout | null} */ (null),
      value: /** @type {Value | null} */ (null),
    };
    const known = new Map(); // what has been read of each run, by id
    let redraws = 0;
    const shownRuns = () => inMode(view.runs, view.trainingMode).filter((run) => !view.hidden.has(run.id));

    // ---- page elements
    const axisButton = (/** @type {string} */ name) => {
      const button = make("button", { type: "button", class: "hear-axis", "aria-pressed": "false" }, words(name));
      button.addEventListener("click", () => {
        view.log = name === "log";
        refresh();
      });
      return button;
    };
    const [linear, log] = ["linear", "log"].map(axisButton);
    const hintId = freshId("hint");
    const canvas = make("canvas", {
      class: "hear-chart-canvas",
      role: "img",
      tabindex: "0",
      "aria-describedby": hintId,
    });
    const saving = saveMenu(words, ["png", "svg", "csv", ...(figure ? ["pdf"] : [])], saveAs);
    const problem = make("p", { class: "hear-problem", role: "alert" });
    const markedText = make("span");
    const marked = make("p", { class: "hear-marks hear-muted" }, flagSample(), markedText);
    const empty = make("div", { class: "hear-empty" }, sketch(), make("p", {}, words("empty")));
    const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
    const table = legend(words, (id) => {
      if (!view.hidden.delete(id)) view.hidden.add(id);
      refresh();
    });
    const mode = make("input", { type: "checkbox" });
    mode.addEventListener("change", () => {
      view.trainingMode = mode.checked;
      tell("switched", { what: "training_mode", on: mode.checked });
      refresh();
    });
    const whyText = make("p", { class: "hear-why hear-muted" }, words("why"));
    const why = make("div", {}, make("label", { class: "hear-mode" }, mode, words("trainingModeToo")), whyText);
    const root = make(
      "section",
      { class: "hear hear-chart", "aria-label": words("title") },
      make(
        "header",
        { class: "hear-chart-head" },
        make("h3", { class: "hear-title" }, words("title")),
        make("div", { class: "hear-axes", role: "group", "aria-label": words("axis") }, linear, log),
        saving.node,
      ),
      problem,
      make("div", { class: "hear-plot" }, canvas, empty),
      make("p", { class: "hear-spoken", id: hintId }, words("hint")),
      spoken,
      marked,
      table.node,
      why,
    );
    element.replaceChildren(root);

    const drawing = liveCanvas(canvas, (context, width, height) => {
      const runs = shownRuns();
      const model = { runs, log: view.log, cursor: view.cursor };
      view.layout = drawLossChart(context, width, height, model, themeOf(root), words);
      redraws += 1;
      root.dataset.redraws = String(redraws);
      root.dataset.drawnPoints = String(runs.reduce((sum, run) => sum + run.steps.length, 0));
      root.dataset.scale = view.layout.scales.logarithmic ? "log" : "linear";
    });

    // ---- showing
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
      refreshMarks();
      table.show(view.runs, view.hidden, view.cursor);
    }

    function refresh() {
      const blank = view.runs.length === 0;
      empty.hidden = !blank;
      for (const node of [canvas, table.node, saving.node, why]) node.hidden = blank;
      setText(whyText, words(view.trainingMode ? "whyInMode" : "why"));
      linear.setAttribute("aria-pressed", String(!view.log));
      log.setAttribute("aria-pressed", String(view.log));
      refreshTable();
      drawing.redraw();
    }

    // ---- the summary for screen readers: at the end of a run and at a change of strength at once, in between every
    // few seconds
    let summaryTime = -Infinity;
    let summaryTimer = 0;
    let statesSeen = "";

    /** A sentence on a run, and one on where its strength changed. */
    const withMarks = (/** @type {string} */ sentence, /** @type {Run["marks"]} */ marks) =>
      marks.length ? `${sentence} ${words("spokenMarks", { marks: marksInWords(marks, words) })}` : sentence;

    function summarise() {
      clearTimeout(summaryTimer);
      summaryTimer = 0;
      summaryTime = performance.now();
      const runs = view.runs.map((run) => {
        const values = { ...valuesAt(run, null), label: run.label, state: run.state ? words(run.state) : "" };
        return withMarks(words(run.steps.length ? "summary" : "pending", values), run.marks);
      });
      const count = runs.length === 1 ? words("oneRun") : words("manyRuns", { count: runs.length });
      const label = runs.length ? words("label", { count, runs: runs.join(" ") }) : words("none");
      canvas.setAttribute("aria-label", label);
      return label;
    }

    function summariseLater() {
      const states = view.runs.map((run) => `${run.id} ${run.state} ${run.marks.length}`).join("\n");
      const wait = summaryTime + SUMMARY_MILLISECONDS - performance.now();
      if (states !== statesSeen || wait <= 0) summarise();
      else if (!summaryTimer) summaryTimer = window.setTimeout(summarise, wait);
      statesSeen = states;
    }

    // ---- reading values: pointer and keys move a cursor over the steps of the shown runs
    function moveCursor(/** @type {number | null} */ step, /** @type {boolean} */ aloud) {
      if (step === view.cursor) return;
      view.cursor = step;
      if (step === null) delete root.dataset.cursor;
      else root.dataset.cursor = String(step);
      if (step !== null) tell("read", { step, off_best: offBest(shownRuns(), step) });
      refreshTable();
      drawing.redraw();
      if (aloud) setText(spoken, step === null ? "" : spokenValues(step));
    }

    function spokenValues(/** @type {number} */ step) {
      const shown = shownRuns();
      const here = marksAt(shown, step);
      const sentences = shown.map((run) => {
        const marks = here.filter(([other]) => other === run).map(([, mark]) => mark);
        return withMarks(words("spoken", { label: run.label, ...valuesAt(run, step) }), marks);
      });
      return `${words("at", { step })}. ${sentences.join(" ")}`;
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
      /** @type {Record<string, () => number | null>} */
      const moves = {
        // a tenth is never less than one step
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
    async function saveAs(/** @type {string} */ kind) {
      setText(problem, "");
      if (kind === "pdf") setText(spoken, words("making"));
      try {
        const chart = { runs: view.runs, shown: shownRuns(), log: view.log, description: summarise() };
        setText(spoken, words("saved", { name: await save(kind, chart, root, words, figure) }));
      } catch (error) {
        setText(problem, error instanceof Told ? error.message : words("failedSave"));
      }
    }

    // ---- values
    /** @type {Map<string, string>} */
    const told = new Map(); // rows of points by the run's id, sent between two values: see run_status

    /** A run with the rows that were sent last, with its value or after it. */
    function latest(/** @type {GivenRun} */ run) {
      const points = told.get(String(run.id)) || "";
      return points.length > (run.points || "").length ? { ...run, points } : run;
    }

    function update(/** @type {Value | null} */ changed) {
      view.value = changed;
      const runs = changed?.runs || [];
      view.runs = runs.map((run) => readRun(known, latest(run)));
      tell("charted", { runs: view.runs.map((run, index) => factsOf(runs[index], run)) });
      const ids = new Set(view.runs.map((run) => run.id));
      for (const id of known.keys()) {
        if (ids.has(id)) continue;
        known.delete(id);
        told.delete(id);
        table.forget(id);
        view.hidden.delete(id);
      }
      const serverLog = Boolean(changed?.log);
      if (serverLog !== view.serverLog) view.log = view.serverLog = serverLog; // its wish counts when it changes
      if (!view.runs.length) view.cursor = null;
      refresh();
      summariseLater();
    }

    function takePoints(/** @type {Event} */ event) {
      const { run, points } = /** @type {CustomEvent<{ run: string, points: string }>} */ (event).detail;
      if (points.length <= (told.get(run) || "").length) return; // older than what was told
      told.set(run, points);
      if (known.has(run)) update(view.value);
    }
    window.addEventListener("hear-points", takePoints);

    update(value);
    return {
      update,
      destroy() {
        window.removeEventListener("hear-points", takePoints);
        clearTimeout(summaryTimer);
        drawing.destroy();
        saving.destroy();
      },
    };
  },
};
