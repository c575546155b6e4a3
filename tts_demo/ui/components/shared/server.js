// Questions to the server on a page of our own: JSON in, JSON out.

const PATIENCE = 20_000; // ms

/**
 * @typedef {(deed: string, question?: Record<string, unknown>) => Promise<any>} Ask - null where no answer came
 */

/**
 * A function that asks the server.
 *
 * @param {string} address - of the route, without a slash at its end
 * @param {string} lang - code of the language in which the server answers
 * @returns {Ask}
 */
export function asker(address, lang) {
  return async (deed, question = {}) => {
    try {
      const answer = await fetch(`${address}/${deed}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...question, lang }),
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE),
      });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null; // the server is away, or another one answers
    }
  };
}
