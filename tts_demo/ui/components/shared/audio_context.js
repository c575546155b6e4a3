// What all that sounds on the page shares: one audio context whose clock runs, and help where nothing is heard.

const CLOCK = {
  patience: 300, // ms in which a context's clock must have moved, after `resume()` and ever after
  newPatience: 1000, // the same for a new context, which has to open the device first
};

/** The page's one audio context, at the clips' own rate: the browser then resamples with its best filter. Or null. */
function audioContext(rate) {
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) return null;
  if (navigator.audioSession) navigator.audioSession.type = "playback"; // else an iPhone's ringer switch mutes it
  if (!window.ttsDemoAudio || window.ttsDemoAudio.state === "closed") {
    try {
      window.ttsDemoAudio = new Context({ sampleRate: rate, latencyHint: "interactive" });
    } catch {
      window.ttsDemoAudio = new Context();
    }
  }
  return window.ttsDemoAudio;
}

/** Another context in the place of one that is dead. Or null. */
function newAudioContext(rate) {
  window.ttsDemoAudio?.close().catch(() => {}); // a dead one may never answer
  window.ttsDemoAudio = null;
  try {
    return audioContext(rate);
  } catch { // the browser gives no more of them
    return null;
  }
}

/**
 * A component's sound, on a context whose clock runs. After a lock or a call, an iPhone's may stand still for ever,
 * though the context says "running": it is then replaced.
 *
 * `sound`: start(context), from where the playhead stands, with nothing that was made for another context; playing();
 *   pause(); silent(), called where no context helps, after pause().
 * Returns {play(rate)}, which says whether the browser can play at all.
 */
function steadySound(sound) {
  let timer = 0;

  /** Look after a while whether the clock has moved. `trouble`: what has been tried already. */
  function watch(context, rate, trouble) {
    const before = context.currentTime;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!sound.playing()) return;
      if (context.currentTime !== before) watch(context, rate, "none");
      else if (trouble === "none") wake(context, rate);
      else if (trouble === "woken") begin(newAudioContext(rate), rate, "replaced");
      else giveUp();
    }, trouble === "replaced" ? CLOCK.newPatience : CLOCK.patience);
  }

  function wake(context, rate, trouble = "woken") {
    context.resume().catch(() => {}); // refused while a call goes on: the clock tells
    watch(context, rate, trouble);
  }

  function begin(context, rate, trouble) {
    if (!context) {
      giveUp();
      return;
    }
    context.onstatechange = () => { // interrupted, as by a call: Play is what a person wants next
      if (context === window.ttsDemoAudio && context.state !== "running" && sound.playing()) sound.pause();
    };
    sound.start(context);
    wake(context, rate, trouble);
  }

  function giveUp() {
    sound.pause();
    sound.silent();
  }

  return {
    play(rate) {
      const context = audioContext(rate);
      if (context) begin(context, rate, "woken");
      return Boolean(context);
    },
  };
}

/** "No sound?", to unfold: a line for each key of `words`, then whatever else may help. */
function silenceHelp(words, keys, ...more) {
  return make("details", { class: "hear-help" }, make("summary", {}, words("silence")),
    make("ul", {}, ...keys.map((key) => make("li", {}, words(key)))), ...more);
}
