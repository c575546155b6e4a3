// Files for people to keep.

import { make } from "./dom.js";

const PATIENCE = 60_000; // ms: some browsers start reading late

/**
 * Hand a file to the person, as a download.
 *
 * @param {Blob} blob
 * @param {string} name
 */
export function saveFile(blob, name) {
  const address = URL.createObjectURL(blob);
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), PATIENCE);
}
