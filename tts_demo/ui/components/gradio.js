// The one module that knows gradio: it loads a component's entry and hands it what gradio brings.

import { whenRemoved } from "./shared/lifetime.js";

/**
 * Whether a value was made before another: the greater `order` is the later; what has none is shown as it comes.
 *
 * @param {any} given
 * @param {any} newest
 */
const isOlder = (given, newest) =>
  (given?.order ?? Number.POSITIVE_INFINITY) < (newest?.order ?? Number.NEGATIVE_INFINITY);

/**
 * Show a component in an element of gradio's.
 *
 * @param {string} folder - the component's, beside this file
 * @param {{
 *   element: HTMLElement,
 *   props: { value: unknown },
 *   trigger: (event: string, data: object) => void,
 *   watch: (property: string, changed: () => void) => void,
 * }} gradio - what gradio gives `js_on_load`
 * @param {{ words: Record<string, string>, settings: Record<string, unknown> }} told
 */
export async function show(folder, { element, props, trigger, watch }, { words, settings }) {
  const { default: component } = await import(`./${folder}/index.js`);
  const value = () => props.value || null; // gradio has "" where there is none
  /** @type {import("./shared/component.js").Shown} */
  const shown = component.render({ element, value: value(), words, settings, emit: trigger });
  let newest = value();
  watch("value", () => {
    const given = value();
    // answers reach a page by two ways, its stream and each request's own, and the later one may be the older
    if (isOlder(given, newest)) {
      props.value = newest;
      return;
    }
    newest = given;
    shown.update(given);
  });
  whenRemoved(element, shown.destroy);
}
