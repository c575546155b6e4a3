// The texts of the dialog, in English.

export const WORDS = {
  share: "Share",
  title: "Share this experiment",
  close: "Close",
  link: "Link to the present settings",
  copy: "Copy link",
  copied: "Link copied",
  copiedOf: "The link has been copied.",
  notCopied: "The browser did not allow copying. The text is selected: copy it with Ctrl+C, or ⌘C on a Mac.",
  qr: "QR code of this link",
  hide: "Hide the other controls",
  hideWhich: "To be seen",
  fix: "Fix the settings",
  fixWhich: "Seen, and cannot be changed",
  teaching: "This is for teaching and keeps nobody out: who changes the link has all controls again.",
  part: "Part of this page for another one",
  code: "Code for a page of yours",
  codeHow:
    "With the three lines of script the frame is as high as what it shows. Controls stand in it only where you have ticked above what is to be seen or fixed.",
  embed: "Embed",
  embedCopied: "Code copied",
  embedCopiedOf: "The code has been copied.",
};
