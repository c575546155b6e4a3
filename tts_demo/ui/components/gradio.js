// The one module that knows gradio: it loads a component's entry and hands it what gradio brings.

import { whenRemoved } from "./shared/lifetime.js";

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
  watch("value", () => shown.update(value()));
  whenRemoved(element, shown.destroy);
}
