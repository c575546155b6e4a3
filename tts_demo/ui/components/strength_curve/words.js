// The strength curve's texts, in English.

export const WORDS = {
  title: "Strength curve",
  empty:
    "One run says how well one strength works. Press “Train all points”: the same network is trained at eight strengths, and what comes of it is drawn here.",
  training: "Training loss",
  validation: "Validation loss",
  missed: "Words missed",
  overfitting: "Overfitting",
  best: "About as good as the best",
  underfitting: "Underfitting",
  least: "Validation loss is least at {shown}.",
  axis: "{label}. From left to right the network is held back more and more.",
  howRecorded: "Recorded with these very settings. Choose a point to train it now, in seconds, and to hear it.",
  how: "Choose a point to hear it and to see its curve.",
  progress: "{over} of {all} points are trained.",
  queued: "{shown}: waiting",
  running: "{shown}: being trained",
  failed: "{shown}: its loss became infinite or undefined",
  point: "{shown}: training loss {training}, validation loss {validation}",
  pointMissed: "{missed} of the words missed",
  pointBest: "the least validation loss",
};
