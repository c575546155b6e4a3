// The strength curve: the value is a curve as component.py has it, null or without points before anything was trained.

import { make, setText } from "../shared/dom.js";
import { styled } from "../shared/styles.js";
import { formatNumber } from "../shared/ticks.js";
import { wordsOf } from "../shared/words.js";
import { bands, layoutOf, pathOf } from "./layout.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

const AXES = { strength: "axis", size: "axisOfSize", speech: "axisOfSpeech", norm: "axisOfNorm" };
const REGIONS = ["overfitting", "best", "underfitting"];

/** @typedef {import("./layout.js").Point} Point */
/** @typedef {import("./layout.js").Curve} Curve */

/**
 * The lines of one series: both losses, and the share of words missed where it is known and no other series is drawn.
 *
 * @param {Point[]} points
 * @param {number} series
 * @param {ReturnType<typeof layoutOf>} layout
 */
function linesOf(points, series, { x, y, share }) {
  const own = points.filter((point) => (point.series ?? 0) === series);
  const alone = own.length === points.length;
  const line = (/** @type {"training" | "validation" | "missed"} */ kind) => {
    const place = kind === "missed" ? share : y;
    const path = pathOf(
      own,
      (point) => point[kind],
      (point, value) => [x(point.value), place(value)],
    );
    return make("path", { class: `hear-curve-line hear-curve-${kind}`, "data-series": String(series), d: path });
  };
  return own.length ? [line("training"), line("validation"), ...(alone ? [line("missed")] : [])] : [];
}

/** @type {import("../shared/component.js").Component<Curve>} */
export default {
  render({ element, value, words: given, emit = () => {} }) {
    const words = wordsOf(WORDS, given);
    const swatch = (/** @type {string} */ key) =>
      make(
        "li",
        { class: "hear-curve-key", "data-key": key },
        make("span", { class: `hear-curve-swatch hear-curve-swatch-${key}`, "aria-hidden": "true" }),
        words(key),
      );
    const empty = make("p", { class: "hear-empty" }, words("empty"));
    const svg = make("svg", { class: "hear-curve-svg", "aria-hidden": "true" });
    const points = make("ul", { class: "hear-curve-points", "aria-label": words("title") });
    const ticks = make("div", { "aria-hidden": "true" });
    const plot = make("div", { class: "hear-curve-plot" }, svg, ticks, points);
    const missedKey = swatch("missed");
    const ownKeys = [...["training", "validation"].map(swatch), missedKey, ...REGIONS.map(swatch)];
    const seriesKey = (/** @type {string} */ name, /** @type {number} */ series) =>
      make(
        "li",
        { class: "hear-curve-key" },
        make("span", {
          class: "hear-curve-swatch hear-curve-swatch-training",
          "data-series": String(series),
          "aria-hidden": "true",
        }),
        name,
      );
    const keys = make("ul", { class: "hear-curve-keys" }, ...ownKeys);
    const said = make("p", { class: "hear-curve-said hear-muted", "aria-live": "polite" });
    const axis = make("p", { class: "hear-curve-said" });
    const how = make("p", { class: "hear-curve-said" });
    const shown = make("div", {}, axis, plot, keys, said, how);
    element.replaceChildren(
      make("section", { class: "hear hear-strength-curve", "aria-label": words("title") }, empty, shown),
    );
    /** @type {Map<string, HTMLButtonElement>} */
    const buttons = new Map();
    let curve = /** @type {Curve | null} */ (null);

    function tellOf(/** @type {Point} */ point) {
      const { training, validation, missed, region, state, shown: text } = point;
      if (training === null || validation === null) return words(state, { shown: text });
      const losses = { training: training.toFixed(3), validation: validation.toFixed(3) };
      const parts = [words("point", { shown: text, ...losses })];
      if (missed !== null) parts.push(words("pointMissed", { missed: `${Math.round(100 * missed)} %` }));
      if (point.best) parts.push(words("pointBest"));
      else if (region) parts.push(words(region));
      if (point.match) parts.push(point.match);
      return parts.join(" · ");
    }

    function buttonOf(/** @type {Point} */ { run }) {
      const known = buttons.get(run);
      if (known) return known;
      const button = make("button", { type: "button", class: "hear-curve-point", "data-run": run });
      // points may lie so close that they cover each other: a pointer picks the nearest, a key the one it is on
      button.addEventListener("click", (event) => emit("pick", { run: event.detail ? nearest(event) : run }));
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const all = /** @type {HTMLButtonElement[]} */ ([...points.querySelectorAll("button")]);
        all[all.indexOf(button) + step]?.focus();
      });
      button.addEventListener("focus", () => tellThat(run));
      button.addEventListener("pointermove", (event) => tellThat(nearest(event)));
      buttons.set(run, button);
      return button;
    }

    const tellThat = (/** @type {string} */ run) => setText(said, buttons.get(run)?.getAttribute("aria-label") ?? "");

    /** The run whose point is nearest to a pointer. */
    function nearest(/** @type {MouseEvent} */ { clientX, clientY }) {
      const far = (/** @type {HTMLButtonElement} */ button) => {
        const { left, top, width, height } = button.getBoundingClientRect();
        return Math.hypot(left + width / 2 - clientX, top + height / 2 - clientY);
      };
      const seen = [...points.querySelectorAll("button")].filter(({ hidden }) => !hidden);
      return seen.reduce((one, other) => (far(other) < far(one) ? other : one)).dataset.run ?? "";
    }

    function draw() {
      const { width, height } = plot.getBoundingClientRect();
      if (!curve || !width) return;
      const layout = layoutOf(curve, width, height);
      const { x, y, left, right } = layout;
      const dots = curve.points.filter(({ training }) => training !== null);
      svg.replaceChildren(
        ...bands(curve.points, layout).map(({ region, from, to }) =>
          make("rect", { class: `hear-curve-region-${region}`, x: from, y: 0, width: Math.max(to - from, 0), height }),
        ),
        ...layout.ticks.map((loss) =>
          make("line", { class: "hear-curve-grid", x1: left, x2: right, y1: y(loss), y2: y(loss) }),
        ),
        ...[0, 1].flatMap((series) => linesOf(curve?.points ?? [], series, layout)),
        ...dots.map(({ value: at, training, series = 0 }) =>
          make("circle", {
            class: "hear-curve-dot",
            "data-series": String(series),
            cx: x(at),
            cy: y(Number(training)),
            r: 4,
          }),
        ),
      );
      const numbers = layout.ticks.map((loss) => {
        const tick = make("span", { class: "hear-curve-tick" }, formatNumber(loss, layout.step));
        tick.style.right = `${width - left + 18}px`;
        tick.style.top = `${y(loss) - 6}px`;
        return tick;
      });
      /** @type {[number, string][]} */
      const marks = curve.ticks ?? curve.points.map(({ value: at, shown: text }) => [at, text]);
      const every = Math.ceil((48 * marks.length) / layout.inner.width); // so that no two names touch
      const names = marks.map(([at, text], index) => {
        const tick = make("span", { class: "hear-curve-tick" }, index % every ? "" : text);
        tick.style.left = `${x(at)}px`;
        tick.style.top = `${height + 6}px`;
        tick.style.transform = "translateX(-50%)";
        return tick;
      });
      ticks.replaceChildren(...numbers, ...names);
      for (const point of curve.points) {
        const button = buttonOf(point);
        button.dataset.series = String(point.series ?? 0);
        button.style.left = `${x(point.value)}px`;
        button.style.top = `${point.validation === null ? height / 2 : y(point.validation)}px`;
      }
    }

    function update(/** @type {Curve | null} */ told) {
      const news = told?.points.length ? told : null;
      curve = news;
      empty.hidden = Boolean(news);
      shown.hidden = !news;
      if (!news) return;
      const over = news.points.filter(({ state }) => !["queued", "running"].includes(state)).length;
      const trained = news.points.filter(({ state }) => state === "over").length;
      setText(axis, words(AXES[news.kind ?? "strength"], { label: news.label }));
      setText(how, words(news.series ? "howOfNorm" : news.recorded ? "howRecorded" : "how"));
      const [least, other] = news.points.filter(({ best }) => best);
      if (over < news.points.length) setText(said, words("progress", { over, all: news.points.length }));
      else if (trained < over) setText(said, words("stopped", { over: trained, all: news.points.length }));
      else if (other) setText(said, words("leastOfTwo", { first: least.shown, second: other.shown }));
      else if (least) {
        const ear = news.fewest ? ` ${words("ear", { shown: news.fewest })}` : "";
        setText(said, words("least", { shown: least.shown }) + ear);
      }
      keys.replaceChildren(...(news.series ? news.series.map(seriesKey) : ownKeys));
      missedKey.hidden = news.points.every(({ missed }) => missed === null);
      // from left to right, as one sees them
      const placed = news.reversed ? [...news.points].reverse() : news.points;
      const wanted = placed.map((point) => {
        const button = buttonOf(point);
        button.setAttribute("aria-label", tellOf(point));
        button.title = tellOf(point);
        button.hidden = point.state !== "over" || point.validation === null;
        button.classList.toggle("hear-curve-least", point.best);
        button.classList.toggle("hear-curve-shown", point.colour !== null);
        if (point.colour !== null) button.style.setProperty("--run", `var(--hear-run-${point.colour % 6})`);
        return button;
      });
      const items = [...points.children].map((item) => item.firstElementChild);
      if (items.length !== wanted.length || items.some((item, index) => item !== wanted[index])) {
        points.replaceChildren(...wanted.map((button) => make("li", {}, button)));
      }
      draw();
    }

    const resized = new ResizeObserver(draw);
    resized.observe(plot);
    update(value);
    return { update, destroy: () => resized.disconnect() };
  },
};
