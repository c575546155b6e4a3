// A teacher's page of a class: how many have answered; once it is closed, what came of it. The value is what the server
// answers (class_results.py: `view`). settings: address and lang of the server, and the class's secret. Without an
// address nothing is asked.

import { make, setText } from "../shared/dom.js";
import { asker } from "../shared/server.js";
import { styled } from "../shared/styles.js";
import { wordsOf } from "../shared/words.js";
import { outcomeOf } from "./outcome.js";
import { sureButton } from "./sure.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

const EVERY = 2500; // ms between two questions while the class goes on

/** @typedef {import("./outcome.js").Closed} Closed */
/**
 * @typedef {object} Going
 * @property {"open"} view
 * @property {string} code
 * @property {number} trials
 * @property {[string, string]} names
 * @property {string} until
 * @property {boolean} lasting
 * @property {number} began
 * @property {number} finished
 * @property {string} [alert]
 */
/** @typedef {{ view: "deleted", alert?: string }} Deleted */

/** @type {import("../shared/component.js").Component<Going | Closed | Deleted>} */
export default {
  render({ element, value, words: given, settings = {} }) {
    const { address = "", lang = "en", secret = "", page = "" } = settings;
    const words = wordsOf(WORDS, given);
    const ask = asker(address, lang);
    let timer = 0;
    let there = true; // until it is destroyed
    let asked = 0; // the answers to older questions are of before
    let shown = "";
    let forget = () => {};

    const heading = make("h1", { class: "hear-class-results-title", tabindex: "-1" });
    const alarm = make("p", { class: "hear-class-results-wrong", role: "alert" });
    const count = make("p", { class: "hear-class-results-count", role: "status" });
    const between = make("p", {});
    const link = make("p", { class: "hear-class-results-link" });
    const qr = make("img", { class: "hear-class-results-qr", alt: words("qr"), hidden: true });
    const close = sureButton(words, "close", () => put("close"));
    const remove = sureButton(words, "remove", () => put("delete"));
    const going = make(
      "div",
      { class: "hear-class-results-card", hidden: true },
      count,
      between,
      make("div", { class: "hear-class-results-invite" }, link, qr),
      close.node,
    );
    const outcome = make("div", { class: "hear-class-results-card", hidden: true });
    const until = make("p", { class: "hear-muted" });
    const foot = make("div", { class: "hear-class-results-foot", hidden: true }, until, remove.node);
    element.replaceChildren(make("div", { class: "hear hear-class-results" }, heading, alarm, going, outcome, foot));
    setText(heading, words("loading"));

    async function put(/** @type {string} */ deed) {
      clearTimeout(timer);
      asked += 1;
      const mine = asked;
      const news = await ask(deed, { secret });
      if (!there || mine !== asked) return;
      if (news?.view) update(news);
      else setText(alarm, news?.alert ?? words("lost"));
      if (!shown) setText(heading, "");
      if (shown !== "closed" && shown !== "deleted") timer = window.setTimeout(() => put("results"), EVERY);
    }

    async function invite(/** @type {string} */ code) {
      setText(link, `${page}?class=${code}`);
      const news = await ask("code", { secret, link: link.textContent });
      if (!there || !news?.qr) return;
      qr.src = `data:image/svg+xml,${encodeURIComponent(news.qr)}`;
      qr.hidden = false;
    }

    function update(/** @type {Going | Closed | Deleted | null} */ news) {
      if (!news) return;
      const before = shown;
      shown = news.view;
      setText(alarm, news.alert ?? "");
      going.hidden = news.view !== "open";
      outcome.hidden = news.view !== "closed";
      foot.hidden = news.view === "deleted";
      if (news.view === "deleted") {
        setText(heading, words("deleted"));
        heading.focus();
        return;
      }
      setText(heading, words("title", { code: news.code }));
      setText(until, [words("until", { day: news.until }), news.lasting ? "" : words("fleeting")].join(" ").trim());
      const [first, second] = news.names;
      if (news.view === "open") {
        const left = news.began - news.finished;
        setText(count, [words("finished", { count: news.finished }), words("going", { count: left })].join(" · "));
        setText(between, words("between", { first, second, trials: news.trials }));
        if (!before && address) invite(news.code);
      } else if (before !== "closed") {
        forget();
        const drawn = outcomeOf(news, words);
        forget = drawn.forget;
        outcome.replaceChildren(drawn.node);
        if (before) drawn.heading.focus({ preventScroll: true });
      }
    }

    update(value);
    if (address) put("results");
    return {
      update,
      destroy() {
        there = false;
        clearTimeout(timer);
        forget();
      },
    };
  },
};
