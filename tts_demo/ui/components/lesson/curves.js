// The first screen's small pictures of both losses, as SVG: rows of [step, training loss, validation loss].

const CURVE_BOX = { width: 320, height: 150, top: 8, bottom: 142 };

/** Greatest step and greatest loss of several curves, so that pictures side by side share their axes. */
function curveRange(curves) {
  return {
    step: Math.max(1, ...curves.map((rows) => rows.at(-1)[0])),
    loss: Math.max(1e-9, ...curves.flatMap((rows) => rows.flatMap(([, training, validation]) => [training, validation]))),
  };
}

/** One picture: practised solid, new dashed, the gap between them shaded. */
function curvePicture(rows, range, title, words) {
  const x = (step) => ((step / range.step) * CURVE_BOX.width).toFixed(1);
  const y = (loss) => (CURVE_BOX.bottom - (loss / range.loss) * (CURVE_BOX.bottom - CURVE_BOX.top)).toFixed(1);
  const line = (points, column) => points.map((row) => `${x(row[0])} ${y(row[column])}`).join("L");
  const [first, last] = [rows[0], rows.at(-1)];
  const decimals = (value) => value.toFixed(2);
  const picture = make("svg", {
    viewBox: `0 0 ${CURVE_BOX.width} ${CURVE_BOX.height}`, preserveAspectRatio: "none", role: "img",
    "aria-label": words("curveSummary", {
      first: decimals(first[1]), training: decimals(last[1]), validation: decimals(last[2]),
    }),
  },
  make("path", { class: "hear-curve-gap", d: `M${line(rows, 1)}L${line([...rows].reverse(), 2)}Z` }),
  make("line", { class: "hear-curve-axis", x1: "0", x2: CURVE_BOX.width, y1: CURVE_BOX.bottom, y2: CURVE_BOX.bottom }),
  make("path", { class: "hear-curve-practised", d: `M${line(rows, 1)}` }),
  make("path", { class: "hear-curve-fresh", d: `M${line(rows, 2)}` }));
  return make("div", { class: "hear-curve" },
    title ? make("h4", {}, title) : "",
    make("span", { class: "hear-curve-up hear-muted", "aria-hidden": "true" }, words("up")),
    picture,
    make("span", { class: "hear-curve-across hear-muted", "aria-hidden": "true" }, words("across")));
}

/** Pictures side by side with one legend. `curves`: pairs of a title (may be empty) and rows. */
function curveFigure(curves, words) {
  const range = curveRange(curves.map(([, rows]) => rows));
  const sample = (kind) => make("svg", { viewBox: "0 0 28 10", "aria-hidden": "true" }, kind === "gap"
    ? make("rect", { class: "hear-curve-gap", width: "28", height: "10" })
    : make("line", { class: `hear-curve-${kind}`, x1: "0", x2: "28", y1: "5", y2: "5" }));
  return make("figure", { class: "hear-curves" },
    make("div", { class: "hear-curve-row" }, ...curves.map(([title, rows]) => curvePicture(rows, range, title, words))),
    make("figcaption", {}, ...["practised", "fresh", "gap"].map((kind) => make("span", {}, sample(kind), words(kind)))));
}

/** Key of the sentence that says what the remedy did to the curves. */
function curveVerdict(without, cured) {
  const [before, after] = [without.at(-1), cured.at(-1)];
  if (after[2] - after[1] > 0.9 * (before[2] - before[1])) return "curveSame";
  return after[2] < before[2] ? "curveBetter" : "curveGap";
}
