// The program of the worker that asks how the runs are.

/**
 * The whole program; it uses nothing beyond itself, since a worker is made from its text. It is a worker, since browsers
 * slow down the timers of a hidden page to one a minute, and asks again and again, since a stream would hold one of the
 * six connections that all tabs together have.
 */
export function ask() {
  /** @type {{ address?: string, runs: string[], every: number }} */
  let wanted = { runs: [], every: 1000 };
  /** @type {Record<string, number>} */
  let has = {}; // points that the page has, by run
  let timer = 0;
  let waits = false;
  let failed = 0; // questions without an answer, one after the other

  async function question() {
    waits = true;
    const query = wanted.runs.map((run) => `run=${encodeURIComponent(run)}&has=${has[run] ?? 0}`).join("&");
    let news = null;
    try {
      const address = `${wanted.address}?${query}`;
      const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(10_000) });
      if (answer.ok) news = await answer.json();
    } catch {
      /* the server is away, or another one answers: it is asked again */
    }
    waits = false;
    failed = news ? 0 : failed + 1;
    if (failed === 3) postMessage(null); // the page says that the server is away, until it answers
    for (const [run, now] of Object.entries(news ?? {})) has[run] = now?.has ?? has[run];
    if (news) postMessage(news);
    // of runs that wait the server says how often it wants to be asked
    const soonest = Math.min(...Object.values(news ?? {}).map((now) => now?.every ?? 0));
    const pause = news ? Math.max(wanted.every, soonest) : Math.max(wanted.every, 1000);
    if (wanted.runs.length) timer = self.setTimeout(question, pause);
  }

  self.addEventListener("message", ({ data }) => {
    wanted = data;
    has = {}; // the page may have been drawn anew
    clearTimeout(timer);
    if (wanted.runs.length && !waits) question();
  });
}
