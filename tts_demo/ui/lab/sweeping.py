"""The strength curve of one page: runs that the visitor let train together, one for each point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from tts_demo import labels, sweeps
from tts_demo.config import RunConfig
from tts_demo.engine import Engine, EngineError
from tts_demo.events import finished
from tts_demo.messages import Message, MessageError
from tts_demo.models import MODELS
from tts_demo.recorded_runs import AMOUNTS, RecordedCurve
from tts_demo.settings import SettingError, describe
from tts_demo.sweeps import Point, Sweep, SweepError
from tts_demo.ui.components.run_status import StatusLine
from tts_demo.ui.components.strength_curve import PointState, StrengthCurveValue
from tts_demo.ui.lab import hard_and_soft
from tts_demo.ui.lab.hard_and_soft import HardAndSoft
from tts_demo.ui.lab.session import Session, stage_of
from tts_demo.ui.locales.catalog import Language

AXES = {  # what a curve can go over, and what the page calls it
    "strength": "The regularizer’s strength",
    "units": "Units",
    "layers": "Layers",
    "speech_seconds": "Seconds of speech",
    hard_and_soft.OVER: "Hard against soft",
}
# what else can differ is a size
_KINDS: dict[str, Literal["strength", "speech"]] = {"strength": "strength", "speech_seconds": "speech"}


@dataclass(frozen=True)
class LiveSweep:
    """A sweep whose runs are the engine's: ids in the order of the sweep's values."""

    sweep: Sweep
    runs: tuple[str, ...]


def begin(engine: Engine, base: RunConfig, over: str, visitor: str = "") -> LiveSweep:
    """Queue a run of a visitor for each point, all of them or none.

    Raises
    ------
    SweepError, SettingError
        For what cannot be swept.
    EngineError
        Where the queue has no room.
    """
    if over == hard_and_soft.OVER:
        raise SweepError("Hard against soft is drawn of recorded runs: vary the strength to train a curve of your own.")
    if over == "strength" and not base.regularizers:
        raise SweepError("Please choose a regularizer first: the curve goes over its strength.")
    if over != "strength" and over not in {"speech_seconds", *describe(base.model.settings)}:
        raise SweepError(
            "{model} has no {axis}.", model=Message(MODELS[base.model.name].label), axis=Message(AXES.get(over, over))
        )
    sweep = sweeps.plan(base, over, values=AMOUNTS if over == "speech_seconds" else ())
    begun: list[str] = []
    try:
        begun += (engine.submit(config, visitor) for config in sweep.configs())
    except EngineError:
        for run_id in begun:
            engine.end(run_id)
        raise
    return LiveSweep(sweep, tuple(begun))


def unfinished(engine: Engine, live: LiveSweep | None) -> dict[str, int]:
    """Runs that are not over, and how many stages each has passed."""
    found = {}
    for run_id in live.runs if live else ():
        try:
            events = engine.events_after(run_id, 0, timeout=0)
        except EngineError:  # forgotten
            continue
        if finished(events) is None:
            found[run_id] = stage_of(events)
    return found


def line(engine: Engine, live: LiveSweep | None, language: Language) -> list[StatusLine]:
    """How far the curve is, while it is not whole."""
    left = unfinished(engine, live)
    if live is None or not left:
        return []
    said = language("{over} of {all} points are trained.", over=len(live.runs) - len(left), all=len(live.runs))
    return [StatusLine("run", said, language("Strength curve"), others=tuple(left.items()))]


def value(engine: Engine, live: LiveSweep | None, now: Session, language: Language) -> StrengthCurveValue | None:
    """What the curve shows; None where there is none, or the engine has forgotten all of it."""
    if live is None:
        return None
    rows: list[_Row] = []
    for at, run_id in zip(live.sweep.values, live.runs, strict=True):
        try:
            events = engine.events_after(run_id, 0, timeout=0)
        except EngineError:  # forgotten
            continue
        rows.append(_Row(run_id, at, "running" if events else "queued", sweeps.point_of(at, events)))
    colours = {experiment.run_id: experiment.colour for experiment in now}
    return _value(live.sweep, rows, colours, False, language) if rows else None


def recorded_value(
    curve: RecordedCurve | HardAndSoft, ids: Mapping[RunConfig, str], now: Session, language: Language
) -> StrengthCurveValue:  # fmt: skip
    """What the page shows of a recorded curve, or of two; `ids` are those of recorded runs, by their settings."""
    if isinstance(curve, HardAndSoft):
        return hard_and_soft.value(curve, ids, now, language)
    rows = [_Row(ids[curve.sweep.config(point.value)], point.value, "over", point) for point in curve.points]
    colours = {experiment.run_id: experiment.colour for experiment in now}
    return _value(curve.sweep, rows, colours, True, language)


class _Row(NamedTuple):
    """A run of the curve: its state while it is not over, and what came of it then."""

    run: str
    value: float
    state: PointState
    point: Point | None


def _value(
    sweep: Sweep, rows: Sequence[_Row], colours: Mapping[str, int], recorded: bool, language: Language
) -> StrengthCurveValue:  # fmt: skip
    points = [row.point for row in rows]
    # while the curve grows, the best may still be to come
    whole = all(points)
    best = sweeps.best_of([point for point in points if point]) if whole else None
    regions = sweeps.regions_of(points) if whole else [None] * len(points)
    return {
        "label": _title(sweep, language),
        "kind": _KINDS.get(sweep.axis.name, "size"),
        "scale": sweep.axis.scale,
        "reversed": sweeps.less_is_stronger(sweep),  # the greatest values hold the network back least
        "points": [
            {
                "run": row.run, "value": row.value, "shown": f"{row.value:g}",
                "state": _state(row.point) if row.point else row.state,
                "training": row.point.training_loss if row.point else None,
                "validation": row.point.validation_loss if row.point else None,
                "missed": row.point.missed if row.point else None,
                "region": region, "best": best is not None and row.point is best, "colour": colours.get(row.run),
            }
            for row, region in zip(rows, regions, strict=True)
        ],
        "recorded": recorded, "fewest": _fewest([point for point in points if point]) if whole else None,
    }  # fmt: skip


def _fewest(points: Sequence[Point]) -> str | None:
    """Where fewest words are missed, if that is not where validation loss is least."""
    if sweeps.ear_agrees(points) is not False:
        return None
    heard = [point for point in points if point.missed is not None]
    return f"{min(heard, key=lambda point: point.missed or 0.0).value:g}"


def _state(point: Point) -> PointState:
    if point.training_loss is None:
        return "diverged" if point.reason == "diverged" else "untrained"
    return "over"


def _title(sweep: Sweep, language: Language) -> str:
    """What differs, and the regularizers that are the same at each point."""
    label = language.sentence(sweep.axis.label)
    if sweep.axis.name == "strength" or not sweep.base.regularizers:
        return label
    return language("{axis}, with {name}", axis=label, name=language.sentence(labels.trained_with(sweep.base)))


def to_plain(live: LiveSweep | None) -> dict[str, Any] | None:
    """What the browser keeps of it; None where its settings are too long for a link."""
    if live is None:
        return None
    try:
        query = live.sweep.base.to_query()
    except SettingError:
        return None
    points = [list(pair) for pair in zip(live.sweep.values, live.runs, strict=True)]
    return {"over": live.sweep.axis.name, "settings": query, "points": points}


def from_plain(plain: Any, engine: Engine) -> LiveSweep | None:
    """The curve that the browser kept, less the runs that are gone; None where it is not ours or nothing is left."""
    try:
        known = {}
        for at, run_id in plain["points"]:
            try:
                engine.queue_position(run_id)
            except EngineError:
                continue
            known[float(at)] = run_id
        sweep = sweeps.plan(RunConfig.from_query(plain["settings"]), plain["over"], values=list(known))
        if any(engine.config(known[at]) != sweep.config(at) for at in sweep.values):
            return None
        return LiveSweep(sweep, tuple(known[at] for at in sweep.values))
    except (MessageError, KeyError, TypeError, ValueError, AttributeError):
        return None
