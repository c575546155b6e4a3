// What a network looks at: a bar for each neighbour.

import { make, setText } from "../shared/dom.js";
import { shareText } from "./facts.js";

/** @typedef {import("../shared/words.js").Words} Words */

/**
 * @param {Words} words
 * @returns {{ node: HTMLElement, show: (shares: [neighbour: number, share: number][]) => void }}
 */
export function looksPanel(words) {
  // list roles: without bullets, Safari would not call it a list
  const bars = make("ul", { class: "hear-looks-bars", role: "list", "aria-label": words("looks") });
  const about = make(
    "div",
    { class: "hear-looks-about" },
    make("h4", { class: "hear-panel-title" }, words("looks")),
    make("p", {}, words("looksAbout")),
  );
  const node = make("section", { class: "hear-panel hear-panel-looks", "aria-label": words("looks") }, about, bars);
  /** @type {{ neighbour: number, bar: HTMLElement, text: HTMLElement }[]} */
  let rows = [];

  function nameOf(/** @type {number} */ neighbour) {
    if (neighbour === 0) return words("here");
    return words(neighbour < 0 ? "before" : "after", { count: Math.abs(neighbour) });
  }

  /** Rows are made anew only where there are other neighbours; the longest bar fills its place. */
  function show(/** @type {[neighbour: number, share: number][]} */ shares) {
    node.hidden = !shares.length;
    if (shares.map(([neighbour]) => neighbour).join() !== rows.map(({ neighbour }) => neighbour).join()) {
      rows = shares.map(([neighbour]) => {
        return {
          neighbour,
          bar: make("span", { class: "hear-looks-bar" }),
          text: make("span", { class: "hear-number" }),
        };
      });
      bars.replaceChildren(
        ...rows.map(({ neighbour, bar, text }) =>
          make(
            "li",
            { "data-neighbour": neighbour },
            make("span", { class: "hear-looks-name" }, nameOf(neighbour)),
            make("span", { class: "hear-looks-place" }, bar, text),
          ),
        ),
      );
    }
    const most = Math.max(...shares.map(([, share]) => share));
    for (const [index, [, share]] of shares.entries()) {
      rows[index].bar.style.setProperty("--length", String(share / most));
      setText(rows[index].text, shareText(share, words));
    }
  }

  return { node, show };
}
