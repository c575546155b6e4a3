// The lab of recorded runs: plays the program's part for the components.

import blindTest from "../components/blind_test/index.js";
import inspector from "../components/inspector/index.js";
import lossChart from "../components/loss_chart/index.js";
import player from "../components/player/index.js";
import { wordsOf } from "../components/shared/words.js";
import strengthCurve from "../components/strength_curve/index.js";
import { Test } from "./blind.js";
import { Session } from "./runs.js";
import { samplesOf, wavUrl } from "./sound.js";

const RECORDING = "recording";
const CLOSED = { swept: "curve-section", view: "inside-section", tested: "blind-section" };

/**
 * An element of the page, which page.html has.
 *
 * @param {string} id
 * @returns {any}
 */
export const part = (id) => document.getElementById(id);

/**
 * Fill a drop-down list; the chosen entry stays where it can.
 *
 * @param {HTMLSelectElement} list
 * @param {string[][]} entries - values and texts
 * @param {string} [value]
 */
function fill(list, entries, value = list.value) {
  list.replaceChildren(...entries.map(([own, text]) => new Option(text, own)));
  list.value = entries.some(([own]) => own === value) ? value : (entries[0]?.[0] ?? "");
}

/**
 * @param {any} told - data/LANGUAGE.json: see values.py
 * @param {{ root: URL, json: (name: string) => Promise<any>, fail: (error: unknown) => void }} site
 */
export function lab(told, { root, json, fail }) {
  const texts = wordsOf({}, told.texts);
  const session = new Session();
  const show = (
    /** @type {any} */ component,
    /** @type {string} */ id,
    /** @type {string} */ name,
    /** @type {Record<string, (data: any) => void>} */ emit = {},
  ) =>
    component.render({
      element: part(id),
      value: null,
      words: told.words[name],
      emit: (/** @type {string} */ event, /** @type {any} */ data) => emit[event]?.(data),
    });
  const chart = show(lossChart, "chart", "loss_chart");
  const sounds = show(player, "player", "player");
  const inside = show(inspector, "inside", "inspector");
  const curve = show(strengthCurve, "curve", "strength_curve", { pick });
  const tests = show(blindTest, "blind", "blind_test", { begin, answer, leave });
  const [choice, value, over, look] = ["choice", "value", "over", "look"].map(part);
  const [first, second] = [part("blind-first"), part("blind-second")];
  let wish = 0; // what was asked for last is what is shown last
  /** @type {Test | null} */
  let test = null;

  const entry = () => told.choices.find((/** @type {any} */ one) => one.name === choice.value);
  const chosen = () => entry().strengths.find((/** @type {string[]} */ one) => one[0] === value.value)?.[1];
  const kind = () => document.querySelector("#sentence input:checked")?.getAttribute("value") ?? "unseen";
  const run = (/** @type {string} */ id) => json(`runs/${id}`);
  const clip = (/** @type {string} */ who, /** @type {string} */ prompt) =>
    samplesOf(new URL(`clips/${who}/${prompt}.opus`, root));

  // ---- what is shown
  function showStrengths(/** @type {string} */ wanted) {
    const { strengths, strength, of } = entry();
    fill(
      value,
      strengths.map((/** @type {string[]} */ [own]) => [own, own]),
      wanted || strength,
    );
    part("strength").hidden = !of;
    part("strength-label").textContent = of;
    const known = told.curves[choice.value];
    fill(
      over,
      told.axes.filter((/** @type {string[]} */ [axis]) => axis in known),
    );
    over.disabled = !over.options.length;
  }

  function showCurve() {
    const drawn = told.drawn[told.curves[choice.value][over.value]];
    const coloured = (/** @type {any} */ point) => ({ ...point, colour: session.colourOf(point.run) });
    curve.update(drawn ? { ...drawn, points: drawn.points.map(coloured) } : null);
  }

  async function showPlayer(/** @type {number} */ number) {
    const twin = session.runs.some(({ id }) => id === told.begin[1]);
    const { prompt, sentence, clips } = told.sentences[kind() === "twin" && !twin ? "unmet" : kind()];
    const own = session.runs.map(async ({ id, colour }) => {
      const { heard, end } = await run(id);
      const note = texts("after", { step: end });
      const read = prompt in heard ? { heard: heard[prompt] } : {};
      return { id, label: told.names[id], kind: "model", colour, note, ...read };
    });
    const voices = await Promise.all([...clips, ...own].map(async (one) => sounding(await one, prompt)));
    if (number === wish) sounds.update({ sentence, clips: voices });
  }

  async function sounding(/** @type {any} */ one, /** @type {string} */ prompt) {
    try {
      return { ...one, url: wavUrl(await clip(one.id, prompt)) };
    } catch {
      return { ...one, url: "", error: texts("unreadable") };
    }
  }

  async function showInside(/** @type {number} */ number) {
    if (!part("inside-section").open || !look.value) return;
    const id = look.value;
    const shown = await run(id);
    if (number !== wish || !shown.inside) return;
    const own = { label: told.names[id], note: texts("inside"), colour: session.colourOf(id) };
    inside.update({ ...shown.inside, ...own });
  }

  async function showAll() {
    wish += 1;
    const number = wish;
    const entries = session.runs.map(({ id }) => [id, told.names[id]]);
    fill(look, entries, entries.at(-1)?.[0]);
    const pair = [told.begin[0], told.begin[2]].filter((id) => session.colourOf(id) !== null);
    const voices = [...entries, [RECORDING, texts("recording")]];
    fill(first, voices, first.value || pair[0]);
    fill(second, voices, second.value || pair[1] || voices.at(-1)?.[0]);
    offer();
    showCurve();
    try {
      const runs = await Promise.all(
        session.runs.map(async ({ id, colour }) => ({ ...(await run(id)).chart, label: told.names[id], colour })),
      );
      if (number !== wish) return;
      chart.update(runs.length ? { runs, log: false } : null);
      await Promise.all([showPlayer(number), showInside(number)]);
    } catch (error) {
      fail(error);
    }
  }

  function preview() {
    if (chosen()) session.preview(chosen());
    return showAll();
  }

  function pick(/** @type {{ run: string }} */ { run: id }) {
    const other = told.nearest[told.curves[choice.value][over.value]]?.[id];
    if (other) session.add(other); // the two whose weights are of one size are to be heard side by side
    session.add(id);
    return showAll();
  }

  // ---- blind tests
  const pairOf = () => /** @type {[string, string]} */ ([first.value, second.value]);
  const saysMany = (/** @type {string} */ id) => [told.begin[0], told.begin[2], RECORDING].includes(id);
  const offers = () => {
    const { offers: all, most_of_few: most } = told.blind;
    return pairOf().every(saysMany) ? all : all.filter((/** @type {any} */ one) => one.trials <= most);
  };
  const nameOf = (/** @type {string} */ id) => told.names[id] ?? texts("recording");

  function offer() {
    if (test) return; // a test goes on, whatever is chosen meanwhile
    part("blind-note").textContent = pairOf().every(saysMany) ? "" : texts("mixed", { count: told.blind.few.length });
    tests.update({ view: "choose", offers: offers(), names: pairOf().map(nameOf) });
  }

  function leave() {
    test = null;
    offer();
  }

  async function begin(/** @type {{ offer: string }} */ { offer: wanted }) {
    const [one, other] = pairOf();
    const found = offers().find((/** @type {any} */ each) => each.id === wanted);
    if (one === other || !found) {
      tests.update({ view: "choose", offers: offers(), alert: texts("different") });
      return;
    }
    const colours = pairOf().map((id) => session.colourOf(id) ?? 5);
    const { many, few, said, results } = told.blind;
    const given = { samples: clip, said, results: results[found.id] };
    const sentences = pairOf().every(saysMany) ? many : few;
    test = new Test(found, [one, other], [nameOf(one), nameOf(other)], [colours[0], colours[1]], sentences, given);
    await showTest();
  }

  async function showTest() {
    try {
      if (test) tests.update(await test.view());
    } catch {
      test = null;
      tests.update({ view: "choose", offers: offers(), alert: texts("unreadable") });
    }
  }

  function answer(/** @type {object} */ given) {
    test?.answer(given);
    return showTest();
  }

  // ---- what hands do
  choice.addEventListener("change", () => {
    showStrengths("");
    preview();
  });
  value.addEventListener("change", preview);
  over.addEventListener("change", showCurve);
  look.addEventListener("change", () => showInside(wish).catch(fail));
  part("inside-section").addEventListener("toggle", () => showInside(wish).catch(fail));
  part("sentence").addEventListener("change", () => {
    wish += 1;
    showPlayer(wish).catch(fail);
  });
  for (const list of [first, second]) list.addEventListener("change", offer);

  fill(
    choice,
    told.choices.map((/** @type {any} */ one) => [one.name, one.label]),
  );
  const regularized = told.choices.find((/** @type {any} */ one) =>
    one.strengths.some((/** @type {string[]} */ [, id]) => id === told.begin[2]),
  );
  if (regularized) choice.value = regularized.name;
  showStrengths("");
  session.put(told.begin, told.begin[2]);

  return {
    ready: showAll(),
    begin,
    /** Set up a step of the course: controls, runs, sentence, curve and sections. @param {{ step: string }} data */
    setUp({ step }) {
      const wanted = told.setups[step];
      const known = told.choices.some((/** @type {any} */ one) => one.name === wanted.choice[0]);
      choice.value = known ? wanted.choice[0] : "none";
      showStrengths(wanted.choice[1]);
      if (wanted.over && [...over.options].some((option) => option.value === wanted.over)) over.value = wanted.over;
      session.put(wanted.runs);
      if (wanted.kind) part("sentence").querySelector(`[value=${wanted.kind}]`).checked = true;
      for (const [name, id] of Object.entries(CLOSED)) part(id).open = wanted.open.includes(name);
      first.value = second.value = ""; // the runs of this step are what is to be compared
      return preview();
    },
  };
}
