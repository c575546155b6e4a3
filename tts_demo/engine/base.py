"""What every engine offers: submit a config, follow its events by the run's id, reach into it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tts_demo.config import RunConfig
from tts_demo.events import Event, Reason
from tts_demo.messages import MessageError
from tts_demo.runs import Run


class EngineError(MessageError):
    """A run that is unknown or cannot be taken; the message is a sentence."""


@dataclass(frozen=True)
class Figures:
    """How an engine is doing, with nothing in it of who has asked for what.

    Attributes
    ----------
    slots : how many runs can go on at once.
    workers : how many worker processes there are now.
    running, waiting : runs.
    refused : how often there was no room for what was submitted, so far.
    ended : runs that are over, by their reasons, so far.
    """

    slots: int
    workers: int
    running: int
    waiting: int
    refused: int
    ended: Mapping[Reason, int]


class Engine(Protocol):
    """Runs are known by an unguessable id; whoever has it may follow, stop and hear the run."""

    def submit(self, config: RunConfig, visitor: str = "") -> str:
        """Queue a run and return its id; raises `EngineError` if there is no room. Visitors take turns."""

    def submit_together(self, configs: Sequence[RunConfig], visitor: str = "") -> list[str]:
        """Queue a run and its twin as one turn, and return their ids; raises `EngineError` if there is no room."""

    def events_after(self, run_id: str, n: int, timeout: float) -> list[Event]:
        """Events from the n-th on, waiting up to `timeout` seconds for the first; it is reading and no more."""

    def renew_lease(self, run_id: str) -> None:
        """Say that somebody watches a run: one that nobody watches any more is ended."""

    def leave(self, run_id: str) -> None:
        """Say that the page of a run is being closed."""

    def visitor(self, run_id: str) -> str:
        """Whose run it is: whoever knows its id may go on as this visitor."""

    def follow(self, run_id: str, start: int = 0) -> Iterator[Event]:
        """Events from the n-th on, as they happen, up to Finished; whoever follows renews the run's lease."""

    def end(self, run_id: str, reason: Reason = "stopped") -> None:
        """End a run; one that is over stays as it is."""

    def set_strength(self, run_id: str, regularizer: str, strength: float) -> None:
        """Change a regularizer's strength from the next update on."""

    def queue_position(self, run_id: str) -> int:
        """Which of the runs that wait it is: 1 for the next one; 0 for one that goes on or is over."""

    def wait_seconds(self, run_id: str) -> float | None:
        """In how many seconds a run that waits will probably begin; None where nobody knows, or where it does not."""

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

    def figures(self) -> Figures:
        """How many runs wait, go on and have ended: for whoever keeps the server running."""

    def close(self) -> None:
        """End everything."""
