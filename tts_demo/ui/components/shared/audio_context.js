// What all that sounds on the page shares: one audio context, whose clock is seen to run.

const CLOCK = {
  patience: 300, // ms in which a context's clock must have moved, after `resume()` and ever after
  newPatience: 1000, // the same for a new context, which has to open the device first
};

/** @typedef {"none" | "woken" | "replaced"} Tried - what was done about a clock that stood still */

/**
 * @typedef {object} Sounding - a component's sound
 * @property {(context: AudioContext) => void} start - from the playhead, with nothing made for another context
 * @property {() => boolean} playing
 * @property {() => void} pause
 * @property {() => void} silent - called where no context helps, after `pause`
 */

/** @type {AudioContext | null} */
let current = null;

/**
 * The page's one audio context, at the clips' own rate: the browser then resamples with its best filter. Or null.
 *
 * @param {number} sampleRate
 */
function audioContext(sampleRate) {
  const { AudioContext: Standard, webkitAudioContext: Old } = /** @type {any} */ (window);
  const Context = /** @type {typeof AudioContext | undefined} */ (Standard || Old);
  if (!Context) return null;
  const { audioSession } = /** @type {{ audioSession?: { type: string } }} */ (navigator);
  if (audioSession) audioSession.type = "playback"; // else an iPhone's ringer switch mutes it
  if (!current || current.state === "closed") {
    try {
      current = new Context({ sampleRate, latencyHint: "interactive" });
    } catch {
      current = new Context();
    }
  }
  return current;
}

/**
 * Another context in the place of one that is dead. Or null.
 *
 * @param {number} sampleRate
 */
export function newAudioContext(sampleRate) {
  current?.close().catch(() => {}); // a dead one may never answer
  current = null;
  try {
    return audioContext(sampleRate);
  } catch {
    return null; // the browser gives no more of them
  }
}

/**
 * A component's sound, on a context whose clock runs. After a lock or a call, an iPhone's may stand still for ever,
 * though the context says "running": it is then replaced.
 *
 * @param {Sounding} sound
 */
export function steadySound(sound) {
  let timer = 0;
  /** @type {AudioContext | null} */
  let mine = null; // the context on which it began last

  /** Interrupted, as by a call: Play is what a person wants next. */
  function interrupted() {
    if (mine && mine === current && mine.state !== "running" && sound.playing()) sound.pause();
  }

  /**
   * Look after a while whether the clock has moved.
   *
   * @param {AudioContext} context
   * @param {number} rate
   * @param {Tried} tried
   */
  function watch(context, rate, tried) {
    const before = context.currentTime;
    clearTimeout(timer);
    const look = () => {
      if (!sound.playing()) return;
      if (context.currentTime !== before) watch(context, rate, "none");
      else if (tried === "none") wake(context, rate, "woken");
      else if (tried === "woken") begin(newAudioContext(rate), rate, "replaced");
      else giveUp();
    };
    timer = window.setTimeout(look, tried === "replaced" ? CLOCK.newPatience : CLOCK.patience);
  }

  function wake(/** @type {AudioContext} */ context, /** @type {number} */ rate, /** @type {Tried} */ tried) {
    context.resume().catch(() => {}); // refused while a call goes on: the clock tells
    watch(context, rate, tried);
  }

  function begin(/** @type {AudioContext | null} */ context, /** @type {number} */ rate, /** @type {Tried} */ tried) {
    if (!context) {
      giveUp();
      return;
    }
    mine?.removeEventListener("statechange", interrupted);
    mine = context;
    mine.addEventListener("statechange", interrupted);
    sound.start(context);
    wake(context, rate, tried);
  }

  function giveUp() {
    sound.pause();
    sound.silent();
  }

  return {
    /**
     * Begin, from where the playhead stands.
     *
     * @param {number} rate - the clip's, in Hz
     * @returns {boolean} whether the browser can play at all
     */
    play(rate) {
      const context = audioContext(rate);
      if (context) begin(context, rate, "woken");
      return Boolean(context);
    },
    /** Watch no more. */
    end() {
      clearTimeout(timer);
      mine?.removeEventListener("statechange", interrupted);
      mine = null;
    },
  };
}
