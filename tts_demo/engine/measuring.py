"""When workers that idle time some updates, for what runs to come will take."""

import time
from collections.abc import Sequence

from tts_demo.engine.pool import Worker
from tts_demo.run_times import RunTimes

QUIET_SECONDS = 2.0  # after which a worker that idles measures how quick it is
_MEASUREMENTS = 6  # of a worker alone and of all together, in turns


class Measuring:
    """Lets one worker, then all at once, then the next one time some updates while nothing else goes on.

    Parameters
    ----------
    times : RunTimes
        That are told.
    """

    def __init__(self, times: RunTimes) -> None:
        self._times = times
        self._rounds, self._unanswered = 0, 0  # workers that have not answered in this one
        self._together = False  # whether that was asked of several
        self._busy_until = time.monotonic()

    def busy(self) -> None:
        """Something goes on."""
        self._busy_until = time.monotonic()

    def dropped(self) -> None:
        """A worker has ended: nobody waits for its answer."""
        self._unanswered = 0

    def ask(self, workers: Sequence[Worker]) -> None:
        """The next round, if it is time for it."""
        if self._rounds == _MEASUREMENTS or self._unanswered or time.monotonic() < self._busy_until + QUIET_SECONDS:
            return
        if workers and all(worker.ready for worker in workers):
            alone = workers[self._rounds // 2 % len(workers)]
            asked = [alone] if self._rounds % 2 == 0 else workers
            self._rounds += 1
            self._unanswered, self._together = len(asked), len(asked) > 1
            for worker in asked:
                worker.send(("measure",))

    def told(self, kind: str, seconds: float | None) -> None:
        """A worker has measured, at its start ("first speed") or because it was asked to; or was disturbed."""
        first = kind == "first speed"
        self._unanswered -= not first and self._unanswered > 0
        if seconds is not None:
            self._times.measured(seconds, first, self._together)
