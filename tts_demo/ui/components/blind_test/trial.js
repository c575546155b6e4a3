// A trial: its clips to listen to, and an answer. The page knows them as "A", "B" and "X", and nothing that tells which
// they are. There is no waveform and no level: the ears are to decide.

import { make, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { playbackKeys } from "../shared/keys.js";
import { silenceHelp } from "../shared/silence_help.js";
import { Transport } from "../shared/transport.js";
import { soundOf } from "../shared/wav.js";

const PLACES = ["A", "B", "X"];

/**
 * @typedef {object} TrialValue
 * @property {"trial"} view
 * @property {string} test
 * @property {"abx" | "ab"} kind
 * @property {number} number - from 1
 * @property {number} trials - how many there are
 * @property {boolean} [practice] - it does not count
 * @property {Record<string, string>} clips - WAVs in data addresses, by "A", "B" and, in ABX, "X"
 * @property {string} [alert]
 */

/**
 * @typedef {object} Page - what is around the trial
 * @property {HTMLElement} root - takes the keys, and says in its data what is going on
 * @property {(choice: { test: string, trial: number, choice: string }) => void} answer
 * @property {(key: "stuck" | "unsupported" | "damaged") => void} warn
 * @property {() => void} sounds - called when sound has begun
 */

/**
 * The view of a trial, made once and kept from trial to trial.
 *
 * @param {import("../shared/words.js").Words} words
 * @param {Page} page
 */
export function trialView(words, { root, answer, warn, sounds }) {
  const question = make("h3", { class: "hear-blind-question" });
  const count = make("span", { class: "hear-blind-count hear-number" });
  const done = make("span", { class: "hear-blind-done" });
  const how = make("p", { class: "hear-muted" });
  const tiles = make("div", { class: "hear-blind-tiles", role: "group", "aria-label": words("clips") });
  const playButton = make("button", { type: "button", class: "hear-blind-play", "aria-keyshortcuts": "Space" });
  const head = make("span", { class: "hear-blind-head" });
  const line = make("span", { class: "hear-blind-line", "aria-hidden": "true" }, head);
  const answers = make("div", { class: "hear-blind-answers", role: "group", "aria-label": words("answers") });
  const hint = make("p", { class: "hear-blind-hint hear-muted", role: "status" });
  const keysLine = make("p", { class: "hear-blind-keys hear-muted" });
  const help = silenceHelp(words, ["iphone", "volume", "output"]);
  const nodes = [
    make("header", { class: "hear-blind-top" }, question, count),
    make("div", { class: "hear-blind-bar", "aria-hidden": "true" }, done),
    how,
    tiles,
    make("div", { class: "hear-blind-transport" }, playButton, line),
    answers,
    hint,
    keysLine,
    help,
  ];

  const transport = new Transport({
    changed() {
      if (transport.playing) {
        heard.add(transport.chosen);
        sounds();
      }
      showState();
    },
    moved: showHead,
    silent(why) {
      warn(why);
      if (why === "stuck") help.open = true;
      heard.clear(); // nobody knows since when it has been silent
      showState();
    },
  });
  /** @type {TrialValue | null} */
  let trial = null;
  /** @type {{ tile: HTMLButtonElement, state: HTMLElement }[]} */
  let places = [];
  /** @type {Set<number>} */
  const heard = new Set();
  let sent = ""; // the answer that was given
  let readable = false;

  /** Listen to a clip: switches where sound runs, starts it where none does. */
  function listen(/** @type {number} */ index) {
    if (!places[index] || !readable) return;
    if (tiles.contains(document.activeElement)) focus(index);
    transport.choose(index);
    if (!transport.playing) transport.play();
  }

  const focus = (/** @type {number} */ index) => places[index].tile.focus({ preventScroll: true });

  playButton.addEventListener("click", () => transport.toggle());
  playbackKeys(root, {
    playback: ".hear-blind-play, .hear-blind-tile[aria-pressed=true]",
    ready: () => trial !== null,
    toggle: () => transport.toggle(),
    key({ key }) {
      const index = key.length === 1 ? Math.max(PLACES.indexOf(key.toUpperCase()), "123".indexOf(key)) : -1;
      if (index >= 0) listen(index);
      return index >= 0;
    },
  });

  // ---- what is shown
  function showHead() {
    head.style.transform = `scaleX(${(transport.position / transport.seconds).toFixed(4)})`;
  }

  function hintKey() {
    if (sent) return trial?.number === trial?.trials ? "last" : "sent";
    if (heard.size === places.length && readable) return "ready";
    return trial?.kind === "abx" ? "firstAbx" : "firstAb";
  }

  function showState() {
    const { playing, chosen } = transport;
    const everyone = readable && heard.size === places.length;
    root.dataset.state = playing ? "playing" : "paused";
    root.dataset.chosen = PLACES[chosen] ?? "";
    playButton.setAttribute("aria-label", words(playing ? "pause" : "play"));
    playButton.replaceChildren(icon(playing ? "pause" : "play"));
    places.forEach(({ tile, state }, index) => {
      tile.setAttribute("aria-pressed", String(index === chosen));
      tile.classList.toggle("hear-blind-heard", heard.has(index));
      setText(state, words(index === chosen && playing ? "sounding" : heard.has(index) ? "heard" : "unheard"));
    });
    for (const button of answers.querySelectorAll("button")) {
      button.disabled = !everyone;
      button.setAttribute("aria-pressed", String(button.dataset.place === sent));
    }
    setText(hint, words(hintKey()));
  }

  /** @param {string} place @param {number} index */
  function placeOf(place, index) {
    const state = make("span", { class: "hear-blind-state" });
    const keys = `${place} ${index + 1}`;
    const tile = make(
      "button",
      { type: "button", class: "hear-blind-tile", "aria-pressed": "false", "aria-keyshortcuts": keys },
      make("span", { class: "hear-spoken" }, words("clip", { place })),
      make("span", { class: "hear-blind-letter", "aria-hidden": "true" }, place),
      state,
    );
    tile.addEventListener("click", () => listen(index));
    return { tile, state };
  }

  /** @param {string} place @param {boolean} abx */
  function answerOf(place, abx) {
    const button = make(
      "button",
      { type: "button", class: "hear-blind-answer", "data-place": place, "aria-pressed": "false" },
      words(abx ? "choiceAbx" : "choiceAb", { place }),
    );
    button.addEventListener("click", () => {
      if (!trial) return;
      sent = place;
      showState();
      answer({ test: trial.test, trial: trial.number, choice: place });
    });
    return button;
  }

  /** What differs between the kinds of test. */
  function showKind(/** @type {boolean} */ abx) {
    places = PLACES.slice(0, abx ? 3 : 2).map(placeOf);
    tiles.replaceChildren(...places.map(({ tile }) => tile));
    answers.replaceChildren(...["A", "B"].map((place) => answerOf(place, abx)));
    setText(question, words(abx ? "askAbx" : "askAb"));
    setText(how, words(abx ? "howAbx" : "howAb"));
    setText(keysLine, words(abx ? "keysAbx" : "keysAb"));
  }

  /** Stop the sound and forget the trial. */
  function forget() {
    transport.load([]);
    trial = null;
    sent = "";
    heard.clear();
  }

  /**
   * Show a trial. Sound, and what was heard, stay where it is the one before.
   *
   * @param {TrialValue} value
   * @returns {string} what has come, for a screen reader; "" where it is the one before
   */
  function show(value) {
    const same = trial?.test === value.test && trial.number === value.number;
    sent = ""; // whatever came of it, an answer may be given
    if (same && readable) {
      showState();
      return "";
    }
    const kind = places.length === 3 ? "abx" : "ab";
    if (!places.length || value.kind !== kind) showKind(value.kind === "abx");
    forget();
    trial = value;
    const clips = places.map((_, index) => soundOf(value.clips[PLACES[index]]));
    readable = clips.every(Boolean);
    if (readable) transport.load(clips);
    else warn("damaged");
    const progress = words(value.practice ? "practice" : "progress", { number: value.number, trials: value.trials });
    setText(count, progress);
    done.style.transform = `scaleX(${((value.number - 1) / value.trials).toFixed(4)})`;
    showHead();
    showState();
    return progress;
  }

  return {
    nodes,
    show,
    forget,
    /** Whether an answer was given, and what comes of it is waited for. */
    answered: () => Boolean(sent),
    focus: () => focus(0),
    destroy: () => transport.destroy(),
  };
}
