// The listening player's page elements and keys. Runs as `js_on_load` of player.Player, after common.js,
// player_graph.js and player_wave.js; `element`, `props` and `watch` come from gradio.

const PLAYER_WORDS = {
  title: "Listen",
  empty: "The sentence will be here to listen to: the recording, the vocoder's copy and each network, side by side.",
  clips: "Clips",
  recording: "the speaker",
  vocoder: "the recording, through the vocoder",
  model: "a network",
  play: "Play",
  pause: "Pause",
  loop: "Loop",
  level: "Level",
  position: "Position",
  time: "{at} / {length} s",
  where: "{label}, {at} of {length} seconds",
  download: "Download {label}",
  missing: "There is no sound for this clip. The others can still be played.",
  damaged: "This clip could not be read. The others can still be played.",
  unsupported: "This browser cannot play several clips in step. Use the plain player below, or download the clips.",
  silence: "No sound?",
  iphone: "On an iPhone, set the ringer switch at its side to ring and turn the volume up while a clip plays.",
  volume: "Check the volume of this device and of this browser tab.",
  output: "Check which output is chosen: headphones, a Bluetooth speaker or a screen may be taking the sound.",
  meter: "If the level bar moves, the page is sending sound and something after it is silent.",
  plain: "Or try the browser's own player, for the chosen clip:",
  plainLabel: "Plain player",
  keys: "Keys: {numbers} choose a clip, space plays and pauses, ← → move.",
};
const SEEK_SECONDS = 0.25;

installStyles(STYLES);
const words = wordsOf(props.words, PLAYER_WORDS);

const icon = (path) => make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, make("path", { d: path }));
const ICONS = {
  play: "M8 5.2v13.6c0 .8.9 1.3 1.6.8l10-6.8c.6-.4.6-1.2 0-1.6l-10-6.8C8.9 3.9 8 4.4 8 5.2z",
  pause: "M7 4.5h3.2v15H7zM13.8 4.5H17v15h-3.2z",
  loop: "M17 2.5l4 4-4 4V7.8H8.5A3.7 3.7 0 0 0 4.8 11.5v.7H2.5v-.7a6 6 0 0 1 6-6H17v-3zM7 21.5l-4-4 4-4v2.7h8.5a3.7 3.7 0 0 0 3.7-3.7v-.7h2.3v.7a6 6 0 0 1-6 6H7v3z",
  download: "M11 3h2v9.2l3.3-3.3 1.4 1.4L12 16l-5.7-5.7 1.4-1.4L11 12.2V3zM4 18.5h16v2H4v-2z",
};

// ---- page elements
const heading = make("h3", { class: "hear-title" });
const sentence = make("blockquote", { class: "hear-sentence" });
const note = make("p", { class: "hear-player-note hear-muted" });
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
const alarm = make("p", { class: "hear-alarm", role: "status" });
const keysLine = make("p", { class: "hear-keys hear-muted" });
const help = make("details", { class: "hear-help" }, make("summary", {}, words("silence")),
  make("ul", {}, ...["meter", "iphone", "volume", "output"].map((key) => make("li", {}, words(key)))),
  make("p", {}, words("plain")), plain);
const stage = make("div", { class: "hear-stage" },
  tiles, canvas,
  make("div", { class: "hear-transport" }, playButton, time, loopButton,
    make("span", { class: "hear-level", "aria-hidden": "true" },
      make("span", { class: "hear-level-name" }, words("level")), make("span", { class: "hear-level-track" }, bar))),
  alarm, make("div", { class: "hear-foot" }, keysLine, help));
const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
const root = make("section", { class: "hear hear-player", "aria-label": words("title") },
  heading, sentence, note, empty, stage, spoken);
element.replaceChildren(root);

// ---- state
const view = { clips: [], chosen: -1, at: 0, loop: true, seconds: 0, graph: null, drag: null };
const isPlaying = () => Boolean(view.graph?.playing());
const label = () => view.clips[view.chosen]?.label ?? "";

/** One audio context for the page, at the clips' own rate: the browser then resamples with its best filter. */
function audioContext(rate) {
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) return null;
  if (navigator.audioSession) navigator.audioSession.type = "playback"; // else an iPhone's ringer switch mutes it
  if (!window.ttsDemoAudio) {
    try {
      window.ttsDemoAudio = new Context({ sampleRate: rate, latencyHint: "interactive" });
    } catch {
      window.ttsDemoAudio = new Context();
    }
  }
  return window.ttsDemoAudio;
}

function play() {
  const clip = view.clips[view.chosen]?.sound;
  if (!clip) return;
  if (!view.graph) {
    const context = audioContext(clip.rate);
    if (!context) {
      setText(alarm, words("unsupported"));
      help.open = true;
      return;
    }
    view.context = context;
    view.graph = createPlayerGraph(context, view.clips.map((each) => each.sound), () => {
      view.at = 0;
      showState();
    });
  }
  view.context.resume();
  plain.pause();
  document.dispatchEvent(new CustomEvent("hear-play", { detail: root })); // the other players stop
  view.graph.start(view.at, view.chosen, view.loop);
  showState();
  requestAnimationFrame(follow);
}

function pause() {
  if (!isPlaying()) return;
  view.at = view.graph.position();
  view.graph.stop();
  showState();
}

function seek(at) {
  view.at = Math.min(Math.max(0, at), Math.max(0, view.seconds - 0.01));
  if (isPlaying()) view.graph.start(view.at, view.chosen, view.loop);
  showPosition(true);
}

function choose(index, andPlay) {
  const clip = view.clips[index];
  if (!clip?.sound) return;
  if (index !== view.chosen) {
    const wasOnTile = tiles.contains(document.activeElement);
    view.chosen = index;
    view.graph?.choose(index);
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
    clip, seconds: view.seconds, at: view.drag ?? view.at, loudest: view.loudest, theme: themeOf(root),
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
  view.loop = !view.loop;
  if (isPlaying()) {
    view.at = view.graph.position();
    view.graph.start(view.at, view.chosen, view.loop);
  }
  showState();
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

const timeAt = (event) => (event.offsetX / canvas.clientWidth) * view.seconds;
canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || view.chosen < 0) return;
  canvas.setPointerCapture(event.pointerId);
  view.drag = timeAt(event);
  showPosition(false);
});
canvas.addEventListener("pointermove", (event) => {
  if (view.drag === null) return;
  view.drag = Math.min(Math.max(0, timeAt(event)), view.seconds);
  showPosition(false);
});
canvas.addEventListener("pointerup", () => {
  if (view.drag === null) return;
  const at = view.drag;
  view.drag = null;
  seek(at);
});
canvas.addEventListener("pointercancel", () => {
  view.drag = null;
  showPosition(false);
});

const isField = (node) => node.closest?.("input, textarea, select, audio, [contenteditable]");
/** Space is the player's, but a button that does something else keeps its own. */
const spaceIsTheirs = (node) => node.closest(".hear-loop, .hear-download, summary, .hear-choose[aria-pressed=false]");
root.addEventListener("keydown", (event) => {
  if (isField(event.target) || event.ctrlKey || event.metaKey || event.altKey || !view.clips.length) return;
  const here = isPlaying() ? view.graph.position() : view.at;
  const onSlider = event.target === canvas;
  if (/^[1-9]$/.test(event.key)) choose(Number(event.key) - 1, false);
  else if (event.key === " ") {
    if (spaceIsTheirs(event.target)) return;
    if (!event.repeat) playButton.click();
  } else if (event.key === "ArrowLeft" || (onSlider && event.key === "ArrowDown")) seek(here - SEEK_SECONDS);
  else if (event.key === "ArrowRight" || (onSlider && event.key === "ArrowUp")) seek(here + SEEK_SECONDS);
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
    kind: String(clip.kind ?? "model"), sound: null, address: "", trouble: "" };
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
  clip.button.addEventListener("click", () => choose(index, true));
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
  const same = JSON.stringify(about) === shownSentence;
  shownSentence = JSON.stringify(about);
  const chosenId = view.clips[view.chosen]?.id;
  const resume = isPlaying() && same;
  if (isPlaying()) pause();
  view.graph = null;
  for (const clip of view.clips) if (clip.address) URL.revokeObjectURL(clip.address);

  setText(heading, about.title || words("title"));
  setText(sentence, about.text || "");
  setText(note, about.note || "");
  sentence.hidden = !about.text;
  note.hidden = !about.note;
  const models = clips.filter((clip) => clip.kind === "model");
  view.clips = clips.map((clip, index) => readClip(clip, index, models));
  tiles.replaceChildren(...view.clips.map(tileOf));
  const sounds = view.clips.map((clip) => clip.sound);
  view.seconds = roundSeconds(sounds);
  view.loudest = loudestSample(sounds);
  const kept = view.clips.findIndex((clip) => clip.id === chosenId && clip.sound);
  view.chosen = kept >= 0 ? kept : view.clips.findIndex((clip) => clip.sound);
  view.at = same ? Math.min(view.at, view.seconds) : 0;
  empty.hidden = clips.length > 0;
  stage.hidden = clips.length === 0;
  setText(alarm, "");
  const playable = Math.min(9, clips.length);
  setText(keysLine, words("keys", { numbers: playable > 1 ? `1–${playable}` : "1" }));
  if (resume && view.chosen >= 0) play();
  showState();
}
watch("value", update);
update();
