// Status lines: they come at each stage of a run; how far a run is comes with each of its updates, from a worker that
// asks the server. Losses that come the same way are passed on to the chart.

import { make, setText } from "../shared/dom.js";
import { styled } from "../shared/styles.js";
import { ask } from "./asking.js";

await styled(new URL("../shared/tokens.css", import.meta.url));

const EVERY = 50; // ms from an answer to the next question
const EVERY_HIDDEN = 1000; // in a hidden tab, where nobody looks: as often as keeps the runs from being abandoned
const PATIENCE = 2000; // until a stage that the page has not followed is asked for again

/** @typedef {{ said: string, stage: number, points?: string } | null} News - null of a run that is gone */

/**
 * One line; `run` is an id while the run goes on, else "", and `stage` how many stages it has passed. `others` are
 * further runs that the line stands for, which are asked about and not told of.
 *
 * @typedef {{ kind: "run" | "note" | "alert", said: string, name: string, run: string, stage: number,
 *   others?: [string, number][] }} Line
 */

/** What a line looks like. Strings become text nodes: what people wrote is never markup.
 *
 * @param {Line} line
 * @param {string} [colon] - after a run's name
 */
function nodeOf({ kind, said, name, run, stage, others = [] }, colon = ": ") {
  if (kind === "alert") return make("div", { class: "hear-alert", role: "alert" }, said);
  if (kind === "note") return make("div", {}, said);
  const asked = others.map(([id, passed]) => make("span", { "data-run": id, "data-stage": passed, hidden: true }));
  return make(
    "div",
    {},
    `${name}${colon}`,
    make("span", run ? { "data-run": run, "data-stage": stage } : {}, said),
    ...asked,
  );
}

/** @type {import("../shared/component.js").Component<Line[]>} */
export default {
  render({ element, value, settings: { live, colon, away = "" } = {}, emit = () => {} }) {
    const root = make("div", { class: "hear-status" });
    element.replaceChildren(root);
    const source = URL.createObjectURL(new Blob([`(${ask})()`], { type: "text/javascript" }));
    const worker = new Worker(source);
    URL.revokeObjectURL(source);
    let shown = "";
    let asked = { stages: "", at: 0 };

    const lines = () => /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-run]")]);

    // below the program's own address, as this file is
    const address = () => new URL(`../../..${live}`, import.meta.url).href;

    /** Ask about the runs that the lines name, and about nothing else. */
    function follow() {
      const runs = lines().map((line) => line.dataset.run);
      worker.postMessage({ address: address(), runs, every: document.hidden ? EVERY_HIDDEN : EVERY });
    }

    /** @param {MessageEvent<Record<string, News> | null>} event - null where the server has not answered for a while */
    function told({ data }) {
      for (const said of root.querySelectorAll(".hear-status-away")) said.remove();
      if (!data) {
        root.prepend(make("div", { class: "hear-alert hear-status-away", role: "alert" }, away));
        return;
      }
      for (const line of lines()) {
        const run = line.dataset.run ?? "";
        if (data[run] === null) location.reload(); // the server was restarted: what is still there comes with a new page
        const { said, points } = data[run] ?? {};
        if (said && !line.hidden) setText(line, said);
        if (points) window.dispatchEvent(new CustomEvent("hear-points", { detail: { run, points } }));
      }
      const stages = lines()
        .map(({ dataset: { run = "", stage } }) => ({ run, known: Number(stage), now: data[run]?.stage }))
        .filter(({ known, now }) => now !== undefined && now !== known)
        .map(({ run, now }) => `${run}:${now}`)
        .join();
      if (!stages || (stages === asked.stages && Date.now() < asked.at + PATIENCE)) return;
      asked = { stages, at: Date.now() };
      emit("stage", {});
    }

    function update(/** @type {Line[] | null} */ news) {
      const text = JSON.stringify(news ?? []);
      if (text === shown) return;
      shown = text;
      root.replaceChildren(...(news ?? []).map((line) => nodeOf(line, colon)));
      follow();
    }

    /** The page is being closed, or left for another: nobody need wait for it. A phone that is locked does not say so. */
    function leave() {
      const runs = lines().map((line) => `run=${encodeURIComponent(line.dataset.run ?? "")}`);
      if (runs.length) navigator.sendBeacon(`${address()}?${runs.join("&")}`);
    }

    document.addEventListener("visibilitychange", follow);
    window.addEventListener("pagehide", leave);
    window.addEventListener("pageshow", follow);
    worker.addEventListener("message", told);
    update(value);
    return {
      update,
      destroy() {
        document.removeEventListener("visibilitychange", follow);
        window.removeEventListener("pagehide", leave);
        window.removeEventListener("pageshow", follow);
        worker.terminate();
      },
    };
  },
};
