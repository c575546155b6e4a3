// The first screen's steps and keys. Runs as `js_on_load` of first_screen.FirstScreen, after common.js,
// player_graph.js and the other first_screen_*.js; `element`, `props`, `watch` and `trigger` come from gradio.
//
// A step's elements exist only while it is shown: what is not yet to be known is not in the page.

installStyles(STYLES);
const words = wordsOf(WORDS, FIRST_WORDS);
const LAST_STEP = 4;

// ---- state
/** What a visit begins with; which of the two voices is called X is drawn once a visit. */
const fresh = () => ({
  step: 1, mute: false, listened: false, guess: "", swapped: false, vote: null, swap: Math.random() < 0.5,
});
let visit = fresh();
let lesson = null;
let sound = null; // of the step shown

// ---- elements that stay
const headline = make("h2", { class: "hear-headline" }, words("headline"));
const progress = make("span", { class: "hear-progress hear-muted hear-number" });
const dots = make("span", { class: "hear-dots", "aria-hidden": "true" },
  ...Array.from({ length: LAST_STEP }, () => make("span")));
const back = button("back", "hear-quiet", () => go(visit.step - 1));
const skip = button("skip", "hear-quiet hear-skip", () => openLab(true));
const panel = make("div", { class: "hear-panel" });
const keysLine = make("p", { class: "hear-keys hear-muted" }, words("keys"));
const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
const bar = make("nav", { class: "hear-steps", "aria-label": words("title") }, back, dots, progress, skip);
const root = make("section", { class: "hear hear-first", "aria-label": words("title"), tabindex: "-1" },
  headline, bar, panel, keysLine, spoken);
element.replaceChildren(root);

function button(key, kind, act) {
  const node = make("button", { type: "button", class: kind }, words(key));
  node.addEventListener("click", act);
  return node;
}

const title = (key, values) => make("h3", { class: "hear-step-title", tabindex: "-1" }, words(key, values));
const paragraph = (key, values) => make("p", {}, words(key, values));
const quote = (text) => make("blockquote", { class: "hear-said", lang: "en" }, text);

// ---- going on
function go(step) {
  if (!lesson || step < 1 || step > LAST_STEP) return;
  sound?.pause();
  visit.step = step;
  draw(true);
}

function openLab(skipped) {
  sound?.pause();
  const { vote } = visit;
  const meaning = vote === null || vote === "same" ? vote : remedyIs(vote) ? "remedy" : "none";
  trigger("open_lab", { step: lesson ? visit.step : 0, skipped, vote: meaning });
}

/** The step's one large button: what Enter does. */
function primary() {
  panel.querySelector(".hear-main:not(.hear-sound-play), .hear-sound-play.hear-primary")?.click();
}

// ---- what a recogniser heard
function caption(heard) {
  if (heard === null || heard === undefined) return visit.mute ? words("unheard") : null;
  return heard ? words("heard", { text: heard }) : words("heardNothing");
}

function muteButton() {
  const node = button("mute", "hear-quiet hear-mute", () => {
    visit.mute = !visit.mute;
    sound?.pause();
    draw(false);
    panel.querySelector(".hear-mute")?.focus();
    if (visit.mute) setText(spoken, [...panel.querySelectorAll(".hear-caption")].map((each) => each.textContent).join(" "));
  });
  node.setAttribute("aria-pressed", String(visit.mute));
  return node;
}

/** The sound of a step; only the functions differ between steps. */
function makeSound(voices, loop, { onPlay = () => {}, onSilent = () => {}, onChoose = () => {}, playWord = () => "play" } = {}) {
  sound = createSound(voices, {
    words, root, loop, onPlay, onSilent, playWord,
    onChoose: (index) => {
      setText(spoken, visit.mute ? `${voices[index].label}. ${voices[index].caption ?? ""}` : voices[index].label);
      onChoose(index);
    },
    onBroken: () => {
      visit.mute = true;
      draw(false);
      panel.append(make("p", { class: "hear-alarm", role: "alert" }, words("broken")));
    },
  });
  return sound;
}

// ---- the steps; each returns its elements
function listenStep() {
  const { out } = lesson.twin.voices;
  const show = button("show", "hear-main", () => go(2));
  const mark = () => {
    show.classList.toggle("hear-primary", visit.listened || visit.mute);
    sound.button.classList.toggle("hear-primary", !(visit.listened || visit.mute));
  };
  makeSound([{ label: words("listen"), url: out.url, caption: visit.mute ? caption(out.heard) : null }], false, {
    playWord: () => (visit.listened ? "again" : "listen"),
    onPlay: () => {
      visit.listened = true;
      mark();
    },
    onSilent: () => {
      visit.listened = false;
      mark();
    },
  });
  const field = make("input", { type: "text", id: "hear-guess", autocomplete: "off", maxlength: "200", placeholder: words("guessHint") });
  field.value = visit.guess;
  field.addEventListener("input", () => { visit.guess = field.value; });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) go(2);
  });
  mark();
  return [title("listenTitle"), paragraph("listenText", { minutes: lesson.minutes }), sound.node,
    make("div", { class: "hear-guess" }, make("label", { for: "hear-guess" }, words("guess")), field, show),
    muteButton(), visit.mute ? make("p", { class: "hear-muted" }, words("muteNote")) : ""];
}

function twinStep() {
  const { voices, text } = lesson.twin;
  const verdict = make("div", { class: "hear-verdict" }, make("div", { class: "hear-telling" },
    make("p", { class: "hear-strong" }, words("verdict")), paragraph("verdictText")), curveFigure([["", lesson.curves.out]], words));
  const main = make("button", { type: "button", class: "hear-main hear-primary" });
  const settle = () => {
    verdict.hidden = !(visit.swapped || visit.mute);
    setText(main, words(verdict.hidden ? "hearTwin" : "goOn"));
  };
  makeSound([
    { label: words("never"), url: voices.out.url, caption: caption(voices.out.heard) },
    { label: words("met"), url: voices.in.url, caption: caption(voices.in.heard) },
    { label: words("recording"), note: words("recordingNote"), url: voices.recording.url, caption: null },
  ], true, {
    onChoose: (index) => {
      if (index !== 1 || visit.swapped) return;
      visit.swapped = true;
      settle();
      setText(spoken, `${words("met")}. ${words("verdict")}`);
    },
  });
  main.addEventListener("click", () => {
    if (!verdict.hidden) {
      go(3);
      return;
    }
    sound.choose(1);
    if (!sound.playing()) sound.play();
    visit.swapped = true; // also where the sound cannot be played
    settle();
  });
  settle();
  const guess = visit.guess.trim();
  return [title("twinTitle"),
    make("div", { class: "hear-told" }, quote(text), guess ? paragraph("guessed", { text: guess }) : ""), paragraph("twinText"), sound.node, verdict, make("div", { class: "hear-row" }, main, muteButton())];
}

/** The unseen sentence's two clips as X and Y of this visit. */
function pairOfVisit() {
  const told = lesson.told;
  const order = visit.swap ? [1, 0] : [0, 1];
  return order.map((index) => ({ url: lesson.pair.urls[index], heard: told.heard[index], remedy: told.remedy === index }));
}

const remedyIs = (letter) => pairOfVisit()[letter === "X" ? 0 : 1].remedy;

function voteStep() {
  const pair = pairOfVisit();
  if (visit.vote !== null) return revealStep(pair);
  makeSound(pair.map((voice, index) => (
    { label: words("listenTo", { letter: "XY"[index] }), key: "XY"[index], url: voice.url, caption: visit.mute ? caption(voice.heard) : null })), true);
  const choose = (vote) => () => {
    sound.pause();
    visit.vote = vote;
    draw(true);
  };
  const votes = make("div", { class: "hear-votes", role: "group", "aria-label": words("vote") },
    button("voteX", "hear-vote", choose("X")), button("voteY", "hear-vote", choose("Y")),
    button("voteSame", "hear-vote", choose("same")));
  return [title("voteTitle"), paragraph("voteText"), sound.node, votes, muteButton()];
}

function revealStep(pair) {
  const { told, curves, typical, remedy } = lesson;
  const letter = remedyIs("X") ? "X" : "Y";
  makeSound([
    ...pair.map((voice, index) => ({ label: words(voice.remedy ? "withRemedy" : "without"), key: "XY"[index], url: voice.url,
      caption: caption(voice.heard) })),
    { label: words("recording"), note: words("recordingNote"), url: lesson.pair.recording, caption: null },
  ], true);
  const result = visit.vote === "same" ? "revealSame" : remedyIs(visit.vote) ? "revealRemedy" : "revealNone";
  return [title(result, { letter }), make("div", { class: "hear-told" }, paragraph("said"), quote(told.text)), sound.node,
    make("div", { class: "hear-verdict" },
      make("div", { class: "hear-telling" },
        make("p", { class: "hear-strong" }, words(curveVerdict(curves.out, curves.remedy))), paragraph("remedy", remedy),
        typical ? make("p", { class: "hear-muted" }, words(typical.better ? "typical" : "typicalNone", typical)) : ""),
      curveFigure([[words("without"), curves.out], [words("withRemedy"), curves.remedy]], words)),
    button("goOn", "hear-main hear-primary", () => go(4))];
}

/** How long training takes here, as the lab says it; nothing until that is known. */
function showTime(node) {
  const time = window.hearPredicted || "";
  setText(node, time && words("takes", { time }));
  node.hidden = !time;
}
window.addEventListener("hear-predicted", () => panel.querySelectorAll(".hear-takes").forEach(showTime));

function endStep() {
  sound = null;
  const takes = make("p", { class: "hear-takes" });
  showTime(takes);
  return [title("endTitle"), paragraph("endText"), takes, button("train", "hear-main hear-primary", () => openLab(false))];
}

function draw(moveFocus) {
  bar.hidden = keysLine.hidden = !lesson;
  root.dataset.step = lesson ? String(visit.step) : "none";
  delete root.dataset.position;
  setText(spoken, "");
  if (!lesson) {
    sound = null;
    panel.replaceChildren(make("p", { class: "hear-empty" }, words("empty")),
      button("openLab", "hear-main hear-primary", () => openLab(false)));
    return;
  }
  setText(progress, words("progress", { step: visit.step }));
  [...dots.children].forEach((dot, index) => dot.classList.toggle("hear-done", index < visit.step));
  back.hidden = visit.step === 1;
  panel.replaceChildren(...[listenStep, twinStep, voteStep, endStep][visit.step - 1]().filter((node) => node !== ""));
  if (moveFocus) {
    panel.querySelector("h3").focus({ preventScroll: true });
    if (root.getBoundingClientRect().top < 0) root.scrollIntoView({ block: "start" });
  }
}

// ---- keys
const isField = (node) => node.closest("input, textarea, select, [contenteditable]");
const isSide = (node) => node.closest(".hear-side[aria-pressed=true], .hear-sound-play");

root.addEventListener("keydown", (event) => {
  if (!lesson || isField(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const onButton = event.target.closest("button, summary");
  const voice = { 1: 0, x: 0, 2: 1, y: 1, 3: 2 }[event.key.toLowerCase()];
  if (voice !== undefined) sound?.choose(voice);
  else if (event.key === " ") { // a button that does something else keeps its own space
    if (onButton && !isSide(event.target)) return;
    if (!event.repeat) sound?.toggle();
  } else if (event.key === "Enter") {
    if (onButton && !event.target.closest(".hear-side[aria-pressed=true]")) return;
    if (!event.repeat) primary();
  } else return;
  event.preventDefault();
});
root.addEventListener("keyup", (event) => { // a focused button would be clicked a second time, by the key's release
  if (event.key === " " && isSide(event.target)) event.preventDefault();
});
document.addEventListener("hear-play", (event) => {
  if (event.detail !== root) sound?.pause();
});

// ---- values from the server
/** The lesson with its seal opened; null where the value is none or damaged. */
function readLesson(value) {
  try {
    const told = JSON.parse(atob(value.pair.sealed));
    if (![0, 1].includes(told.remedy) || value.pair.urls.length !== 2) return null;
    for (const name of ["out", "remedy"]) if (!(value.curves[name].length > 1)) return null;
    for (const name of ["out", "in", "recording"]) if (!value.twin.voices[name]) return null;
    return { ...value, told };
  } catch {
    return null;
  }
}

function update() {
  sound?.pause();
  lesson = readLesson(props.value);
  visit = fresh();
  draw(false);
  // Space, 1, 2 and Enter work at once where this is what a person came to see.
  if (lesson && document.activeElement === document.body && root.getBoundingClientRect().top < innerHeight / 2) {
    root.focus({ preventScroll: true });
  }
  root.dataset.ready = "true";
}
watch("value", update);
update();
