"""The worker processes of an engine: started, written to, buried; and told where they do not start."""

import contextlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from tts_demo import processes, service_log
from tts_demo.engine.jobs import Job
from tts_demo.engine.slots import usable_cores
from tts_demo.engine.worker import work
from tts_demo.messages import Message

Program = Callable[[Connection], None]  # of a worker process, over the pipe to the engine
STARTS = 3  # of worker processes, that come to nothing one after the other: then it is tried again for a run only


@dataclass(eq=False)
class Worker:
    """A process that trains one run after the other."""

    process: BaseProcess
    connection: Connection
    started: bool = False  # it has been ready once
    ready: bool = False
    job: Job | None = None
    why: str = ""  # it ends, if it has said so

    def send(self, order: tuple) -> None:
        """Give it an order; where it has just died, that is noticed elsewhere."""
        with contextlib.suppress(OSError):
            self.connection.send(order)


class Pool:
    """As many workers as there should be. One thread uses it; others may look at `workers`.

    Parameters
    ----------
    size : int
        How many there should be.
    """

    no_workers = Message(
        "This server cannot train at present: its worker processes end as they start. Its console says why."
    )
    died = Message(
        "The process of this run ended unexpectedly, perhaps for want of memory. Other runs are not affected."
    )

    def __init__(self, size: int) -> None:
        self.context = processes.context()
        self.size = size
        self.workers: list[Worker] = []
        self.closing = False  # from then on no death is a fault
        self.failures = 0  # starts that have come to nothing, so far
        self._failed_starts = 0  # of them, since a worker has started last
        self._told = ""  # the console: why workers do not start

    def program(self) -> Program:
        """What a worker process does."""
        return work

    def lanes(self, beside: float) -> float:
        """How many runs can go on at once without one taking another's time; `beside` is taken by others here."""
        return min(self.size, max(usable_cores() - beside, 0.5))

    def lets_go_on(self, job: Job) -> bool:
        """Whether a run whose worker has ended can go on with another one."""
        return False

    def gives_up(self) -> bool:
        """Whether there are no workers, and starting them has failed too often."""
        return not self.workers and self._failed_starts >= STARTS

    def start_missing(self, waiting: int) -> None:
        """As many as there should be; where they do not start, one more for each run that waits, and no others."""
        trusted = self._failed_starts < STARTS
        for _ in range(len(self.workers), self.size if trusted else min(waiting, 1)):
            try:
                self.workers.append(self.start_worker())
            except Exception as error:  # no memory, no process to be had: what it is, the console says
                self._start_failed(f"{type(error).__name__}: {error}")

    def start_worker(self) -> Worker:
        """One more process."""
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=_begin, args=(self.program(), theirs), name="run worker", daemon=True)
        process.start()
        theirs.close()
        return Worker(process, ours)

    def is_ready(self, worker: Worker) -> None:
        """It has said so."""
        if not worker.started:
            worker.started, self._failed_starts = True, 0
        worker.ready, worker.job = True, None

    def bury(self, worker: Worker) -> None:
        """A worker has ended: the console is told why."""
        worker.process.join(timeout=1)
        code = worker.process.exitcode
        worker.process.kill()
        worker.process.join()
        worker.connection.close()
        self.workers.remove(worker)
        if not worker.started:
            self._start_failed(
                worker.why or f"its exit code was {code}, which is a signal's number where it is negative"
            )
        elif not self.closing:
            # an error's words may hold what a visitor has asked for; of what has no words the number says what it was
            kind = worker.why.strip().rpartition("\n")[2].partition(":")[0] or None
            service_log.tell("worker_died", "A worker process has ended unexpectedly.", exit_code=code, error=kind)

    def close(self) -> None:
        """End every worker."""
        for worker in self.workers:
            worker.process.kill()
            worker.process.join(timeout=10)
            worker.connection.close()

    def _start_failed(self, why: str) -> None:
        """Count it, and tell the console once."""
        self._failed_starts += 1
        self.failures += 1
        if why != self._told and not self.closing:
            self._told = why
            service_log.tell(
                "worker_start_failed", f"A worker process, which training needs, has ended as it started: {why}"
            )


def _begin(program: Program, connection: Connection) -> None:
    """The first function of a worker process: the program, and why it has ended where that is by an error."""
    try:
        program(connection)
    except Exception:
        with contextlib.suppress(OSError):
            connection.send(("ends", traceback.format_exc()))
