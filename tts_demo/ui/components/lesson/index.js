// The lesson: four steps in which one hears overfitting.

import { make, setText } from "../shared/dom.js";
import { playbackKeys } from "../shared/keys.js";
import { styled } from "../shared/styles.js";
import { wordsOf } from "../shared/words.js";
import { freshVisit, LAST_STEP, pairOf, readLesson, votedFor } from "./reading.js";
import { buttonOf, showTime, stepOf } from "./steps.js";
import { voiceSwitch } from "./voices.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("../shared/silence_help.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

/** @typedef {import("./reading.js").LessonValue} LessonValue */

/** @type {Record<string, number>} */
const VOICE_OF_KEY = { 1: 0, x: 0, 2: 1, y: 1, 3: 2 };

/** @type {import("../shared/component.js").Component<LessonValue>} */
export default {
  render({ element, value, words: given, emit = () => {} }) {
    const words = wordsOf(WORDS, given);
    let visit = freshVisit();
    let lesson = readLesson(value);
    /** @type {import("./voices.js").VoiceSwitch | null} */
    let sound = null; // of the step shown

    // ---- elements that stay
    const headline = make("h2", { class: "hear-headline" }, words("headline"));
    const progress = make("span", { class: "hear-progress hear-muted hear-number" });
    const dots = Array.from({ length: LAST_STEP }, () => make("span"));
    const back = buttonOf(words, "back", "hear-quiet", () => go(visit.step - 1));
    const skip = buttonOf(words, "skip", "hear-quiet hear-skip", () => openLab(true));
    const panel = make("div", { class: "hear-panel" });
    const keysLine = make("p", { class: "hear-keys hear-muted" }, words("keys"));
    const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
    const bar = make(
      "nav",
      { class: "hear-steps", "aria-label": words("title") },
      back,
      make("span", { class: "hear-dots", "aria-hidden": "true" }, ...dots),
      progress,
      skip,
    );
    const root = make(
      "section",
      { class: "hear hear-lesson", "aria-label": words("title"), tabindex: "-1" },
      headline,
      bar,
      panel,
      keysLine,
      spoken,
    );
    element.replaceChildren(root);

    // ---- going on
    function go(/** @type {number} */ step) {
      if (step < 1 || step > LAST_STEP) return;
      visit.step = step;
      draw();
      moveFocus();
    }

    /** To where the step begins, for those who read it with a keyboard or a screen reader. */
    function moveFocus() {
      panel.querySelector("h3")?.focus({ preventScroll: true });
      if (root.getBoundingClientRect().top < 0) root.scrollIntoView({ block: "start" });
    }

    function openLab(/** @type {boolean} */ skipped) {
      sound?.pause();
      const vote = lesson && votedFor(visit.vote, pairOf(lesson, visit));
      emit("open_lab", { step: lesson ? visit.step : 0, skipped, vote });
    }

    function toggleMute() {
      visit.mute = !visit.mute;
      draw();
      /** @type {HTMLElement | null} */ (panel.querySelector(".hear-mute"))?.focus();
      if (!visit.mute) return;
      setText(spoken, [...panel.querySelectorAll(".hear-caption")].map(({ textContent }) => textContent).join(" "));
    }

    /** Nothing can be played here: what was heard is to be read. */
    function goOnByReading() {
      visit.mute = true;
      draw();
      panel.append(make("p", { class: "hear-alarm", role: "alert" }, words("broken")));
    }

    /** The sound of a step. */
    function play(
      /** @type {import("./voices.js").Voice[]} */ voices,
      /** @type {boolean} */ loop,
      /** @type {import("./voices.js").Wishes} */ wishes = {},
    ) {
      const chosen = (/** @type {number} */ index) => {
        const { label, caption } = voices[index];
        setText(spoken, visit.mute ? `${label}. ${caption ?? ""}` : label);
      };
      sound = voiceSwitch(words, voices, { root, loop, chosen, broken: goOnByReading }, wishes);
      return sound;
    }

    function draw() {
      sound?.destroy();
      sound = null;
      bar.hidden = keysLine.hidden = !lesson;
      root.dataset.step = lesson ? String(visit.step) : "none";
      delete root.dataset.position;
      setText(spoken, "");
      if (!lesson) {
        const open = buttonOf(words, "openLab", "hear-main hear-primary", () => openLab(false));
        panel.replaceChildren(make("p", { class: "hear-empty" }, words("empty")), open);
        return;
      }
      setText(progress, words("progress", { step: visit.step }));
      dots.forEach((dot, index) => {
        dot.classList.toggle("hear-done", index < visit.step);
      });
      back.hidden = visit.step === 1;
      const say = (/** @type {string} */ text) => setText(spoken, text);
      const voted = () => go(visit.step);
      const train = () => openLab(false);
      panel.replaceChildren(...stepOf({ words, lesson, visit, go, voted, toggleMute, train, say, play }));
    }

    // ---- keys
    /** The step's one large button: what Enter does. */
    const primary = () =>
      /** @type {HTMLElement | null} */ (
        panel.querySelector(".hear-main:not(.hear-sound-play), .hear-sound-play.hear-primary")
      );

    playbackKeys(root, {
      playback: ".hear-sound-play, .hear-side[aria-pressed=true]",
      ready: () => lesson !== null,
      toggle: () => sound?.toggle(),
      key({ key, repeat }, target) {
        const voice = VOICE_OF_KEY[key.toLowerCase()];
        if (voice !== undefined) {
          sound?.choose(voice);
          return true;
        }
        // a button that does something else keeps its own Enter
        const free = !target.closest("button, summary") || target.closest(".hear-side[aria-pressed=true]");
        if (key !== "Enter" || !free) return false;
        if (!repeat) primary()?.click();
        return true;
      },
    });

    // ---- news
    function tellTime() {
      for (const node of panel.querySelectorAll(".hear-takes")) showTime(/** @type {HTMLElement} */ (node), words);
    }
    window.addEventListener("hear-predicted", tellTime);

    function update(/** @type {LessonValue | null} */ news) {
      lesson = readLesson(news);
      visit = freshVisit();
      draw();
      // Space, 1, 2 and Enter work at once where this is what a person came to see.
      if (lesson && document.activeElement === document.body && root.getBoundingClientRect().top < innerHeight / 2) {
        root.focus({ preventScroll: true });
      }
      root.dataset.ready = "true";
    }

    update(value);
    return {
      update,
      destroy() {
        sound?.destroy();
        window.removeEventListener("hear-predicted", tellTime);
      },
    };
  },
};
