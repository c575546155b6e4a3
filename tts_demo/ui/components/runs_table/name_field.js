// A run's name in the table, and the field that it turns into.

import { freshId, make, setText } from "../shared/dom.js";

const PENCIL =
  "M4 16.2V20h3.8L18.9 8.9l-3.8-3.8L4 16.2zM21 6.8a1 1 0 0 0 0-1.4L18.6 3a1 1 0 0 0-1.4 0l-1.1 1.1 3.8 3.8L21 6.8z";

/**
 * The name with its pencil, and the form in its place.
 *
 * @param {import("../shared/words.js").Words} words
 * @param {number} longest - characters of a name
 * @param {{shown: () => string, own: () => string}} label - the name as it is now, with what tells it from others and without
 * @param {(text: string) => void} onName - a person has given another one
 */
export function nameField(words, longest, label, onName) {
  const name = make("span", { class: "hear-table-name" });
  const pencil = make(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    make("path", { d: PENCIL }),
  );
  const rename = make("button", { type: "button", class: "hear-table-rename", title: words("rename") }, pencil);
  const wrongId = freshId("wrong");
  const field = make("input", {
    type: "text",
    class: "hear-table-field",
    maxlength: longest,
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": words("nameField"),
    "aria-describedby": wrongId,
  });
  const wrong = make("p", { class: "hear-table-wrong", id: wrongId, role: "alert" });
  const save = make("button", { type: "submit", class: "hear-table-button hear-table-main" }, words("save"));
  const cancel = make("button", { type: "button", class: "hear-table-button hear-table-cancel" }, words("cancel"));
  const form = make(
    "form",
    { class: "hear-table-form", hidden: true, novalidate: true },
    field,
    wrong,
    make("div", { class: "hear-table-row" }, save, cancel),
  );
  const named = make("div", { class: "hear-table-named" }, name, rename);

  function setWrong(/** @type {string} */ text) {
    setText(wrong, text);
    field.setAttribute("aria-invalid", String(Boolean(text)));
  }

  function close() {
    const inside = form.contains(document.activeElement);
    form.hidden = true;
    named.hidden = false;
    if (inside) rename.focus();
  }

  rename.addEventListener("click", () => {
    field.value = label.own();
    setWrong("");
    named.hidden = true;
    form.hidden = false;
    field.focus();
    field.select();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim().replace(/\s+/g, " ");
    if (!text) {
      setWrong(words("nameEmpty"));
      field.focus();
      return;
    }
    if (text !== label.own()) onName(text);
    close();
  });
  field.addEventListener("input", () => setWrong(""));
  cancel.addEventListener("click", close);
  return { named, form, rename, close, show: () => setText(name, label.shown()) };
}
