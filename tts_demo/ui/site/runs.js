// Which recorded runs are shown, and in which colours: as session.py has it for a page that trains nothing.

/** @typedef {{ id: string, colour: number }} Shown */

const MOST = 6; // as many as the chart has colours that stay apart

/**
 * The runs with one more, in the place of another one; without a free colour the oldest makes room.
 *
 * @param {Shown[]} now
 * @param {string} id
 * @param {string} [instead]
 * @returns {Shown[]}
 */
export function withRun(now, id, instead = "") {
  let kept = now.filter((each) => each.id !== instead || each.id === id);
  if (kept.some((each) => each.id === id)) return kept;
  kept = kept.slice(-(MOST - 1));
  const taken = new Set(kept.map(({ colour }) => colour));
  const colour = Array.from({ length: MOST }, (_, at) => at).find((at) => !taken.has(at)) ?? 0;
  return [...kept, { id, colour }];
}

/** What is shown, and which of it only because it is chosen. */
export class Session {
  /** @type {Shown[]} */
  runs = [];
  #previewed = "";

  /** Show these and no others. @param {string[]} ids @param {string} [previewed] - the one that is there as chosen */
  put(ids, previewed = "") {
    this.runs = [];
    for (const id of ids) this.runs = withRun(this.runs, id);
    this.#previewed = previewed;
  }

  /** Show what is chosen, in the place of what was chosen before. @param {string} id */
  preview(id) {
    const own = this.runs.some((each) => each.id === id) && id !== this.#previewed;
    this.runs = withRun(this.runs, id, this.#previewed);
    this.#previewed = own ? "" : id; // what was there in its own right stays there
  }

  /** Show one more. @param {string} id */
  add(id) {
    if (id === this.#previewed) this.#previewed = "";
    this.runs = withRun(this.runs, id);
  }

  /** A run's colour; null where it is not shown. @param {string} id */
  colourOf(id) {
    return this.runs.find((each) => each.id === id)?.colour ?? null;
  }
}
