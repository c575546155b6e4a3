"""The page where others run it, for real: as a Space is started, and as the Containerfile says.

Both servers get the tracked files and nothing else, a Python that can import what requirements.txt asks for and nothing
else, and an enclosure (tests/enclosure.py) where one can be made: no right to write but in /tmp, no network, a user
without a name. Chromium then visits them on their own loopback.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import containerfile, enclosure
from tests.browser_fixtures import CHROMIUM_ARGUMENTS, PHONE, Served, Visit, chromium_path, free_port, serve_program
from tests.test_page import LONG, ready

pytestmark = [pytest.mark.browser, pytest.mark.real]
RELOADER = "`spaces` package is required"  # gradio's, for Spaces in development; not among what we require


@dataclass
class Host:
    """A way to run the demo: its files, user and environment, and what is started."""

    name: str
    folder: str  # as the program sees it
    copied: list[tuple[str, str]]  # what of the project, and into which folder
    user: int
    environment: dict[str, str]
    command: list[str]


def space() -> Host:
    """As Hugging Face starts a Space whose README says `sdk: gradio`: with Node, and no home of its own."""
    told = {"SYSTEM": "spaces", "SPACE_ID": "someone/hear-overfitting", "HOME": "/home/user", "GRADIO_NUM_PORTS": "1"}
    told |= {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "7860", "GRADIO_SSR_MODE": "true"}
    return Host("space", "/home/user/app", [(".", "/home/user/app/")], 1000, told, ["python", "app.py"])


def container() -> Host:
    """As the Containerfile says."""
    user, _, _ = containerfile.the_only("USER").partition(":")
    folder, told = containerfile.the_only("WORKDIR"), containerfile.environment()
    return Host("container", folder, containerfile.copied(), int(user), told, containerfile.command())


@contextmanager
def running(host: Host, place: Path) -> Iterator[Served]:
    """The host's program in an enclosure; where there can be none, in a read-only copy and its own environment."""
    files = place / "files"
    for source, target in host.copied:
        enclosure.copy_tracked(files, source, to=os.path.relpath(target, host.folder))
    enclosure.protect(files)
    python = enclosure.bare_python(place / "python")
    node = Path(shutil.which("node") or sys.executable).parent  # a Space has one
    environment = host.environment | {"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
    if enclosure.why_not():
        (place / "tmp").mkdir()
        environment |= {"PATH": f"{python.parent}:{node}:{os.environ['PATH']}", "TMPDIR": str(place / "tmp")}
        environment |= {"HOME": str(files), "GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(free_port())}
        with serve_program(host.command, files, environment) as served:
            yield served
        return
    environment |= {"PATH": f"/opt/python/bin:{node}:/usr/bin:/bin"}
    (place / "root").mkdir()
    here = {Path(prefix): prefix for prefix in (sys.base_prefix, sys.prefix)}
    shown = here | {python.parent.parent: "/opt/python", files: host.folder}
    command = enclosure.command(host.command, host.folder, environment, host.user, place / "root", shown)
    with serve_program(command, place, os.environ) as served:
        yield served


@pytest.fixture(scope="module", params=[space, container], ids=lambda make: make.__name__)
def host(request) -> Host:
    return request.param()


@pytest.fixture(scope="module")
def served(host, tmp_path_factory) -> Iterator[Served]:
    place = tmp_path_factory.mktemp(host.name)
    with running(host, place) as served:
        served.address = served.address.replace("0.0.0.0", "127.0.0.1")
        yield served
    enclosure.unprotect(place)


@pytest.fixture(scope="module")
def neighbour(served, browser: Browser, tmp_path_factory) -> Iterator[Browser]:
    """A Chromium that has the server's network."""
    program = tmp_path_factory.mktemp("chromium") / "chromium"
    enter = [] if enclosure.why_not() else enclosure.inside(served.process.pid)
    program.write_text(f'#!/bin/sh\nexec {" ".join(enter)} {chromium_path()} "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    launched = browser.browser_type.launch(executable_path=program, args=list(CHROMIUM_ARGUMENTS))
    yield launched
    launched.close()


@pytest.fixture
def page(served, neighbour) -> Iterator[Page]:
    """The lab, with a short run chosen by its address, on a narrow screen."""
    context = neighbour.new_context(viewport=PHONE)
    visit = Visit(context)
    visit.page.goto(served.address + "?lab&l2.strength=0.001&speech_seconds=45&updates=60")
    yield visit.page
    visit.check()
    context.close()


def answer(page: Page, path: str) -> tuple[int, str, str]:
    """Status, kind and text of what the server answers to the page."""
    return tuple(
        page.evaluate(
            """async (path) => {
                 const answer = await fetch(path);
                 return [answer.status, answer.headers.get("content-type"), await answer.text()];
               }""",
            path,
        )
    )


def test_a_visitor_trains_listens_and_saves(page, served):
    ready(page)
    page.get_by_role("button", name="Train", exact=True).click()  # waits until it is enabled
    expect(page.locator("#status")).to_contain_text("All updates are done", timeout=LONG)
    expect(page.locator("#runs")).to_contain_text("L2 0.001")
    expect(page.locator("#player a[download]").first).to_be_visible(timeout=LONG)
    status, kind, _ = answer(page, "/figure/en?run=recorded-out")
    assert (status, kind) == (200, "application/pdf")
    status, kind, text = answer(page, "/healthz")
    assert (status, kind) == (200, "application/json")
    assert json.loads(text) == {"status": "ok", "workers": True, "page": True}


def test_nothing_has_failed_on_the_console(page, served):
    ready(page)
    said = "".join(served.lines)
    assert said.count("Traceback") == said.count(RELOADER), said
    assert "worker process" not in said, said


def test_it_has_no_network_no_name_and_no_right_to_write(served, host):
    if why := enclosure.why_not():
        pytest.skip(f"There is no enclosure here: {why}.")
    process = Path(f"/proc/{served.process.pid}")
    (users,) = [line.split()[1:] for line in (process / "status").read_text().splitlines() if line.startswith("Uid:")]
    assert users == [str(host.user)] * 4
    networks = [line.split(":")[0].strip() for line in (process / "net/dev").read_text().splitlines()[2:]]
    assert "lo" in networks
    tried = "import urllib.request as web; web.urlopen('http://192.0.2.1', timeout=10)"  # an address for examples
    entered = [*enclosure.inside(served.process.pid), sys.executable, "-c", tried]
    assert "unreachable" in subprocess.run(entered, capture_output=True, text=True, check=False).stderr
    for line in (process / "mountinfo").read_text().splitlines():
        fields = line.split()
        inside = fields[4].removeprefix(os.readlink(process / "root"))
        if inside != fields[4] and not inside.startswith(("/proc", "/dev/")):
            assert inside == "/tmp" or "ro" in fields[5].split(","), line


def test_the_health_check_of_the_image_tells_the_two_apart(served, host):
    if host.name != "container":
        pytest.skip("A Space has none.")
    enter = [] if enclosure.why_not() else enclosure.inside(served.process.pid)
    program, *arguments = containerfile.health_check()
    assert program == "python"

    def status(port: str) -> int:
        command = [*enter, sys.executable, *arguments]
        told = {**os.environ, "GRADIO_SERVER_PORT": port}
        return subprocess.run(command, env=told, capture_output=True, check=False).returncode

    assert status(served.address.rstrip("/").rpartition(":")[2]) == 0
    assert status(str(free_port())) == 1
