// The course: steps that set the page up, say what to do on it, see that it was done, and ask. The value is
// { steps: Step[] }; the step that an address asks for, `?course=gap`, is the first that is shown. settings.waits is the
// event of the window that an open course waits for before it sets the page up, settings.finishes the one that says that
// the page is set up: what is pressed before may be lost, so the course is busy until then.

import { linkCopier } from "../shared/copy_link.js";
import { follow } from "../shared/deeds.js";
import { make, setText } from "../shared/dom.js";
import { styled } from "../shared/styles.js";
import { wordsOf } from "../shared/words.js";
import { Followed } from "./checks.js";
import { Progress } from "./progress.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

/** @typedef {{ text: string, at: string, check: import("./checks.js").Check }} Task - `at`: a CSS selector */
/** @typedef {{ text: string, right: boolean, why: string }} Answer */
/** @typedef {{ id: string, title: string, text: string[], tasks: Task[], question: string, answers: Answer[] }} Step */
/** @typedef {{ steps: Step[] }} Value */

const POINTED = "hear-pointed";

/** @type {import("../shared/component.js").Component<Value>} */
export default {
  render({ element, value, words: given, settings: { waits = "", finishes = "" } = {}, emit = () => {} }) {
    const words = wordsOf(WORDS, given);
    const steps = value?.steps ?? [];
    const progress = new Progress();
    const followed = new Followed();
    const button = (/** @type {string} */ key, /** @type {string} */ kind, /** @type {() => void} */ act) => {
      const node = make("button", { type: "button", class: `hear-course-button ${kind}` }, words(key));
      node.addEventListener("click", act);
      return node;
    };

    // ---- elements that stay
    const place = make("span", { class: "hear-course-place hear-muted" });
    const heading = make("h3", { class: "hear-course-title", tabindex: "-1" });
    const left = make("span", { class: "hear-course-left hear-muted" });
    const setting = make("span", { class: "hear-course-setting hear-muted", hidden: true }, words("settingUp"));
    const folding = button("fold", "hear-course-fold", () => fold(root.dataset.folded !== "true"));
    const closing = button("leave", "hear-course-leave", close);
    const upcoming = make("p", { class: "hear-course-upcoming" });
    const lead = button("show", "hear-course-lead", () => point(openTask()?.at ?? null));
    const text = make("div", { class: "hear-course-text" });
    const tasks = make("ol", { class: "hear-course-tasks", "aria-label": words("tasks") });
    const question = make("div", { class: "hear-course-question" });
    const back = button("back", "hear-course-back", () => go(index() - 1));
    const next = button("next", "hear-course-next", () => go(index() + 1));
    const again = button("setUp", "hear-course-again", () => setUp(progress.at));
    const choice = make("select", { class: "hear-course-steps", "aria-label": words("steps") });
    const end = make("p", { class: "hear-course-end" });
    const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
    const copier = linkCopier(words, "hear-course", address, (said) => setText(spoken, said));
    const body = make(
      "div",
      { class: "hear-course-body" },
      make("div", { class: "hear-course-about" }, text, tasks),
      question,
      make("div", { class: "hear-course-row" }, back, next, again, choice, copier.button, end),
      copier.place,
    );
    const root = make(
      "section",
      { class: "hear hear-course", "aria-label": words("title") },
      make("header", { class: "hear-course-head" }, place, heading, setting, left, folding, closing, upcoming, lead),
      body,
      spoken,
    );
    element.replaceChildren(root);

    const index = () =>
      Math.max(
        0,
        steps.findIndex(({ id }) => id === progress.at),
      );
    const step = () => steps[index()];
    const openTask = () => step()?.tasks.find((_, at) => !progress.has(step(), at));

    function address() {
      const query = new URLSearchParams();
      query.set("course", progress.at);
      return `${location.origin}${location.pathname}?${query}`;
    }

    // ---- what hands do
    function fold(/** @type {boolean} */ folded) {
      root.dataset.folded = String(folded);
      body.hidden = folded;
      upcoming.hidden = !folded;
      lead.hidden = !folded || !openTask();
      setText(folding, words(folded ? "unfold" : "fold"));
      folding.setAttribute("aria-expanded", String(!folded));
    }

    function open() {
      progress.open = true;
      root.dataset.open = "true";
      go(index(), false);
    }

    function close() {
      progress.open = false;
      progress.keep();
      point(null);
      root.dataset.open = "false";
    }

    function setUp(/** @type {string} */ step) {
      setBusy(Boolean(finishes));
      emit("set_up", { step });
    }

    function setBusy(/** @type {boolean} */ busy) {
      root.setAttribute("aria-busy", String(busy));
      setting.hidden = !busy;
    }

    function go(/** @type {number} */ to, moves = true) {
      const wanted = steps[Math.min(Math.max(to, 0), steps.length - 1)];
      if (!wanted) return;
      progress.at = wanted.id;
      progress.keep();
      followed.begin();
      fold(false);
      draw();
      setUp(wanted.id);
      if (!moves) return;
      heading.focus({ preventScroll: true });
      root.scrollIntoView({ block: "start" });
    }

    /** Mark the part of the page where a task is done, and lead there. */
    function point(/** @type {string | null} */ selector) {
      for (const node of document.querySelectorAll(`.${POINTED}`)) node.classList.remove(POINTED);
      const node = selector ? document.querySelector(selector) : null;
      if (!(node instanceof HTMLElement)) return;
      node.classList.add(POINTED);
      fold(true); // its bar stays in view, with what is to be done next
      node.scrollIntoView({ block: "center" });
      const first = node.matches("button, input, select, canvas")
        ? node
        : node.querySelector("input, select, canvas, button:not([disabled])");
      if (first instanceof HTMLElement) first.focus({ preventScroll: true });
    }

    // ---- what is shown
    function draw() {
      const shown = step();
      setText(place, words("progress", { step: index() + 1, all: steps.length }));
      setText(heading, shown.title);
      root.dataset.step = shown.id;
      text.replaceChildren(...shown.text.map((said) => make("p", {}, said)));
      tasks.replaceChildren(
        ...shown.tasks.map((task, at) => {
          const show = make("button", { type: "button", class: "hear-course-show" }, words("show"));
          show.setAttribute("aria-label", `${words("show")}: ${task.text}`);
          show.addEventListener("click", () => point(task.at));
          return make(
            "li",
            { class: "hear-course-task", "data-task": String(at) },
            make("span", { class: "hear-course-mark", "aria-hidden": "true" }),
            make("span", {}, task.text),
            show,
          );
        }),
      );
      question.replaceChildren(...asked(shown));
      back.hidden = index() === 0;
      next.hidden = index() === steps.length - 1;
      choice.replaceChildren(...steps.map(({ id, title }, at) => make("option", { value: id }, `${at + 1}. ${title}`)));
      choice.value = shown.id;
      copier.close();
      mark();
    }

    function asked(/** @type {Step} */ shown) {
      const said = make("p", { class: "hear-course-why", role: "status" });
      const name = `hear-course-${shown.id}`;
      const rows = shown.answers.map(({ text: words_, right, why }, at) => {
        const field = make("input", { type: "radio", name, value: String(at) });
        field.addEventListener("change", () => {
          said.dataset.right = String(right);
          setText(said, `${words(right ? "right" : "wrong")} ${why}`);
          if (right && !progress.answered(shown)) {
            progress.answer(shown);
            mark();
          }
        });
        return make("label", { class: "hear-course-answer" }, field, make("span", {}, words_));
      });
      const legend = make("legend", {}, shown.question);
      return [make("fieldset", {}, legend, ...rows), said];
    }

    /** What is done, and what is left. */
    function mark() {
      const shown = step();
      for (const [at, node] of [...tasks.children].entries()) {
        const done = progress.has(shown, at);
        node.classList.toggle("hear-course-done", done);
        const task = shown.tasks[at].text;
        node.querySelector(".hear-course-mark")?.setAttribute("data-done", String(done));
        node.setAttribute("aria-label", words(done ? "done" : "todo", { task }));
      }
      const all = shown.tasks.length + 1;
      const done = shown.tasks.filter((_, at) => progress.has(shown, at)).length + Number(progress.answered(shown));
      setText(left, words("left", { done, all }));
      const open = openTask();
      lead.hidden = upcoming.hidden || !open;
      setText(upcoming, open ? words("todo", { task: open.text }) : words("ask", { question: shown.question }));
      root.dataset.whole = String(progress.whole(shown));
      next.classList.toggle("hear-course-primary", progress.whole(shown));
      const whole = steps.filter((one) => progress.whole(one)).length;
      setText(end, whole === steps.length ? words("whole") : words("finished", { done: whole, all: steps.length }));
    }

    function check() {
      const shown = step();
      if (!progress.open || !shown) return;
      for (const [at, task] of shown.tasks.entries()) {
        if (progress.has(shown, at) || !followed.holds(task.check)) continue;
        progress.did(shown, at);
        setText(spoken, words("done", { task: task.text }));
        point(null);
      }
      mark();
    }

    choice.addEventListener("change", () => go(steps.findIndex(({ id }) => id === choice.value)));
    const ends = [
      follow((deed) => {
        followed.take(deed);
        check();
      }),
    ];
    const opened = () => {
      open();
      root.scrollIntoView({ block: "start" });
      heading.focus({ preventScroll: true });
    };
    window.addEventListener("hear-course", opened);
    ends.push(() => window.removeEventListener("hear-course", opened));

    if (finishes) {
      const finished = () => setBusy(false);
      window.addEventListener(finishes, finished);
      ends.push(() => window.removeEventListener(finishes, finished));
    }

    const asks = new URLSearchParams(location.search);
    if (asks.has("course") && steps.length) {
      if (steps.some(({ id }) => id === asks.get("course"))) progress.at = asks.get("course") ?? "";
      progress.open = true;
    }
    // until the page has arrived, what a step sets up would be overwritten
    if (progress.open && steps.length) {
      if (waits) window.addEventListener(waits, open, { once: true });
      else open();
      ends.push(() => window.removeEventListener(waits, open));
    }
    return {
      update() {},
      destroy() {
        for (const finish of ends) finish();
        point(null);
        copier.destroy();
      },
    };
  },
};
