// A button that asks once more before it does what cannot be undone.

import { make } from "../shared/dom.js";

/**
 * @param {import("../shared/words.js").Words} words - has NAME, NAMESure, NAMENow and cancel
 * @param {string} name
 * @param {() => void} done
 */
export function sureButton(words, name, done) {
  const button = (/** @type {string} */ text, more = "") =>
    make("button", { type: "button", class: `hear-class-results-button ${more}` }, text);
  const first = button(words(name));
  const now = button(words(`${name}Now`), "hear-class-results-main");
  const cancel = button(words("cancel"));
  const sure = make(
    "div",
    { class: "hear-class-results-sure", role: "group", "aria-label": words(name), hidden: true },
    make("p", {}, words(`${name}Sure`)),
    now,
    cancel,
  );

  function open(/** @type {boolean} */ asks) {
    sure.hidden = !asks;
    first.hidden = asks;
    (asks ? cancel : first).focus(); // so that a second Enter does nothing
  }

  first.addEventListener("click", () => open(true));
  cancel.addEventListener("click", () => open(false));
  now.addEventListener("click", () => {
    open(false);
    done();
  });
  return { node: make("div", {}, first, sure) };
}
