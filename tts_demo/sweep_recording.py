"""Sweeps in a folder: trained there, several runs at once, and read again.

    sweep.json      strength-0.0003/      strength-0.001/ ...

A run directory for each point, as `runs` writes them, and what was asked for and what each run came to.
"""

import contextlib
import functools
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from multiprocessing import connection
from pathlib import Path
from typing import Any

from tts_demo import processes, runs
from tts_demo.config import RunConfig
from tts_demo.events import Event, finished
from tts_demo.messages import Message, MessageError
from tts_demo.runs import Run, RunError
from tts_demo.sweeps import Point, Sweep, SweepError, plan, point_of

_FILE = "sweep.json"
TrainAll = Callable[[Sweep, Sequence[float], Path], Iterator[tuple[float, Point]]]  # as `train_all`, less the workers


def directory_of(sweep: Sweep, value: float, folder: Path) -> Path:
    """Where the run of a point is recorded."""
    short = f"{value:g}"
    return folder / f"{sweep.axis.name}-{short if float(short) == value else repr(value)}"


def record(
    sweep: Sweep,
    folder: Path,
    workers: int = 2,
    tell: Callable[[str], None] = lambda line: None,
    elsewhere: TrainAll | None = None,
) -> list[Point]:
    """Train what the folder does not hold yet, several runs at once, and write `sweep.json` as they finish.

    Ctrl-C ends the runs that go on; what is done stays, and the next call goes on from there. What is to be trained
    `elsewhere` needs no processes here.

    Raises
    ------
    SweepError
        If the folder holds another sweep or cannot be written, or if a process dies.
    """
    if workers < 1:
        raise SweepError("A sweep needs at least one worker.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            return _recorded_all(sweep, folder, elsewhere or functools.partial(train_all, workers), tell)
    except BrokenProcessPool as error:
        raise SweepError("A process that trained a run of the sweep died: out of memory, or killed.") from error
    except OSError as error:
        raise SweepError(
            "{folder} cannot be written: {error}.", folder=str(folder), error=error.strerror or str(error)
        ) from error


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else records into the folder meanwhile; raises `SweepError` where somebody does. Not known on Windows."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SweepError("Another sweep goes on in {folder}.", folder=repr(folder.name)) from None
        yield


def _recorded_all(sweep: Sweep, folder: Path, train: TrainAll, tell: Callable[[str], None]) -> list[Point]:
    if (folder / _FILE).exists():
        before, _ = read(folder / _FILE)
        if not before.is_of(sweep.config(sweep.values[0]), sweep.axis.name):
            raise SweepError("{folder} holds another sweep: choose another folder.", folder=repr(folder.name))
    points = {value: point for value in sweep.values if (point := _recorded(sweep, value, folder)) is not None}
    if points:
        tell(f"{len(points)} of {len(sweep.values)} runs are there already")
    for value, point in train(sweep, [one for one in sweep.values if one not in points], folder):
        points[value] = point
        loss = "none" if point.validation_loss is None else f"{point.validation_loss:.4f}"
        done = f"{len(points)} of {len(sweep.values)}"
        tell(f"{sweep.axis.name} {value:g}: {point.reason}, validation loss {loss}; {done}")
        write(sweep, [points[one] for one in sweep.values if one in points], folder / _FILE)
    found = [points[value] for value in sweep.values]
    write(sweep, found, folder / _FILE)  # also where nothing was left to train
    return found


def _recorded(sweep: Sweep, value: float, folder: Path) -> Point | None:
    """The point of a run that was recorded before; None where there is none, or none that is whole."""
    directory = directory_of(sweep, value, folder)
    if not directory.exists():
        return None
    try:
        run = runs.load(directory)
        point = point_of(value, run.events())
    except RunError as error:
        raise SweepError(error.message) from error
    if run.config != sweep.config(value):
        raise SweepError("{folder} holds a run of other settings: choose another folder.", folder=repr(directory.name))
    if point is None:
        raise SweepError(
            "{folder} holds a run without an end: delete it to train it anew.", folder=repr(directory.name)
        )
    return point


def train_all(workers: int, sweep: Sweep, values: Sequence[float], folder: Path) -> Iterator[tuple[float, Point]]:
    """Each value with its point, as the runs end that so many processes train."""
    pool = ProcessPoolExecutor(max(1, min(workers, len(values))), mp_context=processes.context(), initializer=_deaf)
    try:
        going: dict[Future[Point], float] = {
            pool.submit(_train, sweep.config(value), value, directory_of(sweep, value, folder)): value
            for value in values
        }
        while going:
            over, _ = wait(going, return_when=FIRST_COMPLETED)
            for one in over:
                yield going.pop(one), one.result()
    except BaseException:  # Ctrl-C: what goes on is given up, and nobody waits for it
        for process in pool._processes.values():  # its own way to end waits for them
            process.kill()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _deaf() -> None:
    """Ctrl-C reaches the whole group, and the first process decides; a worker does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    first = multiprocessing.parent_process()
    if first is not None:

        def follow() -> None:
            connection.wait([first.sentinel])
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()


def _train(config: RunConfig, value: float, directory: Path) -> Point:
    """Train one run, in a process of its own, with as many threads as on the page."""
    import torch

    from tts_demo import training

    torch.set_num_threads(training.THREADS)
    return point_of_run(value, list(runs.record(config, training.train(config), directory)))


def point_of_run(value: float, happened: Sequence[Event]) -> Point:
    """What a run came to that is over; raises `SweepError` where it has failed."""
    point, end = point_of(value, happened), finished(happened)
    assert point is not None and end is not None
    if end.reason == "failed":  # a full disk, say: there is no run to hear
        raise SweepError(end.message)
    return point


def write(sweep: Sweep, points: Sequence[Point], path: Path) -> None:
    """Write what was asked for and what it came to; a reader finds the old file or the new one. Raises OSError."""
    written = {
        "format": 1,
        "over": sweep.axis.name,
        "values": list(sweep.values),
        "base": sweep.base.to_mapping(),
        "points": [asdict(point) for point in points],
    }
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def read(path: Path) -> tuple[Sweep, list[Point]]:
    """What `write` has written; raises `SweepError` where there is nothing or something damaged."""
    try:
        written: dict[str, Any] = json.loads(path.read_bytes())
        base = RunConfig.from_mapping(written["base"])
        sweep = plan(base, str(written["over"]), values=[float(value) for value in written["values"]])
        points = [Point(**point) for point in written["points"]]
        if not {point.value for point in points} <= set(sweep.values):
            raise SweepError("A point has a value that was not asked for.")
    except OSError as error:
        raise SweepError("{folder} is not a sweep.", folder=repr(path.parent.name)) from error
    except MessageError as error:
        raise _damaged(path, error.message) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, repr(error)[:60]) from error
    return sweep, points


def _damaged(path: Path, why: Message | str) -> SweepError:
    return SweepError("The sweep in {folder} is damaged: {error}", folder=repr(str(path.name)), error=why)


def load(folder: Path) -> tuple[Sweep, list[Point], list[Run]]:
    """A sweep of a folder, its points as far as they were trained, and their runs.

    Raises
    ------
    SweepError
        Where the folder holds none, or a damaged one.
    """
    sweep, points = read(folder / _FILE)
    try:
        return sweep, points, [runs.load(directory_of(sweep, point.value, folder)) for point in points]
    except RunError as error:
        raise _damaged(folder, error.message) from error
