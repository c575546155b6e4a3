// The audio graph of what plays in step. It works on any BaseAudioContext, so that tests render it offline.
// All clips loop from one start time, each into its own gain: to switch is to cross-fade two gains, and no clip can
// drift from another. Gains change by scheduled ramps only; setting `.value` while sound runs would click.

/** @typedef {import("./wav.js").Sound} Sound */
/** @typedef {{ from: number, to: number }} Part - of the round, in seconds */

export const AUDIO = {
  startLead: 0.1, // seconds from the call to the first sample, so that every source is ready
  replaceLead: 0.05, // the same where sound runs already and is replaced, so that keys stay quick
  lead: 0.01, // seconds from a switch to its ramp: later than what the audio thread has begun to render
  ramp: 0.015, // length of a switch's cross-fade
  edge: 0.005, // fade at a clip's own ends, in the buffer, so that a loop's seam is silent
  pause: 0.25, // silence after the longest clip, before it comes round again
};

/**
 * Seconds of one round: the longest clip and the pause after it.
 *
 * @param {(Sound | null)[]} clips
 */
export function roundSeconds(clips) {
  return Math.max(0, ...clips.map((clip) => (clip ? clip.samples.length / clip.rate : 0))) + AUDIO.pause;
}

/**
 * What a clip sounds between two moments of the round (seconds), as a buffer; its ends are faded.
 *
 * @param {BaseAudioContext} context
 * @param {Sound} clip
 * @param {number} from
 * @param {number} to
 */
function loopBuffer(context, clip, from, to) {
  const first = Math.round(from * clip.rate);
  const buffer = context.createBuffer(1, Math.max(1, Math.round(to * clip.rate) - first), clip.rate);
  const data = buffer.getChannelData(0);
  const sounding = clip.samples.subarray(first, first + data.length);
  data.set(sounding);
  const fade = Math.min(Math.round(AUDIO.edge * clip.rate), sounding.length >> 1);
  for (let index = 0; index < fade; index += 1) {
    data[index] *= index / fade;
    data[sounding.length - 1 - index] *= index / fade;
  }
  return buffer;
}

/** @typedef {(AudioBuffer | null)[]} Buffers - by clip */

/**
 * @typedef {object} Beginning
 * @property {number} when - context time of the first sample
 * @property {number} offset - seconds into the part
 * @property {number} from - where the part begins, in seconds of the round
 * @property {number} length - of the part, in seconds
 * @property {Buffers} buffers
 * @property {number} chosen
 * @property {boolean} loop
 * @property {number} fade - seconds
 * @property {boolean} goesOn - whether something else sounds until then
 */

/**
 * @typedef {Beginning & {
 *   output: GainNode, gains: GainNode[], sources: (AudioBufferSourceNode | null)[],
 *   open: number, settled: number,
 * }} Round - what sounds: `open` is when it has faded in, `settled` when the last switch is complete
 */

/**
 * The graph.
 *
 * @param {BaseAudioContext} context
 * @param {(Sound | null)[]} clips - null for one that cannot be played (it keeps its number). Clips of one rate stay in
 *   step to the sample, however often they loop.
 * @param {() => void} [onEnded] - what does not loop has come to its end
 */
export function createGraph(context, clips, onEnded = () => {}) {
  let sounds = clips;
  let seconds = roundSeconds(sounds);
  const meter = context.createAnalyser();
  meter.fftSize = 1024;
  meter.connect(context.destination);
  const metered = new Float32Array(meter.fftSize);
  /** @type {Round | null} */
  let round = null;
  /** The buffers of the last part that was played. */
  let made = { key: "", buffers: /** @type {Buffers} */ ([]) };

  const samples = (/** @type {number} */ time) => Math.round(time * context.sampleRate);
  /** The next whole sample. */
  const grid = (/** @type {number} */ time) => Math.ceil(time * context.sampleRate) / context.sampleRate;

  function buffersOf(/** @type {number} */ from, /** @type {number} */ to) {
    const key = `${from} ${to}`;
    if (made.key !== key) {
      made = { key, buffers: sounds.map((clip) => (clip ? loopBuffer(context, clip, from, to) : null)) };
    }
    return made.buffers;
  }

  /** Sources of all clips, faded in. */
  function begin(/** @type {Beginning} */ beginning) {
    const { when, offset, buffers, chosen, loop, fade } = beginning;
    const output = new GainNode(context, { gain: 0 });
    output.gain.setValueAtTime(0, when);
    output.gain.linearRampToValueAtTime(1, when + fade);
    output.connect(meter);
    const gains = buffers.map((_, index) => new GainNode(context, { gain: index === chosen ? 1 : 0 }));
    const sources = buffers.map((buffer, index) => {
      if (!buffer) return null;
      const source = new AudioBufferSourceNode(context, { buffer, loop });
      source.connect(gains[index]).connect(output);
      source.start(when, offset);
      return source;
    });
    const begun = { ...beginning, output, gains, sources, open: when + fade, settled: when };
    const first = sources.find(Boolean);
    if (first) {
      first.onended = () => {
        if (round !== begun) return; // stopped by a person or replaced
        round = null;
        onEnded();
      };
    }
    round = begun;
  }

  /** The part that is played: the buffers, where it begins and how long it is (seconds, whole samples). */
  function part(/** @type {boolean} */ loop, /** @type {Part | null} */ region) {
    const [from, to] = loop && region ? [region.from, Math.min(region.to, seconds)] : [0, seconds];
    const buffers = buffersOf(from, to);
    return { from, buffers, length: buffers.find(Boolean)?.duration ?? to - from };
  }

  /**
   * Sound from a position.
   *
   * @param {number} position - seconds into the round
   * @param {number} chosen
   * @param {boolean} loop
   * @param {Part | null} [region] - is looped instead of the whole round
   */
  function start(position, chosen, loop, region = null) {
    stop();
    const { from, buffers, length } = part(loop, region);
    const when = grid(context.currentTime + AUDIO.startLead);
    const into = position - from;
    const offset = into >= 0 && into < length ? samples(into) / context.sampleRate : 0;
    begin({ when, offset, from, length, buffers, chosen, loop, fade: AUDIO.edge, goesOn: false });
  }

  /**
   * Go on at the same playhead with other clips of the sentence, cross-faded.
   *
   * @param {(Sound | null)[]} others
   * @param {number} chosen
   * @param {Part | null} [region]
   */
  function replace(others, chosen, region = null) {
    sounds = others;
    seconds = roundSeconds(sounds);
    made = { key: "", buffers: [] };
    if (!round) return;
    const before = round;
    const { loop } = before;
    const { from, buffers, length } = part(loop, region);
    // Not before what is replaced has faded in itself: every ramp is anchored at 0 or 1.
    const when = Math.max(grid(context.currentTime + AUDIO.replaceLead), grid(before.open));
    const played = samples(before.offset + when - before.when);
    const into = samples(before.from) + (loop ? played % samples(before.length) : played) - samples(from);
    const inside = into >= 0 && (into < samples(length) || !loop);
    const offset = inside ? Math.min(into, samples(length)) / context.sampleRate : 0;
    before.output.gain.setValueAtTime(1, when);
    before.output.gain.linearRampToValueAtTime(0, when + AUDIO.ramp);
    for (const source of before.sources) source?.stop(when + AUDIO.ramp);
    begin({ when, offset, from, length, buffers, chosen, loop, fade: AUDIO.ramp, goesOn: true });
  }

  function stop() {
    if (!round) return;
    const { output, sources, when, open } = round;
    round = null;
    const now = context.currentTime + AUDIO.lead;
    const fade = Math.max(now, open);
    if (now >= when) {
      output.gain.setValueAtTime(1, fade);
      output.gain.linearRampToValueAtTime(0, fade + AUDIO.ramp);
    }
    // Stopped at its start time, a source never sounds at all.
    for (const source of sources) source?.stop(now >= when ? fade + AUDIO.ramp : when);
  }

  /**
   * Cross-fade to a clip. A ramp begins where the one before it ended, so both are anchored at 0 or 1.
   *
   * @param {number} index
   * @returns {number | null} ms until the switch will be complete; null where nothing switches
   */
  function choose(index) {
    if (!round?.buffers[index] || index === round.chosen) return null;
    const from = Math.max(context.currentTime + AUDIO.lead, round.settled);
    const to = from + AUDIO.ramp;
    const ramp = (/** @type {GainNode} */ { gain }, /** @type {number} */ low, /** @type {number} */ high) => {
      gain.setValueAtTime(low, from);
      gain.linearRampToValueAtTime(high, to);
    };
    ramp(round.gains[round.chosen], 1, 0);
    ramp(round.gains[index], 0, 1);
    round.chosen = index;
    round.settled = to;
    return 1000 * (to - context.currentTime);
  }

  /** Seconds into the round that are heard now; null when nothing plays. */
  function position() {
    if (!round) return null;
    const { outputLatency, baseLatency } = /** @type {Partial<AudioContext>} */ (context); // none of them offline
    const since = context.currentTime - (outputLatency || baseLatency || 0) - round.when;
    const played = round.offset + (round.goesOn ? since : Math.max(0, since));
    if (!round.loop) return Math.min(Math.max(0, played), round.length);
    return round.from + (((played % round.length) + round.length) % round.length);
  }

  /** Root mean square of what goes out, in dB of full scale. */
  function level() {
    meter.getFloatTimeDomainData(metered);
    let power = 0;
    for (const sample of metered) power += sample * sample;
    return 10 * Math.log10(power / metered.length + 1e-12);
  }

  return { start, replace, stop, choose, position, level, playing: () => round !== null };
}
