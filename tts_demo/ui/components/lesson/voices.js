// A switch between voices on one playhead, and their captions. Nothing in the page tells a voice but its label.

import { make, setText } from "../shared/dom.js";
import { silenceHelp } from "../shared/silence_help.js";
import { Transport } from "../shared/transport.js";
import { soundOf } from "../shared/wav.js";

/**
 * @typedef {object} Voice
 * @property {string} label
 * @property {string} url - a WAV in a data address
 * @property {string | null} caption - null: none is shown
 * @property {string} [key] - shown in front of the label; 1, 2 ... where there is none
 * @property {string} [note] - below the label
 */

/**
 * @typedef {object} Page - what is around the switch
 * @property {HTMLElement} root - says in its data what is going on
 * @property {boolean} loop
 * @property {(index: number) => void} chosen - called when another voice was chosen
 * @property {() => void} broken - called when a voice cannot be played here at all
 */

/**
 * @typedef {object} Wishes - what a step adds
 * @property {() => string} [playWord] - key of the large button's text while nothing plays
 * @property {() => void} [sounds] - called when sound has begun
 * @property {() => void} [silent] - called when nothing could be heard
 * @property {(index: number) => void} [chosen]
 */

/** @typedef {ReturnType<typeof voiceSwitch>} VoiceSwitch */

/**
 * The switch.
 *
 * @param {import("../shared/words.js").Words} words
 * @param {Voice[]} voices
 * @param {Page} page
 * @param {Wishes} wishes
 */
export function voiceSwitch(words, voices, { root, loop, chosen, broken }, wishes) {
  const { playWord = () => "play", sounds: sounding = () => {}, silent = () => {} } = wishes;
  const sounds = voices.map(({ url }) => soundOf(url));
  const several = voices.length > 1;
  const transport = new Transport(
    {
      changed() {
        if (transport.playing) {
          setText(alarm, "");
          sounding();
        }
        show();
      },
      moved: showPosition,
      silent(why) {
        if (why === "unsupported") {
          broken();
          return;
        }
        setText(alarm, words(why));
        help.open = true;
        silent();
        show();
      },
    },
    loop,
  );
  transport.load(sounds, 0);
  let ended = false;

  const sides = several ? voices.map(sideOf) : [];
  const columns = voices.map(({ caption }, index) =>
    make(
      "div",
      { class: "hear-voice" },
      sides[index] ?? "",
      caption ? make("p", { class: "hear-caption" }, caption) : "",
    ),
  );
  const bar = make("span", { class: "hear-track-bar" });
  const track = make("span", { class: "hear-track", "aria-hidden": "true" }, bar);
  const button = make("button", { type: "button", class: "hear-main hear-sound-play", "aria-keyshortcuts": "Space" });
  const help = silenceHelp(words, ["iphone", "volume", "output"]);
  const alarm = make("p", { class: "hear-alarm", role: "status" });
  const group = several ? { role: "group", "aria-label": words("voices") } : {};
  const node = make(
    "div",
    { class: "hear-sound" },
    make("div", { class: "hear-voices", ...group }, ...columns),
    make("div", { class: "hear-transport" }, button, track, help),
    alarm,
  );

  /** @param {Voice} voice @param {number} index */
  function sideOf({ key, label, note }, index) {
    const side = make(
      "button",
      { type: "button", class: "hear-side", "aria-pressed": String(index === 0) },
      make("kbd", { class: "hear-key", "aria-hidden": key ? null : "true" }, key ?? String(index + 1)),
      " ",
      make("span", {}, label, note ? make("small", { class: "hear-muted" }, note) : ""),
    );
    side.addEventListener("click", () => listen(index));
    return side;
  }

  function play() {
    if (ended) return;
    if (sounds[transport.chosen]) transport.play();
    else broken();
  }

  function choose(/** @type {number} */ index) {
    if (ended || index >= voices.length || index === transport.chosen) return;
    if (!sounds[index]) {
      broken();
      return;
    }
    transport.choose(index);
    chosen(index);
    wishes.chosen?.(index);
  }

  /** Choose a voice, and play where nothing does. */
  function listen(/** @type {number} */ index) {
    choose(index);
    if (!transport.playing) play();
  }

  function toggle() {
    if (transport.playing) transport.pause();
    else play();
  }

  function show() {
    root.dataset.sound = transport.playing ? "playing" : "paused";
    root.dataset.chosen = String(transport.chosen);
    setText(button, words(transport.playing ? "pause" : playWord()));
    sides.forEach((side, index) => {
      side.setAttribute("aria-pressed", String(index === transport.chosen));
    });
    columns.forEach((column, index) => {
      column.classList.toggle("hear-chosen", index === transport.chosen);
    });
    showPosition();
  }

  function showPosition() {
    const { position, seconds } = transport;
    root.dataset.position = position.toFixed(3);
    bar.style.transform = `scaleX(${Math.min(1, position / seconds).toFixed(4)})`;
  }

  button.addEventListener("click", toggle);
  show();
  return {
    node,
    button,
    choose,
    listen,
    toggle,
    pause: () => transport.pause(),
    destroy() {
      ended = true;
      transport.pause();
      transport.destroy();
    },
  };
}
