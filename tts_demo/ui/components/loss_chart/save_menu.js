// The Save menu: the chart as a picture, a drawing, a table or a figure for papers.

import { make } from "../shared/dom.js";

/**
 * A disclosure, not a menu: its buttons are reached with the tab key, as everything else on the page.
 *
 * @param {import("../shared/words.js").Words} words
 * @param {string[]} kinds - keys of their words
 * @param {(kind: string) => void} onSave
 */
export function saveMenu(words, kinds, onSave) {
  const buttons = kinds.map((kind) => {
    const button = make("button", { type: "button" }, words(kind));
    button.addEventListener("click", () => {
      close(true);
      onSave(kind);
    });
    return button;
  });
  const handle = make("summary", {}, words("save"));
  const node = make("details", { class: "hear-save" }, handle, make("div", { class: "hear-save-kinds" }, ...buttons));

  function close(/** @type {boolean} */ focus) {
    if (focus && node.contains(document.activeElement)) handle.focus();
    node.open = false;
  }

  function closeFromOutside(/** @type {Event} */ event) {
    if (!(event.target instanceof Node && node.contains(event.target))) close(false);
  }

  node.addEventListener("toggle", () => {
    if (node.open) document.addEventListener("pointerdown", closeFromOutside);
    else document.removeEventListener("pointerdown", closeFromOutside);
  });
  node.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !node.contains(relatedTarget)) close(false);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && node.open) {
      close(true);
      event.stopPropagation();
    }
  });
  return { node, destroy: () => document.removeEventListener("pointerdown", closeFromOutside) };
}
