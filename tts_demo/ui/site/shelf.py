"""Recorded runs where handlers expect an engine: they can be looked at, and nothing can be trained."""

from collections.abc import Iterator, Mapping, Sequence

from tts_demo.config import RunConfig
from tts_demo.engine import EngineError, Figures
from tts_demo.events import Event, Reason
from tts_demo.runs import Run


class Shelf:
    """An `Engine` of runs by their ids, all of which are over; whatever would train raises `EngineError`."""

    def __init__(self, runs: Mapping[str, Run]) -> None:
        self._runs = runs

    def run(self, run_id: str) -> Run:
        """The run; raises `EngineError` for one that was not recorded."""
        if run_id not in self._runs:
            raise EngineError("This run was not recorded.")
        return self._runs[run_id]

    def config(self, run_id: str) -> RunConfig:
        """What was asked for."""
        return self.run(run_id).config

    def events_after(self, run_id: str, n: int, timeout: float) -> list[Event]:
        """What happened, less the first `n` events."""
        return self.run(run_id).events()[n:]

    def follow(self, run_id: str, start: int = 0) -> Iterator[Event]:
        """What happened, from an event on."""
        yield from self.events_after(run_id, start, 0)

    def queue_position(self, run_id: str) -> int:
        """0, as it is over."""
        self.run(run_id)
        return 0

    def renew_lease(self, run_id: str) -> None:
        """Nothing: it is over."""

    def end(self, run_id: str, reason: Reason = "stopped") -> None:
        """Nothing: it is over."""

    def wait_seconds(self, run_id: str) -> float | None:
        """None, as it is over."""
        self.run(run_id)
        return None

    def leave(self, run_id: str) -> None:
        """Nothing: it is over."""

    def visitor(self, run_id: str) -> str:
        """Nobody's."""
        self.run(run_id)
        return ""

    def submit(self, config: RunConfig, visitor: str = "") -> str:
        """Refuse."""
        raise EngineError("This run was not recorded.")

    def submit_together(self, configs: Sequence[RunConfig], visitor: str = "") -> list[str]:
        """Refuse."""
        raise EngineError("This run was not recorded.")

    def set_strength(self, run_id: str, regularizer: str, strength: float) -> None:
        """Refuse."""
        raise EngineError("This run was not recorded.")

    def expected_seconds(self, configs: Sequence[RunConfig]) -> float | None:
        """Nobody knows: nothing is trained."""
        return None

    def promised_seconds(self, run_id: str) -> float | None:
        """None: it is over."""
        return None

    def can_train(self) -> bool:
        """Nobody is here to do it."""
        return False

    def figures(self) -> Figures:
        """Nothing goes on."""
        return Figures(slots=0, workers=0, running=0, waiting=0, refused=0, ended={})

    def close(self) -> None:
        """Nothing is open."""
