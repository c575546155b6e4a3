// Buttons that copy: a link, for the components that have one to pass on, or any text that stands on the page.

import { make, setText } from "./dom.js";

const COPIED_MILLISECONDS = 4000; // how long the button says that it has copied

/**
 * A button that copies a text, and says so for a while.
 *
 * @param {import("./words.js").Words} words - has copy and copied
 * @param {string} kind - begins the class's name
 * @param {object} on
 * @param {() => string} on.text
 * @param {() => void} on.done
 * @param {() => void} on.refused - no clipboard (plain http), or no leave to use it (a frame)
 * @param {() => void} [on.shown] - called when the button's text has changed
 */
export function copyButton(words, kind, { text, done, refused, shown = () => {} }) {
  const button = make("button", { type: "button", class: `${kind}-button ${kind}-copy` }, words("copy"));
  let timer = 0;

  function showCopied(/** @type {boolean} */ copied) {
    clearTimeout(timer);
    setText(button, words(copied ? "copied" : "copy"));
    shown();
    if (copied) timer = window.setTimeout(() => showCopied(false), COPIED_MILLISECONDS);
  }

  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      refused();
      return;
    }
    done();
    showCopied(true);
  });
  return { button, destroy: () => clearTimeout(timer) };
}

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
  const field = make("input", { type: "text", readonly: true, class: `${kind}-field`, "aria-label": words("link") });
  const closeButton = make("button", { type: "button", class: `${kind}-button` }, words("close"));
  const place = make(
    "div",
    { class: `${kind}-link`, hidden: true },
    make("p", {}, words("notCopied")),
    field,
    closeButton,
  );
  function close() {
    const inside = place.contains(document.activeElement);
    place.hidden = true;
    if (inside) button.focus();
  }

  const { button, destroy } = copyButton(words, kind, {
    text: address,
    shown,
    done() {
      close();
      say(words("copiedOf", { label: label() }));
    },
    refused() {
      // let the person copy it
      field.value = address();
      place.hidden = false;
      field.focus();
      field.select();
      say(words("notCopied"));
    },
  });
  closeButton.addEventListener("click", close);
  return { button, place, close, destroy };
}
