// Every text inside the model. `{name}` places are filled in.

export const WORDS = {
  title: "Inside the model",
  empty:
    "The network's insides will be shown here at its first snapshot: how large its weights are, and what it " +
    "predicts beside what the speaker said.",
  about: "{label}, after {step} updates",
  hint: "Focus a picture and press the arrow keys to read its values.",
  // weights
  weights: "Weights",
  layer: "Layer",
  all: "All layers",
  count: "weights in each bar (log)",
  weight: "weight",
  zeros: "{share} of the weights are exactly zero",
  zerosHere: "{share} of this layer's weights are exactly zero",
  noZeros: "No weight is exactly zero",
  percent: "{number}\u00a0%",
  facts: "{count} weights, the largest ±{largest}.",
  beyond: "{count} of them lie beyond this axis.",
  bound: "Bound c = {bound}.",
  boundFar: "Bound c = {bound}, far beyond them.",
  bin: "{low} to {high}: {count} weights ({share})",
  binZeros: "and {zeros} exactly zero",
  noWeights: "There are no weights to count.",
  weightsLabel: "Histogram of weights, {layer}: {facts} {zeros}. The middle half lies between {low} and {high}.",
  // spectrogram
  spectrogram: "Spectrogram",
  predicted: "Predicted",
  natural: "Natural",
  waiting: "at the first snapshot",
  time: "time (s)",
  phones: "Phones",
  least: "−{range} dB",
  loudest: "0 dB, the loudest",
  at: "{time} s",
  atPhone: "{time} s, {phone}",
  hertz: "{hertz} Hz",
  level: "{name} {level} dB",
  distortion: "Mel-cepstral distortion {distortion} dB.",
  noSpeech: "There is no sentence to show.",
  spectrogramLabel: "Spectral envelopes, {names}, {seconds} s, 0 to 8000 Hz, on one scale of {range} dB. {facts}",
  both: "predicted above natural",
  // F0
  f0: "F0",
  f0Axis: "Hz (log)",
  f0Value: "{name} {hertz} Hz",
  unvoiced: "{name} unvoiced",
  f0Facts: "{error}{voicing} of the frames voiced or unvoiced wrongly.",
  f0Error: "{hertz} Hz apart (root mean square); ",
  f0Label: "F0 curve, {seconds} s. {curves} {facts}",
  f0Curve: "{name}: {low} to {high} Hz, {median} Hz in the median, {voiced} of the frames voiced.",
  f0Silent: "{name}: unvoiced throughout.",
  // what it looks at
  looks: "What it looks at",
  looksAbout:
    "Each neighbour's share of the first layer's weights, squared and added up. Far neighbours that matter " +
    "little are what a remedy such as L1 lets go of.",
  here: "this phone",
  before: "{count} before",
  after: "{count} after",
};
