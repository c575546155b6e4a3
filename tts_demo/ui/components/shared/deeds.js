// What a person does on the page, told to whoever follows it (the course): who tells knows nobody who listens.
//
//   charted  { runs: RunFacts[] }                   the loss chart shows these runs now
//   read     { step, off_best }                     its cursor stands at an update, so many from the nearest best one
//   switched { what: "training_mode", on }          a switch was pressed
//   heard    { run, voice, sentence, moment }       a clip has sounded for a moment; `run` is the clip's id
//   looked   { run }                                the inside of a run was seen
//   tested   { runs: [id, id], kind, trials, count }   a blind test is over

const DEED = "hear-deed";
/** @type {Record<string, any> | null} */
let charted = null; // what the chart shows stays so for who comes later

/**
 * Tell of a deed.
 *
 * @param {string} kind
 * @param {Record<string, unknown>} facts
 */
export function tell(kind, facts) {
  const deed = { ...facts, kind };
  if (kind === "charted") charted = deed;
  window.dispatchEvent(new CustomEvent(DEED, { detail: deed }));
}

/**
 * Follow all deeds from now on, and what the chart shows already.
 *
 * @param {(deed: Record<string, any>) => void} told
 * @returns {() => void} ends it
 */
export function follow(told) {
  const take = (/** @type {Event} */ event) => told(/** @type {CustomEvent<Record<string, any>>} */ (event).detail);
  window.addEventListener(DEED, take);
  if (charted) told(charted);
  return () => window.removeEventListener(DEED, take);
}
