// Inside the model: its weights, its spectrogram and F0 beside the recording's, what it looks at. The value is a Value
// of value.js.

import { liveCanvas, themeOf } from "../shared/canvas.js";
import { freshId, make, setText } from "../shared/dom.js";
import { styled } from "../shared/styles.js";
import { wordsOf } from "../shared/words.js";
import { drawF0 } from "./f0.js";
import {
  binFacts,
  f0At,
  f0Facts,
  f0Summary,
  levelsAt,
  nameOf,
  sizeOf,
  spectrogramFacts,
  weightFacts,
  weightsLabel,
  zerosSentence,
} from "./facts.js";
import { drawHistogram } from "./histogram.js";
import { moved, onKey } from "./keys.js";
import { Looked } from "./looked.js";
import { looksPanel } from "./looks.js";
import { pictured } from "./panel.js";
import { drawSpectrograms, VIRIDIS } from "./spectrogram.js";
import { NAMES, SpeechReader } from "./value.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

/** @typedef {import("./value.js").Value} Value */
/** @typedef {import("./panel.js").Panel} Panel */

/** @type {import("../shared/component.js").Component<Value>} */
export default {
  render({ element, value, words: given }) {
    const words = wordsOf(WORDS, given);

    // ---- page elements
    const about = make("p", { class: "hear-inside-about" });
    const sentence = make("p", { class: "hear-inside-sentence" });
    const note = make("p", { class: "hear-inside-note", role: "status" });
    const hintId = freshId("hint");
    const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });

    const panel = (/** @type {string} */ name, /** @type {Node[]} */ ...head) => pictured(name, words, hintId, ...head);
    const select = make("select", { class: "hear-layer", "aria-label": words("layer") });
    const phonesButton = make(
      "button",
      { type: "button", class: "hear-phones", "aria-pressed": "false" },
      words("phones"),
    );
    const sample = (/** @type {string} */ name) =>
      make(
        "span",
        { class: "hear-key-of" },
        make("span", { class: `hear-line-${name}`, "aria-hidden": "true" }),
        words(name),
      );
    const weights = panel("weights", select);
    const spectrogram = panel("spectrogram", phonesButton);
    const f0 = panel("f0", sample("predicted"), sample("natural"));
    const zerosText = make("span");
    const zerosBar = make("span");
    const zeros = make(
      "p",
      { class: "hear-zeros" },
      zerosText,
      make("span", { class: "hear-zeros-track", "aria-hidden": "true" }, zerosBar),
    );
    weights.read.before(zeros);
    const ramp = make("span", { class: "hear-ramp-colours", "aria-hidden": "true" });
    ramp.style.background = `linear-gradient(to right, ${VIRIDIS.map((colour) => `rgb(${colour})`).join(", ")})`;
    const least = make("span");
    const rampLine = make("p", { class: "hear-ramp" }, least, ramp, make("span", {}, words("loudest")));
    spectrogram.read.before(rampLine);
    const looks = looksPanel(words);
    const empty = make("p", { class: "hear-empty" }, words("empty"));
    const panels = make("div", { class: "hear-panels" }, weights.node, spectrogram.node, f0.node, looks.node);
    const root = make(
      "section",
      { class: "hear hear-inside", "aria-label": words("title") },
      make(
        "header",
        { class: "hear-inside-head" },
        make("h3", { class: "hear-title" }, words("title")),
        about,
        sentence,
      ),
      note,
      empty,
      panels,
      make("p", { class: "hear-spoken", id: hintId }, words("hint")),
      spoken,
    );
    element.replaceChildren(root);

    // ---- state: what is shown, and where the cursors stand (a bin; a frame and a band)
    const view = {
      value: /** @type {Value | null} */ (null),
      layer: "",
      bin: /** @type {number | null} */ (null),
      frame: /** @type {number | null} */ (null),
      band: /** @type {number | null} */ (null),
      phones: false,
    };
    const reader = new SpeechReader();
    const layerShown = () => view.value?.layers.find((layer) => layer.name === view.layer) ?? view.value?.layers[0];
    const runColour = (/** @type {import("../shared/canvas.js").Theme} */ theme) =>
      theme.runs[(Number(view.value?.colour) || 0) % theme.runs.length];
    /** @type {{
     *   bin?: (x: number) => number | null, point?: (x: number, y: number) => { frame: number, band: number },
     *   frame?: (x: number) => number,
     * }} */
    const places = {}; // from pixels to cursors, as last drawn

    const drawings = {
      weights: liveCanvas(weights.canvas, (context, width, height) => {
        const layer = layerShown();
        if (!layer) return;
        const theme = themeOf(root);
        const model = { layer, bound: view.value?.bound ?? 0, cursor: view.bin, colour: runColour(theme) };
        places.bin = drawHistogram(context, width, height, model, theme, words);
      }),
      spectrogram: liveCanvas(spectrogram.canvas, (context, width, height) => {
        const speech = view.value?.speech;
        if (!speech) return;
        const model = { ...view, view: speech, pictures: reader.pictures };
        places.point = drawSpectrograms(context, width, height, model, themeOf(root), words);
      }),
      f0: liveCanvas(f0.canvas, (context, width, height) => {
        const speech = view.value?.speech;
        if (!speech) return;
        const theme = themeOf(root);
        const model = { ...view, view: speech, f0: reader.f0, colour: runColour(theme) };
        places.frame = drawF0(context, width, height, model, theme, words);
      }),
    };

    // ---- showing
    function showWeights() {
      const layer = layerShown();
      for (const node of [weights.canvas, zeros, weights.read, select]) node.hidden = !layer;
      weights.missing.hidden = Boolean(layer);
      if (!layer) return;
      if (view.bin !== null) view.bin = Math.min(view.bin, layer.counts.length - 1);
      const bound = view.value?.bound;
      setText(zerosText, zerosSentence(layer, words));
      zeros.classList.toggle("hear-zeros-none", !layer.zeros);
      zerosBar.style.width = `${(100 * layer.zeros) / Math.max(1, sizeOf(layer))}%`;
      setText(weights.read, view.bin === null ? weightFacts(layer, bound, words) : binFacts(layer, view.bin, words));
      weights.canvas.setAttribute("aria-label", weightsLabel(layer, bound, words));
      drawings.weights.redraw();
    }

    function showSpeech() {
      const speech = view.value?.speech;
      for (const node of [spectrogram.canvas, spectrogram.read, rampLine, f0.canvas, f0.read]) node.hidden = !speech;
      for (const each of [spectrogram, f0]) each.missing.hidden = Boolean(speech);
      phonesButton.hidden = !speech?.phones.length;
      if (!speech) return;
      if (view.frame !== null) view.frame = Math.min(view.frame, speech.frames - 1);
      const { frame, band } = view;
      phonesButton.setAttribute("aria-pressed", String(view.phones));
      setText(least, words("least", { range: speech.range_db }));
      const facts = { spectrogram: spectrogramFacts(speech, words), f0: f0Facts(speech, words) };
      setText(spectrogram.read, frame === null ? facts.spectrogram : levelsAt(speech, reader, frame, band, words));
      setText(f0.read, frame === null ? facts.f0 : f0At(speech, reader, frame, words));
      const names = NAMES.filter((name) => speech[name]);
      const seconds = (speech.frames * speech.hop).toFixed(1);
      const shown = names.length > 1 ? words("both") : words(names[0]);
      const range = speech.range_db;
      spectrogram.canvas.setAttribute(
        "aria-label",
        words("spectrogramLabel", { names: shown, seconds, range, facts: facts.spectrogram }),
      );
      const curves = names.map((name) => f0Summary(name, reader.f0[name] ?? [], words)).join(" ");
      f0.canvas.setAttribute("aria-label", words("f0Label", { seconds, curves, facts: facts.f0 }));
      drawings.spectrogram.redraw();
      drawings.f0.redraw();
    }

    // ---- pointer and keys: what the keys reach is spoken, what a pointer passes is not
    function moveBin(/** @type {number | null} */ bin, aloud = false) {
      view.bin = bin;
      showWeights();
      if (aloud) setText(spoken, bin === null ? "" : (weights.read.textContent ?? ""));
    }

    /**
     * @param {number | null} frame
     * @param {number | null} band
     * @param {Panel} [aloud]
     */
    function moveTime(frame, band, aloud) {
      [view.frame, view.band] = [frame, band];
      showSpeech();
      if (aloud) setText(spoken, frame === null ? "" : (aloud.read.textContent ?? ""));
    }

    weights.canvas.addEventListener("pointermove", (event) => moveBin(places.bin?.(event.offsetX) ?? null));
    weights.canvas.addEventListener("pointerleave", () => moveBin(null));
    weights.canvas.addEventListener("blur", () => moveBin(null, true));
    onKey(
      weights.canvas,
      () => moveBin(null, true),
      (key) => {
        const layer = layerShown();
        const bin = layer && moved(key, view.bin, layer.counts.length);
        if (bin !== undefined) moveBin(bin, true);
        return bin !== undefined;
      },
    );
    spectrogram.canvas.addEventListener("pointermove", (event) => {
      const point = places.point?.(event.offsetX, event.offsetY);
      if (point) moveTime(point.frame, point.band);
    });
    f0.canvas.addEventListener("pointermove", (event) => moveTime(places.frame?.(event.offsetX) ?? null, null));
    for (const each of [spectrogram, f0]) {
      each.canvas.addEventListener("pointerleave", () => moveTime(null, null));
      each.canvas.addEventListener("blur", () => moveTime(null, null, each));
      onKey(
        each.canvas,
        () => moveTime(null, null, each),
        (key) => {
          const speech = view.value?.speech;
          if (!speech) return false;
          const bands = speech.frequencies.length;
          const start = Math.floor(bands / 4);
          if (each === spectrogram && (key === "ArrowUp" || key === "ArrowDown")) {
            const step = key === "ArrowUp" ? 1 : -1;
            const band = view.band === null ? start : Math.max(0, Math.min(bands - 1, view.band + step));
            moveTime(view.frame ?? Math.floor(speech.frames / 2), band, each);
            return true;
          }
          const frame = moved(key, view.frame, speech.frames);
          if (frame !== undefined) moveTime(frame, each === spectrogram ? (view.band ?? start) : view.band, each);
          return frame !== undefined;
        },
      );
    }
    select.addEventListener("change", () => {
      view.layer = select.value;
      view.bin = null;
      showWeights();
    });
    phonesButton.addEventListener("click", () => {
      view.phones = !view.phones;
      showSpeech();
    });

    // ---- values
    const looked = new Looked(weights.canvas);
    function update(/** @type {Value | null} */ changed) {
      const layers = changed?.layers ?? [];
      view.value = changed && { ...changed, layers };
      const names = layers.map((layer) => layer.name);
      if (names.join("\n") !== [...select.options].map((option) => option.value).join("\n")) {
        select.replaceChildren(...layers.map((layer) => make("option", { value: layer.name }, nameOf(layer, words))));
      }
      if (!names.includes(view.layer)) {
        view.layer = "";
        view.bin = null;
      }
      select.value = view.layer;
      reader.read(changed?.speech);
      if (!changed?.speech) view.frame = view.band = null;
      empty.hidden = Boolean(changed);
      panels.hidden = about.hidden = !changed;
      setText(about, changed ? words("about", { label: changed.label, step: changed.step }) : "");
      setText(sentence, changed?.sentence ? `“${changed.sentence}”` : "");
      setText(note, changed?.note || "");
      root.style.setProperty("--run", `var(--hear-run-${(Number(changed?.colour) || 0) % 6})`);
      root.dataset.step = changed ? String(changed.step) : "";
      looked.shows((layers.length && changed?.run) || "");
      showWeights();
      showSpeech();
      looks.show(changed?.looks_at ?? []);
    }

    update(value);
    return {
      update,
      destroy() {
        looked.destroy();
        for (const drawing of Object.values(drawings)) drawing.destroy();
      },
    };
  },
};
