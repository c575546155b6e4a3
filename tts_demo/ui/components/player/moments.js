// The training slider: which moment of the training the networks' clips are of.

const MOMENTS = {
  settle: 150, // ms of rest after which a movement counts as over: a held arrow key is one movement
  again: 1000, // ms after an answer to an earlier wish, after which the later one is asked for again: gradio may drop it
  patience: 30000, // ms without the clips that were asked for, after which the slider goes back to those that are there
};

/** Whole numbers, ascending, each once; what else a value holds is left out. */
function readMoments(given) {
  const numbers = (Array.isArray(given) ? given : []).filter((moment) => Number.isInteger(moment) && moment >= 0);
  return [...new Set(numbers)].sort((one, other) => one - other);
}

/**
 * Indices of `count` evenly spaced ticks that get a number when each needs `room` pixels of `width`: the first, the
 * last, and every nth between them that keeps its distance from the last.
 */
function numberedTicks(count, width, room) {
  if (count < 2 || width < 2 * room) return [count - 1].filter((index) => index >= 0);
  const every = Math.ceil((room * (count - 1)) / width);
  const chosen = [];
  for (let index = 0; index + every <= count - 1; index += every) chosen.push(index);
  return [...chosen, count - 1];
}

/**
 * The slider. `ask(moment)` is called once a movement has settled on another moment than that of the clips;
 * `onState()` when waiting begins or ends.
 * Returns {node, show(moments, moment, same), waiting(), failed()}; `same` where the sentence is the one before.
 */
function momentSlider(words, ask, onState) {
  const name = `hear-moment-${Math.random().toString(36).slice(2)}`;
  const slider = make("input", { type: "range", class: "hear-moment", id: name, min: "0", step: "1" });
  const text = make("span", { class: "hear-moment-text hear-number", "aria-hidden": "true" });
  const busy = make("span", { class: "hear-moment-busy", role: "status" });
  const ticks = make("div", { class: "hear-ticks hear-number", "aria-hidden": "true" });
  const node = make("div", { class: "hear-moments", hidden: true },
    make("div", { class: "hear-moments-head" }, make("label", { for: name }, words("training")), text, busy),
    make("div", { class: "hear-moments-rail" }, slider, ticks));
  const state = { moments: [], shown: null, asked: null, next: null, failed: false, settle: 0, again: 0, patience: 0 };

  const pointed = () => state.moments[Number(slider.value)];

  function tell() {
    const moment = pointed();
    const says = words(moment === 1 ? "afterUpdate" : "afterUpdates", { moment });
    slider.setAttribute("aria-valuetext", says);
    slider.style.setProperty("--part", String(Number(slider.value) / Math.max(1, state.moments.length - 1)));
    setText(text, says);
    setText(busy, state.asked === null ? "" : words("loading"));
    node.toggleAttribute("data-loading", state.asked !== null);
    onState();
  }

  function wait(moment) {
    clearTimeout(state.patience);
    state.asked = moment;
    if (moment === null) return;
    state.failed = false;
    state.patience = setTimeout(() => {
      state.asked = state.next = null;
      state.failed = true;
      slider.value = String(Math.max(0, state.moments.indexOf(state.shown)));
      tell();
    }, MOMENTS.patience);
  }

  /** One wish at a time, so that answers come in the order of wishes. */
  function settled() {
    state.settle = 0;
    const moment = pointed();
    if (state.asked !== null) {
      state.next = moment ?? null;
      return;
    }
    state.next = null;
    if (moment === undefined || moment === state.shown) return;
    wait(moment);
    tell();
    ask(moment);
  }

  slider.addEventListener("input", tell);
  slider.addEventListener("change", () => {
    clearTimeout(state.settle);
    state.settle = setTimeout(settled, MOMENTS.settle);
  });

  function layTicks() {
    const count = state.moments.length;
    const digits = String(state.moments[count - 1] ?? "").length;
    const numbered = new Set(numberedTicks(count, ticks.clientWidth, 9 * digits + 10));
    ticks.replaceChildren(...state.moments.map((moment, index) => {
      const tick = make("span", { class: "hear-tick" }, numbered.has(index) ? String(moment) : "");
      tick.style.setProperty("--part", String(index / Math.max(1, count - 1)));
      return tick;
    }));
  }
  new ResizeObserver(layTicks).observe(ticks);

  /** What a value says: the moments on offer and that of its clips. Another sentence ends the waiting. */
  function show(given, moment, same) {
    const held = same && (state.settle || slider.matches(":active")) ? pointed() : null; // a hand has not settled yet
    state.moments = readMoments(given);
    node.hidden = state.moments.length < 2;
    const last = state.moments[state.moments.length - 1] ?? null;
    state.shown = state.moments.includes(moment) ? moment : last;
    if (!same) state.next = null;
    if (!same || state.asked === state.shown || !state.moments.includes(state.asked)) wait(null);
    clearTimeout(state.again);
    const still = state.asked;
    if (still !== null) state.again = setTimeout(() => state.asked === still && ask(still), MOMENTS.again);
    state.failed = false; // clips have come, be it late
    slider.max = String(Math.max(0, state.moments.length - 1));
    const pointAt = [held, state.next, state.asked].find((wish) => state.moments.includes(wish)) ?? state.shown;
    slider.value = String(Math.max(0, state.moments.indexOf(pointAt)));
    layTicks();
    tell();
    if (state.asked === null && state.next !== null && !state.settle) settled();
  }

  return { node, show, waiting: () => state.asked !== null, failed: () => state.failed };
}
