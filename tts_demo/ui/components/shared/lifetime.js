// When an element leaves the page: the browser tells custom elements so, and no one else.

const NAME = "hear-lifetime";

class Lifetime extends HTMLElement {
  /** @type {() => void} */
  ended = () => {};

  disconnectedCallback() {
    queueMicrotask(() => {
      // an element that is moved leaves the page and comes back at once
      if (!this.isConnected) this.ended();
    });
  }
}

/**
 * Call a function once an element has been taken off the page.
 *
 * @param {HTMLElement} element - gets a hidden child
 * @param {() => void} ended
 */
export function whenRemoved(element, ended) {
  if (!customElements.get(NAME)) customElements.define(NAME, Lifetime);
  const watcher = /** @type {Lifetime} */ (document.createElement(NAME));
  watcher.hidden = true;
  watcher.ended = ended;
  element.append(watcher);
}
