// Elements and texts.

const IN_SVG = ["svg", "path", "line", "circle", "rect"];

/**
 * An element with attributes and children. Strings become text nodes: what people wrote is never markup.
 *
 * @template {string} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes] - null, undefined and false leave one out, true sets an empty one
 * @param {(Node | string)[]} children
 * @returns {Tag extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Tag] : SVGElement}
 */
export function make(tag, attributes = {}, ...children) {
  const node = IN_SVG.includes(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children);
  return /** @type {any} */ (node);
}

/**
 * Set a text only when it differs, so that a live region or a selection is not disturbed for nothing.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let ids = 0;

/**
 * An id that no other element of the page has.
 *
 * @param {string} name - what it begins with
 */
export function freshId(name) {
  ids += 1;
  return `hear-${name}-${ids}-${Math.random().toString(36).slice(2, 8)}`;
}

/** Whether a key belongs to the field in which it was pressed. A slider keeps only what moves it.
 *
 * @param {EventTarget | null} target
 */
export function isField(target) {
  return (
    target instanceof Element &&
    Boolean(target.closest("input:not([type=range]), textarea, select, audio, [contenteditable]"))
  );
}
