// Status lines: gradio brings them now and then; how far a run is comes with each of its updates. Losses that come the
// same way are passed on to the chart.

const root = make("div", { class: "hear-status" });
element.replaceChildren(root);
installStyles(STYLES);

let stream = null;
let followed = "";
let shown = "";

/** Listen to what the lines that are there name, and to nothing else. */
function follow() {
  const runs = [...root.querySelectorAll("[data-run]")].map((line) => line.dataset.run);
  if (runs.join() === followed) return;
  followed = runs.join();
  stream?.close();
  if (!runs.length) return;
  const query = new URLSearchParams(runs.map((run) => ["run", run]));
  stream = new EventSource(`${window.gradio_config?.root ?? ""}${props.live}?${query}`);
  stream.addEventListener("message", (event) => {
    for (const [run, { said, points }] of Object.entries(JSON.parse(event.data))) {
      const line = root.querySelector(`[data-run="${CSS.escape(run)}"]`);
      if (line && said) setText(line, said);
      if (points) window.dispatchEvent(new CustomEvent("hear-points", { detail: { run, points } }));
    }
  });
}

function update() {
  const html = props.value || "";
  if (html !== shown) root.innerHTML = shown = html;
  follow();
}
watch("value", update);
update();
