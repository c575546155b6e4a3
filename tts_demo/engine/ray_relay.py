"""Worker processes of this machine that train elsewhere: each stands for one core of a Ray cluster.

To the engine a relay is a worker like any other. Only here is Ray imported: where its cluster is lost, Ray ends the
process that is connected to it, and this must not be the page's. A relay records the run where the page reads it,
beside it the last state from which the run can go on, and reads both when the run is handed to it again.
"""

import contextlib
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import tts_demo
from tts_demo import events, runs
from tts_demo.config import RunConfig
from tts_demo.engine.base import EngineError
from tts_demo.engine.jobs import partial
from tts_demo.engine.ray_lane import Lane, Start
from tts_demo.engine.worker import failure
from tts_demo.events import Event, Finished, Progress, Snapshot, StrengthChanged
from tts_demo.messages import Message, MessageError

THIS_MACHINES = "auto"  # address of the cluster that this machine is a node of
_REACHED_SECONDS = 5.0  # within which a cluster's head must take a connection
LOST_SECONDS = 15  # without an answer of the cluster's head, after which Ray ends the process
_STATE = "state-"  # files in the directory of a run that goes on: an update, and the state after it


def unreachable(address: str, why: str) -> EngineError:
    """What is said where a cluster cannot be reached."""
    return EngineError("The Ray cluster at {address} cannot be reached: {why}", address=address, why=why)


def reach(address: str) -> None:
    """Raise `EngineError` where nobody listens, or where that is no address: Ray itself would try for half a minute."""
    if address == THIS_MACHINES:
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise EngineError(
            "A Ray cluster's address is {form}, not {address}.", form="ray://HOST:PORT", address=f"ray://{address}"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHED_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise unreachable(address, getattr(error, "strerror", None) or str(error)) from error


def connect(address: str, with_program: bool = False) -> Any:
    """Ray, connected to a cluster; `with_program` sends this program and its corpora to each node that runs it."""
    reach(address)
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_gcs_rpc_server_reconnect_timeout_s": str(LOST_SECONDS)}
    import ray

    package = {"py_modules": [str(Path(tts_demo.__file__).parent)], "excludes": ["__pycache__", "*.pyi"]}
    ray.init(
        address=address, log_to_driver=False, logging_level=logging.ERROR, runtime_env=package if with_program else None
    )  # fmt: skip
    return ray


def count_cores(address: str, connection: Connection) -> None:
    """Tell how many cores a cluster has, or why it cannot be reached; the program of a process that ends then."""
    try:
        cores = int(connect(address).cluster_resources().get("CPU", 0))
    except Exception as error:  # Ray's own, of many kinds
        connection.send(str(error).strip().partition("\n")[0][:200] or type(error).__name__)
    else:
        connection.send(cores)


def relay(address: str, connection: Connection) -> None:
    """The program of a worker process: as `worker.work`, on a core of the cluster."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (where Ray writes pages of its logs as soon as a node is lost)
    try:
        ray = connect(address, with_program=True)
    except Exception as error:
        connection.send(("ends", str(error).strip()[:500]))
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    lane = ray.remote(concurrency_groups={"tell": 1, "hear": 1})(Lane)
    lane = lane.options(num_cpus=1, scheduling_strategy="SPREAD").remote()
    # each in its own order, neither waiting for the other
    tell, hear = (getattr(lane, name).options(concurrency_group=name) for name in ("tell", "hear"))
    recording = _Recordings(connection, tell.remote)
    threading.Thread(target=_pass_orders_on, args=(connection, recording, tell.remote), daemon=True).start()
    try:
        while True:
            for message in ray.get(hear.remote()):
                recording.take(message)
    except (BrokenPipeError, ConnectionResetError):
        pass  # the parent has gone
    except Exception as error:  # the node is lost, or does not answer
        with contextlib.suppress(OSError):
            connection.send(("ends", f"its core of the cluster is lost ({type(error).__name__})"))
    connection.close()
    os._exit(0)  # Ray's own way to end waits for what is lost


def _pass_orders_on(connection: Connection, recordings: "_Recordings", tell: Any) -> None:
    while True:
        try:
            order = connection.recv()
        except (EOFError, OSError):
            os._exit(0)  # the parent has gone, and with this process Ray ends what it has started
        try:
            tell(recordings.begin(order) if order[0] == "run" else order)
        except (OSError, ValueError) as error:  # what is there of an interrupted run cannot be read
            said = error.strerror if isinstance(error, OSError) else None
            connection.send(Finished("failed", Message(runs.NOT_SAVED, error=said or type(error).__name__)))
            connection.send("ready")


class _Recordings:
    """What is done here with what a lane says: runs are recorded, and told to the engine without what it knows."""

    def __init__(self, connection: Connection, tell: Any) -> None:
        self._connection, self._tell = connection, tell
        self._directory = Path()
        self._waiting: deque[Event] = deque()
        self._recorder: Iterator[Event] = iter(())
        self._known = self._recorded = 0  # events that come again; such as are written
        self._over = True
        self._files: list[tuple[str, bytes]] = []

    def begin(self, order: tuple) -> tuple:
        """Make ready for a run; the order as its lane wants it."""
        _, written, directory, known = order
        self._directory = Path(directory)
        start, told = _start(partial(self._directory), known)
        self._waiting.clear()
        self._recorder = runs.record(RunConfig.from_json(written), self._fed(), self._directory, goes_on=bool(told))
        self._known, self._recorded = len(told) - len(start.before), len(told)
        self._over, self._files = False, []
        return ("run", written, "", start)

    def _fed(self) -> Iterator[Event]:
        """What `record` writes: asked for one at a time, when it is there."""
        while True:
            yield self._waiting.popleft()

    def take(self, message: Any) -> None:
        """One message of the lane."""
        if isinstance(message, tuple) and message[0] == "state":
            self._keep(*message[1:])
        elif isinstance(message, tuple) and message[0] == "file":
            self._files.append(message[1:])
        elif not isinstance(message, Event):
            self._connection.send(message)
        elif not self._over:
            self._happened(message)

    def _happened(self, event: Event) -> None:
        if self._known and not isinstance(event, Finished):
            self._known -= 1
            return
        if isinstance(event, Finished):
            for kept in partial(self._directory).glob(_STATE + "*"):
                kept.unlink(missing_ok=True)
        if self._recorded or not isinstance(event, Finished):  # what could not even begin leaves nothing behind
            self._waiting.append(event)
            try:
                event, before = next(self._recorder), event
            except MessageError as error:
                event, before = failure(error), event
            self._recorded += 1
            if isinstance(event, Finished) and not isinstance(before, Finished):  # a full disk: the lane shall end, too
                self._tell(("end", "stopped"))
        if isinstance(event, Finished):
            self._over = True
            for name, content in self._files:
                with contextlib.suppress(OSError):
                    (self._directory / name).write_bytes(content)
        self._connection.send(event)

    def _keep(self, step: int, state: bytes) -> None:
        """The last state only, and the one before until this one is whole."""
        folder = partial(self._directory)
        with contextlib.suppress(OSError):  # a full disk ends the run at its next snapshot
            before = list(folder.glob(_STATE + "*"))
            unfinished = folder / "unfinished"
            unfinished.write_bytes(state)
            unfinished.rename(folder / f"{_STATE}{step}")
            for old in before:
                if old.name != f"{_STATE}{step}":
                    old.unlink(missing_ok=True)


def _start(folder: Path, known: int) -> tuple[Start, list[Event]]:
    """From where a run goes on of which so many events are known, and those; what was written besides is taken away."""
    if not known:
        return Start(), []
    path = folder / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)[:known]
    path.write_bytes(b"".join(lines))
    told = [events.from_json(json.loads(line)) for line in lines]
    states = {int(kept.name.removeprefix(_STATE)): kept for kept in folder.glob(_STATE + "*")}
    at, state, first = 0, None, 0
    for place, event in enumerate(told, start=1):
        if isinstance(event, Snapshot) and event.step in states:
            at, state, first = place, states[event.step].read_bytes(), event.step
    changes = [(one.step, one.regularizer, one.strength) for one in told[at:] if isinstance(one, StrengthChanged)]
    done = max((event.step for event in told if isinstance(event, Progress)), default=0)
    return Start(state, first, tuple(told[:at]), tuple(changes), done), told
