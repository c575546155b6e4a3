// The texts of what a teacher does for a class, in English.

export const WORDS = {
  title: "A test for a whole class",
  about:
    "Your class takes the test between the two voices chosen above, on phones or computers, without names. You see how many have answered, and when you close it, everybody's result and what the class can hear. What is compared is kept as it sounds now.",
  trials: "Trials of each pupil",
  make: "Make a class test",
  making: "The clips are being made …",
  made: "The class test is ready.",
  code: "Code of the class",
  link: "Link for the pupils",
  qr: "QR code of the link for the pupils",
  copy: "Copy link",
  copied: "Link copied",
  copiedOf: "The link has been copied.",
  notCopied: "The browser did not allow copying. The text is selected: copy it with Ctrl+C, or ⌘C on a Mac.",
  results: "Results of the class",
  secret:
    "The page of results is yours alone: whoever has its link sees the results, and can close and delete the class.",
  earlier: "Classes that were made in this browser",
  forget: "Forget this list",
};
