"""What happens in a run, as frozen records: the only thing that the page, the command line and the tests consume.

Started · (Progress | Snapshot | StrengthChanged)* · Finished. They pickle, hold no live tensors, and turn into one JSON
object each.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from tts_demo.messages import Message, MessageError

Reason = Literal[
    "completed", "early_stopped", "target_reached", "time_limit", "stopped", "abandoned", "diverged", "failed"
]
REASONS: tuple[str, ...] = get_args(Reason)
WHOLE = ("completed", "early_stopped", "target_reached", "time_limit")  # the run had its time, and its loss counts
SENTENCES: dict[str, Message] = {  # of the reasons for which a run ends well, with the weights that it has then
    "completed": Message("All updates are done."),
    "early_stopped": Message("The validation loss got no better, so training stopped early."),
    "target_reached": Message("The validation loss reached its target."),
    "time_limit": Message("The time limit is reached."),
    "stopped": Message("The run was stopped; what it learned so far is kept."),
    "abandoned": Message("Nobody watched this run any more, so it was ended; what it learned so far is kept."),
}


@dataclass(frozen=True)
class Started:
    """The run exists; nothing is learned yet."""

    event: ClassVar[str] = "started"
    training_prompts: int
    training_seconds: float
    validation_prompts: int
    parameters: int
    total_updates: int


@dataclass(frozen=True)
class Progress:
    """One update is done.

    `training_loss` and `validation_loss` are both measured in evaluation mode and without the penalty, on a fixed
    part of the training prompts and on all validation prompts; they are None between evaluations.
    """

    event: ClassVar[str] = "progress"
    step: int
    batch_loss: float | None  # of the update's batch, in training mode, without the penalty; None before the first
    penalty: float
    seconds: float  # since the run began
    training_loss: float | None = None
    validation_loss: float | None = None
    zeros: float | None = None  # share of weights that are exactly zero
    largest_weight: float | None = None  # max |weight|
    weight_norm: float | None = None  # Euclidean, of all weights together
    dead_units: float | None = None  # share of units that do nothing in the speech of this evaluation
    active_share: float | None = None  # share of a hard constraint that holds something back


@dataclass(frozen=True)
class Histogram:
    """Weights of one layer, counted in bins of equal width from -`largest` to `largest`; exact zeros apart."""

    largest: float
    counts: tuple[int, ...]
    zeros: int


@dataclass(frozen=True)
class Snapshot:
    """The weights at one moment, float16 (left out of JSON, and of what is sent to other processes)."""

    event: ClassVar[str] = "snapshot"
    step: int
    weights: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False, compare=False)
    histograms: Mapping[str, Histogram] = field(default_factory=dict)
    looks_at: Mapping[int, float] = field(default_factory=dict)  # by neighbour, see `measures.looks_at`


@dataclass(frozen=True)
class StrengthChanged:
    """A regularizer's strength was changed while the run went on."""

    event: ClassVar[str] = "strength_changed"
    step: int
    regularizer: str
    strength: float


@dataclass(frozen=True)
class Finished:
    """The run is over; `message` says why, in a sentence or two.

    The losses are those of the final weights; None where a Stop came between two evaluations.
    """

    event: ClassVar[str] = "finished"
    reason: Reason
    message: Message
    step: int = 0  # that the final weights come from
    seconds: float = 0.0
    training_loss: float | None = None
    validation_loss: float | None = None
    best_validation_loss: float | None = None
    best_step: int | None = None

    @property
    def gap(self) -> float | None:
        """Validation less training loss at the end."""
        if self.training_loss is None or self.validation_loss is None:
            return None
        return self.validation_loss - self.training_loss

    @property
    def rise(self) -> float | None:
        """Last over least validation loss, less 1."""
        if self.validation_loss is None or not self.best_validation_loss:
            return None
        return self.validation_loss / self.best_validation_loss - 1


Event = Started | Progress | Snapshot | StrengthChanged | Finished
_KINDS: dict[str, type] = {kind.event: kind for kind in (Started, Progress, Snapshot, StrengthChanged, Finished)}


def finished(events: Sequence[Event]) -> Finished | None:
    """How the run ended, if it has."""
    last = events[-1] if events else None
    return last if isinstance(last, Finished) else None


def points_of(events: Sequence[Event]) -> list[tuple[int, float | None, float | None]]:
    """Step, training and validation loss of each evaluation, and of the weights that a run ended with."""
    points: list[tuple[int, float | None, float | None]] = [
        (event.step, event.training_loss, event.validation_loss)
        for event in events
        if isinstance(event, Progress) and event.validation_loss is not None
    ]
    end = finished(events)
    if end and points and end.validation_loss is not None and end.step > points[-1][0]:
        points.append((end.step, end.training_loss, end.validation_loss))
    return points


def training_mode_points(events: Sequence[Event]) -> list[tuple[int, float]]:
    """Step, and what Keras, say, prints as the training loss: the mean over the updates since the last evaluation.

    It is measured on each update's batch before that update, in training mode (with dropout and noise) and with the
    penalty, so it may lie above the validation loss of a network that does not overfit.
    """
    points, since = [], []
    for event in events:
        if not isinstance(event, Progress):
            continue
        if event.batch_loss is not None:
            since.append(event.batch_loss + event.penalty)
        if event.validation_loss is not None and since:
            points.append((event.step, math.fsum(since) / len(since)))
            since = []
    return points


def to_json(event: Event) -> dict[str, Any]:
    """Plain values of an event, ready for `json.dumps`; a snapshot's weights stay behind."""
    plain: dict[str, Any] = {"event": event.event}
    for item in fields(event):
        if item.name != "weights":
            plain[item.name] = getattr(event, item.name)
    if isinstance(event, Snapshot):
        plain["histograms"] = {name: asdict(histogram) for name, histogram in event.histograms.items()}
        plain["looks_at"] = {str(neighbour): share for neighbour, share in event.looks_at.items()}
    if isinstance(event, Finished):
        plain["message"] = event.message.to_plain()
    return plain


def _histogram(largest: float, counts: Iterable[int], zeros: int) -> Histogram:
    return Histogram(largest, tuple(counts), zeros)


def _shares(plain: Mapping[str, float]) -> dict[int, float]:
    shares = {int(neighbour): share for neighbour, share in plain.items()}
    if not all(0 <= share <= 1 for share in shares.values()):  # nan neither
        raise ValueError(shares)
    return shares


def from_json(plain: Mapping[str, Any]) -> Event:
    """Event from what `to_json` made; raises ValueError for anything else."""
    try:
        values = dict(plain)
        kind = _KINDS[values.pop("event")]
        if kind is Snapshot:
            values["histograms"] = {name: _histogram(**item) for name, item in values.get("histograms", {}).items()}
            values["looks_at"] = _shares(values.get("looks_at", {}))  # runs of before it was measured lack it
        if kind is Finished:
            values["message"] = Message.from_plain(values["message"])  # runs of before it was a record: a sentence
        event = kind(**values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MessageError("This is not an event: {text}.", text=str(plain)[:80]) from error
    if any(isinstance(value, float) and not math.isfinite(value) for value in values.values()):
        raise MessageError("An event holds a number that is not finite: {text}.", text=str(plain)[:80])
    return event
