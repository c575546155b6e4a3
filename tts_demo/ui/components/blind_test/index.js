// A blind listening test on the page: offers, trials, result. Runs as `js_on_load` of blind.BlindTest, after common.js,
// page_sound.js, player_graph.js and blind_result.js; `element`, `props`, `trigger` and `watch` come from gradio.
// Of a trial the page knows its clips as "A", "B" and "X", and nothing that tells which they are. It draws no waveform
// and no level: the ears are to decide.

const BLIND_WORDS = {
  title: "Blind test",
  empty: "With two voices to compare, you can test here whether you hear a difference, without knowing which is which.",
  choose: "Can you hear the difference if nobody tells you which is which? The number of trials is fixed before you "
    + "start, and the score comes after the last one.",
  between: "Between “{first}” and “{second}”.",
  passesAbx: "It takes {needed} right of {trials}. Someone who is right 75 % of the time gets there in {power} of tests.",
  passesAb: "It takes {needed} of {trials} for the same voice. Someone who prefers it 75 % of the time gets there in {power} of tests.",
  passesNone: "Too few trials to show anything.",
  drawing: "The test is being drawn …",
  askAbx: "Is X the same as A, or as B?",
  askAb: "Which is easier to understand?",
  howAbx: "All three say the same sentence, and X is A or B once more. Switch between them as often as you like.",
  howAb: "Both say the same sentence. Switch between them as often as you like.",
  progress: "Trial {number} of {trials}",
  clips: "Clips",
  clip: "Listen to {place}",
  heard: "heard",
  unheard: "not heard yet",
  sounding: "playing",
  play: "Play",
  pause: "Pause",
  answers: "Your answer",
  choiceAbx: "X is {place}",
  choiceAb: "{place} is easier to understand",
  firstAbx: "Listen to A, B and X first.",
  firstAb: "Listen to A and B first.",
  ready: "Ready when you are: an answer cannot be changed.",
  sent: "Sent. The next trial is being made …",
  last: "Sent. The result is being worked out …",
  damaged: "The clips of this trial could not be read. Please reload the page to go on.",
  unsupported: "This browser cannot play several clips in step, so it cannot do a blind test.",
  keysAbx: "Keys: A, B, X or 1–3 listen, space plays and pauses, Tab goes to the answers.",
  keysAb: "Keys: A, B or 1–2 listen, space plays and pauses, Tab goes to the answers.",
  leave: "Leave this test",
  again: "Another test",
  scoreAbx: "{count} of {trials} right",
  scoreAb: "“{name}” was easier in {count} of {trials}",
  bound: "right at least {low} of the time (95 % confidence, one-sided)",
  interval: "“{name}” preferred {low} to {high} of the time (95 % confidence)",
  scaleAbx: "{rate} right; guessing would be 50 %. With 95 % confidence at least {low}.",
  scaleAb: "{rate} for the first voice; no preference would be 50 %. With 95 % confidence {low} to {high}.",
  chance: "{half}, chance",
  everyTrial: "Every trial",
  headTrial: "Trial",
  headSentence: "Sentence",
  headA: "A was",
  headB: "B was",
  headX: "X was",
  headAnswer: "You said",
  headEasier: "Easier for you",
  headVerdict: "Verdict",
  said: "X is {place}",
  right: "right",
  wrong: "wrong",
  csv: "Download as CSV",
  passOn: "Can you hear overfitting? Pass the five-trial challenge on:",
  copy: "Copy link",
  copied: "Link copied",
  copiedOf: "The link to the challenge has been copied.",
  notCopied: "The browser did not allow copying. The link is selected: copy it with Ctrl+C, or ⌘C on a Mac.",
  link: "Link to the challenge",
  close: "Close",
  silence: "No sound?",
  stuck: "The sound of this device has stopped. Press Play again; if it stays silent, reload the page.",
  iphone: "On an iPhone, set the ringer switch at its side to ring and turn the volume up while a clip plays.",
  volume: "Check the volume of this device and of this browser tab.",
  output: "Check which output is chosen: headphones, a Bluetooth speaker or a screen may be taking the sound.",
};

installStyles(STYLES);
const words = wordsOf(WORDS, BLIND_WORDS);

const icon = (path) => make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, make("path", { d: path }));
const ICONS = {
  play: "M8 5.2v13.6c0 .8.9 1.3 1.6.8l10-6.8c.6-.4.6-1.2 0-1.6l-10-6.8C8.9 3.9 8 4.4 8 5.2z",
  pause: "M7 4.5h3.2v15H7zM13.8 4.5H17v15h-3.2z",
};
const PLACES = ["A", "B", "X"];

// ---- page elements
const alarm = make("p", { class: "hear-blind-alarm", role: "alert" });
const stage = make("div", { class: "hear-blind-stage" });
const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
const leaveButton = make("button", { type: "button", class: "hear-blind-button hear-blind-leave" });
const root = make("section", { class: "hear hear-blind", "aria-label": words("title") }, alarm, stage, leaveButton, spoken);
element.replaceChildren(root);

// The trial's, made once for a view and kept from trial to trial.
const question = make("h3", { class: "hear-blind-question" });
const count = make("span", { class: "hear-blind-count hear-number" });
const bar = make("span", { class: "hear-blind-done" });
const how = make("p", { class: "hear-muted" });
const tiles = make("div", { class: "hear-blind-tiles", role: "group", "aria-label": words("clips") });
const playButton = make("button", { type: "button", class: "hear-blind-play", "aria-keyshortcuts": "Space" });
const head = make("span", { class: "hear-blind-head" });
const answers = make("div", { class: "hear-blind-answers", role: "group", "aria-label": words("answers") });
const hint = make("p", { class: "hear-blind-hint hear-muted", role: "status" });
const keysLine = make("p", { class: "hear-blind-keys hear-muted" });
const help = silenceHelp(words, ["iphone", "volume", "output"]);
const trialView = [
  make("header", { class: "hear-blind-top" }, question, count),
  make("div", { class: "hear-blind-bar", "aria-hidden": "true" }, bar), how, tiles,
  make("div", { class: "hear-blind-transport" }, playButton, make("span", { class: "hear-blind-line", "aria-hidden": "true" }, head)),
  answers, hint, keysLine, help,
];

// ---- state
const view = { kind: "", trial: null, sounds: [], chosen: -1, at: 0, seconds: 0, graph: null, context: null, heard: new Set(), sent: "", forget: null };
const isPlaying = () => Boolean(view.graph?.playing());

const steady = steadySound({
  start: startOn, playing: isPlaying, pause,
  silent: () => {
    setText(alarm, words("stuck"));
    help.open = true;
    view.heard.clear(); // nobody knows since when it has been silent
    showState();
  },
});

function play() {
  const sound = view.sounds[view.chosen];
  if (!sound) return;
  document.dispatchEvent(new CustomEvent("hear-play", { detail: root })); // the players stop
  if (alarm.textContent === words("stuck")) setText(alarm, "");
  if (!steady.play(sound.rate)) {
    setText(alarm, words("unsupported"));
    return;
  }
  view.heard.add(view.chosen);
  showState();
  requestAnimationFrame(follow);
}

/** Sound on this context; a graph that was made for another one is dropped. */
function startOn(context) {
  if (view.context !== context) {
    view.at = isPlaying() ? view.graph.position() : view.at;
    view.graph?.stop();
    view.graph = null;
    view.context = context;
  }
  view.graph ??= createPlayerGraph(context, view.sounds);
  view.graph.start(view.at, view.chosen, true);
}

function pause() {
  if (!isPlaying()) return;
  view.at = view.graph.position();
  view.graph.stop();
  showState();
}

/** Listen to a clip: switches where sound runs, starts it where none does. */
function listen(index) {
  if (!view.sounds[index]) return;
  const onTile = tiles.contains(document.activeElement);
  view.chosen = index;
  if (onTile) tiles.children[index].focus({ preventScroll: true });
  if (!isPlaying()) {
    play();
    return;
  }
  view.graph.choose(index);
  view.heard.add(index);
  showState();
}

/** One animation frame while sound runs. */
function follow() {
  if (!isPlaying()) return;
  if (!root.isConnected) { // gradio has taken the component off the page
    view.graph.stop();
    return;
  }
  view.at = view.graph.position();
  head.style.transform = `scaleX(${(view.at / view.seconds).toFixed(4)})`;
  requestAnimationFrame(follow);
}

// ---- what is shown of a trial
function showState() {
  const playing = isPlaying();
  const abx = view.kind === "abx";
  const everyone = view.sounds.length > 0 && view.heard.size === view.sounds.length;
  root.dataset.state = playing ? "playing" : "paused";
  root.dataset.chosen = PLACES[view.chosen] ?? "";
  playButton.setAttribute("aria-label", words(playing ? "pause" : "play"));
  playButton.replaceChildren(icon(playing ? ICONS.pause : ICONS.play));
  [...tiles.children].forEach((tile, index) => {
    const chosen = index === view.chosen;
    tile.setAttribute("aria-pressed", String(chosen));
    tile.classList.toggle("hear-blind-heard", view.heard.has(index));
    setText(tile.lastChild, words(chosen && playing ? "sounding" : view.heard.has(index) ? "heard" : "unheard"));
  });
  for (const button of answers.children) {
    button.disabled = !everyone;
    button.setAttribute("aria-pressed", String(button.dataset.place === view.sent));
  }
  const { number, trials } = view.trial || {};
  const waits = everyone ? words("ready") : words(abx ? "firstAbx" : "firstAb");
  setText(hint, view.sent ? words(number === trials ? "last" : "sent") : waits);
}

function makeTiles(kind) {
  const places = kind === "abx" ? PLACES : PLACES.slice(0, 2);
  tiles.replaceChildren(...places.map((place, index) => {
    const tile = make("button", { type: "button", class: "hear-blind-tile", "aria-pressed": "false", "aria-keyshortcuts": `${place} ${index + 1}` },
      make("span", { class: "hear-spoken" }, words("clip", { place })),
      make("span", { class: "hear-blind-letter", "aria-hidden": "true" }, place), make("span", { class: "hear-blind-state" }));
    tile.addEventListener("click", () => listen(index));
    return tile;
  }));
  answers.replaceChildren(...["A", "B"].map((place) => {
    const button = make("button", { type: "button", class: "hear-blind-answer", "data-place": place, "aria-pressed": "false" },
      words(kind === "abx" ? "choiceAbx" : "choiceAb", { place }));
    button.addEventListener("click", () => {
      view.sent = place;
      showState();
      trigger("answer", { test: view.trial.test, trial: view.trial.number, choice: place });
    });
    return button;
  }));
}

function showTrial(value) {
  const kind = value.kind === "abx" ? "abx" : "ab";
  const kept = { test: String(value.test), number: Number(value.number), trials: Number(value.trials) };
  const same = view.trial?.test === kept.test && view.trial.number === kept.number;
  const answered = Boolean(view.sent);
  view.sent = ""; // whatever came of it, an answer may be given
  if (same && view.sounds.length) { // an alert only: sound and what was heard stay
    showState();
    return;
  }
  quiet();
  if (view.kind !== kind) makeTiles(kind);
  view.kind = kind;
  view.trial = kept;
  try {
    view.sounds = PLACES.slice(0, tiles.children.length).map((place) => decodeWav(bytesOfDataUrl(value.clips[place])));
  } catch {
    view.sounds = [];
    setText(alarm, words("damaged"));
  }
  view.chosen = view.sounds.length ? 0 : -1;
  view.seconds = roundSeconds(view.sounds);
  const abx = kind === "abx";
  const progress = words("progress", kept);
  setText(question, words(abx ? "askAbx" : "askAb"));
  setText(how, words(abx ? "howAbx" : "howAb"));
  setText(keysLine, words(abx ? "keysAbx" : "keysAb"));
  setText(count, progress);
  setText(spoken, progress);
  bar.style.transform = `scaleX(${((kept.number - 1) / kept.trials).toFixed(4)})`;
  head.style.transform = "scaleX(0)";
  if (stage.firstChild !== trialView[0]) stage.replaceChildren(...trialView);
  showState();
  if (answered || view.begun) tiles.firstChild.focus({ preventScroll: true });
  view.begun = false;
}

/** Stop the sound and forget the trial. */
function quiet() {
  view.graph?.stop();
  Object.assign(view, { trial: null, sounds: [], chosen: -1, at: 0, graph: null, sent: "" });
  view.heard.clear();
}

// ---- the other views
const challenge = linkCopier(words, "hear-blind", () => `${location.origin}${location.pathname}?challenge`, (text) => setText(spoken, text));
const passOn = make("div", { class: "hear-blind-pass" }, make("p", {}, words("passOn")), challenge.button, challenge.place);
root.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && challenge.place.contains(event.target)) challenge.close();
});

function offerButton(offer) {
  const texts = { needed: offer.needed, trials: offer.trials, power: share(offer.power) };
  const passes = offer.needed === null || offer.needed === undefined ? "passesNone" : offer.kind === "abx" ? "passesAbx" : "passesAb";
  const button = make("button", { type: "button", class: "hear-blind-offer" },
    make("span", { class: "hear-blind-offer-label" }, String(offer.label)),
    make("span", { class: "hear-muted" }, words(passes, texts)));
  button.addEventListener("click", () => {
    view.begun = true;
    setText(spoken, words("drawing"));
    trigger("begin", { offer: String(offer.id) });
  });
  return button;
}

function showOffers(value) {
  view.begun = false;
  const names = Array.isArray(value.names) ? value.names : [];
  stage.replaceChildren(
    make("h3", { class: "hear-title" }, words("title")), make("p", { class: "hear-muted" }, words("choose")),
    ...(names.length === 2 ? [make("p", { class: "hear-blind-between" }, words("between", { first: names[0], second: names[1] }))] : []),
    make("div", { class: "hear-blind-offers" }, ...(value.offers || []).map(offerButton)), passOn);
}

function showResult(value) {
  const finished = Boolean(view.sent);
  quiet();
  const result = blindResult(value, words);
  view.forget = result.forget;
  stage.replaceChildren(result.node, passOn);
  if (finished) result.heading.focus({ preventScroll: true });
}

function showNothing() {
  stage.replaceChildren(make("h3", { class: "hear-title" }, words("title")), make("p", { class: "hear-empty" }, words("empty")));
}

// ---- hands and keys
playButton.addEventListener("click", () => (isPlaying() ? pause() : play()));
leaveButton.addEventListener("click", () => trigger("leave", { test: leaveButton.value }));
document.addEventListener("hear-play", (event) => {
  if (event.detail !== root) pause();
});
/** Space is the test's on the play button and the chosen tile; every other button keeps its own. */
const spaceIsTheirs = (node) => node.closest("a, summary, button") && !node.closest(".hear-blind-play, .hear-blind-tile[aria-pressed=true]");
root.addEventListener("keydown", (event) => {
  if (!view.trial || event.ctrlKey || event.metaKey || event.altKey) return;
  const index = Math.max(PLACES.indexOf(event.key.toUpperCase()), "123".indexOf(event.key));
  if (event.key === " ") {
    if (spaceIsTheirs(event.target)) return;
    if (!event.repeat) playButton.click();
  } else if (event.key.length === 1 && index >= 0) listen(index);
  else return;
  event.preventDefault();
});
root.addEventListener("keyup", (event) => { // a focused button would be clicked a second time, by the key's release
  if (view.trial && event.key === " " && !spaceIsTheirs(event.target)) event.preventDefault();
});

// ---- values from the server
function update() {
  const value = props.value || {};
  view.forget?.();
  view.forget = null;
  setText(alarm, value.alert ? String(value.alert) : "");
  leaveButton.hidden = value.view !== "trial" && value.view !== "result";
  leaveButton.value = String(value.test ?? "");
  setText(leaveButton, words(value.view === "result" ? "again" : "leave"));
  root.dataset.view = value.view || "empty";
  if (value.view === "trial") {
    showTrial(value);
    return;
  }
  if (value.view === "result") {
    showResult(value);
    return;
  }
  quiet();
  if (value.view === "choose") showOffers(value);
  else showNothing();
}
watch("value", update);
update();
