// A check box with a list of check boxes below it, which is there while it is ticked.

import { make } from "../shared/dom.js";

const isOffered = (/** @type {HTMLInputElement} */ { parentElement }) => !parentElement?.hidden;

/**
 * @param {object} given
 * @param {string} given.label - of the check box
 * @param {string} given.which - of the list
 * @param {string[][]} given.names - a link's name and the label of each
 * @param {(name: string) => boolean} given.ticked - which are ticked at first
 * @param {() => void} given.changed
 */
export function choice({ label, which, names, ticked, changed }) {
  const box = make("input", { type: "checkbox" });
  const list = make("fieldset", { class: "hear-share-list" });
  list.hidden = true;
  /** @type {Map<string, HTMLInputElement>} */
  const each = new Map();

  // made when it is asked for: until then the page has each label once
  function fill() {
    list.append(make("legend", {}, which));
    for (const [name, text] of names) {
      const one = make("input", { type: "checkbox" });
      one.checked = ticked(name);
      one.addEventListener("change", changed);
      each.set(name, one);
      list.append(make("label", { class: "hear-share-one" }, one, text));
    }
  }

  box.addEventListener("change", () => {
    if (!each.size) fill();
    list.hidden = !box.checked;
    changed();
  });
  return {
    node: make("div", {}, make("label", { class: "hear-share-one" }, box, label), list),
    /** The names that are ticked, and offered; null while the check box is not ticked. */
    names: () =>
      box.checked ? [...each].filter(([, one]) => one.checked && isOffered(one)).map(([name]) => name) : null,
    /** Offer these names only, or all of them where it is null. */
    offer(/** @type {string[] | null} */ names) {
      for (const [name, { parentElement: one }] of each) {
        if (one) one.hidden = names !== null && !names.includes(name);
      }
    },
  };
}
