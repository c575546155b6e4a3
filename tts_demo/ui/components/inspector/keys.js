// Keys that read a picture.

/**
 * Where a key takes a place among `count`; undefined for a key that does not move it.
 *
 * @param {string} key
 * @param {number | null} place
 * @param {number} count
 */
export function moved(key, place, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  /** @type {Record<string, number>} */
  const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 };
  if (!Object.hasOwn(steps, key)) return undefined;
  return place === null ? Math.floor(count / 2) : Math.max(0, Math.min(count - 1, place + steps[key]));
}

/**
 * Escape, and keys that move something, in an element.
 *
 * @param {HTMLElement} element
 * @param {() => void} onEscape
 * @param {(key: string) => boolean} move - whether the key was its own
 */
export function onKey(element, onEscape, move) {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") onEscape();
    else if (!move(event.key)) return;
    event.preventDefault();
  });
}
