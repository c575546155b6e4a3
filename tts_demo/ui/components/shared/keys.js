// Keys of everything that plays.

import { isField } from "./dom.js";

/**
 * Let keys pressed in a component play. Fields keep all of their keys. Space plays and pauses, but a button or a link
 * that does something else keeps its own.
 *
 * @param {HTMLElement} root
 * @param {object} answers
 * @param {string} answers.playback - selector of the buttons on which space is playback's
 * @param {() => boolean} answers.ready - whether there is anything to play
 * @param {() => void} answers.toggle
 * @param {(event: KeyboardEvent, target: Element) => boolean} answers.key - takes any other key; says whether it did
 */
export function playbackKeys(root, { playback, ready, toggle, key }) {
  /** What a key belongs to: where it was pressed; null where it is none of ours. */
  const targetOf = (/** @type {KeyboardEvent} */ event) => {
    const free = ready() && !isField(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey;
    return free && event.target instanceof Element ? event.target : null;
  };
  const isPlayback = (/** @type {Element} */ node) =>
    !node.closest("a, button, summary") || Boolean(node.closest(playback));

  root.addEventListener("keydown", (event) => {
    const target = targetOf(event);
    if (!target) return;
    if (event.key !== " ") {
      if (key(event, target)) event.preventDefault();
    } else if (isPlayback(target)) {
      event.preventDefault();
      if (!event.repeat) toggle();
    }
  });
  root.addEventListener("keyup", (event) => {
    // a focused button would be clicked a second time, by the key's release
    const target = targetOf(event);
    if (event.key === " " && target && isPlayback(target)) event.preventDefault();
  });
}
