"""The strength curve: training and validation loss of one run at many strengths, or at many sizes of the network."""

from collections.abc import Collection, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from tts_demo.messages import MessageError
from tts_demo.sweeps import Region
from tts_demo.ui.components.base import Component

PointState = Literal["queued", "running", "over", "diverged", "untrained"]


class CurvePoint(TypedDict):
    """One run of the curve.

    Keys
    ----
    run : its id.
    value : where it is on the axis, which the page writes as `shown`.
    state : "queued", "running" or "over"; "diverged" where its loss became infinite, "untrained" where it was stopped.
    training, validation : losses of the weights that it ended with; None unless the state is "over".
    missed : fraction of words that a recogniser missed, 0 to 1; None where none was asked.
    region : what it shows beside the best of the curve; None where it has no loss, and while the curve grows.
    best : whether its validation loss is the least.
    colour : 0 to 5, its colour on the loss chart; None where it is not there.
    series : 0 or 1, where two curves are drawn: which of them it is on.
    match : a sentence on where the other curve reaches the same place on the axis.
    """

    run: str
    value: float
    shown: str
    state: PointState
    training: float | None
    validation: float | None
    missed: float | None
    region: Region | None
    best: bool
    colour: int | None
    series: NotRequired[int]
    match: NotRequired[str]


class StrengthCurveValue(TypedDict):
    """Value of a `StrengthCurve`.

    Keys
    ----
    label : what differs, in words.
    kind : what that is: "strength", "size" of the network, the amount of "speech", or the "norm" of its weights.
    scale : of the axis.
    reversed : whether the greatest values stand on the left: what holds the network back least always does.
    points : its runs, `value` ascending.
    recorded : whether it was recorded.
    fewest : the value at which a recogniser missed fewest words, if it is not where validation loss is least.
    series : the names of two curves; left out where there is one.
    ticks : (value, text) on the axis; each point's own where they are left out.
    order : where more than one way leads to the page: greater in what was made later.
    """

    label: str
    kind: Literal["strength", "size", "speech", "norm"]
    scale: Literal["linear", "log"]
    reversed: bool
    points: Sequence[CurvePoint]
    recorded: bool
    fewest: NotRequired[str | None]
    series: NotRequired[Sequence[str]]
    ticks: NotRequired[Sequence[tuple[float, str]]]
    order: NotRequired[int]


NO_CURVE: StrengthCurveValue = {
    "label": "", "kind": "strength", "scale": "log", "reversed": False, "points": (), "recorded": False,
}  # fmt: skip


def picked(data: object, known: Collection[str]) -> str:
    """The run that a `pick` event names; raises `ValueError` for what is none of the curve's."""
    run = data.get("run") if isinstance(data, dict) else None
    if not isinstance(run, str) or run not in known:
        raise MessageError("This point is not on the curve any more.")
    return run


class StrengthCurve(Component):
    """Losses against strength, from overfitting on the left to underfitting on the right.

    The value is a `StrengthCurveValue`, None or without points before anything was trained. Event `pick`: a point was
    chosen, to be heard and to be drawn in the loss chart; its `run` is in the event's attributes. Keys: Tab and the
    arrows go from point to point, Enter picks.
    """

    triggers = ("pick",)

    def postprocess(self, value: StrengthCurveValue | None) -> Any:  # type: ignore[override]
        """The value as it is: nothing in it is infinite."""
        return value
