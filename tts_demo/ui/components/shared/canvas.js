// Canvases that stay sharp, and the colours of the theme in force.

/**
 * Keep a canvas sharp and redraw it when asked, when its size or the page's theme changes, and not otherwise.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {(context: CanvasRenderingContext2D, width: number, height: number) => void} draw - in CSS pixels
 * @returns {{ redraw: () => void, destroy: () => void }} `redraw` at the next frame
 */
export function liveCanvas(canvas, draw) {
  let queued = 0;
  const paint = () => {
    queued = 0;
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
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(wide / width, 0, 0, high / height, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context, width, height);
  };
  const redraw = () => {
    queued ||= requestAnimationFrame(paint);
  };
  const sizes = new ResizeObserver(redraw);
  sizes.observe(canvas);
  const themes = new MutationObserver(redraw);
  for (const node of [document.documentElement, document.body]) {
    themes.observe(node, { attributes: true, attributeFilter: ["class"] });
  }
  document.fonts.addEventListener("loadingdone", redraw);
  redraw();
  return {
    redraw,
    destroy: () => {
      cancelAnimationFrame(queued);
      sizes.disconnect();
      themes.disconnect();
      document.fonts.removeEventListener("loadingdone", redraw);
    },
  };
}

/**
 * @typedef {{
 *   surface: string, sunken: string, ink: string, muted: string, line: string, edge: string, accent: string,
 *   focus: string, runs: string[], font: string,
 * }} Theme
 */

/**
 * The colours of the theme in force, read from the CSS variables of tokens.css.
 *
 * @param {Element} node - within a component
 * @returns {Theme}
 */
export function themeOf(node) {
  const style = getComputedStyle(node);
  const read = (/** @type {string} */ name) => style.getPropertyValue(`--hear-${name}`).trim();
  return {
    surface: read("surface"),
    sunken: read("sunken"),
    ink: read("ink"),
    muted: read("muted"),
    line: read("line"),
    edge: read("edge"),
    accent: read("accent"),
    focus: read("focus"),
    runs: [0, 1, 2, 3, 4, 5].map((index) => read(`run-${index}`)),
    font: style.fontFamily,
  };
}
