// A drawing context that writes SVG.

const SVG_NAME = "http://www.w3.org/2000/svg";
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
/** @type {Record<string, number>} */
const DROPS = { alphabetic: 0, middle: 0.35, top: 0.88, bottom: -0.22 }; // of the font's size, by baseline
/** @type {Record<string, string>} */
const ANCHORS = { center: "middle", right: "end" };

/** @typedef {ReturnType<typeof svgContext>} SvgContext */

/**
 * The part of a canvas's context that the chart is drawn with, recorded as SVG elements: paths stay paths, text stays
 * text. `document()` gives the file.
 *
 * @param {number} width - CSS pixels
 * @param {number} height - CSS pixels
 */
export function svgContext(width, height) {
  const ruler = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  const root = document.createElementNS(SVG_NAME, "svg");
  /** @type {[Element, [number, number]][]} */
  const saved = [];
  /** @type {Element} */
  let group = root;
  let path = "";
  /** @type {[number, number]} */
  let origin = [0, 0];
  /** @type {number[]} */
  let dash = [];
  let clips = 0;
  const round = (/** @type {number} */ value) => String(Math.round(value * 100) / 100);
  const point = (/** @type {number} */ x, /** @type {number} */ y) => `${round(x + origin[0])} ${round(y + origin[1])}`;
  /** @type {(parent: Element, tag: string, attributes: Record<string, string | number | null>, ...children: string[]) => Element} */
  const add = (parent, tag, attributes, ...children) => {
    const node = document.createElementNS(SVG_NAME, tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== "") node.setAttribute(name, String(value));
    }
    node.append(...children);
    parent.append(node);
    return node;
  };
  const opacity = () => (context.globalAlpha < 1 ? context.globalAlpha : null);
  const plain = (/** @type {string} */ text) => String(text).replace(NOT_XML, ""); // XML has no way to write most control characters
  const context = {
    fillStyle: "#000",
    strokeStyle: "#000",
    lineWidth: 1,
    lineJoin: /** @type {CanvasLineJoin} */ ("miter"),
    lineCap: /** @type {CanvasLineCap} */ ("butt"),
    globalAlpha: 1,
    font: "10px sans-serif",
    textAlign: /** @type {CanvasTextAlign} */ ("left"),
    textBaseline: /** @type {CanvasTextBaseline} */ ("alphabetic"),
    setLineDash: (/** @type {number[]} */ lengths) => {
      dash = lengths;
    },
    beginPath: () => {
      path = "";
    },
    moveTo: (/** @type {number} */ x, /** @type {number} */ y) => {
      path += `M${point(x, y)}`;
    },
    lineTo: (/** @type {number} */ x, /** @type {number} */ y) => {
      path += `L${point(x, y)}`;
    },
    rect: (
      /** @type {number} */ x,
      /** @type {number} */ y,
      /** @type {number} */ wide,
      /** @type {number} */ high,
    ) => {
      path += `M${point(x, y)}h${round(wide)}v${round(high)}h${round(-wide)}z`;
    },
    arc: (
      /** @type {number} */ x,
      /** @type {number} */ y,
      /** @type {number} */ radius,
      /** @type {number} */ _from,
      /** @type {number} */ _to,
    ) => {
      // whole circles only: the chart draws no others
      const r = round(radius);
      path += `M${point(x - radius, y)}a${r} ${r} 0 1 1 ${round(2 * radius)} 0a${r} ${r} 0 1 1 ${round(-2 * radius)} 0z`;
    },
    fillRect: (
      /** @type {number} */ x,
      /** @type {number} */ y,
      /** @type {number} */ wide,
      /** @type {number} */ high,
    ) => {
      context.beginPath();
      context.rect(x, y, wide, high);
      context.fill();
    },
    fill: () => {
      if (path) add(group, "path", { d: path, fill: context.fillStyle, opacity: opacity() });
    },
    stroke: () => {
      if (!path) return;
      add(group, "path", {
        d: path,
        fill: "none",
        stroke: context.strokeStyle,
        "stroke-width": context.lineWidth,
        "stroke-dasharray": dash.join(" "),
        "stroke-linejoin": context.lineJoin,
        "stroke-linecap": context.lineCap,
        opacity: opacity(),
      });
    },
    measureText: (/** @type {string} */ text) => {
      ruler.font = context.font;
      return ruler.measureText(text);
    },
    fillText: (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y) => {
      const [, weight, pixels, family] = /^(?:(\S+) )?([\d.]+)px (.*)$/.exec(context.font) ?? [];
      const size = Number(pixels);
      // Not every program knows `dominant-baseline`, so the baseline is worked out here.
      const drop = (DROPS[context.textBaseline] ?? 0) * size;
      const [placeX, placeY] = point(x, y + drop).split(" ");
      add(
        group,
        "text",
        {
          x: placeX,
          y: placeY,
          fill: context.fillStyle,
          "font-family": family,
          "font-size": size,
          "font-weight": weight || null,
          opacity: opacity(),
          "text-anchor": ANCHORS[context.textAlign] ?? null,
        },
        plain(text),
      );
    },
    translate: (/** @type {number} */ x, /** @type {number} */ y) => {
      origin = [origin[0] + x, origin[1] + y];
    },
    save: () => {
      saved.push([group, origin]);
    },
    restore: () => {
      [group, origin] = saved.pop() ?? [root, [0, 0]];
    },
    clip: () => {
      clips += 1;
      const id = `hear-clip-${clips}`;
      add(add(root, "clipPath", { id }), "path", { d: path });
      group = add(group, "g", { "clip-path": `url(#${id})` });
    },
    /** The file's text; `title` and `description` are what a screen reader says of it. */
    document: (/** @type {string} */ title, /** @type {string} */ description) => {
      const size = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" };
      for (const [name, value] of Object.entries(size)) root.setAttribute(name, String(value));
      const about = document.createElementNS(SVG_NAME, "g");
      add(about, "title", {}, plain(title));
      add(about, "desc", {}, plain(description));
      root.prepend(...about.children);
      return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
    },
  };
  return context;
}
