// The runs table: its frame, the order of its rows, and what comes from the server. Runs as `js_on_load` of
// runs_table.RunsTable, after common.js and the other runs_table_*.js; `element`, `props`, `trigger` and `watch` come
// from gradio.

installStyles(STYLES);
const words = wordsOf(WORDS, RUNS_WORDS);
const FIGURES = Object.keys(figureTexts(words));
const COLUMNS = ["label", ...FIGURES];

// ---- page elements
// The roles are a table's own; written out, they outlive the cards that the rows become on a phone.
const headers = Object.fromEntries(COLUMNS.map((key) => {
  const button = make("button", { type: "button", class: "hear-table-sort" }, words(key));
  button.addEventListener("click", () => {
    if (view.key !== key) sort(key, false);
    else if (!view.down) sort(key, true);
    else sort("", false);
  });
  return [key, make("th", { scope: "col", role: "columnheader", "aria-sort": "none" }, button)];
}));
const chooserId = `hear-sort-${Math.random().toString(36).slice(2)}`;
const chooser = make("select", { class: "hear-table-select", id: chooserId }, make("option", { value: "" }, words("unsorted")),
  ...COLUMNS.map((key) => make("option", { value: key }, words(key))));
const way = make("button", { type: "button", class: "hear-table-button hear-table-way" });
const sorting = make("div", { class: "hear-table-sorting" }, make("label", { for: chooserId }, words("sortBy")), chooser, way);
const body = make("tbody", { role: "rowgroup" });
const table = make("table", { class: "hear-table", role: "table", "aria-label": words("table") },
  make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...Object.values(headers),
    make("th", { scope: "col", role: "columnheader" }, make("span", { class: "hear-spoken" }, words("actions"))))),
  body);
const meaning = make("details", { class: "hear-table-meaning" }, make("summary", {}, words("meaning")),
  make("dl", {}, ...FIGURES.flatMap((key) => [make("dt", {}, words(key)), make("dd", {}, words(`${key}Means`))])));
const heading = make("h3", { class: "hear-title", tabindex: "-1" }, words("title"));
const alarm = make("p", { class: "hear-table-wrong", role: "alert" });
const empty = make("p", { class: "hear-empty" }, words("empty"));
const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
const root = make("section", { class: "hear hear-runs-table", "aria-label": words("title") },
  make("header", { class: "hear-table-top" }, heading, sorting), alarm, empty, table, meaning, spoken);
element.replaceChildren(root);

// ---- state
const view = { runs: [], key: "", down: false }; // sorted by `key`, or as the value has them
const rows = new Map();

function sort(key, down) {
  view.key = key;
  view.down = down;
  setText(spoken, key ? words("sorted", { column: words(key), way: words(down ? "descending" : "ascending") }) : words("sortedNot"));
  showSorting();
  place();
}

function showSorting() {
  for (const [key, header] of Object.entries(headers)) {
    header.setAttribute("aria-sort", key !== view.key ? "none" : view.down ? "descending" : "ascending");
  }
  chooser.value = view.key;
  way.hidden = !view.key;
  setText(way, words(view.down ? "descending" : "ascending"));
}
chooser.addEventListener("change", () => sort(chooser.value, false));
way.addEventListener("click", () => sort(view.key, !view.down));

/** The runs in the order that is asked for; those without the figure come last either way. */
function ordered() {
  const { key, down } = view;
  if (!key) return view.runs;
  const sign = down ? -1 : 1;
  if (key === "label") {
    const name = (run) => rows.get(run.id).label();
    return [...view.runs].sort((one, other) => sign * name(one).localeCompare(name(other), undefined, { numeric: true }));
  }
  const missing = (run) => (Number.isFinite(run[key]) ? 0 : 1);
  return [...view.runs].sort((one, other) => missing(one) - missing(other) || sign * (one[key] - other[key]) || 0);
}

/** Put the rows in order. Under a hand or the focus none moves: only new ones come, and those that are gone go. */
function place() {
  const nodes = ordered().map((run) => rows.get(run.id).node);
  if (body.matches(":hover, :focus-within")) {
    const before = [...body.children];
    const rank = (node) => (before.includes(node) ? before.indexOf(node) : before.length);
    nodes.sort((one, other) => rank(one) - rank(other));
  }
  nodes.forEach((node, index) => {
    if (body.children[index] !== node) body.insertBefore(node, body.children[index] ?? null);
  });
}
const placeSoon = () => requestAnimationFrame(place);
body.addEventListener("pointerleave", placeSoon);
body.addEventListener("focusout", placeSoon);

/** Take a run's row off the page; focus that was in it goes to its neighbour, or to the heading. */
function drop(id) {
  const { node, label } = rows.get(id);
  const focused = node.contains(document.activeElement);
  const neighbour = node.nextElementSibling || node.previousElementSibling;
  rows.delete(id);
  node.remove();
  if (!focused) return;
  setText(spoken, words("removed", { label: label() }));
  const next = [...rows.values()].find((row) => row.node === neighbour);
  if (next) next.focus();
  else heading.focus();
}

// ---- values from the server
function readRun(run) {
  const text = (value) => (value === null || value === undefined ? "" : String(value));
  const colour = Number.isInteger(run.colour) && run.colour >= 0 ? run.colour : 0;
  return { ...Object.fromEntries(FIGURES.map((key) => [key, run[key]])), id: text(run.id), label: text(run.label),
    state: text(run.state), settings: text(run.settings), query: text(run.query), colour, recorded: Boolean(run.recorded) };
}

function rowOf(id) {
  const act = (action, text) => {
    setText(alarm, "");
    trigger(action, text === undefined ? { action, run: id } : { action, run: id, text });
  };
  const address = (query) => `${location.origin}${location.pathname}?${query}`;
  return runRow(words, props.longest, { act, address, say: (text) => setText(spoken, text) });
}

function update() {
  const value = props.value || {};
  const byId = new Map((Array.isArray(value.runs) ? value.runs : []).map(readRun).map((run) => [run.id, run]));
  view.runs = [...byId.values()];
  for (const run of view.runs) {
    if (!rows.has(run.id)) rows.set(run.id, rowOf(run.id));
    rows.get(run.id).show(run);
  }
  for (const id of [...rows.keys()]) if (!byId.has(id)) drop(id);
  place();
  if (value.alert) {
    setText(alarm, String(value.alert));
    for (const row of rows.values()) row.settle();
  }
  const blank = !view.runs.length;
  empty.hidden = !blank;
  for (const node of [sorting, table, meaning]) node.hidden = blank;
}
watch("value", update);
showSorting();
update();
