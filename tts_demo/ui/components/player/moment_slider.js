// The training slider: which moment of the training the networks' clips are of.

import { freshId, make, setText } from "../shared/dom.js";
import { numberedTicks, readMoments } from "./moments.js";

const SETTLE = 150; // ms of rest after which a movement counts as over: a held arrow key is one movement
// ms after an answer to an earlier wish, after which the later one is asked for again: the page around may drop it
const AGAIN = 1000;
const PATIENCE = 30_000; // ms without the clips that were asked for, until the slider goes back to those there are

/**
 * The slider.
 *
 * @param {import("../shared/words.js").Words} words
 * @param {(moment: number) => void} ask - called once a movement has settled on another moment than that of the clips
 * @param {() => void} waits - called when waiting begins or ends
 */
export function momentSlider(words, ask, waits) {
  const name = freshId("moment");
  const slider = make("input", { type: "range", class: "hear-moment", id: name, min: "0", step: "1" });
  const text = make("span", { class: "hear-moment-text hear-number", "aria-hidden": "true" });
  const busy = make("span", { class: "hear-moment-busy", role: "status" });
  const ticks = make("div", { class: "hear-ticks hear-number", "aria-hidden": "true" });
  const node = make(
    "div",
    { class: "hear-moments", hidden: true },
    make("div", { class: "hear-moments-head" }, make("label", { for: name }, words("training")), text, busy),
    make("div", { class: "hear-moments-rail" }, slider, ticks),
  );
  /** @type {number[]} */
  let moments = [];
  /** @type {number | null} */
  let shown = null; // the clips' moment
  /** @type {number | null} */
  let asked = null;
  /** @type {number | null} */
  let next = null; // what is to be asked for after that
  let failed = false;
  const timers = { settle: 0, again: 0, patience: 0 };

  const pointed = () => moments[Number(slider.value)];
  const indexOf = (/** @type {number | null} */ moment) => Math.max(0, moment === null ? 0 : moments.indexOf(moment));
  const last = () => Math.max(1, moments.length - 1);

  function tell() {
    const moment = pointed();
    const says = words(moment === 1 ? "afterUpdate" : "afterUpdates", { moment });
    slider.setAttribute("aria-valuetext", says);
    slider.style.setProperty("--part", String(Number(slider.value) / last()));
    setText(text, says);
    setText(busy, asked === null ? "" : words("loading"));
    node.toggleAttribute("data-loading", asked !== null);
    waits();
  }

  function wait(/** @type {number | null} */ moment) {
    clearTimeout(timers.patience);
    asked = moment;
    if (moment === null) return;
    failed = false;
    timers.patience = window.setTimeout(() => {
      asked = next = null;
      failed = true;
      slider.value = String(indexOf(shown));
      tell();
    }, PATIENCE);
  }

  /** One wish at a time, so that answers come in the order of wishes. */
  function settled() {
    timers.settle = 0;
    const moment = pointed();
    if (asked !== null) {
      next = moment ?? null;
      return;
    }
    next = null;
    if (moment === undefined || moment === shown) return;
    wait(moment);
    tell();
    ask(moment);
  }

  slider.addEventListener("input", tell);
  slider.addEventListener("change", () => {
    clearTimeout(timers.settle);
    timers.settle = window.setTimeout(settled, SETTLE);
  });

  function layTicks() {
    const digits = String(moments.at(-1) ?? "").length;
    const numbered = new Set(numberedTicks(moments.length, ticks.clientWidth, 9 * digits + 10));
    ticks.replaceChildren(
      ...moments.map((moment, index) => {
        const tick = make("span", { class: "hear-tick" }, numbered.has(index) ? String(moment) : "");
        tick.style.setProperty("--part", String(index / last()));
        return tick;
      }),
    );
  }
  const sizes = new ResizeObserver(layTicks);
  sizes.observe(ticks);

  /**
   * Show what a value says. Another sentence ends the waiting.
   *
   * @param {unknown} given - the moments on offer
   * @param {unknown} moment - that of its clips
   * @param {boolean} same - whether the sentence is the one before
   */
  function show(given, moment, same) {
    const held = same && (timers.settle || slider.matches(":active")) ? pointed() : null; // a hand has not settled yet
    moments = readMoments(given);
    node.hidden = moments.length < 2;
    const has = (/** @type {unknown} */ wish) => moments.some((each) => each === wish);
    shown = moments.find((each) => each === moment) ?? moments.at(-1) ?? null;
    if (!same) next = null;
    if (!same || asked === shown || !has(asked)) wait(null);
    clearTimeout(timers.again);
    const still = asked;
    if (still !== null) {
      timers.again = window.setTimeout(() => {
        if (asked === still) ask(still);
      }, AGAIN);
    }
    failed = false; // clips have come, be it late
    slider.max = String(Math.max(0, moments.length - 1));
    slider.value = String(indexOf([held, next, asked].find(has) ?? shown));
    layTicks();
    tell();
    if (asked === null && next !== null && !timers.settle) settled();
  }

  return {
    node,
    show,
    /** Whether clips were asked for and have not come yet. */
    waiting: () => asked !== null,
    /** Whether clips were asked for in vain. */
    failed: () => failed,
    destroy: () => {
      sizes.disconnect();
      for (const timer of Object.values(timers)) clearTimeout(timer);
    },
  };
}
