// What a finished blind test shows: counts, interval, conclusion, every trial uncovered, the CSV.

import { make } from "../shared/dom.js";
import { pValue, share } from "./figures.js";

/** @typedef {import("../shared/words.js").Words} Words */

/**
 * @typedef {object} Row - a trial, uncovered; voices stand there by name
 * @property {number} trial
 * @property {string} sentence
 * @property {string} a
 * @property {string} b
 * @property {string} x - only where the kind is "abx"
 * @property {string} answer - "A" or "B"
 * @property {string} chosen - the voice that stood there
 * @property {boolean | null} hit - null where no answer is wrong
 */

/**
 * @typedef {object} ResultValue
 * @property {"result"} view
 * @property {string} test
 * @property {"abx" | "ab"} kind
 * @property {number} trials
 * @property {number} count - right answers; where no answer is wrong, those for the first voice
 * @property {number} p
 * @property {number} low - of the interval, from 0 to 1
 * @property {number} high
 * @property {string} conclusion
 * @property {[string, string]} names - the two voices
 * @property {[string, string]} [systems] - runs' ids, or "recording"
 * @property {[number, number]} colours - theirs on the loss chart, 0 to 5
 * @property {Row[]} rows
 * @property {string} csv
 * @property {string} [alert]
 */

/**
 * Put a part of a scale where it belongs.
 *
 * @param {HTMLElement} node
 * @param {number} left - from 0 to 1, as is `width`
 * @param {number} [width]
 */
function at(node, left, width) {
  node.style.left = `${100 * left}%`;
  if (width !== undefined) node.style.width = `${100 * width}%`;
  return node;
}

/**
 * The rate on a scale from 0 to 100 %, its interval as a band, a mark where guessing stands.
 *
 * @param {ResultValue} value
 * @param {Words} words
 */
function rateScale({ kind, count, trials, low, high }, words) {
  const rate = count / trials;
  const texts = { rate: share(rate), low: share(low), high: share(high) };
  const part = (/** @type {string} */ name) => make("span", { class: `hear-blind-${name}` });
  const tick = (/** @type {number} */ place, /** @type {string} */ text, name = "") =>
    at(make("span", { class: `hear-blind-tick ${name}` }, text), place);
  return make(
    "div",
    { class: "hear-blind-scale", role: "img", "aria-label": words(kind === "abx" ? "scaleAbx" : "scaleAb", texts) },
    make(
      "div",
      { class: "hear-blind-track" },
      at(part("band"), low, high - low),
      at(part("chance"), 0.5),
      at(part("dot"), rate),
    ),
    make(
      "div",
      { class: "hear-blind-ticks hear-number hear-muted", "aria-hidden": "true" },
      tick(0, "0 %", "hear-blind-first"),
      tick(0.5, words("chance", { half: "50 %" })),
      tick(1, "100 %", "hear-blind-last"),
    ),
  );
}

/**
 * One line of the table of trials.
 *
 * @param {Row} row
 * @param {boolean} abx
 * @param {Words} words
 */
function trialRow(row, abx, words) {
  const cells = abx ? [row.a, row.b, row.x, words("said", { place: row.answer })] : [row.a, row.b, row.chosen];
  const verdict = row.hit ? "right" : "wrong";
  return make(
    "tr",
    {},
    make("th", { scope: "row", class: "hear-number" }, String(row.trial)),
    make("td", { class: "hear-blind-words" }, row.sentence),
    ...cells.map((cell) => make("td", {}, cell)),
    ...(abx ? [make("td", { class: `hear-blind-${verdict}` }, words(verdict))] : []),
  );
}

/**
 * @param {ResultValue} value
 * @param {Words} words
 */
function trialTable({ kind, rows }, words) {
  const abx = kind === "abx";
  const heads = abx ? ["headX", "headAnswer", "headVerdict"] : ["headEasier"];
  const keys = ["headTrial", "headSentence", "headA", "headB", ...heads];
  const table = make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...keys.map((key) => make("th", { scope: "col" }, words(key))))),
    make("tbody", {}, ...rows.map((row) => trialRow(row, abx, words))),
  );
  const label = words("everyTrial");
  return make(
    "details",
    { class: "hear-blind-trials" },
    make("summary", {}, label),
    make("div", { class: "hear-blind-scroll", tabindex: "0", role: "region", "aria-label": label }, table),
  );
}

/**
 * The two voices by name, in their colours on the loss chart.
 *
 * @param {ResultValue} value
 */
function revealed({ names, colours }) {
  const items = names.map((name, index) => {
    const swatch = make("span", { class: "hear-blind-swatch", "aria-hidden": "true" });
    swatch.style.background = `var(--hear-run-${colours[index] % 6})`;
    return make("li", {}, swatch, name);
  });
  return make("ul", { class: "hear-blind-names" }, ...items);
}

/**
 * The result's elements; `forget` frees what the download link holds.
 *
 * @param {ResultValue} value
 * @param {Words} words
 */
export function blindResult(value, words) {
  const abx = value.kind === "abx";
  const { trials, names } = value;
  const ahead = value.count * 2 >= trials;
  const count = abx || ahead ? value.count : trials - value.count;
  const score = words(abx ? "scoreAbx" : "scoreAb", { count, trials, name: names[ahead ? 0 : 1] });
  const heading = make("h3", { class: "hear-blind-score", tabindex: "-1" }, score);
  const address = URL.createObjectURL(new Blob([value.csv], { type: "text/csv" }));
  const limits = words(abx ? "bound" : "interval", { low: share(value.low), high: share(value.high), name: names[0] });
  const node = make(
    "div",
    { class: "hear-blind-result" },
    heading,
    rateScale(value, words),
    make("p", { class: "hear-blind-figures hear-number hear-muted" }, `p ${pValue(value.p)} · ${limits}`),
    make("p", { class: "hear-blind-conclusion" }, value.conclusion),
    revealed(value),
    trialTable(value, words),
    make("a", { class: "hear-blind-button hear-blind-csv", href: address, download: "blind-test.csv" }, words("csv")),
  );
  return { node, heading, forget: () => URL.revokeObjectURL(address) };
}
