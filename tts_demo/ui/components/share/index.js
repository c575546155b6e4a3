// A button and its dialog: the link to the page's settings, its QR code, and the code of a frame. The value is
// { number, link, qr, frame, alert }, as component.py has it: link, QR code and frame are of one answer of the server's,
// so what is shown is what is copied and drawn. settings has controls, sections and embeds: pairs of name and label.

import { copyButton } from "../shared/copy_link.js";
import { freshId, make, setText } from "../shared/dom.js";
import { styled } from "../shared/styles.js";
import { wordsOf } from "../shared/words.js";
import { choice } from "./choice.js";
import { WORDS } from "./words.js";

await styled(new URL("../shared/tokens.css", import.meta.url));
await styled(new URL("./style.css", import.meta.url));

const SEEN_AT_FIRST = ["regularizer", "strength"];

/** @typedef {{ number: number, link: string, qr: string, frame: string, alert?: string }} Value */

/** @type {import("../shared/component.js").Component<Value>} */
export default {
  render({ element, value, words: given, settings = {}, emit = () => {} }) {
    const { controls = [], sections = [], embeds = [] } = settings;
    const words = wordsOf(WORDS, given);
    let asked = 0;

    // ---- page elements
    const [titleId, linkId, codeId, partId] = ["title", "link", "code", "part"].map(freshId);
    const button = make(
      "button",
      { type: "button", class: "hear-share-button", "aria-haspopup": "dialog" },
      words("share"),
    );
    const closeButton = make("button", { type: "button", class: "hear-share-button" }, words("close"));
    const link = make("input", { type: "text", class: "hear-share-field", id: linkId, readonly: true });
    const qr = make("img", { class: "hear-share-qr", alt: words("qr"), hidden: true });
    const alarm = make("p", { class: "hear-share-wrong", role: "alert" });
    const spoken = make("p", { class: "hear-share-said", role: "status" });
    const hide = choice({
      label: words("hide"),
      which: words("hideWhich"),
      names: [...controls, ...sections],
      ticked: (name) => SEEN_AT_FIRST.includes(name),
      changed: ask,
    });
    const fix = choice({
      label: words("fix"),
      which: words("fixWhich"),
      names: controls,
      ticked: () => true,
      changed: ask,
    });
    const part = make(
      "select",
      { class: "hear-share-field", id: partId },
      ...embeds.map((/** @type {string[]} */ [name, label]) => make("option", { value: name }, label)),
    );
    const code = make("textarea", {
      class: "hear-share-field",
      id: codeId,
      readonly: true,
      rows: "5",
      spellcheck: "false",
    });
    const copyLink = copyButton(words, "hear-share", { text: () => link.value, ...saying(link, "copiedOf") });
    const embedWords = wordsOf({ copy: words("embed"), copied: words("embedCopied") });
    const copyCode = copyButton(embedWords, "hear-share", { text: () => code.value, ...saying(code, "embedCopiedOf") });
    const dialog = make(
      "dialog",
      { class: "hear-share-dialog", "aria-labelledby": titleId },
      make(
        "header",
        { class: "hear-share-top" },
        make("h2", { class: "hear-share-title", id: titleId }, words("title")),
        closeButton,
      ),
      alarm,
      make("label", { for: linkId }, words("link")),
      make("div", { class: "hear-share-row" }, link, copyLink.button),
      make("div", { class: "hear-share-sides" }, make("div", {}, hide.node, fix.node), qr),
      make("p", { class: "hear-muted" }, words("teaching")),
      make("label", { for: partId }, words("part")),
      make("div", { class: "hear-share-row" }, part, copyCode.button),
      make("label", { for: codeId }, words("code")),
      code,
      make("p", { class: "hear-muted" }, words("codeHow")),
      spoken,
    );
    element.replaceChildren(make("div", { class: "hear hear-share" }, button, dialog));

    /** What happens after copying from a field. */
    function saying(/** @type {HTMLInputElement | HTMLTextAreaElement} */ field, /** @type {string} */ done) {
      return {
        done: () => setText(spoken, words(done)),
        refused() {
          field.focus();
          field.select();
          setText(spoken, words("notCopied"));
        },
      };
    }

    function ask() {
      asked += 1;
      const address = `${location.origin}${location.pathname}`;
      const show = hide.names();
      fix.offer(show); // what is not seen need not be fixed
      emit("ask", { number: asked, address, show, fix: fix.names() ?? [], embed: part.value });
    }

    function update(/** @type {Value | null} */ news) {
      if (!news || news.number !== asked) return; // of before something else was ticked
      link.value = news.link;
      code.value = news.frame;
      qr.src = `data:image/svg+xml,${encodeURIComponent(news.qr)}`;
      qr.hidden = !news.qr;
      setText(alarm, news.alert ?? "");
      for (const each of [copyLink.button, copyCode.button]) each.disabled = !news.link;
    }

    button.addEventListener("click", () => {
      setText(spoken, "");
      dialog.showModal();
      ask();
    });
    closeButton.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", ({ target, clientX: x, clientY: y }) => {
      if (target !== dialog) return;
      const { left, right, top, bottom } = dialog.getBoundingClientRect(); // beside it
      if (x < left || x > right || y < top || y > bottom) dialog.close();
    });
    part.addEventListener("change", ask);
    update(value);
    return {
      update,
      destroy() {
        for (const each of [copyLink, copyCode]) each.destroy();
      },
    };
  },
};
