// The sentence above the clips: what it is called, its text, which may wait to be guessed, and how typical it is.

import { make, setText } from "../shared/dom.js";

/** @typedef {import("./values.js").Sentence} Sentence */

/**
 * The sentence.
 *
 * @param {import("../shared/words.js").Words} words
 * @param {() => void} uncovered - called when the text has been shown
 */
export function sentenceView(words, uncovered) {
  const heading = make("h3", { class: "hear-title" });
  const quote = make("blockquote", { class: "hear-sentence", tabindex: "-1" });
  const uncover = make("button", { type: "button", class: "hear-plain" }, words("uncover"));
  const cover = make("div", { class: "hear-cover" }, make("p", { class: "hear-muted" }, words("covered")), uncover);
  const note = make("p", { class: "hear-player-note hear-muted" });
  const typicalText = make("p", { class: "hear-player-note hear-muted" });
  const typical = make("details", { class: "hear-typical" }, make("summary", {}, words("typical")), typicalText);
  /** @type {Partial<Sentence>} */
  let shown = {};
  let covers = false; // whether the value hides the text
  let covered = false; // whether it still waits to be guessed

  function showText() {
    setText(quote, covered ? "" : shown.text || "");
    quote.hidden = covered || !shown.text;
    cover.hidden = !covered;
  }

  uncover.addEventListener("click", () => {
    covered = false;
    showText();
    uncovered();
    quote.focus({ preventScroll: true }); // the button hides
  });

  return {
    nodes: [heading, quote, cover, note, typical],
    covered: () => covered,
    title: () => heading.textContent,
    /**
     * Show a sentence.
     *
     * @param {Partial<Sentence>} sentence
     * @returns {boolean} whether it is the one before
     */
    show(sentence) {
      const same = sentence.title === shown.title && sentence.text === shown.text;
      shown = sentence;
      setText(heading, sentence.title || words("title"));
      setText(note, sentence.note || "");
      setText(typicalText, sentence.typical || "");
      note.hidden = !sentence.note;
      typical.hidden = !sentence.typical;
      const hidden = Boolean(sentence.hidden && sentence.text);
      if (!same || hidden !== covers) covered = covers = hidden; // what has been uncovered stays so
      showText();
      return same;
    },
  };
}
