// Status lines: gradio brings them at each stage of a run; how far a run is comes with each of its updates, from a
// worker that asks the server. Losses that come the same way are passed on to the chart.

const EVERY = 50; // ms from an answer to the next question
const EVERY_HIDDEN = 1000; // in a hidden tab, where nobody looks: as often as keeps the runs from being abandoned
const PATIENCE = 2000; // until a stage that the page has not followed is asked for again

const root = make("div", { class: "hear-status" });
element.replaceChildren(root);
installStyles(STYLES);

/**
 * The worker's whole program. It is a worker, since browsers slow down the timers of a hidden page to one a minute,
 * and asks again and again, since a stream would hold one of the six connections that all tabs together have.
 */
function asking() {
  let wanted = { runs: [] }; // {address, runs, every}
  let has = {}; // points that the page has, by run
  let timer = 0;
  let waits = false;

  async function ask() {
    waits = true;
    const query = wanted.runs.map((run) => `run=${encodeURIComponent(run)}&has=${has[run] ?? 0}`).join("&");
    let news = null;
    try {
      const answer = await fetch(`${wanted.address}?${query}`, { cache: "no-store", signal: AbortSignal.timeout(10_000) });
      if (answer.ok) news = await answer.json();
    } catch { /* the server is away, or another one answers: it is asked again */ }
    waits = false;
    for (const [run, now] of Object.entries(news ?? {})) has[run] = now?.has ?? has[run];
    if (news) postMessage(news);
    if (wanted.runs.length) timer = setTimeout(ask, news ? wanted.every : Math.max(wanted.every, 1000));
  }

  onmessage = ({ data }) => {
    wanted = data;
    has = {}; // the page may have been drawn anew
    clearTimeout(timer);
    if (wanted.runs.length && !waits) ask();
  };
}

const source = URL.createObjectURL(new Blob([`(${asking})()`], { type: "text/javascript" }));
const worker = new Worker(source);
URL.revokeObjectURL(source);
let shown = "";
let asked = { stages: "", at: 0 };

const lines = () => [...root.querySelectorAll("[data-run]")];

/** Ask about the runs that the lines name, and about nothing else. */
function follow() {
  const address = new URL(`${window.gradio_config?.root ?? ""}${props.live}`, location.href).href;
  const runs = lines().map((line) => line.dataset.run);
  worker.postMessage({ address, runs, every: document.hidden ? EVERY_HIDDEN : EVERY });
}
document.addEventListener("visibilitychange", follow);

worker.addEventListener("message", ({ data }) => {
  const behind = lines().filter((line) => data[line.dataset.run] && data[line.dataset.run].stage !== Number(line.dataset.stage));
  for (const line of lines()) {
    const run = line.dataset.run;
    if (data[run] === null) location.reload(); // the server was restarted: what is still there comes with a new page
    const { said, points } = data[run] ?? {};
    if (said) setText(line, said);
    if (points) window.dispatchEvent(new CustomEvent("hear-points", { detail: { run, points } }));
  }
  const stages = behind.map(({ dataset }) => `${dataset.run}:${data[dataset.run].stage}`).join();
  if (!stages || (stages === asked.stages && Date.now() < asked.at + PATIENCE)) return;
  asked = { stages, at: Date.now() };
  trigger("stage", {});
});

function update() {
  const html = props.value || "";
  if (html === shown) return;
  root.innerHTML = shown = html;
  follow();
}
watch("value", update);
update();
