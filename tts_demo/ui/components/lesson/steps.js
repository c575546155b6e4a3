// The four steps. Each makes its elements when it is shown: what is not yet to be known is not in the page.

import { make, setText } from "../shared/dom.js";
import { curveFigure, curveVerdict } from "./curves.js";
import { pairOf, regularizedLetter, votedFor } from "./reading.js";

/** @typedef {import("./reading.js").Vote} Vote */
/** @typedef {import("./voices.js").Voice} Voice */
/** @typedef {import("./voices.js").Wishes} Wishes */

/**
 * @typedef {object} Screen - what is around a step
 * @property {import("../shared/words.js").Words} words
 * @property {import("./reading.js").Lesson} lesson
 * @property {import("./reading.js").Visit} visit
 * @property {(step: number) => void} go
 * @property {() => void} voted - called when a vote was given
 * @property {() => void} toggleMute
 * @property {() => void} train
 * @property {(text: string) => void} say - to a screen reader
 * @property {(voices: Voice[], loop: boolean, wishes?: Wishes) => import("./voices.js").VoiceSwitch} play
 */

/**
 * A button.
 *
 * @param {import("../shared/words.js").Words} words
 * @param {string} key - of its text
 * @param {string} kind - its classes
 * @param {() => void} act
 */
export function buttonOf(words, key, kind, act) {
  const node = make("button", { type: "button", class: kind }, words(key));
  node.addEventListener("click", act);
  return node;
}

const titleOf = (/** @type {string} */ text) => make("h3", { class: "hear-step-title", tabindex: "-1" }, text);
const paragraph = (/** @type {string} */ text) => make("p", {}, text);
const strong = (/** @type {string} */ text) => make("p", { class: "hear-strong" }, text);
const quote = (/** @type {string} */ text) => make("blockquote", { class: "hear-said", lang: "en" }, text);

/**
 * What a recogniser heard, as a caption; null where none is to be shown.
 *
 * @param {Screen} screen
 * @param {string | null} heard
 */
function captionOf({ words, visit }, heard) {
  if (heard === null) return visit.mute ? words("unheard") : null;
  return heard ? words("heard", { text: heard }) : words("heardNothing");
}

function muteButton(/** @type {Screen} */ { words, visit, toggleMute }) {
  const node = buttonOf(words, "mute", "hear-quiet hear-mute", toggleMute);
  node.setAttribute("aria-pressed", String(visit.mute));
  return node;
}

function listenStep(/** @type {Screen} */ screen) {
  const { words, lesson, visit, go, play } = screen;
  const { out } = lesson.twin.voices;
  const show = buttonOf(words, "show", "hear-main", () => go(2));
  const mark = () => {
    show.classList.toggle("hear-primary", visit.listened || visit.mute);
    sound.button.classList.toggle("hear-primary", !(visit.listened || visit.mute));
  };
  const setListened = (/** @type {boolean} */ listened) => {
    visit.listened = listened;
    mark();
  };
  const caption = visit.mute ? captionOf(screen, out.heard) : null;
  const sound = play([{ label: words("listen"), url: out.url, caption }], false, {
    playWord: () => (visit.listened ? "again" : "listen"),
    sounds: () => setListened(true),
    silent: () => setListened(false),
  });
  const field = make("input", {
    type: "text",
    id: "hear-guess",
    autocomplete: "off",
    maxlength: 200,
    placeholder: words("guessHint"),
  });
  field.value = visit.guess;
  field.addEventListener("input", () => {
    visit.guess = field.value;
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) go(2);
  });
  mark();
  return [
    titleOf(words("listenTitle")),
    paragraph(words("listenText", { minutes: lesson.minutes })),
    sound.node,
    make("div", { class: "hear-guess" }, make("label", { for: "hear-guess" }, words("guess")), field, show),
    muteButton(screen),
    ...(visit.mute ? [make("p", { class: "hear-muted" }, words("muteNote"))] : []),
  ];
}

function twinStep(/** @type {Screen} */ screen) {
  const { words, lesson, visit, go, say, play } = screen;
  const { voices, text } = lesson.twin;
  const telling = make("div", { class: "hear-telling" }, strong(words("verdict")), paragraph(words("verdictText")));
  const verdict = make("div", { class: "hear-verdict" }, telling, curveFigure([["", lesson.curves.out]], words));
  const main = make("button", { type: "button", class: "hear-main hear-primary" });
  const settle = () => {
    verdict.hidden = !(visit.swapped || visit.mute);
    setText(main, words(verdict.hidden ? "hearTwin" : "goOn"));
  };
  const sound = play(
    [
      { label: words("never"), url: voices.out.url, caption: captionOf(screen, voices.out.heard) },
      { label: words("met"), url: voices.in.url, caption: captionOf(screen, voices.in.heard) },
      { label: words("recording"), note: words("recordingNote"), url: voices.recording.url, caption: null },
    ],
    true,
    {
      chosen(index) {
        if (index !== 1 || visit.swapped) return;
        visit.swapped = true;
        settle();
        say(`${words("met")}. ${words("verdict")}`);
      },
    },
  );
  main.addEventListener("click", () => {
    if (!verdict.hidden) {
      go(3);
      return;
    }
    sound.listen(1);
    visit.swapped = true; // also where the sound cannot be played
    settle();
  });
  settle();
  const guess = visit.guess.trim();
  return [
    titleOf(words("twinTitle")),
    make("div", { class: "hear-told" }, quote(text), guess ? paragraph(words("guessed", { text: guess })) : ""),
    paragraph(words("twinText")),
    sound.node,
    verdict,
    make("div", { class: "hear-row" }, main, muteButton(screen)),
  ];
}

function voteStep(/** @type {Screen} */ screen) {
  const { words, lesson, visit, play, voted } = screen;
  if (visit.vote !== null) return revealStep(screen, visit.vote);
  const sound = play(
    pairOf(lesson, visit).map(({ url, heard }, index) => ({
      label: words("listenTo", { letter: "XY"[index] }),
      key: "XY"[index],
      url,
      caption: visit.mute ? captionOf(screen, heard) : null,
    })),
    true,
  );
  const button = (/** @type {string} */ key, /** @type {Vote} */ vote) =>
    buttonOf(words, key, "hear-vote", () => {
      visit.vote = vote;
      voted();
    });
  const votes = make(
    "div",
    { class: "hear-votes", role: "group", "aria-label": words("vote") },
    button("voteX", "X"),
    button("voteY", "Y"),
    button("voteSame", "same"),
  );
  return [titleOf(words("voteTitle")), paragraph(words("voteText")), sound.node, votes, muteButton(screen)];
}

/**
 * @param {Screen} screen
 * @param {Vote} vote
 */
function revealStep(screen, vote) {
  const { words, lesson, visit, go, play } = screen;
  const { told, curves, typical, regularizer } = lesson;
  const pair = pairOf(lesson, visit);
  const sound = play(
    [
      ...pair.map((voice, index) => ({
        label: words(voice.regularized ? "withRemedy" : "without"),
        key: "XY"[index],
        url: voice.url,
        caption: captionOf(screen, voice.heard),
      })),
      { label: words("recording"), note: words("recordingNote"), url: lesson.pair.recording, caption: null },
    ],
    true,
  );
  const results = { same: "revealSame", regularized: "revealRemedy", none: "revealNone" };
  const result = results[votedFor(vote, pair) ?? "same"];
  const telling = make(
    "div",
    { class: "hear-telling" },
    strong(words(curveVerdict(curves.out, curves.regularized))),
    paragraph(words("remedy", regularizer)),
  );
  if (typical) {
    const text = words(typical.better ? "typical" : "typicalNone", typical);
    telling.append(make("p", { class: "hear-muted" }, text));
  }
  const figure = curveFigure(
    [
      [words("without"), curves.out],
      [words("withRemedy"), curves.regularized],
    ],
    words,
  );
  return [
    titleOf(words(result, { letter: regularizedLetter(pair) })),
    make("div", { class: "hear-told" }, paragraph(words("said")), quote(told.text)),
    sound.node,
    make("div", { class: "hear-verdict" }, telling, figure),
    buttonOf(words, "goOn", "hear-main hear-primary", () => go(4)),
  ];
}

function endStep(/** @type {Screen} */ { words, train }) {
  const takes = make("p", { class: "hear-takes" });
  showTime(takes, words);
  return [
    titleOf(words("endTitle")),
    paragraph(words("endText")),
    takes,
    buttonOf(words, "train", "hear-main hear-primary", train),
  ];
}

/**
 * How long training takes here, as the lab says it; nothing until that is known.
 *
 * @param {HTMLElement} node
 * @param {import("../shared/words.js").Words} words
 */
export function showTime(node, words) {
  const { hearPredicted: time = "" } = /** @type {{ hearPredicted?: string }} */ (/** @type {unknown} */ (window));
  setText(node, time && words("takes", { time }));
  node.hidden = !time;
}

/**
 * The elements of the step that a visit has come to.
 *
 * @param {Screen} screen
 */
export function stepOf(screen) {
  return [listenStep, twinStep, voteStep, endStep][screen.visit.step - 1](screen);
}
