// Whether a learner has done what a step of the course asks for. A check is plain data:
//
//   { "charted": { "regularizer": "l2" } }                     the loss chart shows such a run now
//   { "trained": { "validation": { "max": 0.6 } } }            such a run was trained here and is over
//   { "heard": { "regularizer": "none", "sentence": "unseen" } }   a clip of such a run has sounded
//   { "looked": { "regularizer": "l1" } }                      the inside of such a run was seen
//   { "tested": [{ "regularizer": "none" }, { "regularizer": "l2" }], "trials": { "min": 5 } }   a blind test of the two
//   { "read": { "off_best": { "max": 40 } } }                  the chart's cursor stood there
//   { "switched": { "what": "training_mode" } }                a switch was turned on

/** @typedef {Record<string, any>} Facts */
/** @typedef {Record<string, any>} Check */

const GOES_ON = ["queued", "running", "recorded", "lost"];

/**
 * Whether facts are as wanted: equal, one of a list, or from `min` to `max`.
 *
 * @param {Facts} facts
 * @param {Facts} wanted
 */
export function fits(facts, wanted) {
  return Object.entries(wanted).every(([name, value]) => {
    const found = facts[name];
    if (Array.isArray(value)) return value.includes(found);
    if (value === null || typeof value !== "object") return found === value;
    const { min = -Infinity, max = Infinity } = value;
    return typeof found === "number" && found >= min && found <= max;
  });
}

/** What has happened on the page since a step began, and what the chart shows. */
export class Followed {
  /** @type {Map<string, Facts>} of every run that was ever on the chart, by its id */
  #runs = new Map();
  /** @type {Facts[]} */
  #charted = [];
  /** @type {Facts[]} */
  #deeds = [];

  /** Something has happened. */
  take(/** @type {Facts} */ deed) {
    if (deed.kind !== "charted") {
      this.#deeds.push(deed);
      return;
    }
    this.#charted = deed.runs;
    for (const run of deed.runs) this.#runs.set(run.id, run);
  }

  /** Another step begins: what was done before does not count for it. */
  begin() {
    this.#deeds = [];
  }

  /**
   * Whether this was done.
   *
   * @param {Check} check
   */
  holds(check) {
    const of = (/** @type {string} */ kind) => this.#deeds.filter((deed) => deed.kind === kind);
    const with_ = (/** @type {Facts} */ deed) => ({ ...this.#runs.get(deed.run), ...deed });
    if (check.charted) return this.#charted.some((run) => fits(run, check.charted));
    if (check.trained) {
      return this.#charted.some((run) => !GOES_ON.includes(run.state) && !run.recorded && fits(run, check.trained));
    }
    for (const kind of ["heard", "looked"]) {
      if (check[kind]) return of(kind).some((deed) => fits(with_(deed), check[kind]));
    }
    for (const kind of ["read", "switched"]) {
      if (check[kind]) return of(kind).some((deed) => deed.on !== false && fits(deed, check[kind]));
    }
    if (check.tested) return of("tested").some((deed) => this.#tested(deed, check));
    return false;
  }

  /**
   * @param {Facts} deed
   * @param {Check} check
   */
  #tested(deed, { tested: [one, other], trials = {} }) {
    const [first, second] = deed.runs.map((/** @type {string} */ id) => {
      const [run, moment] = id.split("@");
      const voice = run === "recording" ? "recording" : "model";
      return { ...this.#runs.get(run), voice, earlier: moment !== undefined };
    });
    const enough = fits({ trials: deed.trials }, { trials });
    const either = (fits(first, one) && fits(second, other)) || (fits(first, other) && fits(second, one));
    return enough && either;
  }
}
