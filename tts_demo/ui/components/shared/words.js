// Texts with places, in the page's language.

/** @typedef {(key: string, values?: Record<string, unknown>) => string} Words */

/**
 * A function that looks a text up, first among those of another language, and fills its `{name}` places.
 *
 * @param {Record<string, string>} defaults - the component's own, in English
 * @param {Record<string, string>} [given]
 * @returns {Words}
 */
export function wordsOf(defaults, given = {}) {
  return (key, values = {}) => {
    const text = given[key] || defaults[key] || key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  };
}
