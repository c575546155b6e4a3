// The first screen's sound: a switch between voices on one playhead (player_graph.js), and their captions.

/**
 * Build the switch. `voices`: {label, key, note, url, caption (or null: none shown)}; `options`: loop, words, root,
 * onPlay(), onChoose(index), onBroken(), onSilent(). Returns node and functions; nothing in the page tells a voice but its label.
 */
function createSound(voices, options) {
  const { words, root } = options;
  const state = { chosen: 0, at: 0, graph: null, context: null };
  const sounds = voices.map((voice) => {
    try {
      return decodeWav(bytesOfDataUrl(voice.url));
    } catch {
      return null;
    }
  });
  const sides = voices.length > 1 ? voices.map((voice, index) => {
    const side = make("button", { type: "button", class: "hear-side", "aria-pressed": String(index === 0) },
      make("kbd", { class: "hear-key", "aria-hidden": voice.key ? null : "true" }, voice.key ?? String(index + 1)), " ",
      make("span", {}, voice.label, voice.note ? make("small", { class: "hear-muted" }, voice.note) : ""));
    side.addEventListener("click", () => {
      choose(index);
      if (!playing()) play();
    });
    return side;
  }) : [];
  const bar = make("span", { class: "hear-track-bar" });
  const button = make("button", { type: "button", class: "hear-main hear-sound-play", "aria-keyshortcuts": "Space" });
  const columns = voices.map((voice, index) => make("div", { class: "hear-voice" }, sides[index] ?? "",
    voice.caption ? make("p", { class: "hear-caption" }, voice.caption) : ""));
  const help = silenceHelp(words, ["iphone", "volume", "output"]);
  const alarm = make("p", { class: "hear-alarm", role: "status" });
  const node = make("div", { class: "hear-sound" },
    make("div", { class: "hear-voices", role: voices.length > 1 ? "group" : null, "aria-label": voices.length > 1 ? words("voices") : null },
      ...columns),
    make("div", { class: "hear-transport" }, button, make("span", { class: "hear-track", "aria-hidden": "true" }, bar), help), alarm);

  const playing = () => Boolean(state.graph?.playing());
  const steady = steadySound({
    start: startOn, playing, pause,
    silent: () => {
      setText(alarm, words("stuck"));
      help.open = true;
      options.onSilent();
      show();
    },
  });

  function play() {
    document.dispatchEvent(new CustomEvent("hear-play", { detail: root })); // the players on the page stop
    setText(alarm, "");
    if (!sounds[state.chosen] || !steady.play(sounds[state.chosen].rate)) {
      options.onBroken();
      return;
    }
    options.onPlay();
    show();
    requestAnimationFrame(follow);
  }

  /** Sound on this context; a graph that was made for another one is dropped. */
  function startOn(context) {
    if (state.context !== context) {
      if (playing()) state.at = state.graph.position();
      state.graph?.stop();
      state.graph = null;
      state.context = context;
    }
    state.graph ??= createPlayerGraph(context, sounds, () => {
      state.at = 0;
      show();
    });
    state.graph.start(state.at, state.chosen, options.loop);
  }

  function pause() {
    if (!playing()) return;
    state.at = state.graph.position();
    state.graph.stop();
    show();
  }

  function choose(index) {
    if (index < 0 || index >= voices.length || index === state.chosen) return;
    if (!sounds[index]) {
      options.onBroken();
      return;
    }
    state.chosen = index;
    state.graph?.choose(index);
    show();
    options.onChoose(index);
  }

  function show() {
    root.dataset.sound = playing() ? "playing" : "paused";
    root.dataset.chosen = String(state.chosen);
    setText(button, words(playing() ? "pause" : options.playWord()));
    sides.forEach((side, index) => side.setAttribute("aria-pressed", String(index === state.chosen)));
    columns.forEach((column, index) => column.classList.toggle("hear-chosen", index === state.chosen));
    move();
  }

  function move() {
    const seconds = roundSeconds(sounds);
    root.dataset.position = state.at.toFixed(3);
    bar.style.transform = `scaleX(${Math.min(1, state.at / seconds).toFixed(4)})`;
  }

  function follow() { // one animation frame while sound runs
    if (!playing()) return;
    if (!root.isConnected || !node.isConnected) { // gradio has taken the first screen off the page
      state.graph.stop();
      return;
    }
    state.at = state.graph.position();
    move();
    requestAnimationFrame(follow);
  }

  button.addEventListener("click", () => (playing() ? pause() : play()));
  show();
  return { node, button, play, pause, choose, playing, toggle: () => button.click(), chosen: () => state.chosen,
    refresh: show };
}
