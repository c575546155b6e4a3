// When the inside of a run counts as seen: as soon as its weights have been in view for a moment.

import { tell } from "../shared/deeds.js";

const MOMENT = 800; // ms

/** Tells of each run whose weights have stayed in view, each time that it is shown anew. */
export class Looked {
  #run = "";
  #inView = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waits;
  #observer;

  constructor(/** @type {HTMLElement} */ node) {
    this.#observer = new IntersectionObserver(
      (entries) => {
        this.#inView = entries[entries.length - 1].isIntersecting;
        this.#begin();
      },
      { threshold: 0.5 },
    );
    this.#observer.observe(node);
  }

  /** Another run is shown, or none: "". */
  shows(/** @type {string} */ run) {
    this.#run = run;
    this.#begin();
  }

  #begin() {
    clearTimeout(this.#waits);
    const run = this.#run;
    if (this.#inView && run) this.#waits = setTimeout(() => tell("looked", { run }), MOMENT);
  }

  destroy() {
    clearTimeout(this.#waits);
    this.#observer.disconnect();
  }
}
