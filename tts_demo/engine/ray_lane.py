"""What runs on a core of a Ray cluster: a worker's program, reached by calls instead of a pipe."""

import contextlib
import itertools
import multiprocessing
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tts_demo import evaluation, runs, training
from tts_demo.config import RunConfig
from tts_demo.engine.pipe_control import PipeControl
from tts_demo.engine.worker import work
from tts_demo.events import WHOLE, Event, Finished, Progress, Snapshot
from tts_demo.run_state import RunState

_SILENCE_SECONDS = 1.0  # after which an answer says that nothing has happened
_TOGETHER_SECONDS = 0.05  # updates are told together: the page asks no more often


@dataclass(frozen=True)
class Start:
    """From where a run is to be trained.

    Attributes
    ----------
    state : what `RunState.state` gave; None for a run from its beginning.
    step : updates that were done then.
    before : what had happened until then.
    changes : of strengths that are known to have happened since then: updates done, regularizer, strength.
    known : updates that are known to have been done; what is new begins to count there.
    """

    state: bytes | None = None
    step: int = 0
    before: tuple[Event, ...] = ()
    changes: tuple[tuple[int, str, float], ...] = ()
    known: int = 0


class Lane:
    """An actor that trains one run after the other: `tell` takes a worker's orders, `hear` gives what it says.

    An order for a run has a `Start` in its last place, and no directory. Snapshots are told with their weights, and
    after each ("state", step, bytes); before a run's end ("file", name, bytes) for what its directory holds besides.
    """

    def __init__(self) -> None:
        self._ours, theirs = multiprocessing.Pipe()
        threading.Thread(target=_work, args=(theirs,), name="run worker", daemon=True).start()

    def tell(self, order: tuple) -> None:
        """Pass an order on."""
        self._ours.send(order)

    def hear(self) -> list[Any]:
        """What was said since the last call: at once what is no mere update, and nothing after a second of silence."""
        heard: list[Any] = []
        until = time.monotonic() + _SILENCE_SECONDS
        while self._ours.poll(max(until - time.monotonic(), 0)):
            heard.append(self._ours.recv())
            if not isinstance(heard[-1], Progress) or heard[-1].validation_loss is not None:
                break
            until = min(until, time.monotonic() + _TOGETHER_SECONDS) if len(heard) == 1 else until
        return heard


def _work(connection: Connection) -> None:
    try:
        work(connection, _train)
    except Exception:
        connection.send(("ends", traceback.format_exc()))
        connection.close()


def _train(connection: Connection, order: tuple) -> None:
    """Train a run from its start or from a state; its directory is for the last measurement only, and goes with it."""
    _, written, _, start = order
    config = RunConfig.from_json(written)
    latest: list[Snapshot] = []  # with its weights, which are not passed on by `record`

    def trained() -> Iterator[Event]:
        for event in training.train(config, _Remembering(connection, start), start.state):
            latest[:] = [event] if isinstance(event, Snapshot) else []
            yield event

    with tempfile.TemporaryDirectory(prefix="tts_demo-run-") as folder:
        directory = Path(folder) / "run"
        happenings = runs.record(config, itertools.chain(start.before, trained()), directory)
        for event in itertools.islice(happenings, len(start.before), None):
            if isinstance(event, Finished) and event.reason in WHOLE:
                evaluation.held_out(runs.load(directory))
                with contextlib.suppress(OSError):  # a full disk: it is measured again where the run is shown
                    connection.send(("file", evaluation.KEPT, (directory / evaluation.KEPT).read_bytes()))
            connection.send(latest[0] if latest and isinstance(event, Snapshot) else event)


class _Remembering(PipeControl):
    """A control that tells each state, and does again what is known to have been done.

    New changes of a strength wait until the run is where it was: what was told of it stays true.
    """

    def __init__(self, connection: Connection, start: Start) -> None:
        super().__init__(connection)
        self._start, self._step = start, start.step
        self._waiting: list[tuple[str, float]] = []

    def strength_changes(self) -> list[tuple[str, float]]:
        """Those that are due before the next update."""
        self._waiting += super().strength_changes()
        due = [(name, strength) for step, name, strength in self._start.changes if step == self._step]
        if self._step >= self._start.known:
            due, self._waiting = due + self._waiting, []
        self._step += 1
        return due

    def after_snapshot(self, run: RunState) -> None:
        """Asked by the loop after every snapshot."""
        self._connection.send(("state", run.learning.step, run.state()))
