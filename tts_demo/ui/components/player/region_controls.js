// Marking a part of the waveform to loop: by dragging over it, by Shift and the arrow keys, by buttons.

import { make, setText } from "../shared/dom.js";
import { regionBetween, regionFrom, regionTo } from "./region.js";

const STEP = 0.1; // seconds that Shift and an arrow key move an end
const DRAG = 5; // pixels; a hand that moves less has clicked

/** @typedef {import("./region.js").Part} Part */

/**
 * @typedef {object} Hands
 * @property {(region: Part | null) => void} setRegion
 * @property {(at: number) => void} point - a hand has clicked there
 * @property {(at: number | null, region: Part | null) => void} preview - what is shown while a pointer is down
 */

/**
 * The controls of the part.
 *
 * @param {HTMLCanvasElement} canvas - the waveform
 * @param {import("../shared/words.js").Words} words
 * @param {import("../shared/transport.js").Transport} transport
 * @param {Hands} hands
 */
export function regionControls(canvas, words, transport, { setRegion, point, preview }) {
  const button = (/** @type {string} */ name) =>
    make("button", { type: "button", class: `hear-plain hear-${name}` }, words(name));
  const [fromHere, toHere, clear] = ["regionFrom", "regionTo", "regionClear"].map(button);
  const text = make("span", { class: "hear-region-text hear-number" });
  const node = make(
    "div",
    { class: "hear-region", role: "group", "aria-label": words("regionTools") },
    fromHere,
    toHere,
    clear,
    text,
  );
  /** @type {{ stands: number, moves: number } | null} */
  let ends = null; // of the part that Shift and the arrow keys are marking

  function show() {
    const { region } = transport;
    clear.hidden = text.hidden = !region;
    setText(text, region ? words("region", { from: region.from.toFixed(2), to: region.to.toFixed(2) }) : "");
  }

  function set(/** @type {Part | null} */ region) {
    ends = null;
    setRegion(region);
  }

  fromHere.addEventListener("click", () => {
    set(regionFrom(transport.position, transport.region, transport.seconds));
  });
  toHere.addEventListener("click", () => set(regionTo(transport.position, transport.region, transport.seconds)));
  clear.addEventListener("click", () => {
    set(null);
    fromHere.focus({ preventScroll: true }); // this button hides
  });

  /** @type {{ x: number, at: number, moved: boolean } | null} */
  let press = null; // where the pointer went down, and whether it has moved far enough to mark
  const inside = (/** @type {number} */ at) => Math.min(Math.max(0, at), transport.seconds);
  const timeAt = (/** @type {PointerEvent} */ event) =>
    inside((event.offsetX / canvas.clientWidth) * transport.seconds);

  function release() {
    press = null;
    preview(null, null);
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    press = { x: event.offsetX, at: timeAt(event), moved: false };
    preview(press.at, null);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!press) return;
    press.moved ||= Math.abs(event.offsetX - press.x) >= DRAG;
    if (press.moved) preview(press.at, regionBetween(press.at, timeAt(event), transport.seconds));
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!press) return;
    const { at, moved } = press;
    release();
    const region = moved ? regionBetween(at, timeAt(event), transport.seconds) : null;
    if (region) set(region);
    else point(at);
  });
  canvas.addEventListener("pointercancel", release);

  /**
   * Take a key.
   *
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it was one of these
   */
  function key(event) {
    if (event.key === "Escape" && transport.region) {
      set(null);
      return true;
    }
    if (!event.shiftKey || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return false;
    if (!ends) {
      const { region, position } = transport;
      ends = region ? { stands: region.from, moves: region.to } : { stands: position, moves: position };
    }
    ends.moves = inside(ends.moves + (event.key === "ArrowLeft" ? -STEP : STEP));
    setRegion(regionBetween(ends.stands, ends.moves, transport.seconds));
    return true;
  }

  return {
    node,
    key,
    /** The texts anew. */
    show,
    /** Mark no more by keys: the next one begins at the playhead. */
    forget: () => {
      ends = null;
    },
  };
}
