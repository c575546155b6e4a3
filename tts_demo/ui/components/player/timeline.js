// Where the playhead is: on the waveform, which is a slider, and in words.

import { liveCanvas, themeOf } from "../shared/canvas.js";
import { make, setText } from "../shared/dom.js";
import { drawWave } from "./wave.js";

/** @typedef {import("../shared/audio_graph.js").Part} Part */
/** @typedef {import("../shared/wav.js").Sound} Sound */

const TELL_EVERY = 1000; // ms between what a screen reader is told while it plays: each frame would be a flood

/**
 * @typedef {object} Chosen - the clip on the waveform
 * @property {string} label
 * @property {Sound | null} sound
 * @property {string} colour
 * @property {number} loudest - greatest sample of all clips
 */

/**
 * The waveform and the time.
 *
 * @param {import("../shared/words.js").Words} words
 * @param {import("../shared/transport.js").Transport} transport
 * @param {() => Chosen} chosen
 */
export function timeline(words, transport, chosen) {
  const canvas = make("canvas", {
    class: "hear-wave",
    role: "slider",
    tabindex: "0",
    "aria-label": words("position"),
    "aria-valuemin": "0",
  });
  const time = make("span", { class: "hear-time hear-number" });
  /** @type {number | null} */
  let pressed = null; // the playhead while a pointer is down
  /** @type {Part | null} */
  let marking = null; // the part that it is marking
  let toldAt = Number.NEGATIVE_INFINITY;

  const position = () => Math.min(pressed ?? transport.position, transport.seconds);
  const live = liveCanvas(canvas, (context, width, height) => {
    const { loop, region, seconds } = transport;
    const { sound, colour, loudest } = chosen();
    const tint = getComputedStyle(canvas).getPropertyValue("--hear-tint").trim();
    drawWave(context, width, height, {
      sound,
      colour,
      loudest,
      seconds,
      at: position(),
      region: marking ?? (loop && pressed === null ? region : null),
      theme: { ...themeOf(canvas), tint },
    });
  });

  /**
   * Show where the playhead is.
   *
   * @param {boolean} aloud - tell a screen reader at once
   */
  function show(aloud) {
    const texts = {
      at: position().toFixed(1),
      length: transport.seconds.toFixed(1),
      label: chosen().label,
    };
    setText(time, words("time", texts));
    if (aloud || performance.now() - toldAt > TELL_EVERY) {
      toldAt = performance.now();
      canvas.setAttribute("aria-valuemax", texts.length);
      canvas.setAttribute("aria-valuenow", texts.at);
      canvas.setAttribute("aria-valuetext", words("where", texts));
    }
    live.redraw();
  }

  return {
    canvas,
    time,
    position,
    show,
    /** Show a playhead and a part that a pointer is about to choose; null: those in force. */
    preview(/** @type {number | null} */ at, /** @type {Part | null} */ region) {
      pressed = at;
      marking = region;
      show(false);
    },
    destroy: live.destroy,
  };
}
