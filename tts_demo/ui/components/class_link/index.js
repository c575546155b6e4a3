// What a teacher does for a class: make a test, pass its code on, open its results. The value is { number, code, link, qr,
// results, alert }, as component.py has it. settings.offers: pairs of id and label.

import { copyButton } from "../shared/copy_link.js";
import { freshId, make, setText } from "../shared/dom.js";
import { keep, kept } from "../shared/kept.js";
import { styled } from "../shared/styles.js";
import { wordsOf } from "../shared/words.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

const STORAGE = "hear-overfitting-classes";
const MOST = 8; // classes that the list has

/** @typedef {{ number: number, code: string, link: string, qr: string, results: string, alert?: string }} Value */
/** @typedef {{ code: string, results: string, day: string }} Earlier */

/** The classes that this browser has made, the last one first. @returns {Earlier[]} */
function earlierOnes() {
  try {
    const all = JSON.parse(kept(STORAGE) || "[]");
    const own = `${location.origin}/`; // not to be led elsewhere by what another page has stored
    return all.filter(
      (/** @type {any} */ one) =>
        typeof one?.code === "string" && typeof one.day === "string" && String(one.results).startsWith(own),
    );
  } catch {
    return [];
  }
}

/** @type {import("../shared/component.js").Component<Value>} */
export default {
  render({ element, value, words: given, settings: { offers = [] } = {}, emit = () => {} }) {
    const words = wordsOf(WORDS, given);
    let asked = 0;
    const [linkId, offerId] = ["link", "offer"].map(freshId);
    const offer = make(
      "select",
      { class: "hear-class-link-field", id: offerId },
      ...offers.map((/** @type {string[]} */ [id, label]) => make("option", { value: id }, label)),
    );
    const makeButton = make("button", { type: "button", class: "hear-class-link-button" }, words("make"));
    const alarm = make("p", { class: "hear-class-link-wrong", role: "alert" });
    const spoken = make("p", { class: "hear-muted", role: "status" });
    const code = make("strong", { class: "hear-class-link-code" });
    const link = make("input", { type: "text", class: "hear-class-link-field", id: linkId, readonly: true });
    const qr = make("img", { class: "hear-class-link-qr", alt: words("qr") });
    const results = make(
      "a",
      { class: "hear-class-link-button", target: "_blank", rel: "noreferrer" },
      words("results"),
    );
    const copy = copyButton(words, "hear-class-link", {
      text: () => link.value,
      done: () => setText(spoken, words("copiedOf")),
      refused() {
        link.focus();
        link.select();
        setText(spoken, words("notCopied"));
      },
    });
    const made = make(
      "div",
      { class: "hear-class-link-made", hidden: true },
      make(
        "div",
        { class: "hear-class-link-side" },
        make("p", {}, `${words("code")} `, code),
        make("label", { for: linkId }, words("link")),
        make("div", { class: "hear-class-link-row" }, link, copy.button),
        results,
        make("p", { class: "hear-muted" }, words("secret")),
      ),
      qr,
    );
    const list = make("ul", { class: "hear-class-link-list" });
    const forgetButton = make("button", { type: "button", class: "hear-class-link-button" }, words("forget"));
    const earlier = make("details", { hidden: true }, make("summary", {}, words("earlier")), list, forgetButton);
    element.replaceChildren(
      make(
        "section",
        { class: "hear hear-class-link", "aria-label": words("title") },
        make("h3", { class: "hear-title" }, words("title")),
        make("p", { class: "hear-muted" }, words("about")),
        make(
          "div",
          { class: "hear-class-link-row" },
          make("label", { for: offerId }, words("trials")),
          offer,
          makeButton,
        ),
        alarm,
        spoken,
        made,
        earlier,
      ),
    );

    function showEarlier() {
      const all = earlierOnes();
      earlier.hidden = !all.length;
      list.replaceChildren(
        ...all.map(({ code: name, results: href, day }) =>
          make("li", {}, make("a", { href, target: "_blank", rel: "noreferrer" }, name), ` ${day}`),
        ),
      );
    }

    makeButton.addEventListener("click", () => {
      asked += 1;
      makeButton.disabled = true;
      setText(alarm, "");
      setText(spoken, words("making"));
      emit("make", { number: asked, address: `${location.origin}${location.pathname}`, offer: offer.value });
    });
    forgetButton.addEventListener("click", () => {
      keep(STORAGE, "");
      showEarlier();
      makeButton.focus();
    });

    function update(/** @type {Value | null} */ news) {
      if (!news || news.number < asked) return;
      makeButton.disabled = false;
      setText(alarm, news.alert ?? "");
      setText(spoken, news.code ? words("made") : "");
      if (!news.code) return;
      setText(code, news.code);
      link.value = news.link;
      qr.src = `data:image/svg+xml,${encodeURIComponent(news.qr)}`;
      results.href = news.results;
      made.hidden = false;
      if (news.number !== asked) return; // of before the page was drawn anew: it is in the list
      const one = { code: news.code, results: news.results, day: new Date().toISOString().slice(0, 10) };
      keep(STORAGE, JSON.stringify([one, ...earlierOnes()].slice(0, MOST)));
      showEarlier();
    }

    showEarlier();
    update(value);
    return { update, destroy: () => copy.destroy() };
  },
};
