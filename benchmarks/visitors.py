"""What one more visitor costs a server that trains nothing: bytes, processor time and memory.

Prints a flat JSON object: `page_bytes` and `page_requests` of a first visit in a fresh Chromium, `page_cpu_s` of the
server for it; and of pages that only open and are then left, without a browser: `open_cpu_s` and `open_mb` each.
Processor time and memory are the web server's own. Needs requirements-dev.txt and requirements-benchmarks.txt.
"""

import json
import statistics

import project

project.needs("psutil")
project.needs("pytest", "playwright", "axe_playwright_python", file="requirements-dev.txt")

from page import Server, serving  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from tests.browser_fixtures import CHROMIUM_ARGUMENTS, chromium_path  # noqa: E402
from tests.page_over_http import PageOverHttp, visitor  # noqa: E402

_VISITS, _PAGES = 3, 60


def visit(server: Server, browser: Browser) -> tuple[int, int, float]:
    """Bytes that came, requests, and the server's processor time, until the lab can be heard."""
    context = browser.new_context()
    page = context.new_page()
    network, came = context.new_cdp_session(page), []
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda told: came.append(told["encodedDataLength"]))
    before = server.processor_seconds()
    page.goto(server.address + "?lab")
    page.locator("#player a[download]").first.wait_for(timeout=120_000)
    page.wait_for_timeout(1000)
    took = server.processor_seconds() - before
    context.close()
    return int(sum(came)), len(came), took


def opened(server: Server, count: int) -> tuple[float, float]:
    """The server's processor time and megabytes for each page that arrives, of so many."""
    with visitor(server.address) as client:
        first = PageOverHttp(client)
        arrives = _arrival(first)
        before, seconds = server.process.memory_full_info().uss, server.processor_seconds()
        for number in range(count):
            first.session = f"visitor{number:04}"
            first.call(arrives)
        took, now = server.processor_seconds() - seconds, server.process.memory_full_info().uss
    return took / count, (now - before) / 1e6 / count


def _arrival(page: PageOverHttp) -> dict:
    """The handler of a page's arrival: it gives the player's first clips."""
    return next(
        one for one in page.handlers.values()
        if one["backend_fn"] and any(kind == "load" for _, kind in one["targets"]) and "player" in page.outputs(one)
    )  # fmt: skip


def main() -> None:
    """Measure and print."""
    with serving() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_ARGUMENTS))
        visit(server, browser)  # the first one loads what all of them need
        visits = [visit(server, browser) for _ in range(_VISITS)]
        browser.close()
        opened(server, 20)
        cpu, memory = opened(server, _PAGES)
    bytes_, requests, seconds = (statistics.median(column) for column in zip(*visits, strict=True))
    print(json.dumps({
        "page_bytes": bytes_, "page_requests": requests, "page_cpu_s": round(seconds, 3), "open_cpu_s": round(cpu, 4),
        "open_mb": round(memory, 3),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
