"""How busy a running server is, in words: what `/metrics` tells, read once, for whoever keeps it running."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tts_demo.messages import MessageError

TOKEN = "TTS_DEMO_METRICS_TOKEN"  # of the environment: with it others than the server's own machine may read
_PATH = "metrics"
_PREFIX = "tts_demo_"
_TIMEOUT = 10.0  # seconds


class LoadReportError(MessageError):
    """The server does not tell how busy it is."""


@dataclass(frozen=True)
class Load:
    """How busy a server is.

    Attributes
    ----------
    slots, workers : runs that can go on at once, and processes that there are for them.
    running, waiting, refused : runs that go on, that wait, and for which there was no room since the start.
    ended : how many runs are over since the start, by their reasons.
    update_seconds : what an update of the lesson takes there, alone; None where it is not known yet.
    wait_seconds : until a run that is submitted now begins, were all lessons; None where it is not known yet.
    memory_mb : of the server and its workers, in 10^6 bytes; None where its system does not tell.
    processor_seconds : of the web server's own process since its start; None where its system does not tell.
    """

    slots: int
    workers: int
    running: int
    waiting: int
    refused: int
    ended: Mapping[str, int]
    update_seconds: float | None
    wait_seconds: float | None
    memory_mb: float | None
    processor_seconds: float | None


def ask(address: str, token: str = "") -> Load:
    """How busy the server at an address is; raises `LoadReportError` where it does not say.

    Parameters
    ----------
    address : of its page, such as "http://127.0.0.1:7860".
    token : the server's own; needed by whoever asks from another machine, or through a proxy.
    """
    try:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = httpx.get(f"{address.rstrip('/')}/{_PATH}", headers=headers, timeout=_TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise LoadReportError("No server answers at {address}: {error}", address=address, error=str(error)) from None
    if answer.status_code == 404:
        raise LoadReportError(
            "{address} does not tell this machine how busy it is: it tells its own machine, and whoever has the token "
            "that it was started with ({token}).",
            address=address, token=TOKEN,
        )  # fmt: skip
    if answer.status_code != 200:
        raise LoadReportError(
            "{address} answers with status {status} and not with how busy it is.",
            address=address, status=answer.status_code,
        )  # fmt: skip
    try:
        return read(answer.text)
    except (ValueError, KeyError):
        raise LoadReportError("What answers at {address} is not this program.", address=address) from None


def read(text: str) -> Load:
    """The figures of a text in Prometheus's format; raises `ValueError` or `KeyError` where it is none of ours.

    >>> read("tts_demo_slots 2")
    Traceback (most recent call last):
        ...
    KeyError: 'tts_demo_workers'
    """
    found: dict[str, float] = {}
    ended: dict[str, int] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == f"{_PREFIX}runs_ended_total":
                ended[sample.labels["reason"]] = int(sample.value)
            else:
                found[sample.name] = sample.value
    slots, workers = int(found[f"{_PREFIX}slots"]), int(found[f"{_PREFIX}workers"])
    memory = found.get(f"{_PREFIX}memory_bytes")
    return Load(
        slots=slots,
        workers=workers,
        running=int(found[f"{_PREFIX}runs_running"]),
        waiting=int(found[f"{_PREFIX}runs_waiting"]),
        refused=int(found[f"{_PREFIX}runs_refused_total"]),
        ended=ended,
        update_seconds=found.get(f"{_PREFIX}update_seconds"),
        wait_seconds=found.get(f"{_PREFIX}expected_wait_seconds"),
        memory_mb=None if memory is None else memory / 1e6,
        processor_seconds=found.get("process_cpu_seconds_total"),
    )


def lines(load: Load) -> Iterator[str]:
    """The same in words, for a console."""
    yield f"Runs: {load.running} under way of at most {load.slots} at once, {load.waiting} waiting."
    if load.workers < load.slots:
        yield f"Only {load.workers} of {load.slots} worker processes are there: see the server's log."
    if load.wait_seconds is not None and load.update_seconds is not None:
        yield (
            f"A run that is begun now waits about {load.wait_seconds:.0f} s; "
            f"an update of the lesson takes {1000 * load.update_seconds:.1f} ms."
        )
    over = ", ".join(f"{count} {reason}" for reason, count in sorted(load.ended.items()) if count)
    yield f"Since the start: {over or 'no run is over'}; {load.refused} refused for want of room."
    if load.memory_mb is not None:
        yield f"Memory of the server and its workers: {load.memory_mb:.0f} MB."
    if load.processor_seconds is not None:
        yield f"Processor time of the web server: {load.processor_seconds:.0f} s."
