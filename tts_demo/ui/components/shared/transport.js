// Playback: clips of one sentence on one playhead, of which one is heard. Whatever plays on the page has one of these.

import { steadySound } from "./audio_context.js";
import { createGraph, roundSeconds } from "./audio_graph.js";
import { endTurns, takeTurn } from "./turns.js";

/** @typedef {import("./audio_graph.js").Part} Part */
/** @typedef {import("./wav.js").Sound} Sound */

/**
 * @typedef {object} Listener
 * @property {() => void} changed - it plays or pauses now, or another clip, part or position was chosen
 * @property {() => void} moved - the playhead went on; once a frame, and only while it plays
 * @property {(why: "stuck" | "unsupported") => void} silent - it was to play, but nothing can be heard here
 */

const BEFORE_END = 0.01; // s: where `seek` to the end leads

export class Transport {
  /** @type {Listener} */
  #listener;
  #steady = steadySound({
    start: (context) => this.#startOn(context),
    playing: () => this.playing,
    pause: () => this.pause(),
    silent: () => this.#listener.silent("stuck"),
  });
  /** @type {(Sound | null)[]} */
  #sounds = [];
  #chosen = -1;
  #at = 0; // where the playhead stands while nothing plays
  #loop = true;
  /** @type {Part | null} */
  #region = null;
  /** @type {ReturnType<typeof createGraph> | null} */
  #graph = null;
  /** @type {AudioContext | null} */
  #context = null; // that the graph was made for
  #frame = 0;

  /**
   * @param {Listener} listener
   * @param {boolean} [loop] - whether the round is played again and again
   */
  constructor(listener, loop = true) {
    this.#listener = listener;
    this.#loop = loop;
  }

  get playing() {
    return this.#graph?.playing() ?? false;
  }

  /** Seconds into the round. */
  get position() {
    return this.#graph?.position() ?? this.#at;
  }

  /** Seconds of the round: the longest clip and a pause. */
  get seconds() {
    return roundSeconds(this.#sounds);
  }

  /** The index of the clip that is heard; -1 where there is none. */
  get chosen() {
    return this.#chosen;
  }

  get loop() {
    return this.#loop;
  }

  /** The part that is looped; null: all of it. */
  get region() {
    return this.#region;
  }

  /** What goes out, in dB of full scale. */
  get level() {
    return this.#graph?.level() ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * Take clips in the place of those there are, paused at the beginning. The listener is not told.
   *
   * @param {(Sound | null)[]} sounds - null for one that cannot be played (it keeps its number)
   * @param {number} [chosen] - the first that can be played
   */
  load(sounds, chosen = sounds.findIndex(Boolean)) {
    this.#drop();
    this.#sounds = sounds;
    this.#chosen = chosen;
    this.#at = 0;
    this.#region = null;
  }

  /**
   * Take other clips of the same sentence: the sound goes on at the same playhead. The listener is not told.
   *
   * @param {(Sound | null)[]} sounds
   * @param {number} chosen
   * @param {Part | null} region - within these clips' round
   */
  replace(sounds, chosen, region) {
    const at = this.position;
    this.#sounds = sounds;
    this.#chosen = chosen;
    this.#at = Math.min(at, this.seconds);
    this.#region = region;
    if (this.playing && chosen >= 0) this.#graph?.replace(sounds, chosen, region);
    else this.#drop();
  }

  play() {
    const sound = this.#sounds[this.#chosen];
    if (!sound) return;
    takeTurn(this.pause);
    if (!this.#steady.play(sound.rate)) {
      this.#listener.silent("unsupported");
      return;
    }
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(this.#follow);
    this.#listener.changed();
  }

  pause = () => {
    if (!this.#graph || !this.playing) return;
    this.#at = this.position;
    this.#graph.stop();
    this.#listener.changed();
  };

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /**
   * Switch to a clip, unless it cannot be played.
   *
   * @param {number} index
   * @returns {number | null} ms until the switch is complete; null where nothing is heard of it
   */
  choose(index) {
    if (!this.#sounds[index] || index === this.#chosen) return null;
    this.#chosen = index;
    const left = this.#graph?.choose(index) ?? null;
    this.#listener.changed();
    return left;
  }

  /**
   * Move the playhead; it stays inside a part that is looped.
   *
   * @param {number} at - seconds
   */
  seek(at) {
    const { from, to } = (this.#loop && this.#region) || { from: 0, to: this.seconds };
    this.#moveTo(Math.min(Math.max(from, at), Math.max(from, to - BEFORE_END)));
  }

  setLoop(/** @type {boolean} */ loop) {
    this.#loop = loop;
    this.#moveTo(this.position);
  }

  /** Loop a part, or all where it is null; the sound goes on, inside the part. */
  setRegion(/** @type {Part | null} */ region) {
    const at = this.position;
    this.#region = region;
    if (region) this.#loop = true;
    this.#moveTo(region && (at < region.from || at >= region.to) ? region.from : at);
  }

  /** End for good: no sound, no frames, no timers. */
  destroy() {
    this.load([]);
    this.#steady.end();
    endTurns(this.pause);
  }

  #drop() {
    cancelAnimationFrame(this.#frame);
    this.#graph?.stop();
    this.#graph = null;
  }

  #moveTo(/** @type {number} */ at) {
    const { playing } = this;
    this.#at = at;
    if (playing) this.#startGraph();
    this.#listener.changed();
  }

  #startGraph() {
    this.#graph?.start(this.#at, this.#chosen, this.#loop, this.#region);
  }

  /** Sound on this context; a graph that was made for another one is dropped. */
  #startOn(/** @type {AudioContext} */ context) {
    if (this.#context !== context) {
      this.#at = this.position;
      this.#graph?.stop();
      this.#graph = null;
      this.#context = context;
    }
    this.#graph ??= createGraph(context, this.#sounds, () => {
      this.#at = 0;
      this.#listener.changed();
    });
    this.#startGraph();
  }

  #follow = () => {
    if (!this.playing) return;
    this.#listener.moved();
    this.#frame = requestAnimationFrame(this.#follow);
  };
}
