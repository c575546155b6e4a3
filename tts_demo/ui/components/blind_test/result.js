// What a finished blind test shows: counts, interval, conclusion, every trial uncovered, the CSV. Text nodes only.

const share = (value) => `${Math.round(100 * Number(value))} %`;
const pValue = (p) => (Number(p) < 0.001 ? "< 0.001" : `= ${Number(p).toPrecision(2)}`);

/** The rate on a scale from 0 to 100 %, its interval as a band, a mark where guessing stands. */
function rateScale(value, words) {
  const rate = value.count / value.trials;
  const at = (node, left, width) => {
    node.style.left = `${100 * left}%`;
    if (width !== undefined) node.style.width = `${100 * width}%`;
    return node;
  };
  const texts = { rate: share(rate), low: share(value.low), high: share(value.high) };
  const tick = (place, text, kind) => at(make("span", { class: `hear-blind-tick ${kind}` }, text), place);
  return make("div", { class: "hear-blind-scale", role: "img", "aria-label": words(value.kind === "abx" ? "scaleAbx" : "scaleAb", texts) },
    make("div", { class: "hear-blind-track" },
      at(make("span", { class: "hear-blind-band" }), value.low, value.high - value.low),
      at(make("span", { class: "hear-blind-chance" }), 0.5),
      at(make("span", { class: "hear-blind-dot" }), rate)),
    make("div", { class: "hear-blind-ticks hear-number hear-muted", "aria-hidden": "true" },
      tick(0, "0 %", "hear-blind-first"), tick(0.5, words("chance", { half: "50 %" }), ""), tick(1, "100 %", "hear-blind-last")));
}

/** One line of the table of trials; `right` is null where no answer is wrong. */
function trialRow(row, abx, words) {
  const cells = [row.a, row.b, ...(abx ? [row.x] : []), abx ? words("said", { place: row.answer }) : row.chosen];
  const verdict = abx ? [make("td", { class: row.hit ? "hear-blind-right" : "hear-blind-wrong" }, words(row.hit ? "right" : "wrong"))] : [];
  return make("tr", {}, make("th", { scope: "row", class: "hear-number" }, String(row.trial)),
    make("td", { class: "hear-blind-words" }, String(row.sentence)), ...cells.map((cell) => make("td", {}, String(cell))), ...verdict);
}

function trialTable(value, words) {
  const abx = value.kind === "abx";
  const keys = ["headTrial", "headSentence", "headA", "headB", ...(abx ? ["headX", "headAnswer", "headVerdict"] : ["headEasier"])];
  return make("details", { class: "hear-blind-trials" }, make("summary", {}, words("everyTrial")),
    make("div", { class: "hear-blind-scroll", tabindex: "0", role: "region", "aria-label": words("everyTrial") },
      make("table", {},
        make("thead", {}, make("tr", {}, ...keys.map((key) => make("th", { scope: "col" }, words(key))))),
        make("tbody", {}, ...value.rows.map((row) => trialRow(row, abx, words))))));
}

/** The two voices by name, in their colours on the loss chart. */
function revealed(value) {
  return make("ul", { class: "hear-blind-names" }, ...value.names.map((name, index) => {
    const swatch = make("span", { class: "hear-blind-swatch", "aria-hidden": "true" });
    swatch.style.background = `var(--hear-run-${(Number(value.colours?.[index]) || 0) % 6})`;
    return make("li", {}, swatch, String(name));
  }));
}

/** {node, heading, forget}: the result's page elements; `forget` frees what the download link holds. */
function blindResult(value, words) {
  const abx = value.kind === "abx";
  const [first, second] = value.names;
  const ahead = value.count * 2 >= value.trials;
  const texts = { count: abx || ahead ? value.count : value.trials - value.count, trials: value.trials, name: ahead ? first : second };
  const heading = make("h3", { class: "hear-blind-score", tabindex: "-1" }, words(abx ? "scoreAbx" : "scoreAb", texts));
  const address = URL.createObjectURL(new Blob([String(value.csv)], { type: "text/csv" }));
  const limits = { low: share(value.low), high: share(value.high), name: first };
  const node = make("div", { class: "hear-blind-result" },
    heading,
    rateScale(value, words),
    make("p", { class: "hear-blind-figures hear-number hear-muted" },
      `p ${pValue(value.p)} · ${words(abx ? "bound" : "interval", limits)}`),
    make("p", { class: "hear-blind-conclusion" }, String(value.conclusion)),
    revealed(value),
    trialTable(value, words),
    make("a", { class: "hear-blind-button hear-blind-csv", href: address, download: "blind-test.csv" }, words("csv")));
  return { node, heading, forget: () => URL.revokeObjectURL(address) };
}
