// What came of a class: the conclusion, pupils against guessing, each one's count, the CSV.

import { make } from "../shared/dom.js";

/** @typedef {import("../shared/words.js").Words} Words */
/** @typedef {{ right: number, listeners: number, guessing: number }} Bar */

/**
 * @typedef {object} Closed
 * @property {"closed"} view
 * @property {string} code
 * @property {number} trials
 * @property {[string, string]} names - the two voices
 * @property {string} until
 * @property {boolean} lasting
 * @property {number} began
 * @property {number} finished
 * @property {{ number: number, output: string, right: number }[]} listeners - those who finished
 * @property {Bar[]} bars
 * @property {{ p: number, low: number, rate: number } | null} pooled
 * @property {string} conclusion
 * @property {{ output: string, listeners: number, right: number, answers: number }[]} outputs
 * @property {string} csv
 * @property {string} [alert]
 */

const share = (/** @type {number} */ value) => `${Math.round(100 * value)} %`;
const pValue = (/** @type {number} */ p) => (p < 0.001 ? "< 0.001" : `= ${p.toPrecision(2)}`);
const number = (/** @type {number} */ value) => value.toFixed(1);

/**
 * A table with a head.
 *
 * @param {string[]} heads
 * @param {string[][]} rows
 */
function table(heads, rows) {
  return make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
    make(
      "tbody",
      {},
      ...rows.map(([first, ...cells]) =>
        make("tr", {}, make("th", { scope: "row" }, first), ...cells.map((cell) => make("td", {}, cell))),
      ),
    ),
  );
}

/**
 * Pupils by their number of right answers, and what is to be expected if all guess.
 *
 * @param {Closed} value
 * @param {Words} words
 */
function histogram({ bars, trials }, words) {
  const most = Math.max(1, ...bars.map(({ listeners, guessing }) => Math.max(listeners, guessing)));
  const texts = bars.map(({ right, listeners, guessing }) =>
    words("drawn", { right, count: listeners, guessing: number(guessing) }),
  );
  const columns = bars.map(({ right, listeners, guessing }) => {
    const bar = make("span", { class: "hear-class-results-bar" }, listeners ? String(listeners) : "");
    const line = make("span", { class: "hear-class-results-guess" });
    bar.style.height = `${(100 * listeners) / most}%`;
    line.style.bottom = `${(100 * guessing) / most}%`;
    return make(
      "span",
      { class: "hear-class-results-column" },
      make("span", { class: "hear-class-results-well" }, bar, line),
      make("span", { class: "hear-number" }, String(right)),
    );
  });
  const label = [words("histogram"), ...texts].join(". ").replace(/\.\. /g, ". ");
  const rows = bars.map(({ right, listeners, guessing }) => [String(right), String(listeners), number(guessing)]);
  return [
    make("h3", { class: "hear-title" }, words("histogram")),
    make("div", { class: "hear-class-results-bars", role: "img", "aria-label": label }, ...columns),
    make("p", { class: "hear-muted" }, words("key")),
    folded(words("asTable"), table([words("headRight", { trials }), words("headPupils"), words("headGuessing")], rows)),
  ];
}

/**
 * @param {string} title
 * @param {Node} node
 */
const folded = (title, node) =>
  make(
    "details",
    {},
    make("summary", {}, title),
    make("div", { class: "hear-class-results-scroll", tabindex: "0", role: "region", "aria-label": title }, node),
  );

/**
 * @param {Closed} value
 * @param {Words} words
 */
function figuresOf({ finished, began, pooled, outputs, conclusion }, words) {
  const left = began - finished;
  const groups = outputs.filter(({ listeners }) => listeners);
  return [
    ...(pooled
      ? [
          make(
            "p",
            { class: "hear-number hear-muted" },
            words("figures", { p: pValue(pooled.p), low: share(pooled.low) }),
          ),
        ]
      : []),
    make("p", { class: "hear-class-results-conclusion" }, conclusion),
    ...(left ? [make("p", {}, words("unfinished", { count: left }))] : []),
    ...groups.map(({ output, listeners, right, answers }) =>
      make("p", {}, words("output", { output: words(output), count: listeners, rate: share(right / answers) })),
    ),
  ];
}

/**
 * The outcome's elements; `forget` frees what the download link holds.
 *
 * @param {Closed} value
 * @param {Words} words
 */
export function outcomeOf(value, words) {
  const { listeners, trials, finished } = value;
  const right = listeners.reduce((sum, one) => sum + one.right, 0);
  const score = finished
    ? words("score", { rate: share(right / (finished * trials)), count: finished })
    : words("nobody");
  const heading = make("h2", { class: "hear-class-results-score", tabindex: "-1" }, score);
  const rows = listeners.map(({ number: name, output, right: count }) => [
    String(name),
    words("of", { right: count, trials }),
    words(output),
  ]);
  const everybody = table([words("headPupil"), words("headRight", { trials }), words("headOutput")], rows);
  // with a mark at its beginning, without which Excel takes UTF-8 for something else
  const address = URL.createObjectURL(new Blob(["\ufeff", value.csv], { type: "text/csv" }));
  const file = { class: "hear-class-results-button", href: address, download: `class-${value.code}.csv` };
  const node = make(
    "div",
    { class: "hear-class-results-outcome" },
    heading,
    ...figuresOf(value, words),
    ...(finished ? [...histogram(value, words), folded(words("everybody"), everybody)] : []),
    make("a", file, words("csv")),
  );
  return { node, heading, forget: () => URL.revokeObjectURL(address) };
}
