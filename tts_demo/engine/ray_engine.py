"""Runs on the cores of a Ray cluster: the local engine, whose workers pass everything on to one core each."""

import functools
import importlib.util
import time
from collections.abc import Mapping
from pathlib import Path

from tts_demo.engine.base import EngineError
from tts_demo.engine.jobs import Job
from tts_demo.engine.local import LEASE_SECONDS, PATIENT_SECONDS, LocalEngine
from tts_demo.engine.pool import Pool, Program
from tts_demo.engine.ray_relay import THIS_MACHINES, count_cores, reach, relay, unreachable
from tts_demo.messages import Message
from tts_demo.runs import Run

_MOST = 32  # relays, each of which takes memory of this machine
_CONNECTED_SECONDS = 90.0  # within which a cluster must tell how large it is
_AGAIN_SECONDS = 10.0  # between two tries to have a lost core back
_LOST = 3  # workers, after which a run is not tried again: it may be the run


class RayPool(Pool):
    """One worker process here for each core of a cluster, or as many as are asked for.

    Parameters
    ----------
    address : str
        HOST:PORT of the cluster's head, or "auto". This machine must be a node of it, if one without cores.
    workers : int, optional
        How many runs at once; as many as the cluster has cores where it is None.

    Raises
    ------
    EngineError
        Where Ray is not installed, or the cluster cannot be reached or has no core.
    """

    no_workers = Message(
        "The Ray cluster cannot be reached any more, or trains nothing. The server's console says why."
    )
    died = Message("This run was tried {count} times, and each time its part of the cluster was lost.", count=_LOST + 1)

    def __init__(self, address: str, workers: int | None = None) -> None:
        if importlib.util.find_spec("ray") is None:
            raise EngineError("Ray is not installed here: {command}", command="pip install -r requirements-ray.txt")
        self._address, self._again = address, 0.0
        reach(address)
        super().__init__(0)
        cores = self._cores()
        self.size = min(cores, workers or _MOST, _MOST)

    def program(self) -> Program:
        """What a worker process does."""
        return functools.partial(relay, self._address)

    def start_missing(self, waiting: int) -> None:
        """As many as there should be; while others train, one that is lost is asked for again and again."""
        if self.workers and time.monotonic() > self._again:
            self._failed_starts, self._again = 0, time.monotonic() + _AGAIN_SECONDS
        super().start_missing(waiting)

    def lanes(self, beside: float) -> float:
        """Each run has a core of its own."""
        return float(self.size)

    def lets_go_on(self, job: Job) -> bool:
        """From its last snapshot, unless it has lost its worker too often."""
        return job.lost <= _LOST

    def _cores(self) -> int:
        """Of the cluster, as another process finds: Ray ends those that are connected to a cluster that is lost."""
        ours, theirs = self.context.Pipe(duplex=False)
        process = self.context.Process(target=count_cores, args=(self._address, theirs), daemon=True)
        process.start()
        theirs.close()
        try:
            found = ours.recv() if ours.poll(_CONNECTED_SECONDS) else "it does not answer"
        except EOFError:
            found = "the connection was lost"
        process.kill()
        process.join()
        ours.close()
        if isinstance(found, str):
            raise unreachable(self._address, found)
        if not found:
            raise EngineError("The Ray cluster at {address} has no core to train on.", address=self._address)
        return found


class RayEngine(LocalEngine):
    """As `LocalEngine`, on a cluster: a run whose node is lost goes on elsewhere from its last snapshot.

    Parameters
    ----------
    folder : Path
        Where the runs' directories go, on this machine.
    address, workers : as for `RayPool`
    lease_seconds, patient_seconds, recorded : as for `LocalEngine`

    Raises
    ------
    EngineError
        As `RayPool`.
    """

    def __init__(
        self,
        folder: Path,
        address: str = THIS_MACHINES,
        workers: int | None = None,
        lease_seconds: float = LEASE_SECONDS,
        patient_seconds: float = PATIENT_SECONDS,
        recorded: Mapping[str, Run] | None = None,
    ) -> None:
        pool = RayPool(address, workers)
        super().__init__(folder, 0, lease_seconds, patient_seconds, recorded, pool=pool)
