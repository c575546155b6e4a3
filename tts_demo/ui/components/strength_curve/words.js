// The strength curve's texts, in English.

export const WORDS = {
  title: "Strength curve",
  empty:
    "One run says how well one strength works. Press “Train all points”: the same network is trained at several strengths or sizes, and what comes of it is drawn here.",
  training: "Training loss",
  validation: "Validation loss",
  missed: "Words missed",
  overfitting: "Overfitting",
  best: "About as good as the best",
  underfitting: "Underfitting",
  least: "Validation loss is least at {shown}.",
  ear: "The ear disagrees: a speech recogniser misses fewest words at {shown}.",
  axis: "{label}. From left to right the network is held back more and more.",
  axisOfSize: "{label}. From left to right the network gets smaller.",
  axisOfSpeech: "{label}. From left to right there is more speech to learn from.",
  axisOfNorm: "{label}. From left to right the weights get smaller. Solid: training loss, dashed: validation loss.",
  howOfNorm:
    "Choose a point: the player above says it, and beside it the other regularizer’s run whose weights are nearest in size.",
  leastOfTwo: "Validation loss is least at {first}, and at {second}.",
  howRecorded:
    "Recorded with these very settings. Choose a point: the player above says it at once, and the loss chart draws its training.",
  how: "Choose a point: the player above says it, and the loss chart draws its training.",
  progress: "{over} of {all} points are trained.",
  queued: "{shown}: waiting",
  running: "{shown}: being trained",
  diverged: "{shown}: its loss became infinite or undefined",
  untrained: "{shown}: stopped before its end",
  stopped: "{over} of {all} points were trained to their end.",
  point: "{shown}: training loss {training}, validation loss {validation}",
  pointMissed: "{missed} of the words missed",
  pointBest: "the least validation loss",
};
