// Help for a person who hears nothing.

import { make } from "./dom.js";

/**
 * "No sound?", to unfold: a line for each key of `words`, then whatever else may help. Its style is silence_help.css.
 *
 * @param {import("./words.js").Words} words
 * @param {string[]} keys
 * @param {Node[]} more
 */
export function silenceHelp(words, keys, ...more) {
  return make(
    "details",
    { class: "hear-help" },
    make("summary", {}, words("silence")),
    make("ul", {}, ...keys.map((key) => make("li", {}, words(key)))),
    ...more,
  );
}
