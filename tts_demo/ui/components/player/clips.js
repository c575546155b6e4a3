// The clips of a sentence, to choose from and to keep.

import { make } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { fileName } from "./values.js";

/** @typedef {import("./values.js").Clip} Clip */

const KEYS = 9; // clips that have a key: 1 to 9

/**
 * A clip's face in a tile: the key and the two lines.
 *
 * @param {Clip} clip
 * @param {number} index
 */
function faceOf(clip, index) {
  return [
    index < KEYS ? make("kbd", { class: "hear-key", "aria-hidden": "true" }, String(index + 1)) : "",
    make(
      "span",
      { class: "hear-clip-text" },
      make("span", { class: "hear-clip-label" }, clip.label),
      make("span", { class: "hear-clip-note hear-muted" }, clip.note),
    ),
  ];
}

/**
 * The tiles.
 *
 * @param {import("../shared/words.js").Words} words
 * @param {(index: number, event: Event) => void} choose - called when one is pressed
 */
export function clipTiles(words, choose) {
  const node = make("div", { class: "hear-clips", role: "group", "aria-label": words("clips") });
  /** @type {{ tile: HTMLElement, button?: HTMLElement, address: string }[]} */
  let tiles = [];

  /** @param {Clip} clip @param {number} index @param {string} title */
  function tileOf(clip, index, title) {
    const tile = make("div", { class: "hear-clip" });
    tile.style.setProperty("--clip", clip.paint);
    if (!clip.bytes) {
      tile.classList.add("hear-clip-broken");
      tile.append(make("div", { class: "hear-choose" }, ...faceOf(clip, index)));
      return { tile, address: "" };
    }
    const key = index < KEYS ? String(index + 1) : null;
    const button = make(
      "button",
      { type: "button", class: "hear-choose", "aria-pressed": "false", "aria-keyshortcuts": key },
      ...faceOf(clip, index),
    );
    button.addEventListener("click", (event) => choose(index, event));
    const address = URL.createObjectURL(new Blob([clip.bytes], { type: "audio/wav" }));
    const says = words("download", { label: clip.label });
    const file = { href: address, download: fileName(title, clip.label) };
    const link = make("a", { class: "hear-download", ...file, "aria-label": says, title: says }, icon("download"));
    tile.append(button, link);
    return { tile, button, address };
  }

  function forget() {
    for (const { address } of tiles) URL.revokeObjectURL(address);
  }

  return {
    node,
    /**
     * Show other clips.
     *
     * @param {Clip[]} clips
     * @param {string} title - of their sentence, for the files' names
     */
    show(clips, title) {
      forget();
      tiles = clips.map((clip, index) => tileOf(clip, index, title));
      node.replaceChildren(...tiles.map(({ tile }) => tile));
    },
    /** Show which one is chosen. */
    mark(/** @type {number} */ chosen) {
      tiles.forEach(({ button }, index) => {
        button?.setAttribute("aria-pressed", String(index === chosen));
      });
    },
    hasFocus: () => node.contains(document.activeElement),
    focus: (/** @type {number} */ index) => tiles[index]?.button?.focus({ preventScroll: true }),
    /** Address of a clip's file; "" where there is none. */
    address: (/** @type {number} */ index) => tiles[index]?.address ?? "",
    /** The clip's colour in the theme in force. */
    colour: (/** @type {number} */ index) =>
      tiles[index] ? getComputedStyle(tiles[index].tile).getPropertyValue("--clip").trim() : "",
    destroy: forget,
  };
}
