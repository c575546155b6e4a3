// One thing sounds on the page at a time: whatever begins pauses what sounded before.

/** @type {(() => void) | null} */
let pauseLast = null;

/**
 * Say that a sound begins.
 *
 * @param {() => void} pause - ends it, when another one begins; the same function each time
 */
export function takeTurn(pause) {
  if (pauseLast !== pause) pauseLast?.();
  pauseLast = pause;
}

/**
 * Say that a sound will never begin again.
 *
 * @param {() => void} pause - as `takeTurn` had it
 */
export function endTurns(pause) {
  if (pauseLast === pause) pauseLast = null;
}
