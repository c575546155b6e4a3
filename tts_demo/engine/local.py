"""Runs in warm worker processes of this machine: the default engine.

One thread of this process does all the talking to the workers; everything else only touches the table of runs, under
one lock. A worker that dies takes nothing with it but its run.
"""

import contextlib
import os
import secrets
import shutil
import sys
import threading
import time
import traceback
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tts_demo import processes, runs
from tts_demo.config import RunConfig
from tts_demo.engine.base import EngineError
from tts_demo.engine.worker import work
from tts_demo.events import Event, Finished, Reason
from tts_demo.messages import Message
from tts_demo.run_times import RunTimes
from tts_demo.runs import Run

LEASE_SECONDS = 12.0  # a closed tab's run ends within 15 s; an open one asks once a second or more often
QUEUE_LIMIT = 40
KEPT_RUNS = 100  # that are over, with their directories
KEPT_BYTES = 4_000_000_000  # of them together: a network keeps some 30 MB, a forest of all speech 130 MB
QUIET_SECONDS = 2.0  # after which a worker that idles measures how quick it is
_MEASUREMENTS = 6  # of a worker alone and of all together, in turns
_BEFORE_ITS_START = Message("The run was ended before it began; it has learned nothing.")
_STARTS = 3  # of worker processes, that come to nothing one after the other: then it is tried again for a run only
_NO_WORKERS = Message(
    "This server cannot train at present: its worker processes end as they start. Its console says why."
)
_DIED = Message("The process of this run ended unexpectedly, perhaps for want of memory. Other runs are not affected.")
_CLOSED = Message("The program was closed during this run.")


@dataclass
class _Job:
    run_id: str
    config: RunConfig
    directory: Path
    events: list[Event] = field(default_factory=list)
    renewed: float = field(default_factory=time.monotonic)  # its lease, as on `time.monotonic`
    worker: "_Worker | None" = None
    began: float = 0.0
    promised: float | None = None
    worked_before: float = 0.0  # seconds that all runs together had gone on when it began
    strengths: list[tuple[str, float]] = field(default_factory=list)  # changed while it waited
    _size: int | None = None

    @property
    def over(self) -> bool:
        return bool(self.events) and isinstance(self.events[-1], Finished)

    def size(self) -> int:
        """Bytes of the directory of a run that is over."""
        if self._size is None:
            self._size = sum(file.stat().st_size for file in self.directory.rglob("*") if file.is_file())
        return self._size


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    started: bool = False  # it has been ready once
    ready: bool = False
    job: _Job | None = None
    why: str = ""  # it ends, if it has said so


class LocalEngine:
    """Worker processes, one run each at a time, first come first served.

    Parameters
    ----------
    folder : Path
        Where the runs' directories go.
    workers : int
        How many runs go on at once.
    lease_seconds : float
        A run whose lease nobody renews for this long is ended as `abandoned`.
    recorded : mapping of str to Run
        Finished runs by an id that everyone may know: they can be followed and heard like any other, and stay.
    beside : float
        How much of a core others on this machine take while runs go on, for the times that are expected.
    """

    def __init__(
        self,
        folder: Path,
        workers: int = 2,
        lease_seconds: float = LEASE_SECONDS,
        recorded: Mapping[str, Run] | None = None,
        beside: float = 0.0,
    ) -> None:
        self._folder = Path(folder)
        self._recorded, self._read = dict(recorded or {}), dict[str, _Job]()  # what somebody has asked for of them
        self._lease = lease_seconds
        self._context = processes.context()
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._queue: list[_Job] = []
        self._changed = threading.Condition()
        self._closed = False
        self._times = RunTimes(min(workers, max((os.cpu_count() or 1) - beside, 0.5)))
        self._worked, self._worked_at = 0.0, time.monotonic()  # seconds of all runs together, and until when
        self._measurements, self._measuring = 0, 0  # rounds; workers that have not answered in this one
        self._together = False  # whether that was asked of several
        self._busy_until = time.monotonic()
        self._bell, self._bell_push = self._context.Pipe(duplex=False)  # wakes the thread when something is queued
        self._n_workers = workers
        self._workers: list[_Worker] = []
        self._failed_starts = 0  # since a worker has started last
        self._told = ""  # the console: why workers do not start
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)
        self._thread.start()

    # What the page calls

    def submit(self, config: RunConfig) -> str:
        """Queue a run and return its id; raises `EngineError` if the queue is full."""
        with self._changed:
            if self._closed:
                raise EngineError("The engine is closed.")
            if len(self._queue) >= QUEUE_LIMIT:
                raise EngineError(
                    "{count} runs are waiting already. Please try again in some minutes.", count=QUEUE_LIMIT
                )
            run_id = secrets.token_hex(12)
            job = _Job(run_id, config, self._folder / run_id)
            self._jobs[run_id] = job
            self._queue.append(job)
            self._forget_old_runs()
        self._ring()
        return run_id

    def events_after(self, run_id: str, n: int, timeout: float) -> list[Event]:
        """Events from the n-th on, waiting up to `timeout` seconds for the first; raises `EngineError` if unknown.

        The lease stays as it is: see `renew_lease`.
        """
        job = self._job(run_id)
        with self._changed:
            self._changed.wait_for(lambda: len(job.events) > n or job.over, timeout)
            return job.events[n:]

    def renew_lease(self, run_id: str) -> None:
        """Say that somebody watches a run: it goes on for `lease_seconds` at least; raises `EngineError` if unknown."""
        job = self._job(run_id)
        with self._changed:
            job.renewed = time.monotonic()

    def follow(self, run_id: str, start: int = 0) -> Iterator[Event]:
        """Events from the n-th on, as they happen, up to Finished; raises `EngineError` for an unknown run.

        The run's lease is renewed for as long as somebody takes the events.
        """
        n = start
        while True:
            self.renew_lease(run_id)
            for event in self.events_after(run_id, n, timeout=min(1.0, self._lease / 3)):
                n += 1
                yield event
            if self._job(run_id).over and n >= len(self._job(run_id).events):
                return

    def end(self, run_id: str, reason: Reason = "stopped") -> None:
        """End a run, also one that waits; one that is over stays as it is."""
        job = self._job(run_id)
        with self._changed:
            self._end(job, reason)

    def set_strength(self, run_id: str, regularizer: str, strength: float) -> None:
        """Change a regularizer's strength from the next update on, or from the first one of a run that waits.

        Raises `SettingError` outside its range.
        """
        job = self._job(run_id)
        for choice in job.config.regularizers:
            if choice.name == regularizer:
                type(choice.settings).from_mapping(choice.settings.to_mapping() | {"strength": strength})
        with self._changed:
            if job.worker is not None:
                _send(job.worker, ("strength", regularizer, strength))
            else:
                job.strengths.append((regularizer, strength))

    def queue_position(self, run_id: str) -> int:
        """How many runs are before this one in the queue; 0 for one that runs or is over."""
        job = self._job(run_id)
        with self._changed:
            return self._queue.index(job) + 1 if job in self._queue else 0

    def config(self, run_id: str) -> RunConfig:
        """What a run was asked to do."""
        return self._job(run_id).config

    def run(self, run_id: str) -> Run:
        """The run's record, also while it goes on; raises `EngineError` if nothing is recorded yet."""
        directory = self._job(run_id).directory
        for place in (directory, _partial(directory), directory):  # it may be renamed while we look
            if (place / "config.json").exists():
                with contextlib.suppress(runs.RunError):
                    return runs.load(place)
        raise EngineError("This run has recorded nothing yet.")

    def expected_seconds(self, configs: Sequence[RunConfig]) -> float | None:
        """From the start of some runs to the end of all of them, by themselves; None until a worker has measured."""
        with self._changed:
            return self._times.expected(configs)

    def promised_seconds(self, run_id: str) -> float | None:
        """What was expected of a run when it began; None before, and where nothing was known then."""
        return self._job(run_id).promised

    def close(self) -> None:
        """End everything: every worker process and the thread."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
        self._ring()
        # without workers it waits for the first one's start, and would for seconds; that process ends by itself then
        self._thread.join(timeout=10 if self._workers else 0.5)
        for worker in self._workers:
            worker.process.kill()
            worker.process.join(timeout=10)
            worker.connection.close()
        with self._changed:
            for job in self._jobs.values():
                self._finish(job, "failed", _CLOSED)

    def worker_processes(self) -> list[BaseProcess]:
        """The worker processes that live now."""
        return [worker.process for worker in self._workers]

    # The one thread that talks to the workers

    def _serve(self) -> None:
        while not self._closed:
            # here, not where the engine is made: a worker's start waits until what all of them need is imported
            self._start_workers()
            by_connection = {worker.connection: worker for worker in self._workers}
            heard: list[Any] = wait([self._bell, *by_connection], timeout=0.5)
            for ready in heard:
                if ready is self._bell:
                    self._bell.recv()
                else:
                    self._hear(by_connection[ready])
            with self._changed:
                self._hand_out()
                self._measure()
                self._end_abandoned()

    def _hear(self, worker: _Worker) -> None:
        """Take one message of a worker, or notice its death."""
        try:
            message = worker.connection.recv()
        except Exception:  # a pipe that is closed, or holds half a message
            self._bury(worker)
            return
        with self._changed:
            self._busy_until = time.monotonic()
            if message == "ready":
                self._worked_now()
                if not worker.started:
                    worker.started, self._failed_starts = True, 0
                worker.ready, worker.job = True, None
            elif isinstance(message, tuple) and message[0] == "ends":
                worker.why = message[1]
            elif isinstance(message, tuple):
                kind, seconds = message
                first = kind == "first speed"
                self._measuring -= not first and self._measuring > 0
                if seconds is not None:
                    self._times.measured(seconds, first, self._together)
            elif worker.job is not None:
                worker.job.events.append(message)
                if isinstance(message, Finished):
                    if message.reason == "completed":
                        seconds = time.monotonic() - worker.job.began
                        at_once = (self._worked_now() - worker.job.worked_before) / seconds
                        self._times.took(worker.job.config, seconds, at_once)
                    worker.job.worker = None
                self._changed.notify_all()

    def _bury(self, worker: _Worker) -> None:
        """A worker has ended: its run has failed, and the console is told why."""
        worker.process.join(timeout=1)
        code = worker.process.exitcode
        worker.process.kill()
        worker.process.join()
        worker.connection.close()
        why = worker.why or f"its exit code was {code}, which is a signal's number where it is negative"
        with self._changed:
            self._measuring = 0
            self._worked_now()
            self._workers.remove(worker)
            if worker.job is not None:
                worker.job.worker = None
                self._finish(worker.job, "failed", _DIED)
        if worker.started:
            print(f"A worker process has ended unexpectedly: {why}", file=sys.stderr, flush=True)
        else:
            self._start_failed(why)

    def _start_workers(self) -> None:
        """As many as there should be; where they do not start, one more for each run that waits, and no others."""
        trusted = self._failed_starts < _STARTS
        for _ in range(len(self._workers), self._n_workers if trusted else min(len(self._queue), 1)):
            if self._closed:
                return
            try:
                self._workers.append(self._start_worker())
            except Exception as error:  # no memory, no process to be had: what it is, the console says
                self._start_failed(f"{type(error).__name__}: {error}")

    def _start_failed(self, why: str) -> None:
        """Count it, tell the console once, and let no run wait where there is nobody to take it."""
        self._failed_starts += 1
        if why != self._told and not self._closed:
            self._told = why
            print(
                f"A worker process, which training needs, has ended as it started: {why}", file=sys.stderr, flush=True
            )
        with self._changed:
            while self._failed_starts >= _STARTS and not self._workers and self._queue:
                self._finish(self._queue.pop(0), "failed", _NO_WORKERS)

    def _worked_now(self) -> float:
        """Seconds that all runs together have been going on: asked whenever one begins or ends."""
        now = time.monotonic()
        self._worked += sum(worker.job is not None for worker in self._workers) * (now - self._worked_at)
        self._worked_at = now
        return self._worked

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.ready and self._queue:
                job = self._queue.pop(0)
                job.worked_before = self._worked_now()
                job.worker, worker.job, worker.ready = worker, job, False
                job.began, job.promised = time.monotonic(), self._times.expected([job.config])
                _send(worker, ("run", job.config.to_json(), str(job.directory)))
                for change in job.strengths:
                    _send(worker, ("strength", *change))

    def _measure(self) -> None:
        """Let one worker, then all at once, then the next one time some updates while nothing else goes on."""
        now = time.monotonic()
        if self._measurements == _MEASUREMENTS or self._measuring or now < self._busy_until + QUIET_SECONDS:
            return
        if self._workers and all(worker.ready for worker in self._workers):
            alone = self._workers[self._measurements // 2 % len(self._workers)]
            asked = [alone] if self._measurements % 2 == 0 else self._workers
            self._measurements += 1
            self._measuring, self._together = len(asked), len(asked) > 1
            for worker in asked:
                _send(worker, ("measure",))

    def _end_abandoned(self) -> None:
        now = time.monotonic()
        for job in self._jobs.values():
            if not job.over and now - job.renewed > self._lease:
                self._end(job, "abandoned")

    # Under the lock

    def _end(self, job: _Job, reason: Reason) -> None:
        if job in self._queue:
            self._queue.remove(job)
            self._finish(job, reason, _BEFORE_ITS_START)
        elif job.worker is not None and not job.over:
            _send(job.worker, ("end", reason))

    def _finish(self, job: _Job, reason: Reason, message: Message) -> None:
        if not job.over:
            job.events.append(Finished(reason, message))
        self._changed.notify_all()

    def _forget_old_runs(self) -> None:
        total, counts = 0, Counter[bool]()  # those that never began are counted apart: they push no other run out
        for job in [job for job in reversed(self._jobs.values()) if job.over]:
            size = job.size()
            total, counts[size > 0] = total + size, counts[size > 0] + 1
            if counts[size > 0] > KEPT_RUNS or total > KEPT_BYTES:
                del self._jobs[job.run_id]
                for place in (job.directory, _partial(job.directory)):
                    shutil.rmtree(place, ignore_errors=True)

    # Small parts

    def _start_worker(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_begin, args=(work, theirs), name="run worker", daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _job(self, run_id: str) -> _Job:
        job = self._jobs.get(run_id) or self._read.get(run_id)
        if job is None and run_id in self._recorded:  # two threads may read it at once: they read the same
            run = self._recorded[run_id]
            job = self._read[run_id] = _Job(run_id, run.config, run.directory, run.events())
        if job is None:
            raise EngineError("There is no such run; it may have been ended and forgotten.")
        return job

    def _ring(self) -> None:
        with contextlib.suppress(OSError):
            self._bell_push.send(None)


def _begin(program: Callable[[Connection], None], connection: Connection) -> None:
    """The first function of a worker process: the program, and why it has ended where that is by an error."""
    try:
        program(connection)
    except Exception:
        with contextlib.suppress(OSError):
            connection.send(("ends", traceback.format_exc()))


def _partial(directory: Path) -> Path:
    """Where a run's directory is while it goes on, or where it stayed when its process died."""
    return directory.with_name(directory.name + runs.PARTIAL)


def _send(worker: _Worker, order: tuple) -> None:
    with contextlib.suppress(OSError):  # a worker that has just died: its end is noticed by the thread
        worker.connection.send(order)
