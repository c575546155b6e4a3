// A panel with a picture.

import { make } from "../shared/dom.js";

/** @typedef {{ node: HTMLElement, canvas: HTMLCanvasElement, missing: HTMLElement, read: HTMLElement }} Panel */

/**
 * Its head, a canvas with what stands in for it, and a line of values.
 *
 * @param {string} name - key of its title
 * @param {import("../shared/words.js").Words} words
 * @param {string} hintId - of the line on how the picture is read
 * @param {Node[]} head
 * @returns {Panel}
 */
export function pictured(name, words, hintId, ...head) {
  const canvas = make("canvas", {
    class: "hear-inside-canvas",
    role: "img",
    tabindex: "0",
    "aria-describedby": hintId,
  });
  const missing = make("p", { class: "hear-empty" }, words(name === "weights" ? "noWeights" : "noSpeech"));
  const read = make("p", { class: "hear-inside-read hear-number" });
  const node = make(
    "section",
    { class: `hear-panel hear-panel-${name}`, "aria-label": words(name) },
    make("div", { class: "hear-panel-head" }, make("h4", { class: "hear-panel-title" }, words(name)), ...head),
    make("div", { class: "hear-inside-plot" }, canvas, missing),
    read,
  );
  return { node, canvas, missing, read };
}
