// What the page does beside its components: its title, the browser's history, the challenge, an early click on Train,
// typed numbers.
((/** @type {string} */ title, /** @type {string} */ language) => {
  // gradio gives every route the app's one title, and its own language
  document.title = title;
  document.documentElement.lang = language;

  const find = (/** @type {string} */ selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector));
  const within = (/** @type {EventTarget | null} */ target, /** @type {string} */ selector) =>
    target instanceof Element ? target.closest(selector) : null;
  /** Listen to what gradio's events tell: see `_dispatched` in page_events.py.
   *
   * @param {string} event
   * @param {(detail: string) => void} told
   */
  const onTold = (event, told) =>
    window.addEventListener(event, (given) => told(/** @type {CustomEvent<string>} */ (given).detail));

  // ---- the lab is a step in the browser's history, and `lab` in the address says who is there
  const asks = (/** @type {string} */ part) => new URLSearchParams(location.search).has(part);
  function address(/** @type {boolean} */ inLab) {
    const query = new URLSearchParams(location.search);
    query.delete("lab");
    query.delete("lesson");
    if (inLab) query.set("lab", "");
    const text = query.toString().replace(/=(?=&|$)/g, "");
    return location.pathname + (text && `?${text}`) + location.hash;
  }
  const show = (/** @type {string} */ place) => document.documentElement.classList.toggle("hear-lab", place === "lab");
  onTold("hear-place", (place) => {
    show(place);
    if (asks("lab") !== (place === "lab")) history.pushState(null, "", address(place === "lab"));
  });
  window.addEventListener("popstate", () => find(asks("lab") ? "#lesson .hear-skip" : "#again")?.click());
  const carry = (/** @type {Event} */ event) => {
    const link = within(event.target, "a[data-sveltekit-reload]"); // to the other language goes what the address says
    if (link instanceof HTMLAnchorElement) link.search = location.search;
  };
  for (const kind of ["click", "auxclick", "contextmenu"]) document.addEventListener(kind, carry, true);

  // ---- the challenge stays in view while all that stands above it comes in, until a person does something
  const lab = find("#lab-section");
  if (asks("challenge") && lab) {
    const follow = new ResizeObserver(() => find("#blind-section")?.scrollIntoView());
    follow.observe(lab);
    for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) {
      window.addEventListener(kind, () => follow.disconnect(), { once: true, capture: true });
    }
  }

  // ---- Train waits for what the link says: a click before that is done as soon as it is there
  const button = () => find("button#train");
  let arrived = false;
  let pressed = false;
  const hold = (/** @type {Event} */ event) => {
    if (arrived || !within(event.target, "#train")) return;
    event.stopImmediatePropagation();
    pressed = true;
    button()?.setAttribute("aria-busy", "true");
  };
  document.addEventListener("click", hold, true);
  onTold("hear-arrived", (place) => {
    if (arrived) return;
    arrived = true;
    if (place === "lab") show(place); // never back to the lesson: who has skipped it by now stays in the lab
    button()?.removeAttribute("aria-busy");
    if (pressed) button()?.click();
  });

  // ---- numbers: on Enter, gradio 6.31 takes the first entry that holds what was typed, 0.001 for 1; on leaving, 1
  /** @type {HTMLElement | null} */
  let typed = null;
  const numbers = ":is(#strength, #rate, #units, #neighbours, #updates) input";
  const isNumber = (/** @type {Event} */ event) => {
    typed = event.target instanceof HTMLElement && event.target.matches(numbers) ? event.target : null;
  };
  const take = (/** @type {KeyboardEvent} */ event) => {
    if (event.key.startsWith("Arrow")) typed = null; // an entry is being picked from the list
    if (event.key !== "Enter" || !typed || event.target !== typed) return;
    event.stopImmediatePropagation();
    typed.blur();
  };
  document.addEventListener("input", isNumber, true);
  document.addEventListener("keydown", take, true);
})(TITLE, LANGUAGE);
