// The table below the curves: a row for each run with its losses, which is its legend too.

import { make, setText } from "../shared/dom.js";
import { valuesAt } from "./data.js";
import { bestSample, gapSample, lineSample } from "./elements.js";

/** @typedef {import("./data.js").Run} Run */
/**
 * @typedef {object} Row
 * @property {HTMLElement} node
 * @property {HTMLElement} name
 * @property {HTMLElement} state
 * @property {HTMLButtonElement} toggle
 * @property {HTMLElement[]} cells
 */

/**
 * The table. Its roles are a table's own; written out, they outlive the grid that the table becomes on a phone.
 *
 * @param {import("../shared/words.js").Words} words
 * @param {(id: string) => void} onToggle - a person shows or hides a run
 */
export function legend(words, onToggle) {
  const caption = make("span", { class: "hear-when hear-number" });
  const heading = (/** @type {(Node | string)[]} */ ...children) =>
    make("th", { scope: "col", role: "columnheader" }, ...children);
  const body = make("tbody", { role: "rowgroup" });
  const head = make(
    "tr",
    { role: "row" },
    heading(make("span", { class: "hear-spoken" }, words("run")), caption),
    heading(words("training"), lineSample(false)),
    heading(words("validation"), lineSample(true)),
    make("th", { scope: "col", role: "columnheader", class: "hear-gap" }, words("gap"), gapSample()),
    heading(words("best"), bestSample()),
  );
  const node = make(
    "table",
    { class: "hear-runs", role: "table", "aria-label": words("table") },
    make("thead", { role: "rowgroup" }, head),
    body,
  );
  /** @type {Map<string, Row>} */
  const rows = new Map();

  function rowOf(/** @type {Run} */ run) {
    const known = rows.get(run.id);
    if (known) return known;
    const name = make("span", { class: "hear-run-name" });
    const state = make("span", { class: "hear-run-state hear-muted" });
    const toggle = make(
      "button",
      { type: "button", class: "hear-run", "aria-pressed": "true" },
      make("span", { class: "hear-swatch", "aria-hidden": "true" }),
      make("span", {}, name, state),
    );
    toggle.addEventListener("click", () => onToggle(run.id));
    const kinds = ["training", "validation", "gap", "best"];
    const cells = kinds.map((kind) => make("td", { role: "cell", class: `hear-number hear-${kind}` }));
    const row = make("tr", { role: "row" }, make("th", { scope: "row", role: "rowheader" }, toggle), ...cells);
    const made = { node: row, name, state, toggle, cells };
    rows.set(run.id, made);
    return made;
  }

  /**
   * @param {Run[]} runs
   * @param {Set<string>} hidden - ids of runs that are not drawn
   * @param {number | null} cursor - the step whose losses are shown; the latest ones where it is null
   */
  function show(runs, hidden, cursor) {
    const shown = runs.filter((run) => !hidden.has(run.id));
    const recorded = shown.length > 0 && shown.every((run) => run.state === "recorded");
    setText(caption, cursor === null ? words(recorded ? "latestRecorded" : "latest") : words("at", { step: cursor }));
    const nodes = runs.map((run) => {
      const row = rowOf(run);
      const values = valuesAt(run, cursor);
      setText(row.name, run.label);
      setText(row.state, run.state ? words(run.state) : "");
      row.toggle.setAttribute("aria-pressed", String(!hidden.has(run.id)));
      row.toggle.title = words("show", { label: run.label });
      row.node.style.setProperty("--run", `var(--hear-run-${run.colour % 6})`);
      const best = run.best < 0 ? "–" : words("bestAt", { value: values.best, step: values.bestStep });
      const texts = [values.training, values.validation, values.gap, best];
      for (const [index, text] of texts.entries()) setText(row.cells[index], text);
      return row.node;
    });
    const inPlace = nodes.length === body.children.length && nodes.every((row, index) => row === body.children[index]);
    if (!inPlace) body.replaceChildren(...nodes);
  }

  return { node, show, forget: (/** @type {string} */ id) => rows.delete(id) };
}
