"""Sweeps: one run at many strengths of a regularizer or at many sizes, and what came of each.

They know nothing of folders and processes: `sweep_recording` trains one, the page's engine another.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tts_demo.config import RunConfig
from tts_demo.events import WHOLE, Event, Progress, Reason, finished
from tts_demo.messages import Message, MessageError
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import Choice, Description, SettingError, describe
from tts_demo.strengths import default_strength, offered

POINTS = 8
MOST_POINTS = 16
NEAR = 0.05  # of the least validation loss: what is no further above it is about as good
_BELOW_DEFAULT = 30  # where a strength may be 0, which no logarithmic axis has: the default over the weakest
_SECONDS = (20.0, 1800.0)  # of speech
Region = Literal["overfitting", "best", "underfitting"]


class SweepError(MessageError):
    """A sweep that makes no sense or cannot be read or written; the message is a sentence."""


@dataclass(frozen=True)
class Axis:
    """What differs from run to run.

    Attributes
    ----------
    name : "strength" of the run's one regularizer, a number of the model's settings ("units", "layers"), or
        "speech_seconds".
    label : in words.
    scale : of the axis.
    low, high : the least and the greatest value that it may have.
    whole : whether only whole numbers make sense.
    """

    name: str
    label: Message
    scale: Literal["linear", "log"]
    low: float
    high: float
    whole: bool


@dataclass(frozen=True)
class Point:
    """What came of one run: losses of the weights that it ended with.

    They are None where the loss became infinite or undefined, and where the run was stopped before its end.
    """

    value: float
    reason: Reason
    training_loss: float | None
    validation_loss: float | None
    weight_norm: float | None = None  # Euclidean, of all weights together
    missed: float | None = None  # fraction of words that a recogniser missed; None where none was asked


@dataclass(frozen=True)
class Sweep:
    """One run, and the values of what differs, from the least to the greatest."""

    base: RunConfig
    axis: Axis
    values: tuple[float, ...]

    def config(self, value: float) -> RunConfig:
        """The run at one value; raises `SettingError` where it may not have that."""
        return with_value(self.base, self.axis.name, value)

    def configs(self) -> list[RunConfig]:
        """One config for each value."""
        return [self.config(value) for value in self.values]

    def is_of(self, config: RunConfig, over: str) -> bool:
        """Whether it goes over this axis of this run, whatever value the run has on it."""
        if over != self.axis.name or [one.name for one in config.regularizers] != [
            one.name for one in self.base.regularizers
        ]:
            return False
        try:
            return with_value(config, over, self.values[0]) == self.config(self.values[0])
        except (SettingError, TypeError, ValueError):  # of another model
            return False


def axis_of(base: RunConfig, name: str) -> Axis:
    """The axis of this name for a run; raises `SweepError` where the run has no such number."""
    if name == "speech_seconds":
        return Axis(name, Message("Seconds of speech"), "log", *_SECONDS, whole=False)
    if name == "strength":
        if len(base.regularizers) != 1:
            raise SweepError("A sweep over strengths needs exactly one regularizer.")
        (choice,) = base.regularizers
        found = describe(choice.settings).get("strength")
        if found is None:
            raise SweepError("{name} has no strength.", name=Message(REGULARIZERS[choice.name].label))
        default = default_strength(choice.name, base.optimizer)
        label = Message(
            "{regularizer}: {strength}",
            regularizer=Message(REGULARIZERS[choice.name].label),
            strength=Message(found[0].label),
        )
    else:
        found = describe(base.model.settings).get(name)
        label = Message(found[0].label) if found else Message(name)
        default = found[1] if found else None
    if found is None or not isinstance(default, int | float) or isinstance(default, bool):
        raise SweepError(
            "A sweep goes over {known}, not over {name}.",
            known=", ".join(["strength", *_numbers_of(base), "speech_seconds"]), name=repr(name[:40]),
        )  # fmt: skip
    description: Description = found[0]
    assert description.minimum is not None and description.maximum is not None, description
    low = description.minimum
    if description.scale == "log":
        low = max(low, default / _BELOW_DEFAULT)
    return Axis(name, label, description.scale, low, description.maximum, isinstance(default, int))


def _numbers_of(base: RunConfig) -> list[str]:
    described = describe(MODELS[base.model.name].Settings)
    return [name for name, (description, _) in described.items() if description.maximum is not None]


def plan(base: RunConfig, over: str, points: int | None = None, values: Sequence[float] = ()) -> Sweep:
    """A sweep of one run over an axis: over the values that are given, or over points evenly apart on it.

    Where neither is given, strengths are those that the page offers (`strengths.offered`), and of all else there are
    `POINTS` points.

    Raises
    ------
    SweepError, SettingError
        For an axis that the run does not have, too few or too many points, a value that it may not have.
    """
    axis = axis_of(base, over)
    if not values and points is None and over == "strength":
        values = offered(base.regularizers[0].name, base.optimizer)
    if not values:
        points = POINTS if points is None else points
        if not 2 <= points <= MOST_POINTS:
            raise SweepError("A sweep has 2 to {most} points, not {count}.", most=MOST_POINTS, count=points)
        values = [value for value in _evenly(axis, points) if _suits(base, over, value)]
    elif not 2 <= len(set(values)) <= MOST_POINTS:
        raise SweepError(
            "A sweep has 2 to {most} different points, not {count}.", most=MOST_POINTS, count=len(set(values))
        )
    elif axis.scale == "log" and min(values) <= 0:
        raise SweepError("On a logarithmic axis all values are above 0.")
    sweep = Sweep(base, axis, tuple(sorted(set(values))))
    sweep.configs()  # each value is checked now and not when its turn comes
    return sweep


def _evenly(axis: Axis, points: int) -> list[float]:
    space = np.geomspace if axis.scale == "log" else np.linspace
    low = axis.low if axis.low > 0 or axis.scale == "log" else axis.high / points  # nothing at all is no point
    found = space(low, axis.high, points)
    if axis.whole and axis.scale == "log":  # powers of two, as sizes of networks are
        return sorted({round(low), *(2 ** round(math.log2(value)) for value in found[1:-1]), round(axis.high)})
    if axis.whole:
        return sorted({round(float(value)) for value in found})
    inner = [float(f"{value:.2g}") for value in found[1:-1]]
    return [float(f"{low:.3g}"), *inner, axis.high]


def _suits(base: RunConfig, name: str, value: float) -> bool:
    """Whether a run may have this value: not each number of units can be dealt to each number of heads."""
    try:
        with_value(base, name, value)
    except SettingError:
        return False
    return True


def with_value(base: RunConfig, name: str, value: float) -> RunConfig:
    """A run with another value of what an axis names; raises `SettingError`."""
    if name == "speech_seconds":
        return replace(base, speech_seconds=value)
    if name == "strength":
        (choice,) = base.regularizers
        return replace(base, regularizers=(_changed(choice, "strength", value),))
    return replace(base, model=_changed(base.model, name, value))


def _changed(choice: Choice, name: str, value: float) -> Choice:
    return Choice(choice.name, replace(choice.settings, **{name: value}))


def less_is_stronger(sweep: Sweep) -> bool:
    """Whether the least values of the axis hold the network back most."""
    if sweep.axis.name == "strength":
        return REGULARIZERS[sweep.base.regularizers[0].name].family == "hard"
    # a small network cannot learn much by heart; less speech, or leaves of few phones, can be learned so more easily
    return sweep.axis.name not in ("speech_seconds", "smallest_leaf")


def point_of(value: float, events: Sequence[Event]) -> Point | None:
    """What came of a run; None before its end."""
    end = finished(events)
    if end is None:
        return None
    norms = [event.weight_norm for event in events if isinstance(event, Progress) and event.weight_norm is not None]
    losses = (end.training_loss, end.validation_loss)
    if end.reason not in WHOLE or not all(loss is not None and math.isfinite(loss) for loss in losses):
        losses = (None, None)
    return Point(value, end.reason, *losses, weight_norm=norms[-1] if norms else None)


def best_of(points: Sequence[Point]) -> Point | None:
    """The point of the least validation loss; None where none has one."""
    measured = [point for point in points if point.validation_loss is not None]
    return min(measured, key=lambda point: point.validation_loss or 0.0, default=None)


def ear_agrees(points: Sequence[Point]) -> bool | None:
    """Whether fewest words are missed at the point of the least validation loss or beside it; None if none were heard.

    Points are in the order of the axis. Of several points with as few words missed one is enough.
    """
    measured = [point for point in points if point.validation_loss is not None and point.missed is not None]
    best = best_of(measured)
    if best is None:
        return None
    fewest = min(point.missed or 0.0 for point in measured)
    place = measured.index(best)
    return any(point.missed == fewest for point in measured[max(place - 1, 0) : place + 2])


def regions_of(points: Sequence[Point | None]) -> list[Region | None]:
    """What each point shows beside the best of them, all in the order of the axis; None for one that has no loss.

    From the first to the last that is hardly worse than the best they are as good. Beyond, a point has learned its
    training speech better than the best (it overfits) or not as well (it underfits).
    """
    best = best_of([point for point in points if point])
    if best is None or best.validation_loss is None or best.training_loss is None:
        return [None] * len(points)
    near = best.validation_loss * (1 + NEAR)
    good = [place for place, one in enumerate(points) if one and one.validation_loss and one.validation_loss <= near]
    found: list[Region | None] = []
    for place, point in enumerate(points):
        if point is None or point.validation_loss is None or point.training_loss is None:
            found.append(None)
        elif good[0] <= place <= good[-1]:
            found.append("best")
        else:
            found.append("overfitting" if point.training_loss < best.training_loss else "underfitting")
    return found
