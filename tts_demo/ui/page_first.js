// Runs before anything of gradio's: the language of its own words, the lab where the address asks for it, and a memory
// where a frame has none.
((/** @type {Record<string, string>} */ localeOf) => {
  const query = new URLSearchParams(location.search);
  if (["lab", "course", "show", "fix", "embed"].some((part) => query.has(part)))
    document.documentElement.classList.add("hear-lab");

  // gradio 6.31 takes the browser's language; this page speaks that of its address
  const route = location.pathname.split("/").filter(Boolean).pop() ?? "";
  const locale = localeOf[route] ?? "en";
  Object.defineProperty(navigator, "language", { configurable: true, get: () => locale });
  Object.defineProperty(navigator, "languages", { configurable: true, get: () => Object.freeze([locale]) });

  // The timers of gradio 6.31's progress, which nobody sees here, run on for ever, and one from before the page is
  // there, so the browser makes sixty frames a second of a page at rest: a step of theirs is one a second.
  const nextFrame = window.requestAnimationFrame.bind(window);
  /** @param {FrameRequestCallback} step */
  const isTimer = (step) =>
    step.name === "" && /^\(\)=>\{[^;]*performance\.now\(\)-/.test(Function.prototype.toString.call(step));
  window.requestAnimationFrame = (step) => (isTimer(step) ? setTimeout(step, 1000) : nextFrame(step));

  // gradio 6.31 draws the name of a page's session with it; to the server, whoever knows the name is that page
  const drawn = new Uint32Array(2);
  Math.random = () => {
    const [high = 0, low = 0] = crypto.getRandomValues(drawn);
    return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
  };

  // a frame asks by addresses of its own (guard.py): gradio 6.31 looks for the page's name behind those, and finds none
  let told = /** @type {any} */ (undefined);
  Object.defineProperty(window, "gradio_config", {
    configurable: true,
    get: () => told,
    set: (given) => {
      told = given;
      const inFrame = !location.pathname.startsWith(new URL(given.root, location.href).pathname);
      if (inFrame && given.current_page in given.page) given.page[""] = given.page[given.current_page];
    },
  });

  // in a frame without `allow-same-origin` the browser's own throw, and gradio 6.31 shows nothing; and two parts of this
  // page that stand in one text keep nothing, or each would show the other's runs
  function memory() {
    const kept = new Map();
    return {
      getItem: (/** @type {string} */ key) => kept.get(String(key)) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) => {
        kept.set(String(key), String(value));
      },
      removeItem: (/** @type {string} */ key) => {
        kept.delete(String(key));
      },
      clear: () => kept.clear(),
      key: (/** @type {number} */ index) => [...kept.keys()][index] ?? null,
      get length() {
        return kept.size;
      },
    };
  }
  for (const name of /** @type {const} */ (["localStorage", "sessionStorage"])) {
    try {
      if (!query.has("embed")) {
        window[name].getItem("");
        continue;
      }
    } catch {
      /* there is none */
    }
    Object.defineProperty(window, name, { configurable: true, value: memory() });
  }
  try {
    void document.cookie;
  } catch {
    Object.defineProperty(document, "cookie", { configurable: true, get: () => "", set: () => {} });
  }
})(LOCALES);
