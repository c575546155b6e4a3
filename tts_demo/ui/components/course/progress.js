// How far a learner has come, kept by the browser: which tasks and questions of which step are done.

const KEY = "hear-overfitting-course";

/** @typedef {import("./index.js").Step} Step */
/** @typedef {{ tasks: number[], answered: boolean }} Done */

/** What one browser keeps of the course. */
export class Progress {
  /** @type {Record<string, Done>} */
  #done = {};
  at = "";
  open = false;

  constructor() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      for (const [step, { tasks, answered }] of Object.entries(kept.done ?? {})) {
        this.#done[step] = { tasks: tasks.filter(Number.isInteger), answered: Boolean(answered) };
      }
      this.at = String(kept.at ?? "");
      this.open = kept.open === true;
    } catch {
      // nothing was kept, or something else: the course begins anew
    }
  }

  /** Keep it as it is now. */
  keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify({ at: this.at, open: this.open, done: this.#done }));
    } catch {
      // a browser that keeps nothing forgets this with the page
    }
  }

  forget() {
    this.#done = {};
    this.at = "";
    this.keep();
  }

  /** @param {Step} step @param {number} task */
  has({ id }, task) {
    return this.#done[id]?.tasks.includes(task) ?? false;
  }

  answered(/** @type {Step} */ { id }) {
    return this.#done[id]?.answered ?? false;
  }

  /** @param {Step} step @param {number} task */
  did(step, task) {
    const { tasks, answered } = this.#done[step.id] ?? { tasks: [], answered: false };
    this.#done[step.id] = { tasks: [...tasks, task], answered };
    this.keep();
  }

  answer(/** @type {Step} */ step) {
    const { tasks } = this.#done[step.id] ?? { tasks: [] };
    this.#done[step.id] = { tasks, answered: true };
    this.keep();
  }

  /** Whether all of a step is done. */
  whole(/** @type {Step} */ step) {
    return this.answered(step) && step.tasks.every((_, task) => this.has(step, task));
  }
}
