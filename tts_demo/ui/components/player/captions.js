// What a speech recogniser heard in the chosen clip.

import { make, setText } from "../shared/dom.js";

/** @typedef {import("./values.js").Clip} Clip */

/**
 * The line of captions.
 *
 * @param {import("../shared/words.js").Words} words
 */
export function captionLine(words) {
  const node = make("p", { class: "hear-heard" });

  function textOf(/** @type {string | null} */ heard) {
    if (heard === null) return words("notHeard");
    return heard ? words("heard", { heard }) : words("heardNothing");
  }

  return {
    node,
    /**
     * Show what was heard; nothing where no recogniser was asked about any clip, or while the text waits to be guessed.
     *
     * @param {Clip[]} clips
     * @param {number} chosen
     * @param {boolean} covered
     */
    show(clips, chosen, covered) {
      node.hidden = covered || clips.every(({ heard }) => heard === null);
      setText(node, node.hidden ? "" : textOf(clips[chosen]?.heard ?? null));
    },
  };
}
