// A blind listening test: offers, trials, result. With settings.alone there is nothing besides: no way out of the test,
// and no challenge to pass on.

import { linkCopier } from "../shared/copy_link.js";
import { tell } from "../shared/deeds.js";
import { make, setText } from "../shared/dom.js";
import { styled } from "../shared/styles.js";
import { wordsOf } from "../shared/words.js";
import { offersOf } from "./offers.js";
import { blindResult } from "./result.js";
import { trialView } from "./trial.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("../shared/silence_help.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

/** @typedef {import("./offers.js").ChooseValue} ChooseValue */
/** @typedef {import("./trial.js").TrialValue} TrialValue */
/** @typedef {import("./result.js").ResultValue} ResultValue */

/** @type {import("../shared/component.js").Component<ChooseValue | TrialValue | ResultValue>} */
export default {
  render({ element, value, words: given, settings: { alone = false } = {}, emit = () => {} }) {
    const words = wordsOf(WORDS, given);
    const alarm = make("p", { class: "hear-blind-alarm", role: "alert" });
    const stage = make("div", { class: "hear-blind-stage" });
    const leaveButton = make("button", { type: "button", class: "hear-blind-button hear-blind-leave" });
    const spoken = make("p", { class: "hear-spoken", "aria-live": "polite" });
    const root = make(
      "section",
      { class: "hear hear-blind", "aria-label": words("title") },
      alarm,
      stage,
      leaveButton,
      spoken,
    );
    element.replaceChildren(root);

    let begun = false; // an offer was taken, and its first trial is waited for
    let test = "";
    let forgetResult = () => {};

    const trial = trialView(words, {
      root,
      answer: (choice) => emit("answer", choice),
      warn: (key) => setText(alarm, words(key)),
      sounds() {
        if (alarm.textContent === words("stuck")) setText(alarm, "");
      },
    });

    const challenge = linkCopier(
      words,
      "hear-blind",
      () => `${location.origin}${location.pathname}?challenge`,
      (text) => setText(spoken, text),
    );
    const passOn = make(
      "div",
      { class: "hear-blind-pass" },
      make("p", {}, words("passOn")),
      challenge.button,
      challenge.place,
    );
    challenge.place.addEventListener("keydown", (event) => {
      if (event.key === "Escape") challenge.close();
    });
    leaveButton.addEventListener("click", () => emit("leave", { test }));

    function begin(/** @type {string} */ offer) {
      begun = true;
      setText(spoken, words("drawing"));
      emit("begin", { offer });
    }

    // ---- the views
    function showTrial(/** @type {TrialValue} */ shown) {
      const moves = begun || trial.answered();
      const news = trial.show(shown);
      if (stage.firstChild !== trial.nodes[0]) stage.replaceChildren(...trial.nodes);
      if (news) {
        setText(spoken, news);
        if (moves) trial.focus();
      }
      begun = false;
    }

    function showResult(/** @type {ResultValue} */ shown) {
      const finished = trial.answered();
      trial.forget();
      const { node, heading, forget } = blindResult(shown, words);
      forgetResult = forget;
      stage.replaceChildren(node, ...(alone ? [] : [passOn]));
      if (finished) heading.focus({ preventScroll: true });
      if (finished)
        tell("tested", { runs: shown.systems ?? [], test: shown.kind, trials: shown.trials, count: shown.count });
    }

    function showOffers(/** @type {ChooseValue} */ shown) {
      begun = false;
      trial.forget();
      stage.replaceChildren(...offersOf(shown, words, begin), passOn);
    }

    function showNothing() {
      trial.forget();
      const heading = make("h3", { class: "hear-title" }, words("title"));
      stage.replaceChildren(heading, make("p", { class: "hear-empty" }, words("empty")));
    }

    function update(/** @type {ChooseValue | TrialValue | ResultValue | null} */ shown) {
      forgetResult();
      setText(alarm, shown?.alert ?? "");
      test = shown && shown.view !== "choose" ? shown.test : "";
      leaveButton.hidden = alone || !test;
      setText(leaveButton, words(shown?.view === "result" ? "again" : "leave"));
      root.dataset.view = shown?.view ?? "empty";
      if (shown?.view === "trial") showTrial(shown);
      else if (shown?.view === "result") showResult(shown);
      else if (shown?.view === "choose") showOffers(shown);
      else showNothing();
    }

    update(value);
    return {
      update,
      destroy() {
        trial.destroy();
        challenge.destroy();
        forgetResult();
      },
    };
  },
};
