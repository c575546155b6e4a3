// The visitor's runs, kept in the browser for all of its tabs: each tab adds its own, and takes away what was deleted
// in it. Runs as `js_on_load` of kept_runs.KeptRuns; a run is [id, name, colour, prompt met, settings].

const MOST_DELETED = 100; // ids, so that no other tab brings them back
const told = new Map(); // by id, as this tab kept them last: what another tab has changed since then stays

function stored() {
  try {
    const { runs, deleted } = JSON.parse(localStorage.getItem(props.storage));
    return { runs: runs.filter(Array.isArray), deleted: deleted.filter((id) => typeof id === "string") };
  } catch { // nothing there yet, or not ours
    return { runs: [], deleted: [] };
  }
}

function keep() {
  const mine = props.value;
  if (!mine) return;
  const before = stored();
  const deleted = [...new Set([...before.deleted, ...mine.deleted])].slice(-MOST_DELETED);
  const runs = new Map(before.runs.map((run) => [run[0], run])); // in the order in which they were kept first
  for (const run of mine.runs) {
    const text = JSON.stringify(run);
    if (told.get(run[0]) !== text) runs.set(run[0], run);
    told.set(run[0], text);
  }
  const kept = [...runs.values()].filter(([id]) => !deleted.includes(id)).slice(-props.most);
  try {
    localStorage.setItem(props.storage, JSON.stringify({ runs: kept, deleted }));
  } catch { /* no room, or no leave: then a reload finds what was kept before */ }
}
watch("value", keep);
