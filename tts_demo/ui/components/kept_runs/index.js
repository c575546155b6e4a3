// The visitor's runs, kept in the browser for all of its tabs: each tab adds its own, and takes away what was deleted
// in it. There is nothing to be seen.

const CURVE = "curve"; // no run's id
const MOST_DELETED = 100; // ids, so that no other tab brings them back

/** @typedef {[id: string, name: string, colour: number, met: string, settings: string | null]} Run */
/** @typedef {{ runs: Run[], deleted: string[], sweep?: object | null }} Kept - and the strength curve, if there is one */

/**
 * What is to be kept: what other tabs have kept, in the order in which it was kept first, then what is new here.
 *
 * @param {Kept} before - what the browser has
 * @param {Kept} mine - what this tab has, and has deleted
 * @param {Map<string, string>} told - by id, as this tab kept them last: what another tab has changed since then stays
 * @param {number} most - how many runs are kept, the newest
 * @returns {Kept}
 */
export function together(before, mine, told, most) {
  const back = mine.runs.map(([id]) => id).filter((id) => !mine.deleted.includes(id)); // deleted, and then picked again
  const gone = [...before.deleted, ...mine.deleted].filter((id) => !back.includes(id));
  const deleted = [...new Set(gone)].slice(-MOST_DELETED);
  const runs = new Map(before.runs.map((run) => [run[0], run]));
  for (const run of mine.runs) {
    const text = JSON.stringify(run);
    if (told.get(run[0]) !== text) runs.set(run[0], run);
    told.set(run[0], text);
  }
  const curve = JSON.stringify(mine.sweep ?? null);
  const fresh = mine.sweep && told.get(CURVE) !== curve; // another tab's, begun since, stays
  told.set(CURVE, curve);
  const sweep = (fresh ? mine.sweep : before.sweep) ?? null;
  return { runs: [...runs.values()].filter(([id]) => !deleted.includes(id)).slice(-most), deleted, sweep };
}

/**
 * What a text of the browser's holds; nothing where it is not ours.
 *
 * @param {string | null} text
 * @returns {Kept}
 */
export function read(text) {
  try {
    const { runs, deleted, sweep } = JSON.parse(text ?? "");
    return {
      runs: runs.filter(Array.isArray),
      deleted: deleted.filter((/** @type {unknown} */ id) => typeof id === "string"),
      sweep: sweep ?? null,
    };
  } catch {
    return { runs: [], deleted: [] };
  }
}

/** @type {import("../shared/component.js").Component<Kept>} */
export default {
  render({ settings: { storage, most } = {} }) {
    const told = new Map();
    return {
      update(/** @type {Kept | null} */ mine) {
        if (!mine) return;
        try {
          const kept = together(read(localStorage.getItem(storage)), mine, told, most);
          localStorage.setItem(storage, JSON.stringify(kept));
        } catch {
          /* no room, or no leave: then a reload finds what was kept before */
        }
      },
      destroy() {},
    };
  },
};
