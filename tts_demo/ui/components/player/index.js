// The listening player's page elements and keys. Runs as `js_on_load` of player.Player, after common.js and the
// other player_*.js; `element`, `props`, `trigger` and `watch` come from gradio.

const SEEK_SECONDS = 0.25;

installStyles(STYLES);
const words = wordsOf(WORDS, PLAYER_WORDS);

const icon = (path) => make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, make("path", { d: path }));
const ICONS = {
  play: "M8 5.2v13.6c0 .8.9 1.3 1.6.8l10-6.8c.6-.4.6-1.2 0-1.6l-10-6.8C8.9 3.9 8 4.4 8 5.2z",
  pause: "M7 4.5h3.2v15H7zM13.8 4.5H17v15h-3.2z",
  loop: "M17 2.5l4 4-4 4V7.8H8.5A3.7 3.7 0 0 0 4.8 11.5v.7H2.5v-.7a6 6 0 0 1 6-6H17v-3zM7 21.5l-4-4 4-4v2.7h8.5a3.7 3.7 0 0 0 3.7-3.7v-.7h2.3v.7a6 6 0 0 1-6 6H7v3z",
  download: "M11 3h2v9.2l3.3-3.3 1.4 1.4L12 16l-5.7-5.7 1.4-1.4L11 12.2V3zM4 18.5h16v2H4v-2z",
};

// ---- page elements
const heading = make("h3", { class: "hear-title" });
const sentence = make("blockquote", { class: "hear-sentence", tabindex: "-1" });
const note = make("p", { class: "hear-player-note hear-muted" });
const typical = make("p", { class: "hear-player-note hear-typical hear-muted" });
const uncover = make("button", { type: "button", class: "hear-plain" }, words("uncover"));
const cover = make("div", { class: "hear-cover" }, make("p", { class: "hear-muted" }, words("covered")), uncover);
// A sketch of a waveform, not data.
const sketch = make("svg", { class: "hear-sketch", viewBox: "0 0 240 48", "aria-hidden": "true" },
  make("path", { d: Array.from({ length: 48 }, (_, index) => {
    const high = 2 + 20 * Math.abs(Math.sin(index / 3.1) * Math.sin(index / 9 + 0.4));
    return `M${index * 5 + 2.5} ${(24 - high).toFixed(1)}v${(2 * high).toFixed(1)}`;
  }).join("") }));
const empty = make("div", { class: "hear-empty" }, sketch, make("p", {}, words("empty")));
const tiles = make("div", { class: "hear-clips", role: "group", "aria-label": words("clips") });
const canvas = make("canvas", {
  class: "hear-wave", role: "slider", tabindex: "0", "aria-label": words("position"), "aria-valuemin": "0",
});
const playButton = make("button", { type: "button", class: "hear-play", "aria-keyshortcuts": "Space" }, icon(ICONS.play));
const loopButton = make("button", { type: "button", class: "hear-loop", "aria-pressed": "true" }, icon(ICONS.loop), words("loop"));
const time = make("span", { class: "hear-time hear-number" });
const bar = make("span", { class: "hear-level-bar" });
const plain = make("audio", { controls: true, preload: "none", "aria-label": words("plainLabel") });
const heard = make("p", { class: "hear-heard" });
const alarm = make("p", { class: "hear-alarm", role: "status" });
const keysLine = make("p", { class: "hear-keys" });
const help = silenceHelp(words, ["meter", "iphone", "volume", "output"], make("p", {}, words("plain")), plain);
const moments = momentSlider(words, (moment) => trigger("moment", { moment }), () => {
  root.dataset.loading = String(moments.waiting());
  setText(alarm, moments.failed() ? words("noAnswer") : "");
});
const regions = regionControls(canvas, words, {
  seconds: () => view.seconds, position: () => here(), region: () => view.region,
  setRegion, seek, preview: (at, region) => {
    view.drag = at;
    view.marking = region;
    showPosition(false);
  },
});
const stage = make("div", { class: "hear-stage" },
  moments.node, tiles, heard, canvas,
  make("div", { class: "hear-transport" }, playButton, time, loopButton,
    make("span", { class: "hear-level", "aria-hidden": "true" },
      make("span", { class: "hear-level-name" }, words("level")), make("span", { class: "hear-level-track" }, bar)),
    regions.node),
  alarm, make("div", { class: "hear-foot" },
    make("div", { class: "hear-hints hear-muted" }, make("p", {}, words("regionHint")), keysLine), help));
const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
const root = make("section", { class: "hear hear-player", "aria-label": words("title") },
  heading, sentence, cover, note, typical, empty, stage, spoken);
element.replaceChildren(root);

// ---- state
const view = {
  clips: [], chosen: -1, at: 0, loop: true, seconds: 0, graph: null,
  region: null, // the part that is looped, {from, to} in seconds, or null: all of it
  drag: null, marking: null, // playhead and part while a pointer is down
  context: null, // for which the graph was made
  hidden: false, covered: false, // whether the value hides the text, and whether it still waits to be guessed
};
const isPlaying = () => Boolean(view.graph?.playing());
const here = () => (isPlaying() ? view.graph.position() : view.at);
const label = () => view.clips[view.chosen]?.label ?? "";

const steady = steadySound({ start: startOn, playing: isPlaying, pause, silent: () => warn("stuck") });

function play() {
  const clip = view.clips[view.chosen]?.sound;
  if (!clip) return;
  plain.pause();
  document.dispatchEvent(new CustomEvent("hear-play", { detail: root })); // the other players stop
  if (alarm.textContent === words("stuck")) setText(alarm, "");
  if (!steady.play(clip.rate)) {
    warn("unsupported");
    return;
  }
  showState();
  requestAnimationFrame(follow);
}

function warn(key) {
  setText(alarm, words(key));
  help.open = true;
}

/** Sound on this context; a graph that was made for another one is dropped. */
function startOn(context) {
  if (view.context !== context) {
    view.at = here();
    view.graph?.stop();
    view.graph = null;
    view.context = context;
  }
  view.graph ??= createPlayerGraph(context, view.clips.map((each) => each.sound), () => {
    view.at = 0;
    showState();
  });
  startGraph();
}

function startGraph() {
  view.graph.start(view.at, view.chosen, view.loop, view.region);
}

function pause() {
  if (!isPlaying()) return;
  view.at = view.graph.position();
  view.graph.stop();
  showState();
}

/** Move the playhead. Keys stay inside a looped part; a hand that points outside it lets go of it. */
function seek(at, byHand = false) {
  if (byHand && view.region && (at < view.region.from || at > view.region.to)) {
    regions.forget();
    setRegion(null);
  }
  const { from, to } = (view.loop && view.region) || { from: 0, to: view.seconds };
  view.at = Math.min(Math.max(from, at), Math.max(from, to - 0.01));
  if (isPlaying()) startGraph();
  showPosition(true);
}

/** Loop a part {from, to} (seconds), or all where it is null; the sound goes on, inside the part. */
function setRegion(region) {
  if (!region && !view.region) return;
  view.at = here();
  view.region = region;
  if (region) {
    view.loop = true;
    if (view.at < region.from || view.at >= region.to) view.at = region.from;
  }
  if (isPlaying()) startGraph();
  setText(spoken, region
    ? words("region", { from: region.from.toFixed(2), to: region.to.toFixed(2) }) : words("regionGone"));
  showState();
}

/** Switch to a clip; `event`, what a hand did, so that `data-switch-ms` tells how long until the switch is complete. */
function choose(index, andPlay, event) {
  const clip = view.clips[index];
  if (!clip?.sound) return;
  if (index !== view.chosen) {
    const wasOnTile = tiles.contains(document.activeElement);
    view.chosen = index;
    const left = view.graph?.choose(index) ?? null;
    if (left !== null) root.dataset.switchMs = (performance.now() - event.timeStamp + left).toFixed(1);
    if (wasOnTile) clip.button.focus({ preventScroll: true });
    setText(spoken, clip.label);
    showState();
  }
  if (andPlay && !isPlaying()) play();
}

// ---- what is shown
const dirty = liveCanvas(canvas, (context, width, height) => {
  const clip = view.clips[view.chosen];
  drawWave(context, width, height, {
    clip, seconds: view.seconds, at: view.drag ?? view.at, loudest: view.loudest,
    region: view.marking ?? (view.loop && view.drag === null ? view.region : null),
    theme: { ...themeOf(root), tint: getComputedStyle(root).getPropertyValue("--hear-tint").trim() },
    colour: clip ? getComputedStyle(clip.tile).getPropertyValue("--clip").trim() : "",
  });
});

let toldAt = -Infinity;
function showPosition(aloud) {
  const at = Math.min(view.drag ?? view.at, view.seconds);
  const texts = { at: at.toFixed(1), length: view.seconds.toFixed(1), label: label() };
  setText(time, words("time", texts));
  root.dataset.position = at.toFixed(3);
  if (aloud || performance.now() - toldAt > 1000) { // each frame would be a flood for a screen reader
    toldAt = performance.now();
    canvas.setAttribute("aria-valuemax", texts.length);
    canvas.setAttribute("aria-valuenow", texts.at);
    canvas.setAttribute("aria-valuetext", words("where", texts));
  }
  dirty();
}

function showState() {
  const playing = isPlaying();
  root.dataset.state = view.clips.length ? (playing ? "playing" : "paused") : "empty";
  root.dataset.chosen = view.clips[view.chosen]?.id ?? "";
  root.dataset.region = view.region ? `${view.region.from.toFixed(3)}-${view.region.to.toFixed(3)}` : "";
  regions.show();
  showWords();
  playButton.setAttribute("aria-label", words(playing ? "pause" : "play"));
  playButton.replaceChildren(icon(playing ? ICONS.pause : ICONS.play));
  playButton.disabled = view.chosen < 0;
  view.clips.forEach((clip, index) => clip.button?.setAttribute("aria-pressed", String(index === view.chosen)));
  loopButton.setAttribute("aria-pressed", String(view.loop));
  if (!playing) bar.style.transform = "scaleX(0)";
  const source = view.clips[view.chosen]?.address ?? "";
  if (plain.getAttribute("src") !== source) {
    if (source) plain.setAttribute("src", source);
    else plain.removeAttribute("src");
  }
  showPosition(true);
}

/** The sentence and what was heard in the chosen clip, unless they still wait to be guessed. */
function showWords() {
  const about = props.value?.sentence ?? {};
  setText(sentence, view.covered ? "" : about.text || "");
  sentence.hidden = view.covered || !about.text;
  cover.hidden = !view.covered;
  const captions = view.clips.some((clip) => clip.heard !== null);
  heard.hidden = view.covered || !captions;
  const text = view.clips[view.chosen]?.heard ?? null;
  if (heard.hidden) setText(heard, "");
  else if (text === null) setText(heard, words("notHeard"));
  else setText(heard, text ? words("heard", { heard: text }) : words("heardNothing"));
}

/** One animation frame while sound runs: playhead, time, level. */
function follow() {
  if (!isPlaying()) return;
  if (!root.isConnected) { // gradio has taken the player off the page
    view.graph.stop();
    return;
  }
  view.at = view.graph.position();
  const level = view.graph.level();
  bar.style.transform = `scaleX(${Math.max(0, Math.min(1, (level + 54) / 48)).toFixed(3)})`; // -54 to -6 dBFS
  root.dataset.level = level.toFixed(1);
  showPosition(false);
  requestAnimationFrame(follow);
}

// ---- hands and keys
playButton.addEventListener("click", () => (isPlaying() ? pause() : play()));
loopButton.addEventListener("click", () => {
  view.at = here();
  view.loop = !view.loop;
  if (isPlaying()) startGraph();
  showState();
});
uncover.addEventListener("click", () => {
  view.covered = false;
  showWords();
  sentence.focus({ preventScroll: true }); // the button hides
});
document.addEventListener("hear-play", (event) => {
  if (event.detail !== root) {
    pause();
    plain.pause();
  }
});
plain.addEventListener("play", () => {
  pause();
  document.dispatchEvent(new CustomEvent("hear-play", { detail: plain }));
});

/** Fields keep all keys; the training slider only needs the arrows. */
const isField = (node) => node.closest?.("input:not([type=range]), textarea, select, audio, [contenteditable]");
/** Space is the player's, but a button that does something else keeps its own. */
const spaceIsTheirs = (node) => node.closest(".hear-loop, .hear-plain, .hear-download, summary, .hear-choose[aria-pressed=false]");
root.addEventListener("keydown", (event) => {
  if (isField(event.target) || event.ctrlKey || event.metaKey || event.altKey || !view.clips.length) return;
  const onSlider = event.target === canvas;
  if (/^[1-9]$/.test(event.key)) choose(Number(event.key) - 1, false, event);
  else if (event.key === " ") {
    if (spaceIsTheirs(event.target)) return;
    if (!event.repeat) playButton.click();
  } else if (event.target.type === "range") return;
  else if (regions.key(event)) showPosition(true);
  else if (event.key === "ArrowLeft" || (onSlider && event.key === "ArrowDown")) seek(here() - SEEK_SECONDS);
  else if (event.key === "ArrowRight" || (onSlider && event.key === "ArrowUp")) seek(here() + SEEK_SECONDS);
  else if (onSlider && event.key === "Home") seek(0);
  else if (onSlider && event.key === "End") seek(view.seconds);
  else return;
  event.preventDefault();
});
root.addEventListener("keyup", (event) => { // a focused button would be clicked a second time, by the key's release
  if (event.key === " " && !isField(event.target) && !spaceIsTheirs(event.target)) event.preventDefault();
});

// ---- values from the server
function readClip(clip, index, models) {
  const read = { id: String(clip.id ?? index), label: String(clip.label ?? index + 1), note: String(clip.note ?? ""),
    kind: String(clip.kind ?? "model"), heard: typeof clip.heard === "string" ? clip.heard : null, sound: null, address: "", trouble: "" };
  const paints = { recording: "var(--hear-ink)", vocoder: "var(--hear-muted)" };
  const colour = Number.isInteger(clip.colour) ? clip.colour : models.indexOf(clip);
  read.paint = Number.isInteger(clip.colour) || !paints[read.kind] ? `var(--hear-run-${Math.max(0, colour) % 6})` : paints[read.kind];
  if (!clip.url) read.trouble = clip.error ? String(clip.error) : words("missing");
  else {
    try {
      const bytes = bytesOfDataUrl(clip.url);
      read.sound = decodeWav(bytes);
      read.address = URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
    } catch {
      read.trouble = words("damaged");
    }
  }
  return read;
}

const fileName = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60);

function tileOf(clip, index) {
  const number = index < 9 ? make("kbd", { class: "hear-key", "aria-hidden": "true" }, String(index + 1)) : "";
  const text = make("span", { class: "hear-clip-text" }, make("span", { class: "hear-clip-label" }, clip.label),
    make("span", { class: "hear-clip-note hear-muted" }, clip.trouble || clip.note || words(clip.kind)));
  clip.tile = make("div", { class: "hear-clip" });
  clip.tile.style.setProperty("--clip", clip.paint);
  if (clip.trouble) {
    clip.tile.classList.add("hear-clip-broken");
    clip.tile.append(make("div", { class: "hear-choose" }, number, text));
    return clip.tile;
  }
  clip.button = make("button", { type: "button", class: "hear-choose", "aria-pressed": "false",
    "aria-keyshortcuts": index < 9 ? String(index + 1) : null }, number, text);
  clip.button.addEventListener("click", (event) => choose(index, true, event));
  const name = [fileName(heading.textContent), fileName(clip.label)].filter(Boolean).join("-") || "clip";
  const link = make("a", { class: "hear-download", href: clip.address, download: `${name}.wav`,
    "aria-label": words("download", { label: clip.label }), title: words("download", { label: clip.label }) }, icon(ICONS.download));
  clip.tile.append(clip.button, link);
  return clip.tile;
}

let shownSentence = "";
function update() {
  const value = props.value || {};
  const clips = Array.isArray(value.clips) ? value.clips : [];
  const about = value.sentence || {};
  const identity = JSON.stringify([about.title, about.text]);
  const same = identity === shownSentence;
  shownSentence = identity;
  const chosenId = view.clips[view.chosen]?.id;
  const hadFocus = tiles.contains(document.activeElement);
  const at = here();
  for (const clip of view.clips) if (clip.address) URL.revokeObjectURL(clip.address);

  setText(heading, about.title || words("title"));
  setText(note, about.note || "");
  setText(typical, about.typical ? words("typical", { typical: about.typical }) : "");
  note.hidden = !about.note;
  typical.hidden = !about.typical;
  const hidden = Boolean(about.hidden && about.text);
  if (!same || hidden !== view.hidden) view.covered = view.hidden = hidden; // what has been uncovered stays so
  const models = clips.filter((clip) => clip.kind === "model");
  view.clips = clips.map((clip, index) => readClip(clip, index, models));
  tiles.replaceChildren(...view.clips.map(tileOf));
  const sounds = view.clips.map((clip) => clip.sound);
  view.seconds = roundSeconds(sounds);
  view.loudest = loudestSample(sounds);
  const kept = view.clips.findIndex((clip) => clip.id === chosenId && clip.sound);
  view.chosen = kept >= 0 ? kept : view.clips.findIndex((clip) => clip.sound);
  view.at = same ? Math.min(at, view.seconds) : 0;
  view.region = same && view.region ? regionBetween(view.region.from, view.region.to, view.seconds) : null;
  regions.forget();
  if (hadFocus) view.clips[view.chosen]?.button.focus({ preventScroll: true });
  if (same && isPlaying() && view.chosen >= 0) view.graph.replace(sounds, view.chosen, view.region);
  else {
    view.graph?.stop();
    view.graph = null;
  }
  empty.hidden = clips.length > 0;
  stage.hidden = clips.length === 0;
  const playable = Math.min(9, clips.length);
  setText(keysLine, words("keys", { numbers: playable > 1 ? `1–${playable}` : "1" }));
  moments.show(value.moments, value.moment, same);
  showState();
}
watch("value", update);
update();
