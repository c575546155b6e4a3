// A button that copies a link, for the components that have one to pass on.

import { make, setText } from "./dom.js";

const COPIED_MILLISECONDS = 4000; // how long the button says that it has copied

/**
 * The button, and below it a place for the link where the browser does not let it be copied.
 *
 * @param {import("./words.js").Words} words - has copy, copied, copiedOf, notCopied, link and close
 * @param {string} kind - begins the classes' names
 * @param {() => string} address - the link
 * @param {(text: string) => void} say - for a screen reader
 * @param {() => string} [label] - what the link leads to
 * @param {() => void} [shown] - called when the button's text has changed
 */
export function linkCopier(words, kind, address, say, label = () => "", shown = () => {}) {
  const button = make("button", { type: "button", class: `${kind}-button ${kind}-copy` }, words("copy"));
  const field = make("input", { type: "text", readonly: true, class: `${kind}-field`, "aria-label": words("link") });
  const closeButton = make("button", { type: "button", class: `${kind}-button` }, words("close"));
  const place = make(
    "div",
    { class: `${kind}-link`, hidden: true },
    make("p", {}, words("notCopied")),
    field,
    closeButton,
  );
  let timer = 0;

  function showCopied(/** @type {boolean} */ done) {
    clearTimeout(timer);
    setText(button, words(done ? "copied" : "copy"));
    shown();
    if (done) timer = window.setTimeout(() => showCopied(false), COPIED_MILLISECONDS);
  }

  function close() {
    const inside = place.contains(document.activeElement);
    place.hidden = true;
    if (inside) button.focus();
  }

  button.addEventListener("click", async () => {
    const link = address();
    try {
      await navigator.clipboard.writeText(link);
      close();
      showCopied(true);
      say(words("copiedOf", { label: label() }));
    } catch {
      // no clipboard (plain http), or no leave to use it (a frame): let the person copy it
      field.value = link;
      place.hidden = false;
      field.focus();
      field.select();
      say(words("notCopied"));
    }
  });
  closeButton.addEventListener("click", close);
  return { button, place, close, destroy: () => clearTimeout(timer) };
}
