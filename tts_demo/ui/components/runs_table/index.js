// The runs table: its frame, the order of its rows, and the values. The value is { runs, alert }, as component.py has it;
// settings.longest is how many characters a name may have.

import { freshId, make, setText } from "../shared/dom.js";
import { styled } from "../shared/styles.js";
import { wordsOf } from "../shared/words.js";
import { FIGURES, nameOfRun, ordered, readRun } from "./figures.js";
import { runRow } from "./row.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

const COLUMNS = ["label", ...FIGURES];

/** @typedef {import("./figures.js").Run} Run */
/** @typedef {import("./row.js").Row} Row */

/** @type {import("../shared/component.js").Component<{ runs: Record<string, unknown>[], alert?: string }>} */
export default {
  render({ element, value, words: given, settings: { longest = 80 } = {}, emit = () => {} }) {
    const words = wordsOf(WORDS, given);

    // ---- page elements
    // The roles are a table's own; written out, they outlive the cards that the rows become on a phone.
    const headers = COLUMNS.map((key) => {
      const button = make("button", { type: "button", class: "hear-table-sort" }, words(key));
      button.addEventListener("click", () => {
        if (view.key !== key) sort(key, false);
        else if (!view.down) sort(key, true);
        else sort("", false);
      });
      const short = FIGURES.includes(key)
        ? make("span", { class: "hear-table-short hear-muted" }, words(`${key}Short`))
        : "";
      return { key, node: make("th", { scope: "col", role: "columnheader", "aria-sort": "none" }, button, short) };
    });
    const chooserId = freshId("sort");
    const chooser = make(
      "select",
      { class: "hear-table-select", id: chooserId },
      make("option", { value: "" }, words("unsorted")),
      ...COLUMNS.map((key) => make("option", { value: key }, words(key))),
    );
    const way = make("button", { type: "button", class: "hear-table-button hear-table-way" });
    const sorting = make(
      "div",
      { class: "hear-table-sorting" },
      make("label", { for: chooserId }, words("sortBy")),
      chooser,
      way,
    );
    const body = make("tbody", { role: "rowgroup" });
    const actions = make(
      "th",
      { scope: "col", role: "columnheader" },
      make("span", { class: "hear-spoken" }, words("actions")),
    );
    const table = make(
      "table",
      { class: "hear-table", role: "table", "aria-label": words("table") },
      make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...headers.map(({ node }) => node), actions)),
      body,
    );
    const meanings = FIGURES.flatMap((key) => [make("dt", {}, words(key)), make("dd", {}, words(`${key}Means`))]);
    const meaning = make(
      "details",
      { class: "hear-table-meaning" },
      make("summary", {}, words("meaning")),
      make("dl", {}, ...meanings),
    );
    const heading = make("h3", { class: "hear-title", tabindex: "-1" }, words("title"));
    const alarm = make("p", { class: "hear-table-wrong", role: "alert" });
    const empty = make("p", { class: "hear-empty" }, words("empty"));
    const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
    const root = make(
      "section",
      { class: "hear hear-runs-table", "aria-label": words("title") },
      make("header", { class: "hear-table-top" }, heading, sorting),
      alarm,
      empty,
      table,
      meaning,
      spoken,
    );
    element.replaceChildren(root);

    // ---- state
    const view = { runs: /** @type {Run[]} */ ([]), key: "", down: false }; // sorted by `key`, or as the value has them
    /** @type {Map<string, Row>} */
    const rows = new Map();

    function sort(/** @type {string} */ key, /** @type {boolean} */ down) {
      view.key = key;
      view.down = down;
      const texts = { column: words(key), way: words(down ? "descending" : "ascending") };
      setText(spoken, key ? words("sorted", texts) : words("sortedNot"));
      showSorting();
      place();
    }

    function showSorting() {
      for (const { key, node } of headers) {
        node.setAttribute("aria-sort", key !== view.key ? "none" : view.down ? "descending" : "ascending");
      }
      chooser.value = view.key;
      way.hidden = !view.key;
      setText(way, words(view.down ? "descending" : "ascending"));
    }
    chooser.addEventListener("change", () => sort(chooser.value, false));
    way.addEventListener("click", () => sort(view.key, !view.down));

    /** Put the rows in order. Under a hand or the focus none moves: only new ones come, and those that are gone go. */
    function place() {
      const nameOf = (/** @type {Run} */ run) => rows.get(run.id)?.label() ?? nameOfRun(run);
      const nodes = ordered(view.runs, view.key, view.down, nameOf).flatMap((run) => rows.get(run.id)?.node ?? []);
      if (body.matches(":hover, :focus-within")) {
        const before = [...body.children];
        const rank = (/** @type {Element} */ node) => (before.includes(node) ? before.indexOf(node) : before.length);
        nodes.sort((one, other) => rank(one) - rank(other));
      }
      for (const [index, node] of nodes.entries()) {
        if (body.children[index] !== node) body.insertBefore(node, body.children[index] ?? null);
      }
    }
    let placing = 0;
    const placeSoon = () => {
      placing = requestAnimationFrame(place);
    };
    body.addEventListener("pointerleave", placeSoon);
    body.addEventListener("focusout", placeSoon);

    /** Take a run's row off the page; focus that was in it goes to its neighbour, or to the heading. */
    function drop(/** @type {string} */ id, /** @type {Row} */ row) {
      const { node, label } = row;
      const focused = node.contains(document.activeElement);
      const neighbour = node.nextElementSibling || node.previousElementSibling;
      rows.delete(id);
      row.destroy();
      node.remove();
      if (!focused) return;
      setText(spoken, words("removed", { label: label() }));
      const next = [...rows.values()].find((one) => one.node === neighbour);
      if (next) next.focus();
      else heading.focus();
    }

    // ---- values
    function rowOf(/** @type {Run} */ run) {
      const act = (/** @type {string} */ action, /** @type {string | undefined} */ text) => {
        setText(alarm, "");
        emit(action, { action, run: run.id, ...(text === undefined ? {} : { text }) });
      };
      const address = (/** @type {string} */ query) => `${location.origin}${location.pathname}?${query}`;
      return runRow(run, words, longest, { act, address, say: (text) => setText(spoken, text) });
    }

    /** @param {{ runs?: Record<string, unknown>[], alert?: string } | null} changed */
    function update(changed) {
      const byId = new Map((changed?.runs ?? []).map(readRun).map((run) => [run.id, run]));
      view.runs = [...byId.values()];
      for (const run of view.runs) {
        const row = rows.get(run.id);
        if (row) row.show(run);
        else rows.set(run.id, rowOf(run));
      }
      for (const [id, row] of [...rows]) if (!byId.has(id)) drop(id, row);
      place();
      if (changed?.alert) {
        setText(alarm, String(changed.alert));
        for (const row of rows.values()) row.settle();
      }
      const blank = !view.runs.length;
      empty.hidden = !blank;
      for (const node of [sorting, table, meaning]) node.hidden = blank;
    }

    showSorting();
    update(value);
    return {
      update,
      destroy() {
        cancelAnimationFrame(placing);
        for (const row of rows.values()) row.destroy();
      },
    };
  },
};
