// The texts of a pupil's page, in English.

export const WORDS = {
  title: "Can you hear the difference?",
  loading: "One moment …",
  code: "Code of your class",
  codeHow: "Your teacher has it: eight letters and digits.",
  go: "Go on",
  about:
    "You hear a sentence by two voices, A and B, and once more as X: is X the same as A, or as B? One trial to practise, then {trials} that count. No name is asked for; your teacher sees the results, and nobody sees which one is yours.",
  output: "What do you listen with?",
  headphones: "Headphones",
  speakers: "Speakers",
  choose: "Please say first what you listen with.",
  begin: "Begin with the practice",
  practice: "Practice: this trial does not count.",
  right: "Right: X was {x}.",
  wrong: "Not this time: X was {x}.",
  after: "That was the practice. From now on you hear how you did after the last trial only.",
  start: "Begin the {trials} trials",
  counts: "These trials count. If this page is closed, open the link again in this browser: it goes on here.",
  sent: "Your result has been sent to the class. This browser has taken part: it counts once.",
  closed: "This class is closed: no more answers are taken.",
  soFar: "You had {right} of {answered} right so far; it does not count, as there were {trials} trials.",
  notKept: "The server cannot keep your answers at present. Go on: you get your own result in any case.",
  lost: "The server cannot be reached. Nothing is lost: please try again in a moment.",
  again: "Try again",
};
