// The listening player's audio graph. It works on any BaseAudioContext, so that tests render it offline.
// All clips loop from one start time, each into its own gain: to switch is to cross-fade two gains, and no clip can
// drift from another. Gains change by scheduled ramps only; setting `.value` while sound runs would click.

const AUDIO = {
  startLead: 0.1, // seconds from the call to the first sample, so that every source is ready
  replaceLead: 0.05, // the same where sound runs already and is replaced, so that keys stay quick
  lead: 0.01, // seconds from a switch to its ramp: later than what the audio thread has begun to render
  ramp: 0.015, // length of a switch's cross-fade
  edge: 0.005, // fade at a clip's own ends, in the buffer, so that a loop's seam is silent
  pause: 0.25, // silence after the longest clip, before it comes round again
};

/** Bytes of a `data:audio/...;base64,` address. Throws where it is another kind of address or damaged. */
function bytesOfDataUrl(url) {
  const match = /^data:audio\/[\w.+-]+;base64,/.exec(url || "");
  if (!match) throw new Error("no audio data");
  const text = atob(url.slice(match[0].length));
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** Samples (-1 to 1) and sample rate of a 16-bit PCM WAV, its first channel. Levels are left as they are. */
function decodeWav(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 44 || name(0) !== "RIFF" || name(8) !== "WAVE") throw new Error("not a WAV file");
  let format = null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    if (name(at) === "fmt ") {
      format = { kind: view.getUint16(at + 8, true), channels: view.getUint16(at + 10, true),
        rate: view.getUint32(at + 12, true), bits: view.getUint16(at + 22, true) };
    } else if (name(at) === "data") {
      if (!format || format.kind !== 1 || format.bits !== 16 || !format.channels) throw new Error("not 16-bit PCM");
      const frames = Math.floor(Math.min(size, bytes.length - at - 8) / (2 * format.channels));
      if (!frames || format.rate < 3000 || format.rate > 192000) throw new Error("no samples");
      const samples = new Float32Array(frames);
      for (let frame = 0; frame < frames; frame += 1) {
        samples[frame] = view.getInt16(at + 8 + 2 * frame * format.channels, true) / 32768;
      }
      return { samples, rate: format.rate };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error("no samples");
}

/** Seconds of one round: the longest clip and the pause after it. */
function roundSeconds(clips) {
  return Math.max(0, ...clips.filter(Boolean).map((clip) => clip.samples.length / clip.rate)) + AUDIO.pause;
}

/** What a clip sounds between two moments of the round (seconds), as a buffer; its ends are faded. */
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

/**
 * The graph. `clips`: {samples, rate}, or null for one that cannot be played (it keeps its number). Clips of one rate
 * stay in step to the sample, however often they loop.
 *
 * start(position, chosen, loop, region): sound from a position (seconds into the round); `region` {from, to} (seconds)
 *   is looped instead of the whole round, null loops the round.
 * replace(clips, chosen, region): go on at the same playhead with other clips of the sentence, cross-faded.
 * stop(); choose(index), which returns the ms until the switch will be complete, or null where nothing switches;
 * position(), playing(), level().
 */
function createPlayerGraph(context, clips, onEnded = () => {}) {
  let sounds = clips;
  let seconds = roundSeconds(sounds);
  const meter = context.createAnalyser();
  meter.fftSize = 1024;
  meter.connect(context.destination);
  const window = new Float32Array(meter.fftSize);
  let round = null; // what sounds now: sources, gains, when and where it began
  let made = { key: "", buffers: [] }; // the buffers of the last part that was played

  const samples = (time) => Math.round(time * context.sampleRate);
  const grid = (time) => Math.ceil(time * context.sampleRate) / context.sampleRate; // whole samples

  function buffersOf(from, to) {
    const key = `${from} ${to}`;
    if (made.key !== key) {
      made = { key, buffers: sounds.map((clip) => (clip ? loopBuffer(context, clip, from, to) : null)) };
    }
    return made.buffers;
  }

  /** Sources of all clips from one moment `when`, `offset` seconds into the part, faded in over `fade` seconds. */
  function begin({ when, offset, from, length, buffers, chosen, loop, fade }) {
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
    const begun = { output, gains, sources, buffers, chosen, when, offset, from, length, loop,
      open: when + fade, settled: when, goesOn: false };
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
  function part(loop, region) {
    const [from, to] = loop && region ? [region.from, Math.min(region.to, seconds)] : [0, seconds];
    const buffers = buffersOf(from, to);
    return { from, buffers, length: buffers.find(Boolean)?.duration ?? to - from };
  }

  function start(position, chosen, loop, region = null) {
    stop();
    const { from, buffers, length } = part(loop, region);
    const when = grid(context.currentTime + AUDIO.startLead);
    const into = position - from;
    const offset = into >= 0 && into < length ? samples(into) / context.sampleRate : 0;
    begin({ when, offset, from, length, buffers, chosen, loop, fade: AUDIO.edge });
  }

  function replace(others, chosen, region = null) {
    sounds = others;
    seconds = roundSeconds(sounds);
    made = { key: "", buffers: [] };
    if (!round) return;
    const before = round;
    const { from, buffers, length } = part(before.loop, region);
    // Not before what is replaced has faded in itself: every ramp is anchored at 0 or 1.
    const when = Math.max(grid(context.currentTime + AUDIO.replaceLead), grid(before.open));
    const played = samples(before.offset + when - before.when);
    const into = samples(before.from) + (before.loop ? played % samples(before.length) : played) - samples(from);
    const inside = into >= 0 && (into < samples(length) || !before.loop);
    const offset = inside ? Math.min(into, samples(length)) / context.sampleRate : 0;
    before.output.gain.setValueAtTime(1, when);
    before.output.gain.linearRampToValueAtTime(0, when + AUDIO.ramp);
    for (const source of before.sources) source?.stop(when + AUDIO.ramp);
    begin({ when, offset, from, length, buffers, chosen, loop: before.loop, fade: AUDIO.ramp });
    round.goesOn = true;
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

  /** Cross-fade to a clip. A ramp begins where the one before it ended, so both are anchored at 0 or 1. */
  function choose(index) {
    if (!round || !round.buffers[index] || index === round.chosen) return null;
    const from = Math.max(context.currentTime + AUDIO.lead, round.settled);
    const to = from + AUDIO.ramp;
    for (const [each, low, high] of [[round.chosen, 1, 0], [index, 0, 1]]) {
      round.gains[each].gain.setValueAtTime(low, from);
      round.gains[each].gain.linearRampToValueAtTime(high, to);
    }
    round.chosen = index;
    round.settled = to;
    return 1000 * (to - context.currentTime);
  }

  /** Seconds into the round that are heard now; null when nothing plays. */
  function position() {
    if (!round) return null;
    const delay = context.outputLatency || context.baseLatency || 0;
    const since = context.currentTime - delay - round.when;
    const played = round.offset + (round.goesOn ? since : Math.max(0, since));
    if (!round.loop) return Math.min(Math.max(0, played), round.length);
    return round.from + (((played % round.length) + round.length) % round.length);
  }

  /** Root mean square of what goes out, in dB of full scale. */
  function level() {
    meter.getFloatTimeDomainData(window);
    let power = 0;
    for (const sample of window) power += sample * sample;
    return 10 * Math.log10(power / window.length + 1e-12);
  }

  return { start, replace, stop, choose, position, level, playing: () => round !== null };
}
