// Icons, in the text's colour.

import { make } from "./dom.js";

const PATHS = {
  play: "M8 5.2v13.6c0 .8.9 1.3 1.6.8l10-6.8c.6-.4.6-1.2 0-1.6l-10-6.8C8.9 3.9 8 4.4 8 5.2z",
  pause: "M7 4.5h3.2v15H7zM13.8 4.5H17v15h-3.2z",
  loop:
    "M17 2.5l4 4-4 4V7.8H8.5A3.7 3.7 0 0 0 4.8 11.5v.7H2.5v-.7a6 6 0 0 1 6-6H17v-3z" +
    "M7 21.5l-4-4 4-4v2.7h8.5a3.7 3.7 0 0 0 3.7-3.7v-.7h2.3v.7a6 6 0 0 1-6 6H7v3z",
  download: "M11 3h2v9.2l3.3-3.3 1.4 1.4L12 16l-5.7-5.7 1.4-1.4L11 12.2V3zM4 18.5h16v2H4v-2z",
};

/**
 * An icon that says nothing by itself: the button around it has a name.
 *
 * @param {keyof typeof PATHS} name
 */
export function icon(name) {
  return make(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    make("path", { d: PATHS[name] }),
  );
}
