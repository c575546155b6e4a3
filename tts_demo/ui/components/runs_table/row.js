// One run of the runs table: its row of page elements, which lives as long as the run is listed.

import { linkCopier } from "../shared/copy_link.js";
import { make, setText } from "../shared/dom.js";
import { figureTexts, nameOfRun } from "./figures.js";
import { nameField } from "./name_field.js";

const PATIENCE = 10000; // ms until what was asked for counts as not done

/** @typedef {import("../shared/words.js").Words} Words */
/** @typedef {import("./figures.js").Run} Run */
/** @typedef {ReturnType<typeof runRow>} Row */

/**
 * @typedef {object} Asks
 * @property {(action: string, text?: string) => void} act - tells the server
 * @property {(text: string) => void} say - for a screen reader
 * @property {(query: string) => string} address - a link with these settings
 */

/**
 * A row.
 *
 * @param {Run} first - the run as it is now
 * @param {Words} words
 * @param {number} longest - characters of a name
 * @param {Asks} on
 */
export function runRow(first, words, longest, on) {
  const texts = figureTexts(words);
  const state = { run: first, name: /** @type {string | null} */ (null), was: "", timer: 0, leaving: 0 };
  const label = () => state.name ?? nameOfRun(state.run);

  function button(/** @type {string} */ key, /** @type {string} */ kind, /** @type {() => void} */ act) {
    const made = make("button", { type: "button", class: `hear-table-button hear-table-${kind}` }, words(key));
    made.addEventListener("click", act);
    return made;
  }

  // ---- the name
  const naming = nameField(words, longest, { shown: label, own: () => state.name ?? state.run.label }, (text) => {
    state.name = text; // shown at once, until the server has its word
    state.was = state.run.label;
    clearTimeout(state.timer);
    state.timer = window.setTimeout(forgetName, PATIENCE);
    on.act("rename", text);
    on.say(words("renamed", { label: text }));
    showName();
  });
  const settings = make("span", { class: "hear-table-settings hear-muted" });
  const progress = make("span", { class: "hear-table-state" });

  function forgetName() {
    clearTimeout(state.timer);
    state.name = null;
    showName();
  }

  // ---- the figures; their labels show on cards only
  const cells = Object.keys(texts).map((key) => {
    const figure = make("span", { class: "hear-number" });
    const cell = make(
      "td",
      { role: "cell", class: `hear-table-figure hear-table-${key}` },
      make("span", { class: "hear-table-of hear-muted" }, words(key)),
      figure,
    );
    return { key, cell, figure };
  });

  // ---- what can be done
  const reuse = button("reuse", "reuse", () => {
    on.act("reuse");
    on.say(words("reused", { label: label() }));
  });
  const link = linkCopier(
    words,
    "hear-table",
    () => on.address(state.run.query),
    on.say,
    label,
    () => showName(),
  );
  const download = button("download", "download", () => {
    on.act("download");
    on.say(words("downloading", { label: label() }));
  });
  const notebook = button("notebook", "notebook", () => {
    on.act("notebook");
    on.say(words("notebookMaking", { label: label() }));
  });
  const remove = button("remove", "remove", () => ask(true));
  const buttons = make("div", { class: "hear-table-buttons" }, reuse, link.button, download, notebook, remove);
  const keep = button("keep", "keep", () => ask(false));
  const confirm = button("remove", "danger", () => {
    on.act("delete");
    ask(false);
    leave(true);
  });
  const question = make(
    "div",
    { class: "hear-table-ask", role: "group", "aria-label": words("removeAsk"), hidden: true },
    make("p", {}, words("removeAsk")),
    make("div", { class: "hear-table-row" }, keep, confirm),
  );
  const about = make("div", { class: "hear-table-about" }, naming.named, naming.form, settings, progress);
  const swatch = make("span", { class: "hear-table-swatch", "aria-hidden": "true" });
  const node = make(
    "tr",
    { role: "row", class: "hear-table-run" },
    make("th", { scope: "row", role: "rowheader" }, make("div", { class: "hear-table-head" }, swatch, about)),
    ...cells.map(({ cell }) => cell),
    make("td", { role: "cell", class: "hear-table-actions" }, buttons, question, link.place),
  );

  function showName() {
    naming.show();
    const called = (/** @type {Element} */ one, /** @type {string} */ action) =>
      one.setAttribute("aria-label", words("ofRun", { action, label: label() }));
    called(naming.rename, words("rename"));
    called(reuse, words("reuse"));
    called(download, words("download"));
    called(notebook, words("notebook"));
    for (const one of [remove, confirm]) called(one, words("remove"));
    called(keep, words("keep"));
    called(link.button, link.button.textContent ?? ""); // it is called as it reads
  }

  // ---- deleting
  function ask(/** @type {boolean} */ open) {
    const inside = question.contains(document.activeElement);
    question.hidden = !open;
    buttons.hidden = open;
    if (open) keep.focus();
    else if (inside) remove.focus();
  }

  function leave(/** @type {boolean} */ going) {
    clearTimeout(state.leaving);
    state.leaving = going ? window.setTimeout(() => leave(false), PATIENCE) : 0;
    node.classList.toggle("hear-table-leaving", going);
    showState();
  }

  function showState() {
    setText(progress, state.leaving ? words("removing") : words(state.run.state));
    progress.classList.toggle("hear-table-going", state.run.state === "running");
  }

  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return; // an input method's own Escape leaves the field open
    const within = (/** @type {Element} */ one) => event.target instanceof Node && one.contains(event.target);
    if (within(naming.form)) naming.close();
    else if (within(question)) ask(false);
    else if (within(link.place)) link.close();
    else return;
    event.stopPropagation();
  });

  function show(/** @type {Run} */ run) {
    state.run = run;
    if (state.name !== null && run.label !== state.was) forgetName();
    node.style.setProperty("--run", `var(--hear-run-${run.colour % 6})`);
    setText(settings, run.settings);
    settings.hidden = !run.settings;
    for (const { key, figure } of cells) {
      const value = run.figures[key];
      setText(figure, value === null ? words("none") : texts[key](value));
    }
    naming.rename.hidden = run.recorded || run.state === "lost";
    remove.hidden = run.recorded;
    if (run.recorded && !naming.form.hidden) naming.close();
    if (run.recorded && !question.hidden) ask(false);
    link.button.hidden = !run.query;
    for (const one of [download, notebook]) one.disabled = ["queued", "running", "lost"].includes(run.state);
    showName();
    showState();
  }

  show(first);
  return {
    node,
    label,
    show,
    focus: () => /** @type {HTMLElement | null} */ (buttons.querySelector("button:not([hidden], :disabled)"))?.focus(),
    /** Ends what the server has not confirmed: it has refused something. */
    settle() {
      forgetName();
      leave(false);
    },
    destroy() {
      clearTimeout(state.timer);
      clearTimeout(state.leaving);
      link.destroy();
    },
  };
}
