// Every text of the lesson, for someone who has never heard of neural networks.

export const WORDS = {
  headline: "Did it learn to speak, or learn by heart?",
  title: "First lesson",
  progress: "{step} of 4",
  back: "Back",
  skip: "Skip to the lab",
  goOn: "Go on",
  play: "Play",
  pause: "Pause",
  voices: "Voices",
  recording: "The recording",
  recordingNote: "Best heard last",

  listenTitle: "Listen",
  listenText:
    "A computer program has practised speaking with {minutes} minutes of one person’s recordings. Now it says a sentence that it has never practised.",
  listen: "Listen",
  again: "Listen again",
  guess: "What did it say?",
  guessHint: "Your guess, if you like",
  show: "Show me",

  mute: "I can’t listen",
  muteNote:
    "Instead of each voice you can now read what a speech recogniser, a program that writes speech down, heard in it.",
  heard: "A speech recogniser heard: “{text}”",
  heardNothing: "A speech recogniser heard no words.",
  unheard: "No speech recogniser was asked about this voice.",

  twinTitle: "This is what it tried to say",
  guessed: "You guessed: “{text}”",
  twinText:
    "It has a twin: the same program with the same recordings, and one more. The twin has practised this very sentence.",
  never: "Never practised it",
  met: "The twin: practised it",
  hearTwin: "Switch to the twin",
  verdict: "It recites. That is overfitting.",
  verdictText:
    "A program that learns by heart says well what it has practised, and stumbles over everything else. The curves show the same for the one you heard first:",

  across: "practice",
  up: "mistakes",
  practised: "in what it practised (training loss)",
  fresh: "in new sentences (validation loss)",
  gap: "the gap: learned by heart",
  curveSummary:
    "Mistakes while it practised. In what it practised they went from {first} to {training}, in new sentences to {validation}.",

  voteTitle: "Which is easier to understand?",
  voteText:
    "X and Y say another sentence that neither has practised. One of them learned with a remedy against learning by heart.",
  listenTo: "Listen to {letter}",
  voteX: "X is easier",
  voteY: "Y is easier",
  voteSame: "No difference",
  vote: "Your vote",

  revealRemedy: "You chose the one with the remedy: {letter}.",
  revealNone: "You chose the one without the remedy. {letter} had it.",
  revealSame: "For you there was no difference. {letter} had the remedy.",
  said: "Both tried to say:",
  withRemedy: "With the remedy",
  without: "Without the remedy",
  remedy:
    "The remedy is called “{label}”. It keeps every part of the program from relying too strongly on any one detail.",
  typical:
    "How typical is this? Of {of} such sentences, a speech recogniser understood {better} better with the remedy and {worse} worse. This one is in the middle of the {better}.",
  typicalNone:
    "Of {of} such sentences, a speech recogniser understood none better with the remedy: here it is seen in the curves, not heard.",
  curveBetter: "With the remedy the gap is smaller, and there are fewer mistakes in new sentences.",
  curveGap: "With the remedy the gap is smaller.",
  curveSame: "In the curves the remedy has changed little here.",

  endTitle: "Your turn",
  endText:
    "A program that learns by heart is overfitting; remedies against it are called regularization. Pick one, train a voice of your own, and hear what it does.",
  takes: "It takes {time}.",
  train: "Train it yourself",

  silence: "No sound?",
  iphone: "On an iPhone, set the ringer switch at its side to ring and turn the volume up while a clip plays.",
  volume: "Check the volume of this device and of this browser tab.",
  output: "Check which output is chosen: headphones, a Bluetooth speaker or a screen may be taking the sound.",
  stuck:
    "The sound of this device has stopped. Press Play again; if it stays silent, reload the page or go on by reading.",

  empty:
    "There is no recorded lesson here. Train a voice yourself, and hear whether it learned to speak or learned by heart.",
  openLab: "Open the lab",
  broken: "This sound cannot be played here. You can go on by reading.",
  keys: "Keys: space plays, 1 and 2 (or X and Y) switch, Enter goes on.",
};
