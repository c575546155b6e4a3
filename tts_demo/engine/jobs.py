"""The runs that an engine knows: those that wait, go on and are over, and recorded ones; the oldest make room."""

import os
import secrets
import shutil
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tts_demo import runs
from tts_demo.config import RunConfig
from tts_demo.engine.base import EngineError
from tts_demo.events import Event, Finished, Reason
from tts_demo.runs import Run

KEPT_RUNS = 100  # that are over, with their directories
KEPT_BYTES = 4_000_000_000  # of them together: a network keeps some 30 MB, a forest of all speech 130 MB
KEPT_SHARE = 0.5  # and of the file system that they are on, which is a small one in many a container


@dataclass(eq=False)
class Job:
    """A run as its engine sees it. Moments are those of `time.monotonic`, which no change of the clock moves.

    Attributes
    ----------
    run_id : what it is known by.
    config : what was asked for.
    directory : where it is recorded.
    visitor : whose it is, for the order of those that wait; "" where nobody has said so.
    events : what has happened so far.
    renewed : when somebody has last said that it is watched.
    left : the moment at which its page has said since then that it is being closed; None where it has not.
    worker : what trains it; None while it waits, and when it is over.
    began, promised : when it was handed out, and the seconds that were expected of it then.
    worked_before : seconds that all runs together had gone on when it began.
    strengths : what was changed, by regularizer: while it waited, and since then.
    ending : why it shall end, since that was said; it may be under way to the worker.
    lost : how many workers it has lost.
    """

    run_id: str
    config: RunConfig
    directory: Path
    visitor: str = ""
    events: list[Event] = field(default_factory=list)
    renewed: float = field(default_factory=time.monotonic)
    left: float | None = None
    worker: Any = None
    began: float = 0.0
    promised: float | None = None
    worked_before: float = 0.0
    strengths: list[tuple[str, float]] = field(default_factory=list)
    ending: Reason | None = None
    lost: int = 0
    _size: int | None = None

    @property
    def over(self) -> bool:
        """Whether its last event has happened."""
        return bool(self.events) and isinstance(self.events[-1], Finished)

    def size(self) -> int:
        """Bytes of the directory of a run that is over."""
        if self._size is None:
            self._size = sum(_bytes_of(file) for file in self.directory.rglob("*"))
        return self._size


class Jobs:
    """The table of an engine's runs; whoever uses it has the engine's lock, but for `find`.

    Parameters
    ----------
    folder : Path
        Where the runs' directories go.
    recorded : mapping of str to Run
        Finished runs by an id that everyone may know; they stay.
    """

    def __init__(self, folder: Path, recorded: Mapping[str, Run] | None = None) -> None:
        self._folder = Path(folder)
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._recorded, self._read = dict(recorded or {}), dict[str, Job]()  # what somebody has asked for of them

    def __iter__(self) -> Iterator[Job]:
        """The runs that were submitted, oldest first."""
        return iter(self._jobs.values())

    def __getitem__(self, run_id: str) -> Job:
        return self._jobs[run_id]

    def new(self, config: RunConfig, visitor: str = "") -> Job:
        """A run that was submitted, under an id that cannot be guessed; it is in the table after `add`."""
        run_id = secrets.token_hex(12)
        return Job(run_id, config, self._folder / run_id, visitor)

    def add(self, job: Job) -> None:
        """Put it into the table, and forget those that are in its way."""
        self._jobs[job.run_id] = job
        self._forget_old()

    def find(self, run_id: str) -> Job:
        """A run by its id, also a recorded one; raises `EngineError` if unknown."""
        job = self._jobs.get(run_id) or self._read.get(run_id)
        if job is None and run_id in self._recorded:  # two threads may read it at once: they read the same
            run = self._recorded[run_id]
            job = self._read[run_id] = Job(run_id, run.config, run.directory, events=run.events())
        if job is None:
            raise EngineError("There is no such run; it may have been ended and forgotten.")
        return job

    def _forget_old(self) -> None:
        space = shutil.disk_usage(self._folder).total if self._folder.exists() else KEPT_BYTES / KEPT_SHARE
        kept_bytes = min(KEPT_BYTES, KEPT_SHARE * space)
        total, counts = 0, Counter[bool]()  # those that never began are counted apart: they push no other run out
        for job in [job for job in reversed(self._jobs.values()) if job.over]:
            size = job.size()
            total, counts[size > 0] = total + size, counts[size > 0] + 1
            if counts[size > 0] > KEPT_RUNS or total > kept_bytes:
                del self._jobs[job.run_id]
                for place in (job.directory, partial(job.directory)):
                    shutil.rmtree(place, ignore_errors=True)


def partial(directory: Path) -> Path:
    """Where a run's directory is while it goes on, or where it stayed when its process died."""
    return directory.with_name(directory.name + runs.PARTIAL)


def _bytes_of(file: Path) -> int:
    try:
        return os.stat(file).st_size if file.is_file() else 0
    except OSError:  # taken away just now
        return 0
