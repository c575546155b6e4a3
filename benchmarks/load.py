"""A whole class at once: what becomes of people who press Train in the same second, and of those who only listen.

The visitors are `page_client.PageClient`s, which speak what the page's scripts speak; the tabs are a real Chromium's.
All run on this machine, beside the server, and their processor time is part of what is measured. `--json` prints one
flat object:

`errors`
    Answers with an error, events that failed, and runs that ended otherwise than they should, of all parts together.
`told_place_s`
    From the first press on Train until the last of these people was told the place in the queue.
`total_over_slots`
    From the first press to the end of the last run, over what one visitor's run and twin take by themselves, times the
    visitors.
`page_load_s`, `replay_s`
    The slowest load of the page, and answer to somebody who asks for a recorded run's sentence, meanwhile.
`page_load_s_median`, `replay_s_median`
    Their medians.
`peak_memory_mb`
    Of the server and its workers together, with what they share counted once; the most in all parts.
`lost_runs`
    Runs that were taken and are neither whole nor known to the server in the end.
`told_listening_s`
    The longest that one of those who only listen had to wait for a sentence.
`refused`, `refused_without_a_sentence`
    Of the many who press Train: how many were refused, and to how many no sentence said why.
`tabs_ok`
    1 if with five tabs of one profile over plain http, two of them training, Stop acts within a second and a sixth
    tab opens.

`--soak HOURS` lets visitors come, train, listen and leave for so long instead: memory and open files at the start, in
the middle and at the end, and errors. Needs requirements-dev.txt and requirements-benchmarks.txt.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import project

project.needs("psutil")
project.needs("pytest", "playwright", "axe_playwright_python", file="requirements-dev.txt")

import psutil  # noqa: E402
from page_client import PageClient  # noqa: E402
from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402
from watching import Watch  # noqa: E402

from tests.browser_fixtures import CHROMIUM_ARGUMENTS, chromium_path, free_port, serve_program  # noqa: E402

_LONG = 180_000  # ms
_AT_ONCE = 50  # of the visitors, that open their pages at the same time


async def opened(address: str, count: int, query: str) -> list[PageClient]:
    """So many pages, all of which have arrived."""
    visitors = [PageClient(address, query) for _ in range(count)]
    room = asyncio.Semaphore(_AT_ONCE)

    async def open_one(visitor: PageClient) -> None:
        async with room:
            await visitor.load()

    await asyncio.gather(*map(open_one, visitors))
    return visitors


async def alone(address: str, query: str, repeats: int = 2) -> float:
    """Seconds that one visitor's run and twin take by themselves."""
    found = []
    for _ in range(repeats + 1):  # before the first one, something may still be cold
        (visitor,) = await opened(address, 1, query)
        await visitor.press_train()
        await visitor.over()
        found.append(time.perf_counter() - visitor.told.pressed)
        await visitor.close()
    return statistics.median(found[1:])


async def train_all(visitors: list[PageClient]) -> tuple[float, float]:
    """All press Train within a second; seconds until all are told their places, and to the end of the last run."""

    async def one(number: int, visitor: PageClient) -> None:
        await asyncio.sleep(number / len(visitors))
        await visitor.press_train()
        await visitor.over()

    began = time.perf_counter()
    await asyncio.gather(*(one(number, visitor) for number, visitor in enumerate(visitors)))
    whole = time.perf_counter() - began
    return max(visitor.told.answered - visitor.told.pressed for visitor in visitors), whole


async def lost(visitors: list[PageClient]) -> tuple[int, list[str]]:
    """Runs of these people that the server does not know or that are not whole, and what else was wrong."""
    count, wrong = 0, []
    for visitor in visitors:
        wrong += visitor.errors
        for run in visitor.told.runs:
            now = (await visitor.http.get(visitor.address + "live/en", params={"run": run})).json()[run]
            if now is None or "All updates are done" not in now["said"]:
                count += 1
                wrong.append(f"a run is lost: {now and now['said']}")
    return count, wrong


async def people(address: str, watch: Watch, count: int, query: str) -> dict[str, float]:
    """A class that presses Train in one second, while others open the page and listen."""
    own = await alone(address, query)
    visitors = await opened(address, count, query)
    enough = asyncio.Event()
    looking = asyncio.create_task(watch.look(address, enough))
    told, whole = await train_all(visitors)
    enough.set()
    await looking
    lost_runs, wrong = await lost(visitors)
    wrong += watch.errors + [alert for visitor in visitors for alert in visitor.told.alerts]
    for visitor in visitors:
        await visitor.close()
    for line in wrong:
        print(line, file=sys.stderr)
    return {
        "people": count, "errors": len(wrong), "told_place_s": told, "total_s": whole, "alone_s": own,
        "total_over_slots": whole / (count * own), "lost_runs": lost_runs,
        "page_load_s": max(watch.loads), "page_load_s_median": statistics.median(watch.loads),
        "replay_s": max(watch.replays), "replay_s_median": statistics.median(watch.replays),
    }  # fmt: skip


async def listeners(address: str, watch: Watch, count: int) -> dict[str, float]:
    """People who only listen: each opens the page and asks for two sentences."""
    longest = 0.0
    visitors = await opened(address, count, "lab")

    async def listen(number: int, visitor: PageClient) -> None:
        nonlocal longest
        await asyncio.sleep(10 * number / count)
        for kind in ("seen", "twin"):
            visitor.choose("sentence", kind)
            began = time.perf_counter()
            await visitor.on("sentence", "change")
            longest = max(longest, time.perf_counter() - began)
        await visitor.rest()

    await asyncio.gather(*(listen(number, visitor) for number, visitor in enumerate(visitors)))
    watch.memory_mb()
    wrong = [error for visitor in visitors for error in visitor.errors]
    for visitor in visitors:
        await visitor.close()
    for line in wrong[:20]:
        print(line, file=sys.stderr)
    return {"listeners": count, "errors": len(wrong), "told_listening_s": longest}


async def many(address: str, watch: Watch, count: int) -> dict[str, float]:
    """More people than there is room for, with short runs: some are refused in a sentence, and no run is lost."""
    visitors = await opened(address, count, "lab&updates=20&speech_seconds=20")
    await train_all(visitors)
    watch.memory_mb()
    refused = [visitor for visitor in visitors if not visitor.told.runs]
    silent = sum("Please try again" not in " ".join(visitor.told.alerts) for visitor in refused)
    lost_runs, wrong = await lost(visitors)
    for visitor in visitors:
        await visitor.close()
    for line in wrong[:20]:
        print(line, file=sys.stderr)
    return {
        "many": count, "errors": len(wrong), "lost_runs": lost_runs, "refused": len(refused),
        "refused_without_a_sentence": silent,
    }  # fmt: skip


def tabs(address: str) -> bool:
    """Whether five tabs of one profile, two of them training, leave room for Stop and for a sixth."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_ARGUMENTS))
        context = browser.new_context()
        five = [context.new_page() for _ in range(5)]
        for number, page in enumerate(five):
            page.goto(f"{address}?updates=5000&twin=no&seed={number}")
            page.locator("#player a[download]").first.wait_for(timeout=_LONG)
        for page in (five[1], five[3]):
            page.get_by_role("button", name="Train", exact=True).click()
            expect(page.locator("#status")).to_contain_text("update ", timeout=_LONG)
        took = [_stop(page) for page in (five[1], five[3])]
        sixth = context.new_page()
        began = time.perf_counter()
        sixth.goto(f"{address}?lab")
        sixth.locator("#player a[download]").first.wait_for(timeout=_LONG)
        opening = time.perf_counter() - began
        browser.close()
    print(f"Stop: {took} s; a sixth tab: {opening:.2f} s", file=sys.stderr)
    return max(took) <= 1


def _stop(page: Page) -> float:
    """Seconds from the click on Stop until the page says that the run was stopped."""
    return float(
        page.evaluate("""() => new Promise((resolve, reject) => {
          setTimeout(() => reject(new Error("not stopped")), 60000);
          const began = performance.now();
          document.querySelector("button#stop, #stop button").click();
          const look = () => {
            const said = document.getElementById("status").innerText.toLowerCase();
            if (said.includes("stopp") && !said.includes("update ")) resolve((performance.now() - began) / 1000);
            else requestAnimationFrame(look);
          };
          look();
        })""")
    )


async def soak(address: str, watch: Watch, hours: float) -> dict[str, float]:
    """Visitors who come, train, listen and leave, one after the other."""
    found: dict[str, float] = {}
    began, errors, count = time.monotonic(), 0, 0

    def note(moment: str) -> None:
        found[f"memory_mb_{moment}"], found[f"open_files_{moment}"] = watch.memory_mb(), watch.open_files()

    while (passed := time.monotonic() - began) < hours * 3600:
        (visitor,) = await opened(address, 1, "lab&updates=60&speech_seconds=45")
        await visitor.press_train()
        visitor.choose("sentence", "seen")
        await visitor.on("sentence", "change")
        await visitor.over()
        errors += len(visitor.errors) + len(visitor.told.alerts)
        await visitor.close()
        count += 1
        if count == 20:  # until then caches fill
            note("start")
        if passed > hours * 1800 and "memory_mb_middle" not in found:
            note("middle")
    note("end")
    return {"visits": count, "errors": errors, **found}


@contextmanager
def serving() -> Iterator[tuple[str, Watch]]:
    """A fresh server, when its workers have measured how quick they are."""
    import os

    command = [sys.executable, "-u", "app.py", "--port", str(free_port())]
    with serve_program(command, project.ROOT, {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}) as served:
        time.sleep(20)
        yield served.address, Watch(psutil.Process(served.process.pid))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument(
        "--people", type=int, default=30, help="who press Train within a second (30; 0: without this part)"
    )
    parser.add_argument("--updates", type=int, default=600, help="of their runs (600, the lesson)")
    parser.add_argument("--listeners", type=int, default=300, help="who only listen (300)")
    parser.add_argument("--many", type=int, default=200, help="who press Train though there is no room for them (200)")
    parser.add_argument("--soak", type=float, metavar="HOURS", help="come and go for so long instead")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    with serving() as (address, watch):
        if options.soak:
            figures = asyncio.run(soak(address, watch, options.soak))
        else:
            query = f"lab&updates={options.updates}"
            parts: dict[str, tuple[int, Callable[[int], Coroutine[Any, Any, dict[str, float]]]]] = {
                "people": (options.people, lambda count: people(address, watch, count, query)),
                "listeners": (options.listeners, lambda count: listeners(address, watch, count)),
                "many": (options.many, lambda count: many(address, watch, count)),
            }
            for name, (count, part) in parts.items():
                if count:
                    print(f"{time.strftime('%H:%M:%S')} {name}", file=sys.stderr, flush=True)
                    for figure, value in asyncio.run(part(count)).items():
                        figures[figure] = figures.get(figure, 0) + value if figure in ("errors", "lost_runs") else value
                    print(json.dumps(figures), file=sys.stderr, flush=True)
            print(f"{time.strftime('%H:%M:%S')} tabs", file=sys.stderr, flush=True)
            figures["tabs_ok"] = float(tabs(address))
        figures["peak_memory_mb"] = watch.peak_mb
    print(json.dumps(figures) if options.json else "\n".join(f"{name:28} {value:g}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
