// The listening player: the same sentence by several voices, on one playhead.

import { roundSeconds } from "../shared/audio_graph.js";
import { make, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { playbackKeys } from "../shared/keys.js";
import { silenceHelp } from "../shared/silence_help.js";
import { styled } from "../shared/styles.js";
import { Transport } from "../shared/transport.js";
import { endTurns, takeTurn } from "../shared/turns.js";
import { wordsOf } from "../shared/words.js";
import { captionLine } from "./captions.js";
import { clipTiles } from "./clips.js";
import { Heard } from "./heard.js";
import { momentSlider } from "./moment_slider.js";
import { regionBetween } from "./region.js";
import { regionControls } from "./region_controls.js";
import { sentenceView } from "./sentence.js";
import { timeline } from "./timeline.js";
import { readClips } from "./values.js";
import { loudestSample } from "./wave.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("../shared/silence_help.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

/** @typedef {import("../shared/audio_graph.js").Part} Part */
/** @typedef {import("./values.js").Value} Value */

const SEEK = 0.25; // s that an arrow key moves
const LEVELS = { silent: -54, loud: -6 }; // dBFS: from one end of the bar to the other

/** What will be here, where nothing is: a sketch of a waveform, not data, and a sentence. */
function emptyView(/** @type {string} */ text) {
  const bars = Array.from({ length: 48 }, (_, index) => {
    const high = 2 + 20 * Math.abs(Math.sin(index / 3.1) * Math.sin(index / 9 + 0.4));
    return `M${index * 5 + 2.5} ${(24 - high).toFixed(1)}v${(2 * high).toFixed(1)}`;
  });
  const sketch = make(
    "svg",
    { class: "hear-sketch", viewBox: "0 0 240 48", "aria-hidden": "true" },
    make("path", { d: bars.join("") }),
  );
  return make("div", { class: "hear-empty" }, sketch, make("p", {}, text));
}

/** @type {import("../shared/component.js").Component<Value>} */
export default {
  render({ element, value, words: given, emit = () => {} }) {
    const words = wordsOf(WORDS, given);
    const transport = new Transport({
      changed: showState,
      moved: showMoved,
      silent(why) {
        setText(alarm, words(why));
        help.open = true;
      },
    });
    /** @type {import("./values.js").Clip[]} */
    let clips = [];
    let loudest = 0;
    const heard = new Heard();

    const sentence = sentenceView(words, showWords);
    const captions = captionLine(words);
    const empty = emptyView(words("empty"));
    const tiles = clipTiles(words, (index, event) => {
      choose(index, event);
      if (!transport.playing) transport.play();
    });
    const line = timeline(words, transport, () => ({
      label: clips[transport.chosen]?.label ?? "",
      sound: clips[transport.chosen]?.sound ?? null,
      colour: tiles.colour(transport.chosen),
      loudest,
    }));
    const regions = regionControls(line.canvas, words, transport, {
      setRegion,
      point,
      preview(at, region) {
        line.preview(at, region);
        tellPosition();
      },
    });
    const moments = momentSlider(
      words,
      (moment) => emit("moment", { moment }),
      () => {
        root.dataset.loading = String(moments.waiting());
        setText(alarm, moments.failed() ? words("noAnswer") : "");
      },
    );
    const playButton = make("button", { type: "button", class: "hear-play", "aria-keyshortcuts": "Space" });
    const loopButton = make("button", { type: "button", class: "hear-loop" }, icon("loop"), words("loop"));
    const bar = make("span", { class: "hear-level-bar" });
    const plain = make("audio", { controls: true, preload: "none", "aria-label": words("plainLabel") });
    const alarm = make("p", { class: "hear-alarm", role: "status" });
    const keysLine = make("p", { class: "hear-keys" });
    const helpKeys = ["meter", "iphone", "volume", "output"];
    const help = silenceHelp(words, helpKeys, make("p", {}, words("plain")), plain);
    const level = make(
      "span",
      { class: "hear-level", "aria-hidden": "true" },
      make("span", { class: "hear-level-name" }, words("level")),
      make("span", { class: "hear-level-track" }, bar),
    );
    const hints = make("div", { class: "hear-hints hear-muted" }, make("p", {}, words("regionHint")), keysLine);
    const stage = make(
      "div",
      { class: "hear-stage" },
      moments.node,
      tiles.node,
      captions.node,
      make(
        "div",
        { class: "hear-transport" },
        playButton,
        line.canvas,
        make("div", { class: "hear-clock" }, line.time, loopButton),
      ),
      alarm,
      make("div", { class: "hear-foot" }, regions.node, level, help, hints),
    );
    const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
    const root = make(
      "section",
      { class: "hear hear-player", "aria-label": words("title") },
      ...sentence.nodes,
      empty,
      stage,
      spoken,
    );
    element.replaceChildren(root);

    // ---- what hands do
    /** Switch to a clip; `event`, so that `data-switch-ms` tells how long until the switch is complete. */
    function choose(/** @type {number} */ index, /** @type {Event} */ event) {
      if (!clips[index]?.sound || index === transport.chosen) return;
      const left = transport.choose(index);
      if (left !== null) root.dataset.switchMs = (performance.now() - event.timeStamp + left).toFixed(1);
      if (tiles.hasFocus()) tiles.focus(index);
      setText(spoken, clips[index].label);
    }

    /** Loop a part, or all where it is null. */
    function setRegion(/** @type {Part | null} */ region) {
      if (!region && !transport.region) return;
      transport.setRegion(region);
      const part = region && { from: region.from.toFixed(2), to: region.to.toFixed(2) };
      setText(spoken, part ? words("region", part) : words("regionGone"));
    }

    /** A hand that points outside a looped part lets go of it. */
    function point(/** @type {number} */ at) {
      const { region } = transport;
      if (region && (at < region.from || at > region.to)) {
        regions.forget();
        setRegion(null);
      }
      transport.seek(at);
    }

    playButton.addEventListener("click", () => transport.toggle());
    loopButton.addEventListener("click", () => transport.setLoop(!transport.loop));
    const pausePlain = () => plain.pause();
    plain.addEventListener("play", () => takeTurn(pausePlain));

    playbackKeys(root, {
      playback: ".hear-play, .hear-choose[aria-pressed=true]",
      ready: () => clips.length > 0,
      toggle: () => transport.toggle(),
      key(event, target) {
        const { key } = event;
        const onSlider = target === line.canvas;
        if (/^[1-9]$/.test(key)) choose(Number(key) - 1, event);
        else if (target instanceof HTMLInputElement)
          return false; // the training slider needs the arrows
        else if (regions.key(event)) return true;
        else if (key === "ArrowLeft" || (onSlider && key === "ArrowDown")) transport.seek(transport.position - SEEK);
        else if (key === "ArrowRight" || (onSlider && key === "ArrowUp")) transport.seek(transport.position + SEEK);
        else if (onSlider && key === "Home") transport.seek(0);
        else if (onSlider && key === "End") transport.seek(transport.seconds);
        else return false;
        return true;
      },
    });

    // ---- what is shown
    function tellPosition() {
      root.dataset.position = line.position().toFixed(3);
    }

    function showMoved() {
      const { level } = transport;
      const high = (level - LEVELS.silent) / (LEVELS.loud - LEVELS.silent);
      bar.style.transform = `scaleX(${Math.max(0, Math.min(1, high)).toFixed(3)})`;
      root.dataset.level = level.toFixed(1);
      line.show(false);
      tellPosition();
      root.dataset.heard = heard.now(clips[transport.chosen] ?? null) || root.dataset.heard;
    }

    /** What was heard in the chosen clip, unless the text still waits to be guessed. */
    function showWords() {
      captions.show(clips, transport.chosen, sentence.covered());
    }

    function showState() {
      const { playing, chosen, region, loop } = transport;
      if (!playing) heard.now(null);
      root.dataset.state = clips.length ? (playing ? "playing" : "paused") : "empty";
      root.dataset.chosen = clips[chosen]?.id ?? "";
      root.dataset.region = region ? `${region.from.toFixed(3)}-${region.to.toFixed(3)}` : "";
      regions.show();
      showWords();
      playButton.setAttribute("aria-label", words(playing ? "pause" : "play"));
      playButton.replaceChildren(icon(playing ? "pause" : "play"));
      playButton.disabled = chosen < 0;
      tiles.mark(chosen);
      loopButton.setAttribute("aria-pressed", String(loop));
      if (playing && alarm.textContent === words("stuck")) setText(alarm, "");
      if (!playing) bar.style.transform = "scaleX(0)";
      const source = tiles.address(chosen);
      if ((plain.getAttribute("src") ?? "") !== source) {
        if (source) plain.setAttribute("src", source);
        else plain.removeAttribute("src");
      }
      line.show(true);
      tellPosition();
    }

    // ---- values
    function update(/** @type {Value | null} */ news) {
      const same = sentence.show(news?.sentence ?? {});
      const { chosen: before, region } = transport;
      const chosenId = clips[before]?.id;
      const hadFocus = tiles.hasFocus();
      clips = readClips(news?.clips ?? [], words);
      tiles.show(clips, sentence.title());
      const sounds = clips.map(({ sound }) => sound);
      loudest = loudestSample(sounds);
      const kept = clips.findIndex(({ id, sound }) => id === chosenId && sound);
      const chosen = kept >= 0 ? kept : sounds.findIndex(Boolean);
      if (same)
        transport.replace(sounds, chosen, region && regionBetween(region.from, region.to, roundSeconds(sounds)));
      else transport.load(sounds, chosen);
      regions.forget();
      if (hadFocus) tiles.focus(chosen);
      empty.hidden = clips.length > 0;
      stage.hidden = clips.length === 0;
      const keys = Math.min(9, clips.length);
      setText(keysLine, words("keys", { numbers: keys > 1 ? `1–${keys}` : "1" }));
      moments.show(news?.moments, news?.moment, same);
      heard.about(news?.sentence?.kind, news?.moment);
      root.dataset.heard = "";
      showState();
    }

    update(value);
    return {
      update,
      destroy() {
        transport.destroy();
        pausePlain();
        endTurns(pausePlain);
        line.destroy();
        moments.destroy();
        tiles.destroy();
      },
    };
  },
};
