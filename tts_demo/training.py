"""The one training loop: `train(config, control)` yields what happens, as it happens."""

from collections.abc import Iterator

from tts_demo.config import RunConfig
from tts_demo.events import Event, Reason, StrengthChanged
from tts_demo.messages import Message
from tts_demo.run_state import RunState

THREADS = 1  # of a run: two runs share two cores, and a run's numbers do not depend on its company


class Control:
    """How others reach into a running loop: end it, or change a regularizer's strength. Safe across threads."""

    def __init__(self) -> None:
        self._end: Reason | None = None
        self._changes: list[tuple[str, float]] = []

    def end(self, reason: Reason = "stopped") -> None:
        """End the run after the update that is under way."""
        self._end = reason

    def set_strength(self, regularizer: str, strength: float) -> None:
        """Change the strength of a regularizer of the run from the next update on."""
        self._changes.append((regularizer, strength))

    def reason_to_end(self) -> Reason | None:
        """Asked by the loop before every update."""
        return self._end

    def strength_changes(self) -> list[tuple[str, float]]:
        """Changes since the last call; asked by the loop before every update."""
        changes, self._changes = self._changes, []
        return changes

    def after_snapshot(self, run: RunState) -> None:
        """Told by the loop after every snapshot: `run.state()` is where `train` could go on from."""


def train(config: RunConfig, control: Control | None = None, state: bytes | None = None) -> Iterator[Event]:
    """Train an acoustic model and yield its events: Started, then Progress and others, then Finished.

    Parameters
    ----------
    config : RunConfig
    control : Control, optional
        Stops the run or changes strengths while it goes on.
    state : bytes, optional
        What `RunState.state` gave after a snapshot of a run of this config: only what comes after it is done and told.

    Yields
    ------
    Event
        The same ones for one config and machine (but for `seconds`), if torch runs on `THREADS` threads.

    Raises
    ------
    CorpusError
        Before the first event, if the config names prompts that cannot be trained on.
    ResumeError
        Before the first event, if the state is damaged or that of another run.
    """
    control = control or Control()
    run = RunState(config)
    reason: Reason | None = None
    wrong = Message("")
    if state is not None:
        run.go_on(state)
    else:
        yield run.started()
        try:
            before = run.evaluated(None, 0.0)
            reason = "diverged" if before is None else None
        except Exception as error:
            before, reason, wrong = None, "failed", run.named(error)
        if before is not None:
            yield before
    while reason is None:
        reason = control.reason_to_end()
        if reason is not None:
            break
        for name, strength in control.strength_changes():
            if run.change_strength(name, strength):
                yield StrengthChanged(run.learning.step, name, strength)
        try:
            progress = run.advance()
            reason = "diverged" if progress is None else run.reason_to_end()
        except Exception as error:  # whatever a regularizer, a model or an optimizer raised ends this run and no other
            progress, wrong = None, run.named(error)
            reason = "failed" if run.finite() else "diverged"
        if progress is not None:
            yield progress
        if reason is None and run.learning.snapshot_due():
            yield run.snapshot()
            control.after_snapshot(run)
    yield from run.finish(reason, wrong)
