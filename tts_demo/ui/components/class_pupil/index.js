// A pupil's page of a class test: what one listens with, a practice, the trials, the own result. The value is what the
// server answers (class_tests.py: `view`). settings: code of the class, address and lang of the server, and the component
// blind_test with its words, which draws trials and result. Without an address nothing is asked.

import { make, setText } from "../shared/dom.js";
import { keep, kept } from "../shared/kept.js";
import { asker } from "../shared/server.js";
import { styled } from "../shared/styles.js";
import { wordsOf } from "../shared/words.js";
import { askPanel, codePanel, practisedPanel } from "./panels.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

/**
 * @typedef {object} View
 * @property {"ask" | "practice" | "practised" | "trial" | "result" | "closed"} view
 * @property {string} [ticket] - of somebody who has just begun
 * @property {any} [trial] - for blind_test, as is `result`
 * @property {any} [result]
 * @property {boolean} [kept] - whether all answers are where they outlive the server
 * @property {number | boolean} [right]
 * @property {string} [x]
 * @property {number} [answered]
 * @property {number} [trials]
 * @property {string} [alert]
 * @property {boolean} [gone] - this browser's ticket is worth nothing
 */

/** @type {import("../shared/component.js").Component<View>} */
export default {
  render({ element, value, words: given, settings = {} }) {
    const { code = "", address = "", lang = "en", blind, blindWords } = settings;
    const words = wordsOf(WORDS, given);
    const ask = asker(address, lang);
    const storage = `hear-overfitting-class-${code}`;
    let ticket = kept(storage);
    let there = true; // until it is destroyed
    /** @type {View | null} */
    let now = null;
    /** @type {import("../shared/component.js").Shown | null} */
    let trials = null; // the component that draws them

    const heading = make("h1", { class: "hear-class-pupil-title", tabindex: "-1" }, words("title"));
    const alarm = make("p", { class: "hear-class-pupil-wrong", role: "alert" });
    const said = make("p", { class: "hear-class-pupil-said", role: "status" });
    const again = make("button", { type: "button", class: "hear-class-pupil-button", hidden: true }, words("again"));
    const panel = make("div", { class: "hear-class-pupil-panel" });
    const place = make("div", {});
    element.replaceChildren(make("div", { class: "hear hear-class-pupil" }, heading, alarm, again, said, panel, place));

    /** Ask the server, and show what it says; what was shown stays where no answer comes. */
    async function put(/** @type {string} */ deed, /** @type {Record<string, unknown>} */ question) {
      const news = await ask(deed, question);
      if (!there) return;
      if (news?.gone) {
        keep(storage, "");
        ticket = "";
        await load(news.alert);
      } else if (news?.view) update(news);
      else if (news && deed === "answer")
        await load(news.alert); // another tab of this browser was quicker
      else refused(news?.alert ?? words("lost"));
    }

    function refused(/** @type {string} */ why) {
      if (now?.trial && trials) trials.update(now.trial); // the answer may be given once more
      setText(alarm, why);
      setText(said, "");
      again.hidden = Boolean(now);
    }

    /** What there is to see after a reload. */
    async function load(alert = "") {
      await (ticket ? put("view", { ticket }) : put("about", { code }));
      if (alert) setText(alarm, alert);
    }

    function drawn(/** @type {any} */ shown) {
      if (!blind) return;
      trials ??= blind.render({
        element: place,
        value: null,
        words: blindWords,
        settings: { alone: true },
        emit(/** @type {string} */ event, /** @type {any} */ data) {
          const number = data.test === "practice" ? 0 : data.trial;
          if (event === "answer") put("answer", { ticket, number, choice: data.choice });
        },
      });
      trials?.update(shown);
      place.hidden = false;
    }

    function bare(/** @type {Node[]} */ ...nodes) {
      trials?.destroy(); // no sound goes on, and no trial of before stands there
      trials = null;
      place.replaceChildren();
      place.hidden = true;
      panel.replaceChildren(...nodes);
    }

    function begun(/** @type {string} */ text, /** @type {any} */ shown) {
      panel.replaceChildren();
      setText(said, text);
      drawn(shown);
    }

    function show(/** @type {View} */ news) {
      const count = news.trials ?? news.trial?.trials ?? news.result?.trials;
      setText(said, "");
      if (news.view === "ask") {
        bare(askPanel(words, count, (output) => put("begin", { code, output })));
      } else if (news.view === "practice") begun(words("practice"), { ...news.trial, practice: true });
      else if (news.view === "practised") {
        const start = practisedPanel(words, news, count, () => {
          begun(words("counts"), news.trial);
          place.querySelector("button")?.focus({ preventScroll: true });
        });
        bare(start.node);
        start.heading.focus({ preventScroll: true });
      } else if (news.view === "trial") begun(words("counts"), news.trial);
      else if (news.view === "result") begun(news.kept ? words("sent") : "", news.result);
      else {
        bare(make("p", {}, words("closed")));
        if (news.answered) setText(said, words("soFar", { ...news }));
      }
    }

    function update(/** @type {View | null} */ news) {
      if (!news) return;
      const first = !now;
      now = news;
      if (news.ticket) {
        ticket = news.ticket;
        keep(storage, ticket);
      }
      again.hidden = true;
      setText(alarm, news.kept === false ? [words("notKept"), news.alert].filter(Boolean).join(" ") : "");
      show(news);
      if (!first && news.view === "closed") heading.focus();
    }

    again.addEventListener("click", () => load());
    update(value);
    if (address && !code) bare(codePanel(words));
    else if (address) {
      setText(said, words("loading"));
      load();
    }
    return {
      update,
      destroy() {
        there = false;
        trials?.destroy();
      },
    };
  },
};
