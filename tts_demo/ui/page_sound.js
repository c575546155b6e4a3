// What all that sounds on the page shares: one audio context, and help where nothing is heard.

/** The page's one audio context, at the clips' own rate: the browser then resamples with its best filter. Or null. */
function audioContext(rate) {
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) return null;
  if (navigator.audioSession) navigator.audioSession.type = "playback"; // else an iPhone's ringer switch mutes it
  if (!window.ttsDemoAudio) {
    try {
      window.ttsDemoAudio = new Context({ sampleRate: rate, latencyHint: "interactive" });
    } catch {
      window.ttsDemoAudio = new Context();
    }
  }
  return window.ttsDemoAudio;
}

/** "No sound?", to unfold: a line for each key of `words`, then whatever else may help. */
function silenceHelp(words, keys, ...more) {
  return make("details", { class: "hear-help" }, make("summary", {}, words("silence")),
    make("ul", {}, ...keys.map((key) => make("li", {}, words(key)))), ...more);
}
