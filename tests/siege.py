"""A server of its own under a fuzzer's requests, watched for what must not happen; for a test and a benchmark."""

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.browser_fixtures import Served, serve_program
from tests.fuzzing import CANARY, LANES, SECRETS, Fuzzer, Request
from tests.page_over_http import PageOverHttp, visitor

ROOT = Path(__file__).parent.parent
_PATIENCE = 60.0  # s


class Siege:
    """One server, an owner of a run whom nobody may reach, and strangers who send what is drawn.

    Attributes
    ----------
    faults : what happened that must not, a line each.
    statuses : how often each status was answered.
    console : errors that the server told its console: kind and place, how often.
    """

    def __init__(self, served: Served, home: Path, seed: int) -> None:
        self.served, self._home = served, home
        self.faults: list[str] = []
        self.statuses: Counter[str] = Counter()
        self.console: Counter[str] = Counter()
        self._client = visitor(served.address)
        self._owner = PageOverHttp(self._client)
        self._run = self._begin()
        self._over, self._lock = threading.Event(), threading.Lock()
        self._watch = threading.Thread(target=self._stay)
        self._watch.start()
        self._fuzzer = Fuzzer(self._owner, str(home / "canary.txt"), seed)

    def _begin(self) -> str:
        return self._owner.train(updates="20000", twin=False)[-1]

    def _stay(self) -> None:
        """The owner's page is open."""
        while not self._over.wait(1.0):
            with contextlib.suppress(httpx.HTTPError, ValueError):
                told = self._client.get("/live/en", params={"run": self._run, "has": 10**6}).json()[self._run]
                if told is None:
                    self._fault("the owner's run is gone")
                    return
                if "All updates are done" in told["said"]:
                    self._run = self._begin()
                elif any(word in told["said"] for word in ("stopped", "ended", "abandoned")):
                    self._fault(f"somebody has ended the owner's run: {told['said']}")
                    return

    def send(self, numbers: range) -> None:
        """Send the requests of these numbers, some at once."""
        with ThreadPoolExecutor(LANES) as pool:
            list(
                pool.map(
                    self._lane, [[number for number in numbers if number % LANES == lane] for lane in range(LANES)]
                )
            )

    def _lane(self, numbers: list[int]) -> None:
        for number in numbers:
            if self.served.process.poll() is not None:
                self._fault(f"the server has ended before request {number}")
                return
            self._one(number)

    def close(self) -> None:
        """The owner stops the run, and finds it as it was."""
        self._over.set()
        self._watch.join()
        table, stop = self._owner.handler("status", "stage"), self._owner.handler("stop", "click")
        chart = dict(zip(self._owner.outputs(table), self._owner.call(table), strict=True))["chart"]
        if self._run not in [one["id"] for one in chart["runs"]]:
            self._fault("the owner's page has lost the run")
        if any(not one["label"].startswith("No regularizer") for one in chart["runs"]):
            self._fault("somebody has renamed the owner's run")
        self._owner.call(stop)
        if self._client.get("/healthz").status_code != 200:
            self._fault("the server is not well")
        self._client.close()

    def _fault(self, what: str) -> None:
        with self._lock:
            self.faults.append(what)

    def _one(self, number: int) -> None:
        request = self._fuzzer.request(number)
        try:
            text, status = self._raw(request) if request.raw else self._sent(request)
        except httpx.TimeoutException:
            self._fault(f"request {number} was not answered: {request}"[:500])
            return
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, UnicodeError) as error:
            text, status = "", type(error).__name__  # the connection was closed, or a client cannot write it
        with self._lock:
            self.statuses[status] += 1
        if found := SECRETS.search(text):
            self._fault(f"request {number} was answered with {found[0]!r}: {request}"[:500])
        if self._run in text or self._owner.session in text:
            self._fault(f"request {number} was told of the owner: {request}"[:500])
        if status == "500" and '{"error":' not in text:  # gradio's way to say that a handler takes no such value
            self._fault(f"request {number} met an error: {request}"[:700])

    def _sent(self, request: Request) -> tuple[str, str]:
        headers = {name.encode(): value.encode("utf-8", "replace") for name, value in request.headers.items()}
        sent = self._client.build_request(request.method, request.address, content=request.body, headers=headers)
        answer = self._client.send(sent)
        text, status = f"{answer.headers} {answer.text}", str(answer.status_code)
        if request.session and status == "200" and "event_id" in answer.text:
            text += self._streamed(request.session, answer.json()["event_id"])
        return text, status

    def _streamed(self, session: str, event: str) -> str:
        """What the stream of a session says until this handler has answered."""
        lines: list[str] = []
        until = time.monotonic() + _PATIENCE
        with self._client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as answer:
            for line in answer.iter_lines():
                lines.append(line)
                if event in line and '"process_completed"' in line:
                    break
                if time.monotonic() > until:
                    raise httpx.ReadTimeout("the handler does not answer")
        return "\n".join(lines)

    def _raw(self, request: Request) -> tuple[str, str]:
        place = urlsplit(self.served.address)
        with socket.create_connection((place.hostname, place.port or 80), timeout=_PATIENCE) as connection:
            connection.sendall(request.raw)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return answer.decode("latin-1"), f"raw {answer[9:12].decode('latin-1') or 'closed'}"


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of all files below a folder that the program might change."""
    left_out = {
        ".git",
        ".venv",
        "node_modules",
        "__pycache__",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
    }
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and left_out.isdisjoint(path.relative_to(folder).parts) and not path.is_symlink():
            told = path.stat()
            found[str(path.relative_to(folder))] = (told.st_size, told.st_mtime_ns)
    return found


@contextlib.contextmanager
def besieged(place: Path, environment: dict[str, str], command: list[str], seed: int) -> Iterator[Siege]:
    """A fresh server whose temporary files, home and program are known; what it did to them is among the faults."""
    home, temporary = place / "home", place / "tmp"
    for folder in (home, temporary):
        folder.mkdir()
    (home / "canary.txt").write_text(CANARY, encoding="utf-8")
    environment |= {"HOME": str(home), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"GRADIO_ANALYTICS_ENABLED": "False"}
    before = files(ROOT)
    with serve_program(command, ROOT, environment) as served:
        siege = Siege(served, home, seed)
        at_home = files(home)  # what libraries leave there as they start
        yield siege
        siege.close()
        for folder, old in ((ROOT, before), (home, at_home)):
            now = files(folder)
            changed = [name for name in {*old, *now} if old.get(name) != now.get(name)]
            siege.faults += [f"{folder.name}/{name} was changed" for name in changed]
        others = [
            path.name
            for path in temporary.iterdir()
            if not path.name.startswith(("tts_demo-", "pymp-", "torch", "gradio"))
        ]
        siege.faults += [f"{name} lies among temporary files" for name in others]
    siege.console = said_of(served.lines)


def said_of(lines: list[str]) -> Counter[str]:
    """The last line of each stack trace on the console, and the last place of ours in it."""
    found: Counter[str] = Counter()
    place, inside = "", False
    for line in lines:
        if line.startswith("Traceback"):
            place, inside = "", True
        elif inside and "/tts_demo/" in line and line.lstrip().startswith("File"):
            place = " in " + line.split("/tts_demo/")[1].split(", in")[0].replace('", line ', ":").strip()
        elif inside and line[:1].isalpha() and ":" in line and not line.startswith(("During", "The above")):
            found[f"{line.split(':')[0]}{place}"] += 1
            inside = False
    return found


def figures(siege: Siege, seconds: float) -> dict[str, Any]:
    """What a siege found, in plain values."""
    return {
        "seconds": round(seconds, 1),
        "faults": siege.faults,
        **dict(sorted(siege.statuses.items())),
        "console": siege.console,
    }
