// Shared by the components' scripts. Each component's `js_on_load` is this file followed by its own, so nothing
// here is global on the page. STYLES (style sheets by id) is defined in front of it by assets.py.

/** Put style sheets, by id, into the page once, however many components there are. */
function installStyles(sheets) {
  for (const [id, css] of Object.entries(sheets)) {
    if (document.getElementById(id)) continue;
    const style = document.createElement("style");
    style.id = id;
    style.textContent = css;
    document.head.append(style);
  }
}

/** An element with attributes and children. Strings become text nodes: what people wrote is never markup. */
function make(tag, attributes = {}, ...children) {
  const node = tag === "svg" || tag === "path" || tag === "line" || tag === "circle" || tag === "rect"
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Set a text only when it differs, so that a live region or a selection is not disturbed for nothing. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A function that looks a text up, first among the texts given from Python, and fills `{name}` places in. */
function wordsOf(given, defaults) {
  return (key, values = {}) => {
    const text = (given && given[key]) || defaults[key] || key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  };
}

const COPIED_MILLISECONDS = 4000; // how long a button says that it has copied

/**
 * A button that copies the link that `address()` gives, and below it a place for the link where the browser does not
 * let it be copied. `words` has copy, copied, copiedOf, notCopied, link and close; `kind` begins the classes' names;
 * `say(text)` is spoken; `label()` is what the link leads to, `shown()` is called when the button's text has changed.
 * Returns {button, place, close}.
 */
function linkCopier(words, kind, address, say, label = () => "", shown = () => {}) {
  const button = make("button", { type: "button", class: `${kind}-button ${kind}-copy` }, words("copy"));
  const field = make("input", { type: "text", readonly: true, class: `${kind}-field`, "aria-label": words("link") });
  const closeButton = make("button", { type: "button", class: `${kind}-button` }, words("close"));
  const place = make("div", { class: `${kind}-link`, hidden: true }, make("p", {}, words("notCopied")), field, closeButton);
  let timer = 0;

  function showCopied(done) {
    clearTimeout(timer);
    setText(button, words(done ? "copied" : "copy"));
    shown();
    if (done) timer = setTimeout(() => showCopied(false), COPIED_MILLISECONDS);
  }

  function close() {
    const inside = place.contains(document.activeElement);
    place.hidden = true;
    if (inside) button.focus();
  }

  button.addEventListener("click", async () => {
    const link = address();
    try {
      await navigator.clipboard.writeText(link);
      close();
      showCopied(true);
      say(words("copiedOf", { label: label() }));
    } catch { // no clipboard (plain http), or no leave to use it (a frame): let the person copy it
      field.value = link;
      place.hidden = false;
      field.focus();
      field.select();
      say(words("notCopied"));
    }
  });
  closeButton.addEventListener("click", close);
  return { button, place, close };
}

/**
 * Keep a canvas sharp and redraw it when asked, when its size or the page's theme changes, and not otherwise.
 * `draw(context, width, height)` works in CSS pixels. Returns a function that marks the canvas dirty.
 */
function liveCanvas(canvas, draw) {
  let queued = false;
  const paint = () => {
    queued = false;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (!width || !height) return; // in a hidden tab: the resize observer calls again when it shows
    const ratio = window.devicePixelRatio || 1;
    const wide = Math.round(width * ratio);
    const high = Math.round(height * ratio);
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
    }
    const context = canvas.getContext("2d");
    context.setTransform(wide / width, 0, 0, high / height, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context, width, height);
  };
  const dirty = () => {
    if (queued) return;
    queued = true;
    requestAnimationFrame(paint);
  };
  new ResizeObserver(dirty).observe(canvas);
  const themes = new MutationObserver(() => {
    if (canvas.isConnected) dirty();
    else themes.disconnect(); // gradio has taken the component off the page
  });
  for (const node of [document.documentElement, document.body]) {
    themes.observe(node, { attributes: true, attributeFilter: ["class"] });
  }
  document.fonts?.addEventListener("loadingdone", dirty);
  dirty();
  return dirty;
}

/** The colours of the theme in force, read from the CSS variables of tokens.css. */
function themeOf(node) {
  const style = getComputedStyle(node);
  const read = (name) => style.getPropertyValue(`--hear-${name}`).trim();
  return {
    surface: read("surface"), sunken: read("sunken"), ink: read("ink"), muted: read("muted"),
    line: read("line"), edge: read("edge"), accent: read("accent"), focus: read("focus"),
    runs: [0, 1, 2, 3, 4, 5].map((index) => read(`run-${index}`)),
    font: style.fontFamily,
  };
}
