"""A real page in a real browser, for tests: serve a gradio app, open it in Chromium.

The fixtures are `browser`, `visit` and `module_page`; conftest.py makes them known to every test module. They cannot
be imported into several modules instead: each would start a Playwright of its own, and a process bears one.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tts_demo.ui.components import files

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
)
START_SECONDS = 90.0

expect.set_options(timeout=20_000)


def chromium_path() -> str:
    """Path of Debian's Chromium, or of one on the PATH."""
    for name in ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise RuntimeError("The browser tests need Chromium: install Debian's package `chromium`.")


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def serve(build: Callable[[], gr.Blocks], **options: Any) -> Iterator[str]:
    """Address of an app served from this process on a free port; closed afterwards.

    Built and launched in a thread of its own, since Playwright's event loop runs in the test's, and inside a running
    loop, since gradio would otherwise make loops that it never closes. `options` go to `launch()`.
    """
    started: list[tuple[gr.Blocks, str]] = []
    errors: list[BaseException] = []

    async def launch() -> None:
        # gradio 6.31 looks for a free port itself, and leaves a socket open for each that is taken
        settings: dict[str, Any] = {"server_name": "127.0.0.1", "server_port": free_port()}
        settings |= {"prevent_thread_lock": True, "quiet": True}
        settings |= {"ssr_mode": False, "footer_links": [], **options}
        app = {"routes": [], **settings.get("app_kwargs", {})}
        settings["app_kwargs"] = app | {"routes": [files.route(), *app["routes"]]}
        demo = build()
        started.append((demo, demo.launch(**settings)[1]))

    def run() -> None:
        try:
            asyncio.run(launch())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(START_SECONDS)
    if errors:
        raise errors[0]
    if not started:
        raise TimeoutError(f"The app did not start within {START_SECONDS:.0f} s.")
    demo, address = started[0]
    try:
        yield address
    finally:
        demo.close(verbose=False)


@contextlib.contextmanager
def serve_asgi(app: Callable[..., Any], port: int | None = None) -> Iterator[str]:
    """Address of an ASGI app served from this process on a free port, or on this one; closed afterwards."""
    port = port or free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = threading.Event()
    while thread.is_alive() and not server.started:
        deadline.wait(0.01)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join(20)


@contextlib.contextmanager
def serve_command(arguments: Sequence[str], cwd: Path, **environment: str) -> Iterator[str]:
    """Address of an app run by `python ARGUMENTS`, which prints "http://..." when it is ready; ended afterwards."""
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", **environment}
    with serve_program([sys.executable, "-u", *arguments], cwd, environment) as served:
        yield served.address


@dataclass
class Served:
    """An app that runs as a process of its own: where, which, and the lines that it has written so far."""

    address: str
    process: "subprocess.Popen[str]"
    lines: list[str]


@contextlib.contextmanager
def serve_program(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Iterator[Served]:
    """An app run by a command in nothing but this environment, as `serve_command` does."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    found: list[str] = []
    ready = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            address = next((word for word in line.split() if word.startswith("http://")), None)
            if address and not found:
                found.append(address.rstrip("/.,") + "/")  # gradio may go on after a comma
                ready.set()
        ready.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        if not ready.wait(START_SECONDS) or not found:
            raise RuntimeError("The app did not start:\n" + "".join(lines[-40:]))
        yield Served(found[0], process, lines)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(20)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_ARGUMENTS))
        yield chromium
        chromium.close()


class Visit:
    """A page and what went wrong on it: script errors, and requests to other hosts."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._leaves = False  # from a reload, say, until the next page is there: what breaks off then is no fault
        self.page.on("pageerror", lambda error: self._keep(str(error)))
        self.page.on("console", lambda message: self._keep(message.text) if message.type == "error" else None)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("domcontentloaded", lambda _: setattr(self, "_leaves", False))
        for name in ("goto", "reload"):
            setattr(self.page, name, self._left_by(getattr(self.page, name)))

    def _left_by(self, go: Callable[..., Any]) -> Callable[..., Any]:
        """The page's own `goto` or `reload`, which leaves what is there, if anything is."""

        def gone(*arguments: Any, **options: Any) -> Any:
            self._leaves = self.page.url != "about:blank"
            try:
                return go(*arguments, **options)
            finally:
                self._leaves = False

        return gone

    def _keep(self, error: str) -> None:
        # of a page that was left, gradio 6.31 says later, too, that its streams were cut
        if not self._leaves and "Connection errored out" not in error:
            self.errors.append(error)

    def offhost_requests(self) -> list[str]:
        """Requests that left for a host other than the page's own."""
        own = urlsplit(self.page.url).netloc
        return [
            url for url in self.requests if urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc != own
        ]

    def check(self) -> None:
        """No script has failed, nothing has left for another host, and no hostile text has become a script."""
        assert self.errors == []
        assert self.offhost_requests() == []
        assert self.page.evaluate("window.hacked") is None


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens an address in a fresh browser profile: `visit(url, viewport=PHONE, dark=True, touch=False)`."""
    contexts: list[BrowserContext] = []

    def open_page(url: str, viewport: dict[str, int] = DESKTOP, dark: bool = False, **options: Any) -> Visit:
        context = browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            **options,
        )
        contexts.append(context)
        opened = Visit(context)
        opened.page.goto(url)
        return opened

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def module_page(browser: Browser) -> Iterator[Page]:
    """A blank page whose scripts can import the components' modules: `await import("/shared/csv.js")`."""

    def answer(route: Route) -> None:
        name = urlsplit(route.request.url).path.lstrip("/")
        if name:
            route.fulfill(path=files.HERE / name)
        else:
            route.fulfill(content_type="text/html", body="<!doctype html>")

    blank = browser.new_page()
    blank.route("http://localhost/**", answer)
    blank.goto("http://localhost/")
    yield blank
    blank.close()


def with_globals(page: Page, *names: str) -> Page:
    """A `module_page` with what some modules export as its globals."""
    page.evaluate("async (all) => { for (const one of all) Object.assign(window, await import(`/${one}`)); }", names)
    return page


@pytest.fixture(scope="module")
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of the app that the test module's `build` makes."""
    with serve(request.module.build) as address:
        yield address


@pytest.fixture
def page(visit: Callable[..., Visit], url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page of that app, opened with the test module's `VISIT` options, and checked afterwards."""
    opened = visit(url, **getattr(request.module, "VISIT", {}))
    yield opened.page
    opened.check()


def serious_findings(page: Page, within: str | None = None) -> list[str]:
    """Findings of axe of serious or critical impact, one line each, on the page or within a CSS selector."""
    response = Axe().run(page, context=within).response
    return [
        f"{finding['id']}: {finding['help']}: {node['html'][:160]}"
        for finding in response["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
