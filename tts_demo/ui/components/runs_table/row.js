// One run of the runs table: its row of page elements, which lives as long as the run is listed.

const RUNS_PATIENCE = 10000; // ms until what was asked for counts as not done

/** Texts of the figures by column, in the columns' order; each is called with a finite number. */
function figureTexts(words) {
  const fixed = (value, digits) => (value < 0 ? "−" : "") + Math.abs(value).toFixed(digits);
  const share = (value) => words("percent", { number: fixed(100 * value, 1) });
  return {
    best: (value) => fixed(value, 3),
    final: (value) => fixed(value, 3),
    gap: (value) => (value < 0 ? "" : "+") + fixed(value, 3),
    rise: share,
    distortion: (value) => words("decibels", { number: fixed(value, 2) }),
    zeros: share,
    seconds: (value) => words("duration", { number: fixed(value, value < 10 ? 1 : 0) }),
  };
}

/**
 * A row. `on` has `act(kind, text)`, which tells the server, `say(text)`, which is spoken, and `address(query)`.
 * Returns {node, show(run), label(), focus(), settle(), failed()}: `settle` ends what has not been confirmed.
 */
function runRow(words, longest, on) {
  const texts = figureTexts(words);
  const state = { run: null, name: null, was: "", timer: 0, leaving: 0 };
  const label = () => state.name ?? state.run.label;

  const button = (key, kind, act) => {
    const node = make("button", { type: "button", class: `hear-table-button hear-table-${kind}` }, words(key));
    node.addEventListener("click", act);
    return node;
  };
  // ---- the name, and the field that it turns into
  const name = make("span", { class: "hear-table-name" });
  const pencil = make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    make("path", { d: "M4 16.2V20h3.8L18.9 8.9l-3.8-3.8L4 16.2zM21 6.8a1 1 0 0 0 0-1.4L18.6 3a1 1 0 0 0-1.4 0l-1.1 1.1 3.8 3.8L21 6.8z" }));
  const rename = make("button", { type: "button", class: "hear-table-rename" }, pencil);
  const wrongId = `hear-wrong-${Math.random().toString(36).slice(2)}`;
  const field = make("input", { type: "text", class: "hear-table-field", maxlength: longest, autocomplete: "off",
    spellcheck: "false", "aria-label": words("nameField"), "aria-describedby": wrongId });
  const wrong = make("p", { class: "hear-table-wrong", id: wrongId, role: "alert" });
  const saveButton = make("button", { type: "submit", class: "hear-table-button hear-table-main" }, words("save"));
  const form = make("form", { class: "hear-table-form", hidden: true, novalidate: true }, field, wrong,
    make("div", { class: "hear-table-row" }, saveButton, button("cancel", "cancel", () => closeField())));
  const named = make("div", { class: "hear-table-named" }, name, rename);
  const settings = make("span", { class: "hear-table-settings hear-muted" });
  const progress = make("span", { class: "hear-table-state" });

  // ---- the figures; their labels show on cards only
  const cells = Object.fromEntries(Object.keys(texts).map((key) => {
    const figure = make("span", { class: "hear-number" });
    const cell = make("td", { role: "cell", class: `hear-table-figure hear-table-${key}` },
      make("span", { class: "hear-table-of hear-muted" }, words(key)), figure);
    return [key, { cell, figure }];
  }));

  // ---- what can be done
  const reuse = button("reuse", "reuse", () => {
    on.act("reuse");
    on.say(words("reused", { label: label() }));
  });
  const link = linkCopier(words, "hear-table", () => on.address(state.run.query), on.say, label, () => showName());
  const copy = link.button;
  const download = button("download", "download", () => {
    on.act("download");
    on.say(words("downloading", { label: label() }));
  });
  const remove = button("remove", "remove", () => ask(true));
  const buttons = make("div", { class: "hear-table-buttons" }, reuse, copy, download, remove);
  const keep = button("keep", "keep", () => ask(false));
  const confirm = button("remove", "danger", () => {
    on.act("delete");
    ask(false);
    leave(true);
  });
  const question = make("div", { class: "hear-table-ask", role: "group", "aria-label": words("removeAsk"), hidden: true },
    make("p", {}, words("removeAsk")), make("div", { class: "hear-table-row" }, keep, confirm));
  const node = make("tr", { role: "row", class: "hear-table-run" },
    make("th", { scope: "row", role: "rowheader" }, make("div", { class: "hear-table-head" },
      make("span", { class: "hear-table-swatch", "aria-hidden": "true" }),
      make("div", { class: "hear-table-about" }, named, form, settings, progress))),
    ...Object.values(cells).map(({ cell }) => cell),
    make("td", { role: "cell", class: "hear-table-actions" }, buttons, question, link.place));

  // ---- renaming
  rename.addEventListener("click", () => {
    field.value = label();
    setWrong("");
    named.hidden = true;
    form.hidden = false;
    field.focus();
    field.select();
  });

  function setWrong(text) {
    setText(wrong, text);
    field.setAttribute("aria-invalid", String(Boolean(text)));
  }

  function closeField() {
    const inside = form.contains(document.activeElement);
    form.hidden = true;
    named.hidden = false;
    if (inside) rename.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim().replace(/\s+/g, " ");
    if (!text) {
      setWrong(words("nameEmpty"));
      field.focus();
      return;
    }
    const before = label();
    if (text !== before) {
      state.name = text; // shown at once, until the server has its word
      state.was = state.run.label;
      clearTimeout(state.timer);
      state.timer = setTimeout(forgetName, RUNS_PATIENCE);
      on.act("rename", text);
      on.say(words("renamed", { label: text }));
    }
    closeField();
    showName();
  });
  field.addEventListener("input", () => setWrong(""));

  function forgetName() {
    clearTimeout(state.timer);
    state.name = null;
    showName();
  }

  function showName() {
    setText(name, label());
    const called = (node, action) => node.setAttribute("aria-label", words("ofRun", { action, label: label() }));
    called(rename, words("rename"));
    rename.title = words("rename");
    for (const [node, key] of [[reuse, "reuse"], [download, "download"], [remove, "remove"], [confirm, "remove"], [keep, "keep"]]) {
      called(node, words(key));
    }
    called(copy, copy.textContent); // it is called as it reads
  }

  // ---- deleting
  function ask(open) {
    const inside = question.contains(document.activeElement);
    question.hidden = !open;
    buttons.hidden = open;
    if (open) keep.focus();
    else if (inside) remove.focus();
  }

  function leave(going) {
    clearTimeout(state.leaving);
    state.leaving = going ? setTimeout(() => leave(false), RUNS_PATIENCE) : 0;
    node.classList.toggle("hear-table-leaving", going);
    showState();
  }

  function showState() {
    setText(progress, state.leaving ? words("removing") : words(state.run.state));
    progress.classList.toggle("hear-table-going", state.run.state === "running");
  }

  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return; // an input method's own Escape leaves the field open
    if (form.contains(event.target)) closeField();
    else if (question.contains(event.target)) ask(false);
    else if (link.place.contains(event.target)) link.close();
    else return;
    event.stopPropagation();
  });

  return {
    node,
    label,
    focus: () => buttons.querySelector("button:not([hidden], :disabled)").focus(),
    /** Ends what the server has not confirmed: it has refused something. */
    settle() {
      forgetName();
      leave(false);
    },
    show(run) {
      state.run = run;
      if (state.name !== null && run.label !== state.was) forgetName();
      node.style.setProperty("--run", `var(--hear-run-${run.colour % 6})`);
      setText(settings, run.settings);
      settings.hidden = !run.settings;
      for (const [key, { figure }] of Object.entries(cells)) {
        setText(figure, Number.isFinite(run[key]) ? texts[key](run[key]) : words("none"));
      }
      rename.hidden = run.recorded || run.state === "lost";
      remove.hidden = run.recorded;
      if (run.recorded && !form.hidden) closeField();
      if (run.recorded && !question.hidden) ask(false);
      copy.hidden = !run.query;
      download.disabled = ["queued", "running", "lost"].includes(run.state);
      showName();
      showState();
    },
  };
}
