// What a component is. Its entry, index.js, exports an object with one function, `render`; whoever mounts it (gradio.js,
// a plain page, a test) gives it values and takes its events:
//
//   import player from "./components/player/index.js";
//   const shown = player.render({ element, value, emit: (event, data) => console.log(event, data) });
//   shown.update(another);
//   shown.destroy();
//
// There is no code here, only the types.

/**
 * @template Value
 * @typedef {object} Place
 * @property {HTMLElement} element - the component becomes its only child
 * @property {Value | null} value - what is shown first; null says what will be here
 * @property {Record<string, string>} [words] - texts of another language, by the keys of the component's words.js
 * @property {Record<string, any>} [settings] - what the component is told once
 * @property {(event: string, data: object) => void} [emit] - takes the component's events
 */

/**
 * @typedef {object} Shown
 * @property {(value: any) => void} update - shows another value; what a person has chosen stays where it can
 * @property {() => void} destroy - ends sound, timers and everything that listens beyond the component's element
 */

/**
 * @template Value
 * @typedef {{ render: (place: Place<Value>) => Shown }} Component
 */

export {};
