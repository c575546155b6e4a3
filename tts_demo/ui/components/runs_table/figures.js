// The runs as the table reads them, and their figures in words.

/** The figures, in the columns' order. */
export const FIGURES = ["best", "final", "gap", "rise", "distortion", "zeros", "seconds"];

/**
 * @typedef {object} Run
 * @property {string} id
 * @property {string} label
 * @property {string} suffix - what tells it from others of that name
 * @property {number} colour
 * @property {string} state
 * @property {string} settings
 * @property {string} query - the settings as in a link; "" where they are too long for one
 * @property {boolean} recorded
 * @property {Record<string, number | null>} figures - by key; null where there is none
 */

/**
 * A run of the value; whatever is missing or wrong in it is left out.
 *
 * @param {Record<string, unknown>} given
 * @returns {Run}
 */
export function readRun(given) {
  const text = (/** @type {unknown} */ value) => (value === null || value === undefined ? "" : String(value));
  const number = (/** @type {unknown} */ value) => (typeof value === "number" && Number.isFinite(value) ? value : null);
  const colour = number(given.colour) ?? 0;
  return {
    id: text(given.id),
    label: text(given.label),
    suffix: text(given.suffix),
    colour: Number.isInteger(colour) && colour >= 0 ? colour : 0,
    state: text(given.state),
    settings: text(given.settings),
    query: text(given.query),
    recorded: Boolean(given.recorded),
    figures: Object.fromEntries(FIGURES.map((key) => [key, number(given[key])])),
  };
}

/**
 * A run's name as it is shown.
 *
 * @param {Run} run
 */
export const nameOfRun = ({ label, suffix }) => label + suffix;

/**
 * Texts of the figures by key; each is called with a finite number.
 *
 * @param {import("../shared/words.js").Words} words
 * @returns {Record<string, (value: number) => string>}
 */
export function figureTexts(words) {
  const fixed = (/** @type {number} */ value, /** @type {number} */ digits) =>
    (value < 0 ? "−" : "") + Math.abs(value).toFixed(digits);
  const share = (/** @type {number} */ value) => words("percent", { number: fixed(100 * value, 1) });
  return {
    best: (value) => fixed(value, 3),
    final: (value) => fixed(value, 3),
    gap: (value) => (value < 0 ? "" : "+") + fixed(value, 3),
    rise: share,
    distortion: (value) => words("decibels", { number: fixed(value, 2) }),
    zeros: share,
    seconds: (value) => words("duration", { number: fixed(value, value < 10 ? 1 : 0) }),
  };
}

/**
 * The runs in the order that is asked for; those without the figure come last either way.
 *
 * @param {Run[]} runs
 * @param {string} key - "label", a figure's, or "" for the order they have
 * @param {boolean} down
 * @param {(run: Run) => string} nameOf
 */
export function ordered(runs, key, down, nameOf) {
  if (!key) return runs;
  const sign = down ? -1 : 1;
  return [...runs].sort((one, other) => {
    if (key === "label") return sign * nameOf(one).localeCompare(nameOf(other), undefined, { numeric: true });
    const [here, there] = [one.figures[key], other.figures[key]];
    if (here === null || there === null) return Number(here === null) - Number(there === null);
    return sign * (here - there);
  });
}
