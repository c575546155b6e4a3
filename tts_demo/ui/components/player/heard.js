// When a clip counts as heard: as soon as it has sounded for a moment.

import { tell } from "../shared/deeds.js";

const MOMENT = 800; // ms

/** Tells of each clip of a value that has sounded for a moment, once. */
export class Heard {
  #since = 0;
  #sounding = "";
  /** @type {Set<string>} */
  #told = new Set();
  /** @type {{ sentence?: string, moment?: number }} */
  #what = {};

  /** Other clips, or the same at another moment: of a sentence of this kind, after this many updates. */
  about(/** @type {string | undefined} */ sentence, /** @type {number | undefined} */ moment) {
    this.#what = { sentence, moment };
    this.#told.clear();
    this.#sounding = "";
  }

  /** A clip sounds, null where none does; the id of one that counts as heard from now on, or else "". */
  now(/** @type {import("./values.js").Clip | null} */ clip) {
    const id = clip?.id ?? "";
    if (id !== this.#sounding) [this.#sounding, this.#since] = [id, performance.now()];
    if (!clip || this.#told.has(id) || performance.now() - this.#since < MOMENT) return "";
    this.#told.add(id);
    tell("heard", { run: id, voice: clip.kind, ...this.#what });
    return id;
  }
}
