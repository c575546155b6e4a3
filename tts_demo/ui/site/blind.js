// Blind tests drawn in the browser: the key is in this page's memory, so this is a self-check. Figures and conclusions
// are looked up in tables that listening.py has computed.

import { csvFile, csvText } from "../components/shared/csv.js";
import { wavUrl } from "./sound.js";

/** @typedef {{ sentence: string, a: number, x: number | null }} Trial - 0 or 1: who is A, and who is X */
/** @typedef {{ id: string, label: string, kind: "abx" | "ab", trials: number }} Offer */
/** @typedef {{ p: number, low: number, high: number, significant: boolean, conclusion: string }} Found */

const SHORTEST = 1600; // samples
const COLUMNS = "test,seed,trials,trial,sentence,text,a,b,x,answer,chosen,right,first,second,count,p,low,high".split(
  ",",
);

/** A number from 0 to `below` - 1, each as likely. @param {number} below */
function drawn(below) {
  const numbers = new Uint32Array(1);
  const most = 2 ** 32 - (2 ** 32 % below);
  do crypto.getRandomValues(numbers);
  while (numbers[0] >= most);
  return numbers[0] % below;
}

/**
 * The trials of a test, as draw_plan of listening.py draws them: sentences evenly, letters tossed anew for each trial.
 *
 * @param {Offer} offer
 * @param {string[]} sentences
 * @returns {Trial[]}
 */
export function drawPlan({ kind, trials }, sentences) {
  /** @type {string[]} */
  const order = [];
  while (order.length < trials) {
    const block = [...sentences];
    for (let at = block.length - 1; at > 0; at -= 1) {
      const other = drawn(at + 1);
      [block[at], block[other]] = [block[other], block[at]];
    }
    if (block.length > 1 && block[0] === order.at(-1)) block.push(/** @type {string} */ (block.shift()));
    order.push(...block);
  }
  return order.slice(0, trials).map((sentence) => ({ sentence, a: drawn(2), x: kind === "abx" ? drawn(2) : null }));
}

/**
 * A clip as long as all of its trial, with a dither of its own of one step up or down.
 *
 * @param {Int16Array} samples
 * @param {number} length
 */
export function disguised(samples, length) {
  const out = new Int16Array(length);
  const noise = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) crypto.getRandomValues(noise.subarray(at, at + 65536));
  for (let at = 0; at < length; at += 1) {
    out[at] = Math.max(-32768, Math.min(32767, (samples[at] ?? 0) + (noise[at] % 3) - 1));
  }
  return out;
}

/** One test, from its first trial to its result. */
export class Test {
  /** @type {string[]} */
  #answers = [];
  #id = `site-${Date.now()}`;

  /**
   * @param {Offer} offer
   * @param {[string, string]} systems
   * @param {[string, string]} names
   * @param {[number, number]} colours
   * @param {string[]} sentences
   * @param {{ samples: (system: string, sentence: string) => Promise<Int16Array>, said: Record<string, string>,
   *   results: Found[] }} given - clips, words of sentences, and what comes of each count
   */
  constructor(offer, systems, names, colours, sentences, given) {
    this.offer = offer;
    this.systems = systems;
    this.names = names;
    this.colours = colours;
    this.given = given;
    this.plan = drawPlan(offer, sentences);
  }

  /** Take the answer to the trial that waits; another trial's changes nothing. @param {any} answer */
  answer({ test, trial, choice }) {
    if (test === this.#id && trial === this.#answers.length + 1 && "AB".includes(choice)) this.#answers.push(choice);
  }

  /** What the component shows: the next trial, or the result. */
  async view() {
    return this.#answers.length < this.plan.length ? this.#trial() : this.#result();
  }

  async #trial() {
    const { sentence, a, x } = this.plan[this.#answers.length];
    // both are fetched for every trial, in the same order: the time says nothing
    const voices = await Promise.all(this.systems.map((system) => this.given.samples(system, sentence)));
    const length = Math.max(SHORTEST, ...voices.map((voice) => voice.length));
    const places = { A: a, B: 1 - a, ...(x === null ? {} : { X: x }) };
    const clips = Object.entries(places).map(([place, who]) => [place, wavUrl(disguised(voices[who], length))]);
    const { kind, trials } = this.offer;
    const number = this.#answers.length + 1;
    return { view: "trial", test: this.#id, kind, number, trials, clips: Object.fromEntries(clips) };
  }

  #result() {
    const { kind, trials } = this.offer;
    const { names, systems, colours, given } = this;
    const rows = this.plan.map(({ sentence, a, x }, index) => {
      const answer = this.#answers[index];
      const chosen = answer === "A" ? a : 1 - a;
      return {
        trial: index + 1,
        sentence: given.said[sentence],
        a: names[a],
        b: names[1 - a],
        x: x === null ? "" : names[x],
        answer,
        chosen: names[chosen],
        hit: x === null ? null : chosen === x,
        counts: chosen === (x ?? 0),
        id: sentence,
      };
    });
    const count = rows.filter(({ counts }) => counts).length;
    const found = given.results[count];
    const conclusion = found.conclusion.replace(/\{first\}|\{second\}/g, (place) => names[place === "{first}" ? 0 : 1]);
    const shared = { test: kind, seed: "", trials, first: names[0], second: names[1], count, ...found };
    const lines = rows.map((row) => {
      const right = row.hit === null ? "" : row.hit ? "yes" : "no";
      /** @type {Record<string, unknown>} */
      const cells = { ...shared, ...row, sentence: row.id, text: row.sentence, right };
      return COLUMNS.map((name) => csvText(String(cells[name])));
    });
    return {
      ...found,
      view: "result",
      test: this.#id,
      kind,
      trials,
      count,
      conclusion,
      names,
      systems,
      colours,
      rows,
      csv: csvFile([COLUMNS, ...lines]),
    };
  }
}
