// What stands on a pupil's page before and between the trials.

import { freshId, make, setText } from "../shared/dom.js";

/** @typedef {import("../shared/words.js").Words} Words */

const button = (/** @type {string} */ text, type = "button") =>
  make("button", { type, class: "hear-class-pupil-button hear-class-pupil-main" }, text);

/** A field for the code, for who has come without a link. @param {Words} words */
export function codePanel(words) {
  const id = freshId("class-code");
  const field = make("input", {
    id,
    name: "class",
    class: "hear-class-pupil-field",
    required: true,
    maxlength: "20",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
  });
  return make(
    "form",
    { class: "hear-class-pupil-card", method: "get" },
    make("label", { for: id }, words("code")),
    make("p", { class: "hear-muted" }, words("codeHow")),
    field,
    button(words("go"), "submit"),
  );
}

/**
 * What the test is, and what one listens with.
 *
 * @param {Words} words
 * @param {number} trials
 * @param {(output: string) => void} begin
 */
export function askPanel(words, trials, begin) {
  const name = freshId("output");
  const hint = make("p", { class: "hear-class-pupil-wrong", role: "alert" });
  const choices = ["headphones", "speakers"].map((output) =>
    make(
      "label",
      { class: "hear-class-pupil-choice" },
      make("input", { type: "radio", name, value: output }),
      words(output),
    ),
  );
  const go = button(words("begin"), "submit");
  const form = make(
    "form",
    { class: "hear-class-pupil-card" },
    make("p", {}, words("about", { trials })),
    make("fieldset", { class: "hear-class-pupil-output" }, make("legend", {}, words("output")), ...choices),
    hint,
    go,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = form.querySelector("input:checked");
    setText(hint, chosen ? "" : words("choose"));
    if (chosen instanceof HTMLInputElement) begin(chosen.value);
    else form.querySelector("input")?.focus();
  });
  return form;
}

/**
 * How the practice went, and the button that begins the trials.
 *
 * @param {Words} words
 * @param {{ right?: number | boolean, x?: string }} news
 * @param {number} trials
 * @param {() => void} start
 */
export function practisedPanel(words, { right, x }, trials, start) {
  const heading = make("h2", { class: "hear-title", tabindex: "-1" }, words(right ? "right" : "wrong", { x }));
  const go = button(words("start", { trials }));
  go.addEventListener("click", start);
  return { heading, node: make("div", { class: "hear-class-pupil-card" }, heading, make("p", {}, words("after")), go) };
}
