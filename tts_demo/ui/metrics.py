"""How the server is doing, as Prometheus reads it: for whoever keeps it running, with nothing of any run or visitor."""

import hmac
import ipaddress
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tts_demo.engine import Engine
from tts_demo.lesson import LESSON
from tts_demo.load_report import TOKEN

PATH = "/metrics"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")  # what a proxy adds


def route(engine: Engine) -> Route:
    """The route that tells, for the web server; whoever may not read is told that there is nothing."""
    registry = CollectorRegistry()
    registry.register(_OfEngine(engine))
    ProcessCollector(registry=registry)  # the web server's own processor time, memory, open files
    PlatformCollector(registry=registry)
    token = os.environ.get(TOKEN, "")

    async def tell(request: Request) -> Response:
        if not may_read(request, token):
            return PlainTextResponse("Not found", status_code=404)
        said = await run_in_threadpool(generate_latest, registry)
        return Response(said, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})

    return Route(PATH, tell)


def may_read(request: Request, token: str) -> bool:
    """Whether somebody on this machine asks, not through a proxy on it, or whoever has the token."""
    given = request.headers.get("authorization", "").encode("latin-1")  # the bytes that were sent
    if token and hmac.compare_digest(given, f"Bearer {token}".encode()):
        return True
    try:
        here = request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:  # a socket without an address
        return False
    return here and not any(name in request.headers for name in _FORWARDED)


class _OfEngine(Collector):
    """The engine's figures, taken when somebody asks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterable[Metric]:
        """One family of metrics after the other."""
        now = self._engine.figures()
        yield _gauge("slots", "Runs that can go on at once", now.slots)
        yield _gauge("workers", "Worker processes that there are now", now.workers)
        yield _gauge("runs_running", "Runs that go on", now.running)
        yield _gauge("runs_waiting", "Runs that wait for a worker", now.waiting)
        ended = CounterMetricFamily("tts_demo_runs_ended", "Runs that are over, by their reasons", labels=["reason"])
        for reason, count in now.ended.items():
            ended.add_metric([reason], count)
        yield ended
        yield CounterMetricFamily("tts_demo_runs_refused", "Runs for which the queue had no room", value=now.refused)
        seconds = self._engine.expected_seconds([LESSON])
        if seconds is not None:
            yield _gauge("update_seconds", "What an update of the lesson takes here, alone", seconds / LESSON.updates)
            wait = now.waiting / now.slots * seconds
            yield _gauge("expected_wait_seconds", "Until a run that is submitted now begins, were all lessons", wait)
        memory = memory_bytes(os.getpid())
        if memory is not None:
            yield _gauge("memory_bytes", "Of the server and its workers; what they share counts once", memory)


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tts_demo_{name}", help_text, value=value)


def memory_bytes(process: int) -> int | None:
    """Proportional memory of a process and all below it; None where the system does not tell."""
    try:
        return sum(map(_proportional, _family(process)))
    except (OSError, ValueError, StopIteration):
        return None


def _family(process: int) -> Iterator[int]:
    yield process
    for thread in Path(f"/proc/{process}/task").iterdir():
        for child in (thread / "children").read_text().split():
            yield from _family(int(child))


def _proportional(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
