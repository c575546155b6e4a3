"""What every engine offers: submit a config, follow its events by the run's id, reach into it."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from tts_demo.config import RunConfig
from tts_demo.events import Event, Reason
from tts_demo.messages import MessageError
from tts_demo.runs import Run


class EngineError(MessageError):
    """A run that is unknown or cannot be taken; the message is a sentence."""


class Engine(Protocol):
    """Runs are known by an unguessable id; whoever has it may follow, stop and hear the run."""

    def submit(self, config: RunConfig) -> str:
        """Queue a run and return its id; raises `EngineError` if the queue is full."""

    def events_after(self, run_id: str, n: int, timeout: float) -> list[Event]:
        """Events from the n-th on, waiting up to `timeout` seconds for the first; it is reading and no more."""

    def renew_lease(self, run_id: str) -> None:
        """Say that somebody watches a run: one that nobody watches any more is ended."""

    def follow(self, run_id: str, start: int = 0) -> Iterator[Event]:
        """Events from the n-th on, as they happen, up to Finished; whoever follows renews the run's lease."""

    def end(self, run_id: str, reason: Reason = "stopped") -> None:
        """End a run; one that is over stays as it is."""

    def set_strength(self, run_id: str, regularizer: str, strength: float) -> None:
        """Change a regularizer's strength from the next update on."""

    def queue_position(self, run_id: str) -> int:
        """How many runs are before this one in the queue; 0 for one that runs or is over."""

    def config(self, run_id: str) -> RunConfig:
        """What a run was asked to do."""

    def expected_seconds(self, configs: Sequence[RunConfig]) -> float | None:
        """From the start of some runs to the end of all of them, by themselves; None until a worker has measured."""

    def promised_seconds(self, run_id: str) -> float | None:
        """What was expected of a run when it began; None before, and where nothing was known then."""

    def run(self, run_id: str) -> Run:
        """The run's record, also while it goes on; raises `EngineError` if nothing is recorded yet."""

    def can_train(self) -> bool:
        """Whether a run that is submitted now finds, or will find, somebody to take it."""

    def close(self) -> None:
        """End everything."""
