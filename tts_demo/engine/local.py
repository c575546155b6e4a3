"""Runs in warm worker processes of this machine: the default engine.

One thread of this process does all the talking to the workers; everything else only touches the table of runs, under
one lock. A worker that dies takes nothing with it but its run.
"""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tts_demo import runs, service_log
from tts_demo.config import RunConfig
from tts_demo.engine.base import EngineError, Figures
from tts_demo.engine.jobs import Job, Jobs, partial
from tts_demo.engine.measuring import Measuring
from tts_demo.engine.pool import Pool, Worker
from tts_demo.engine.queue import FairQueue, starts
from tts_demo.events import SENTENCES, Event, Finished, Reason, StrengthChanged
from tts_demo.messages import Message
from tts_demo.run_times import RunTimes
from tts_demo.runs import Run

LEASE_SECONDS = 12.0  # while others wait, or after its page was closed; an open page asks once a second or more often
PATIENT_SECONDS = 300.0  # while nobody else waits: a phone may be locked, or out of reach
QUEUE_LIMIT = 40  # runs that wait, each with its twin, for each two that go on at once
OWN_LIMIT = 20  # of them one visitor's: a strength curve of 16 points, and some
_LAST_WORDS = 1.0  # seconds in which what a page that is being closed had asked before may still arrive
_PLAN_SECONDS = 0.5  # for so long what was reckoned of those that wait is told again
_BEFORE_ITS_START = Message("The run was ended before it began; it has learned nothing.")
_LOST_ITS_PLACE = Message(
    "Nobody watched this run while it waited, so it has lost its place. It has learned nothing; press Train again."
)
_CLOSED = Message("The program was closed during this run.")


class LocalEngine:
    """Worker processes, one run each at a time; visitors take turns.

    Parameters
    ----------
    folder : Path
        Where the runs' directories go.
    workers : int
        How many runs go on at once.
    lease_seconds : float
        A run whose lease nobody renews for this long is ended as `abandoned` where others wait that are watched.
    patient_seconds : float
        The same where nobody else waits.
    recorded : mapping of str to Run
        Finished runs by an id that everyone may know: they can be followed and heard like any other, and stay.
    beside : float
        How much of a core others on this machine take while runs go on, for the times that are expected.
    pool : Pool
        Another one than processes of this machine; it knows its own size.
    """

    def __init__(
        self,
        folder: Path,
        workers: int = 2,
        lease_seconds: float = LEASE_SECONDS,
        patient_seconds: float = PATIENT_SECONDS,
        recorded: Mapping[str, Run] | None = None,
        beside: float = 0.0,
        pool: Pool | None = None,
    ) -> None:
        self._pool = pool or Pool(workers)
        workers = self._pool.size
        self._jobs = Jobs(folder, recorded)
        self._lease, self._patience = lease_seconds, max(patient_seconds, lease_seconds)
        self._queue = FairQueue[Job](QUEUE_LIMIT * max(workers // 2, 1), OWN_LIMIT)
        self._changed = threading.Condition()
        self._closed = False
        self._times = RunTimes(self._pool.lanes(beside))
        self._measuring = Measuring(self._times)
        self._worked, self._worked_at = 0.0, time.monotonic()  # seconds of all runs together, and until when
        self._counts, self._refused = Counter[Reason](), 0
        self._plan: tuple[float, dict[str, float]] = (-_PLAN_SECONDS, {})  # when it was made; moments of the starts
        self._bell, self._bell_push = self._pool.context.Pipe(duplex=False)  # wakes the thread when something is queued
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)
        self._thread.start()

    # What the page calls

    def submit(self, config: RunConfig, visitor: str = "") -> str:
        """Queue a run and return its id; raises `EngineError` if there is no room for it."""
        return self.submit_together([config], visitor)[0]

    def submit_together(self, configs: Sequence[RunConfig], visitor: str = "") -> list[str]:
        """Queue a run and its twin as one turn, and return their ids; raises `EngineError` if there is no room."""
        with self._changed:
            if self._closed:
                raise EngineError("The engine is closed.")
            jobs = [self._jobs.new(config, visitor) for config in configs]
            try:
                self._queue.add(jobs, visitor)
            except EngineError:
                self._refused += 1
                service_log.tell("run_refused", "There is no room for another run.", "info", waiting=len(self._queue))
                raise
            self._plan = (-_PLAN_SECONDS, {})
            for job in jobs:
                self._jobs.add(job)
        self._ring()
        return [job.run_id for job in jobs]

    def events_after(self, run_id: str, n: int, timeout: float) -> list[Event]:
        """Events from the n-th on, waiting up to `timeout` seconds for the first; raises `EngineError` if unknown.

        The lease stays as it is: see `renew_lease`.
        """
        job = self._jobs.find(run_id)
        with self._changed:
            self._changed.wait_for(lambda: len(job.events) > n or job.over, timeout)
            return job.events[n:]

    def renew_lease(self, run_id: str) -> None:
        """Say that somebody watches a run: it goes on for `lease_seconds` at least; raises `EngineError` if unknown."""
        job = self._jobs.find(run_id)
        with self._changed:
            now = time.monotonic()
            if job.left is None or now - job.left > _LAST_WORDS:  # the page was opened again
                job.renewed, job.left = now, None

    def leave(self, run_id: str) -> None:
        """Say that the page of a run is being closed: where nobody renews its lease soon, nobody will."""
        job = self._jobs.find(run_id)
        with self._changed:
            job.left = time.monotonic()

    def visitor(self, run_id: str) -> str:
        """Whose run it is: whoever knows its id may go on as this visitor."""
        return self._jobs.find(run_id).visitor

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
            if self._jobs.find(run_id).over and n >= len(self._jobs.find(run_id).events):
                return

    def end(self, run_id: str, reason: Reason = "stopped") -> None:
        """End a run, also one that waits; one that is over stays as it is."""
        job = self._jobs.find(run_id)
        with self._changed:
            self._end(job, reason)

    def set_strength(self, run_id: str, regularizer: str, strength: float) -> None:
        """Change a regularizer's strength from the next update on, or from the first one of a run that waits.

        Raises `SettingError` outside its range.
        """
        job = self._jobs.find(run_id)
        own = [choice.settings for choice in job.config.regularizers if choice.name == regularizer]
        for settings in own:
            type(settings).from_mapping(settings.to_mapping() | {"strength": strength})
        with self._changed:
            job.strengths += [(regularizer, strength) for _ in own]
            if job.worker is not None:
                job.worker.send(("strength", regularizer, strength))

    def queue_position(self, run_id: str) -> int:
        """Which of the runs that wait it is: 1 for the next one; 0 for one that goes on or is over."""
        job = self._jobs.find(run_id)
        with self._changed:
            return self._queue.place(job)

    def wait_seconds(self, run_id: str) -> float | None:
        """In how many seconds a run that waits will probably begin; None where nobody knows, or where it does not."""
        job = self._jobs.find(run_id)
        with self._changed:
            begins = self._planned().get(job.run_id)
            return None if begins is None else max(begins - time.monotonic(), 0.0)

    def config(self, run_id: str) -> RunConfig:
        """What a run was asked to do."""
        return self._jobs.find(run_id).config

    def run(self, run_id: str) -> Run:
        """The run's record, also while it goes on; raises `EngineError` if nothing is recorded yet."""
        directory = self._jobs.find(run_id).directory
        for place in (directory, partial(directory), directory):  # it may be renamed while we look
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
        return self._jobs.find(run_id).promised

    def can_train(self) -> bool:
        """Whether there are worker processes, or such as have not failed to start too often."""
        return self._thread.is_alive() and not self._closed and not self._pool.gives_up()

    def figures(self) -> Figures:
        """How many runs wait, go on and have ended."""
        with self._changed:
            running = sum(worker.job is not None for worker in self._pool.workers)
            return Figures(
                self._pool.size, len(self._pool.workers), running, len(self._queue), self._refused, dict(self._counts)
            )

    def close(self) -> None:
        """End everything: every worker process and the thread."""
        with self._changed:
            if self._closed:
                return
            self._closed = self._pool.closing = True
        self._ring()
        # without workers it waits for the first one's start, and would for seconds; that process ends by itself then
        self._thread.join(timeout=10 if self._pool.workers else 0.5)
        self._pool.close()
        with self._changed:
            for job in self._jobs:
                self._finish(job, "failed", _CLOSED)

    def worker_processes(self) -> list[BaseProcess]:
        """The worker processes that live now."""
        return [worker.process for worker in self._pool.workers]

    # The one thread that talks to the workers

    def _serve(self) -> None:
        while not self._closed:
            failures = self._pool.failures
            # here, not where the engine is made: a worker's start waits until what all of them need is imported
            self._pool.start_missing(len(self._queue))
            by_connection = {worker.connection: worker for worker in self._pool.workers}
            heard: list[Any] = wait([self._bell, *by_connection], timeout=0.5)
            for ready in heard:
                if ready is self._bell:
                    self._bell.recv()
                else:
                    self._hear(by_connection[ready])
            with self._changed:
                if self._pool.failures != failures and self._pool.gives_up():
                    self._let_none_wait()
                self._hand_out()
                self._measuring.ask(self._pool.workers)
                self._end_abandoned()

    def _hear(self, worker: Worker) -> None:
        """Take one message of a worker, or notice its death."""
        try:
            message = worker.connection.recv()
        except Exception:  # a pipe that is closed, or holds half a message
            self._bury(worker)
            return
        with self._changed:
            self._measuring.busy()
            if message == "ready":
                self._worked_now()
                self._pool.is_ready(worker)
            elif isinstance(message, tuple) and message[0] == "ends":
                worker.why = message[1]
            elif isinstance(message, tuple):
                self._measuring.told(*message)
            elif worker.job is not None:
                self._happened(worker.job, message)

    def _happened(self, job: Job, event: Event) -> None:
        job.events.append(event)
        if isinstance(event, Finished):
            if event.reason == "completed":
                seconds = time.monotonic() - job.began
                self._times.took(job.config, seconds, (self._worked_now() - job.worked_before) / seconds)
            job.worker = None
            self._ended(event)
        self._changed.notify_all()

    def _ended(self, event: Finished) -> None:
        """Count it; whoever keeps the server running is told of what went wrong, without what it was about."""
        self._counts[event.reason] += 1
        if event.reason in ("failed", "abandoned") and not self._closed:
            level: service_log.Level = "error" if event.reason == "failed" else "info"
            service_log.tell(f"run_{event.reason}", event.message.template, level)

    def _bury(self, worker: Worker) -> None:
        """A worker has ended: its run has failed, or waits for another one where the pool lets it go on."""
        self._pool.bury(worker)
        with self._changed:
            self._measuring.dropped()
            self._worked_now()
            job, worker.job = worker.job, None
            if job is None or job.over:
                return
            job.worker, job.lost = None, job.lost + 1
            if not self._pool.lets_go_on(job):
                self._finish(job, "failed", self._pool.died)
            elif job.ending is not None:  # said to a worker that did not live to hear it
                self._finish(job, job.ending, SENTENCES[job.ending])
            else:
                self._queue.put_back(job, job.visitor)
                self._changed.notify_all()

    def _worked_now(self) -> float:
        """Seconds that all runs together have been going on: asked whenever one begins or ends."""
        now = time.monotonic()
        self._worked += sum(worker.job is not None for worker in self._pool.workers) * (now - self._worked_at)
        self._worked_at = now
        return self._worked

    def _let_none_wait(self) -> None:
        while job := self._queue.take():
            self._finish(job, "failed", self._pool.no_workers)

    def _hand_out(self) -> None:
        for worker in self._pool.workers:
            if worker.ready and (job := self._queue.take(self._attended)):
                job.worked_before = self._worked_now()
                job.worker, worker.job, worker.ready = worker, job, False
                job.began, job.promised = time.monotonic(), self._times.expected([job.config])
                worker.send(("run", job.config.to_json(), str(job.directory), len(job.events)))
                for change in job.strengths[sum(isinstance(event, StrengthChanged) for event in job.events) :]:
                    worker.send(("strength", *change))

    def _end_abandoned(self) -> None:
        """Where others wait, a run that nobody watches makes room soon, and else after a long time only."""
        others_wait = any(map(self._attended, self._queue))
        for job in self._jobs:
            short = job.left is not None or (others_wait and job.worker is not None)
            if not job.over and time.monotonic() - job.renewed > (self._lease if short else self._patience):
                self._end(job, "abandoned")

    # Under the lock

    def _attended(self, job: Job) -> bool:
        return job.left is None and time.monotonic() - job.renewed <= self._lease

    def _planned(self) -> dict[str, float]:
        """Moments at which those that wait will probably begin, where the times are known."""
        now = time.monotonic()
        if now - self._plan[0] > _PLAN_SECONDS:
            lasting = [self._times.beside(job.config, self._pool.size) for job in self._queue]
            going = [worker.job for worker in self._pool.workers if worker.job is not None]
            whole = [self._times.beside(job.config, self._pool.size) for job in going]
            left = [max(job.began + (took or 0.0) - now, 0.0) for job, took in zip(going, whole, strict=True)]
            known = [seconds for seconds in lasting if seconds is not None]
            moments = starts(known, left, self._pool.size) if len(known) == len(lasting) else []
            self._plan = now, {job.run_id: now + at for job, at in zip(self._queue, moments, strict=False)}
        return self._plan[1]

    def _end(self, job: Job, reason: Reason) -> None:
        if self._queue.remove(job):
            unbegun = _LOST_ITS_PLACE if reason == "abandoned" else _BEFORE_ITS_START
            self._finish(job, reason, SENTENCES[reason] if job.events else unbegun)
        elif job.worker is not None and not job.over:
            job.ending = reason
            job.worker.send(("end", reason))

    def _finish(self, job: Job, reason: Reason, message: Message) -> None:
        if not job.over:
            job.events.append(end := Finished(reason, message))
            self._ended(end)
        self._changed.notify_all()

    def _ring(self) -> None:
        with contextlib.suppress(OSError):
            self._bell_push.send(None)
