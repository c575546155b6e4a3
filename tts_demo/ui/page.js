// What the page does beside its components: its title, the browser's history, the challenge, an early click on Train, typed numbers.
(title, language) => {
  // gradio gives every route the app's one title, and its own language
  document.title = title;
  document.documentElement.lang = language;

  // ---- the lab is a step in the browser's history, and `lab` in the address says who is there
  const asks = (part) => new URLSearchParams(location.search).has(part);
  function address(inLab) {
    const query = new URLSearchParams(location.search);
    query.delete("lab");
    query.delete("lesson");
    if (inLab) query.set("lab", "");
    const text = query.toString().replace(/=(?=&|$)/g, "");
    return location.pathname + (text && `?${text}`) + location.hash;
  }
  const show = (place) => document.documentElement.classList.toggle("hear-lab", place === "lab");
  window.addEventListener("hear-place", ({ detail: place }) => {
    show(place);
    if (asks("lab") !== (place === "lab")) history.pushState(null, "", address(place === "lab"));
  });
  window.addEventListener("popstate", () => {
    document.querySelector(asks("lab") ? "#lesson .hear-skip" : "#again")?.click();
  });
  const carry = (event) => { // to the other language goes whatever the address says
    const link = event.target.closest?.("a[data-sveltekit-reload]");
    if (link) link.search = location.search;
  };
  for (const kind of ["click", "auxclick", "contextmenu"]) document.addEventListener(kind, carry, true);

  // ---- the challenge stays in view while all that stands above it comes in, until a person does something
  if (asks("challenge")) {
    const follow = new ResizeObserver(() => document.querySelector("#blind-section")?.scrollIntoView());
    follow.observe(document.querySelector("#lab-section"));
    for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) {
      window.addEventListener(kind, () => follow.disconnect(), { once: true, capture: true });
    }
  }

  // ---- Train waits for what the link says: a click before that is done as soon as it is there
  const button = () => document.querySelector("button#train");
  let arrived = false;
  let pressed = false;
  document.addEventListener("click", (event) => {
    if (arrived || !event.target.closest?.("#train")) return;
    event.stopImmediatePropagation();
    pressed = true;
    button().setAttribute("aria-busy", "true");
  }, true);
  window.addEventListener("hear-arrived", ({ detail: place }) => {
    arrived = true;
    if (place === "lab") show(place); // never back to the lesson: who has skipped it by now stays in the lab
    button().removeAttribute("aria-busy");
    if (pressed) button().click();
  }, { once: true });

  // ---- numbers: on Enter, gradio 6.31 takes the first entry that holds what was typed, 0.001 for 1; on leaving, 1
  let typed = null;
  const isNumber = (node) => node.matches?.(":is(#strength, #rate, #units, #neighbours, #updates) input");
  document.addEventListener("input", ({ target }) => { typed = isNumber(target) ? target : null; }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) typed = null; // an entry is being picked from the list
    if (event.key !== "Enter" || event.target !== typed) return;
    event.stopImmediatePropagation();
    typed.blur();
  }, true);
}
