"""The page's own cost and quickness: the real program, watched in a real Chromium on the same machine.

`--json` prints one flat object:

`recorded_ready_s`, `recorded_ready_from_start_s`
    From the browser's load event (and from the start of the visit) until the recorded lesson can be played.
`embed_ready_s`
    From the start of the visit until a strength curve that stands alone in a frame is drawn.
`replay_ms`, `curve_ready_ms`, `replay_heard_ms`
    From the choice of a recorded regularizer until the loss chart has its run, until the strength curve is its own, and
    until the player has the run's clip; `..._max`, the slowest of them.
`first_point_ms`
    From the click on Train until the chart has drawn the run's first point.
`updates_per_s`, `trained_per_s`
    How many different updates the page told of in a second, of how many there were.
`server_ms_per_update`
    Processor time of the web server's process, less what it takes when nothing goes on, for each update of a run.
`training_share`
    Seconds from a run's first evaluation to its end on the command line, over those of the same run watched by a page,
    in turns.
`predicted_over_taken.*`
    What the page says that a run will take, over what it takes from the click to its last words, its twin beside it
    (but for `lesson_alone`). Only on a machine that does nothing else.
`longest_task_ms`, `longest_task_loading_ms`
    Longest task of the browser's main thread while a run is watched, and while the page loads.
`stop_ms`
    From the click on Stop until the run has written its last line.
`tab_close_s`
    From leaving the page until then.
`switch_ms`, `switch_ms_max`
    From a key to the end of the cross-fade to another clip.
`leaked_threads`, `leaked_processes`, `leaked_mb`
    Of the server and its workers, after starts and stops, against before them.
`same_curves`
    1 if one link gave the same losses on two fresh servers.
`offhost_requests`, `remounts`, `script_errors`
    Requests to other hosts; parts of the page that were built anew during a run; errors in the browser's console.

Where a figure has several samples it is their median; of `longest_task_ms` and `switch_ms_max` the largest. Needs
requirements-dev.txt and requirements-benchmarks.txt.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import project

project.needs("psutil")  # said here, as they are imported below
project.needs("pytest", "playwright", "axe_playwright_python", file="requirements-dev.txt")

import psutil  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from tests.browser_fixtures import CHROMIUM_ARGUMENTS, DESKTOP, Visit, chromium_path  # noqa: E402
from tts_demo import recorded_runs  # noqa: E402
from tts_demo.lesson import LESSON  # noqa: E402
from tts_demo.regularizers import REGULARIZERS  # noqa: E402
from tts_demo.runs import PARTIAL  # noqa: E402

LONG = 180_000  # ms
_FIRST_STARTS = 20  # until then memory grows, as threads and caches fill
_AT_REST = 20  # seconds, after which the workers have measured what an update takes
ROOT = Path(project.__file__).resolve().parent.parent
_WATCH = """
window.hearTasks = [];
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.hearTasks.push(task.duration);
}).observe({ type: "longtask", buffered: true });
window.hearReady = new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("the lesson is not ready")), 60000);
  const look = () => {
    const buttons = [...document.querySelectorAll("#lesson [data-ready=true] button")];
    const loaded = performance.getEntriesByType("navigation")[0]?.loadEventEnd;
    const now = performance.now();
    if (loaded && buttons.some((button) => button.getBoundingClientRect().width)) resolve([now - loaded, now]);
    else requestAnimationFrame(look);
  };
  look();
});
"""
_CURVE_DRAWN = """() => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("the curve is not drawn")), 60000);
  const look = () => {
    if (document.querySelector("#curve .hear-curve-line")?.getBoundingClientRect().width) resolve(performance.now());
    else requestAnimationFrame(look);
  };
  look();
})"""
# As somebody does it who has opened a list: the time counts from the press on one of its options.
_CHOOSE = """(name) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error(`${name} is not shown`)), 60000);
  const shown = {
    replay: () => document.querySelector("#chart tbody").innerText.includes(name),
    curve: () => document.querySelector("#curve").innerText.includes(`${name}: `)
      && document.querySelector("#curve .hear-curve-line").getBoundingClientRect().width,
    replay_heard: () => [...document.querySelectorAll("#player a[download]")].some((link) =>
      link.closest(".hear-clip").innerText.includes(name)),
  };
  const found = {};
  const option = [...document.querySelectorAll("[role=option]")].find((one) => one.ariaLabel === name);
  const began = performance.now();
  option.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
  const look = () => {
    for (const key in shown) if (!(key in found) && shown[key]()) found[key] = performance.now() - began;
    if (Object.keys(found).length === 3) resolve(found);
    else requestAnimationFrame(look);
  };
  look();
})"""
_STOP = "() => { document.querySelector('button#stop, #stop button').click(); return Date.now(); }"
_FIRST_POINT = """() => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("no point was drawn")), 60000);
  const points = () => Number(document.querySelector("#chart [data-drawn-points]").dataset.drawnPoints);
  const before = points(), began = performance.now();
  document.querySelector("button#train, #train button").click();
  const look = () => {
    const now = points();
    if (now >= 1 && now < before) resolve(performance.now() - began);
    else requestAnimationFrame(look);
  };
  look();
})"""
_COUNT_UPDATES = """() => {
  window.hearUpdates = new Map();
  for (const id of ["chart", "player", "status", "train"]) document.getElementById(id).hearMark = true;
  new MutationObserver(() => {
    const told = document.getElementById("status").innerText.match(/update (\\d+)/);
    if (told && !window.hearUpdates.has(told[1])) window.hearUpdates.set(told[1], performance.now());
  }).observe(document.getElementById("status"), { childList: true, subtree: true, characterData: true });
}"""


@dataclass
class Server:
    """The program as `python app.py` runs it, with its own folder for temporary files."""

    address: str
    process: psutil.Process
    folder: Path

    def runs(self) -> list[Path]:
        """Folders of its runs, the oldest first."""
        found = [path for path in self.folder.glob("tts_demo-runs-*/*") if (path / "config.json").exists()]
        return sorted(found, key=lambda path: (path / "config.json").stat().st_mtime)

    def processor_seconds(self) -> float:
        """Processor time of the web server so far, its workers' left out."""
        # The process's own clock, numbered as clock_getcpuclockid(3) does. /proc/PID/stat counts ticks of 10 ms, and a
        # thread that wakes with the tick, as after every sleep, is charged the whole of it.
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def footprint(self) -> tuple[int, int, float]:
        """Threads, processes and megabytes that nobody else shares, of the server and its workers."""
        family = [self.process, *self.process.children(recursive=True)]
        memory = sum(member.memory_full_info().uss for member in family) / 1e6
        return sum(member.num_threads() for member in family), len(family), memory


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """A fresh server."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TMPDIR": folder, "GRADIO_ANALYTICS_ENABLED": "False"}
        process = subprocess.Popen(
            [sys.executable, "-u", "app.py"], cwd=ROOT, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            address = next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
            yield Server(address.rstrip("/.") + "/", psutil.Process(process.pid), Path(folder))
        finally:
            process.terminate()
            process.wait(30)


class Visits:
    """Opens pages, each in a profile of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.offhost_requests = self.script_errors = 0

    @contextlib.contextmanager
    def open(self, address: str, query: str = "") -> Iterator[Page]:
        """A page whose player has something to say; where there is no query, or a frame's, the page as it comes."""
        context = self._browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
        context.add_init_script(_WATCH)
        visit = Visit(context)
        try:
            visit.page.goto(address + query)
            if query and "embed" not in query:
                visit.page.locator("#player a[download]").first.wait_for(timeout=LONG)
                visit.page.get_by_label("Train a twin beside it").uncheck()
            yield visit.page
            self.offhost_requests += len(visit.offhost_requests())
            self.script_errors += len(visit.errors)
        finally:
            context.close()


def wait_for_update(page: Page, update: int) -> None:
    """Until the page tells of this update or a later one."""
    page.wait_for_function(
        f"() => Number(document.getElementById('status').innerText.match(/update (\\d+)/)?.[1]) >= {update}",
        timeout=LONG,
    )


def wait_for_end(page: Page, words: str) -> None:
    """Until the page says so, and has taken note of it everywhere."""
    page.wait_for_function(f"document.getElementById('status').innerText.includes({words!r})", timeout=LONG)
    page.wait_for_function("!document.querySelector('button#train, #train button').disabled", timeout=LONG)


def last_words(run: Path) -> tuple[dict[str, Any], float]:
    """A run's last event, once there is one, and the time at which it was written."""
    whole = run.with_name(run.name.removesuffix(PARTIAL))
    until = time.monotonic() + LONG / 1000
    while not whole.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"{whole.name} did not end")
        time.sleep(0.002)
    file = whole / "events.jsonl"
    return json.loads(file.read_text().splitlines()[-1]), file.stat().st_mtime


def lesson_ready(server: Server, visits: Visits, repeats: int) -> dict[str, float]:
    """How soon the recorded lesson can begin."""
    after_load, after_start, tasks = [], [], []
    for _ in range(repeats):
        with visits.open(server.address) as page:
            ready, whole = page.evaluate("window.hearReady")
            after_load.append(ready / 1000)
            after_start.append(whole / 1000)
            tasks += page.evaluate("window.hearTasks")
    return {
        "recorded_ready_s": statistics.median(after_load),
        "recorded_ready_from_start_s": statistics.median(after_start),
        "longest_task_loading_ms": max(tasks, default=0),
    }


def embed_ready(server: Server, visits: Visits, repeats: int) -> dict[str, float]:
    """How soon a part that stands alone in a frame is there."""
    found = []
    for _ in range(repeats):
        with visits.open(server.address, "?embed=curve") as page:
            found.append(page.evaluate(_CURVE_DRAWN) / 1000)
    return {"embed_ready_s": statistics.median(found)}


def choices(server: Server, visits: Visits, repeats: int) -> dict[str, float]:
    """How soon what is chosen and was recorded is seen and heard."""
    found: dict[str, list[float]] = {"replay": [], "curve": [], "replay_heard": []}
    of_lesson = [name for name in recorded_runs.names() if name in REGULARIZERS]
    of_lesson = [name for name in of_lesson if recorded_runs.plan(name).base.model == LESSON.model]
    for _ in range(repeats):
        with visits.open(server.address, "?lab&l2.strength=0.0003&speech_seconds=120") as page:
            page.get_by_role("button", name="Strength curve").click()
            page.locator("#curve .hear-curve-point").first.wait_for(timeout=LONG)
            page.wait_for_timeout(1000)  # at rest
            for name in ("dropout", "max_norm", "l1", "weight_noise", "weight_decay", "l2"):
                assert name in of_lesson, name
                page.get_by_label("Regularizer", exact=True).click()
                page.get_by_role("option", name=REGULARIZERS[name].label, exact=True).wait_for(timeout=LONG)
                for key, took in page.evaluate(_CHOOSE, REGULARIZERS[name].label).items():
                    found[key].append(took)
    figures = {"replay_ms": found["replay"], "curve_ready_ms": found["curve"], "replay_heard_ms": found["replay_heard"]}
    return {name: statistics.median(took) for name, took in figures.items()} | {
        f"{name}_max": max(took) for name, took in figures.items()
    }


def starts_and_stops(server: Server, visits: Visits, repeats: int) -> dict[str, float]:
    """Click to first point, click to the end of the run, and closed tab to the end of the run."""
    points, stops = [], []
    for _ in range(repeats):
        with visits.open(server.address, "?lab") as page:
            points.append(page.evaluate(_FIRST_POINT))
            wait_for_update(page, 10)
            clicked = page.evaluate(_STOP)
            end, written = last_words(server.runs()[-1])
            assert end["reason"] == "stopped", end
            stops.append(1000 * written - clicked)
    with visits.open(server.address, "?lab&updates=20000") as page:  # goes on for longer than the page is waited for
        page.evaluate(_FIRST_POINT)
        wait_for_update(page, 5)
        closed = time.time()
        page.goto(server.address + "healthz")  # so it says that it is left, from which `close` would keep it
        end, written = last_words(server.runs()[-1])
    assert end["reason"] == "abandoned", end
    return {
        "first_point_ms": statistics.median(points),
        "stop_ms": statistics.median(stops),
        "stop_ms_max": max(stops),
        "tab_close_s": written - closed,
    }


def training_seconds(run: Path) -> float:
    """Seconds from a run's first evaluation, when everything is loaded, to its end."""
    end, _ = last_words(run)
    lines = (run.with_name(run.name.removesuffix(PARTIAL)) / "events.jsonl").read_text().splitlines()
    first = next(event for event in map(json.loads, lines) if event["event"] == "progress")
    return end["seconds"] - first["seconds"]


def bare_seconds(updates: int) -> float:
    """Seconds of the lesson's training on the command line."""
    with tempfile.TemporaryDirectory() as folder:
        config = replace(LESSON, updates=updates).to_json()
        command = [sys.executable, "-m", "tts_demo", "train", "--config", "-", "--out", f"{folder}/run"]
        subprocess.run(command, input=config, text=True, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        return training_seconds(Path(folder) / "run")


def watched_run(server: Server, visits: Visits, updates: int, repeats: int) -> dict[str, float]:
    """A whole run in view of a page: what it costs, and what one sees."""
    shares, costs, told, trained, tasks, switches, remounts = [], [], [], [], [], [], 0
    for _ in range(repeats):
        alone = bare_seconds(updates)
        with visits.open(server.address, "?" + replace(LESSON, updates=updates).to_query()) as page:
            idle = server.processor_seconds()
            page.wait_for_timeout(3000)
            idle = (server.processor_seconds() - idle) / 3
            page.evaluate(_COUNT_UPDATES)
            page.evaluate("() => { window.hearTasks.length = 0; }")
            before, began = server.processor_seconds(), time.monotonic()
            page.evaluate(_FIRST_POINT)
            wait_for_end(page, "All updates are done")
            took = time.monotonic() - began
            cost = server.processor_seconds() - before - idle * took
            shares.append(alone / training_seconds(server.runs()[-1]))
            end, _ = last_words(server.runs()[-1])
            costs.append(1000 * cost / updates)
            moments = sorted(page.evaluate("[...window.hearUpdates.values()]"))
            told.append(1000 * (len(moments) - 1) / (moments[-1] - moments[0]))
            trained.append(updates / end["seconds"])
            tasks += page.evaluate("window.hearTasks")
            remounts += page.evaluate(
                "['chart', 'player', 'status', 'train'].filter((id) => !document.getElementById(id).hearMark).length"
            )
            switches += switch_times(page)
    return {
        "training_share": statistics.median(shares),
        "server_ms_per_update": statistics.median(costs),
        "updates_per_s": statistics.median(told),
        "trained_per_s": statistics.median(trained),
        "longest_task_ms": max(tasks, default=0),
        "remounts": remounts,
        "switch_ms": statistics.median(switches),
        "switch_ms_max": max(switches),
    }


def switch_times(page: Page) -> list[float]:
    """Milliseconds from a key to the end of the cross-fade, as the player measures them."""
    page.locator("#player .hear-play").first.click()
    player = page.locator("#player .hear-player")
    page.wait_for_function("Number(document.querySelector('#player .hear-player').dataset.position) > 0.1")
    found = []
    for key in "213" * 7:
        player.evaluate("(player) => delete player.dataset.switchMs")
        player.press(key)
        found.append(float(player.get_attribute("data-switch-ms") or "nan"))
    return found


def leaks(server: Server, visits: Visits, times: int) -> dict[str, float]:
    """Threads, processes and memory after many starts and stops, against before."""
    with visits.open(server.address, "?updates=3000") as page:
        for number in range(times + _FIRST_STARTS):
            if number == _FIRST_STARTS:
                threads, processes, memory = server.footprint()
            page.locator("#train").click()
            wait_for_update(page, 1)
            page.locator("#stop").click()
            wait_for_end(page, "stopped")
            last_words(server.runs()[-1])
    time.sleep(2)
    now = server.footprint()
    return {
        "leaked_threads": now[0] - threads,
        "leaked_processes": now[1] - processes,
        "leaked_mb": now[2] - memory,
    }


def losses_of(server: Server, visits: Visits) -> list[Any]:
    """Losses of a run that a link asked for."""
    with visits.open(server.address, "?speech_seconds=45&updates=60&dropout.strength=0.2&seed=3") as page:
        page.locator("#train").click()
        wait_for_end(page, "All updates are done")
        last_words(server.runs()[-1])
        lines = (server.runs()[-1] / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    return [(event.get("step"), event.get("training_loss"), event.get("validation_loss")) for event in events]


def predictions(server: Server, visits: Visits, quick: bool) -> dict[str, float]:
    """What the page says that a run will take, over what it takes from the click to its last words, twin included."""
    updates = 100 if quick else LESSON.updates
    kinds = {
        "lesson": "seed=0", "units_64": "model.units=64", "cnn": "model=cnn", "transformer": "model=transformer",
        "zoneout": "zoneout.strength=0.1", "spectral_norm": "spectral_norm.strength=2", "forest": "model=forest",
    }  # fmt: skip
    figures = {}
    for name, query in kinds.items():
        for twin in (True, False) if name == "lesson" else (True,):
            with visits.open(server.address, f"?speech_seconds=60&updates={updates}&{query}") as page:
                if twin:
                    page.get_by_label("Train a twin beside it").check()
                page.wait_for_function("/[0-9]/.test(document.getElementById('predicted').innerText)", timeout=LONG)
                page.wait_for_timeout(3000)  # for the answer to the twin, and until the page is at rest
                told = page.locator("#predicted").inner_text()
                said = float(next(word for word in told.split() if word.replace(".", "").isdigit()))
                began = time.monotonic()
                page.locator("#train").click()
                page.wait_for_function("document.querySelector('button#train, #train button').disabled", timeout=LONG)
                wait_for_end(page, "All updates are done")
                key = name if twin else f"{name}_alone"
                figures[f"predicted_over_taken.{key}"] = said / (time.monotonic() - began)
    return figures


def measure(quick: bool) -> dict[str, float]:
    """The flat object of figures."""
    updates = 100 if quick else LESSON.updates
    repeats = 1 if quick else 3
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_ARGUMENTS))
        visits = Visits(browser)
        with serving() as server:
            figures = lesson_ready(server, visits, 2 * repeats + 1)
            figures |= embed_ready(server, visits, 2 * repeats + 1)
            figures |= choices(server, visits, repeats)
            figures |= starts_and_stops(server, visits, 2 * repeats + 1)
            figures |= watched_run(server, visits, updates, repeats)
            first = losses_of(server, visits)
        with serving() as server:
            time.sleep(_AT_REST)
            figures |= predictions(server, visits, quick)
        with serving() as server:
            figures["same_curves"] = float(losses_of(server, visits) == first and len(first) > 60)
            figures |= leaks(server, visits, 5 if quick else 50)
        browser.close()
    figures["offhost_requests"] = visits.offhost_requests
    figures["script_errors"] = visits.script_errors
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument("--quick", action="store_true", help="shorter runs, fewer samples")
    options = parser.parse_args()
    figures = measure(options.quick)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
