"""Hard against soft: a penalty's and a constraint's recorded curves over the size of the weights that they end with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tts_demo import sweeps
from tts_demo.config import RunConfig, choose
from tts_demo.labels import with_strength
from tts_demo.lesson import CONSTRAINT, REGULARIZER
from tts_demo.recorded_runs import RecordedCurve
from tts_demo.regularizers import REGULARIZERS
from tts_demo.sweeps import Point
from tts_demo.ui.components.strength_curve import CurvePoint, StrengthCurveValue
from tts_demo.ui.lab.session import Session
from tts_demo.ui.locales.catalog import Language

OVER = "weight_norm"  # what it goes over, beside a sweep's axes
_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class HardAndSoft:
    """A penalty's curve and a constraint's, of one run but for them."""

    soft: RecordedCurve
    hard: RecordedCurve

    @property
    def points(self) -> list[tuple[RecordedCurve, RecordedCurve, Point]]:
        """Each point that has a size of its weights, with its own curve and the other one."""
        both = [(self.soft, self.hard, point) for point in self.soft.points]
        both += [(self.hard, self.soft, point) for point in self.hard.points]
        return [one for one in both if one[2].weight_norm and one[2].validation_loss]

    def configs(self) -> list[RunConfig]:
        """What can be picked: the runs of both."""
        return [*self.soft.sweep.configs(), *self.hard.sweep.configs()]

    def heard_with(self, config: RunConfig) -> list[RunConfig]:
        """What is heard when a run is picked, itself the last: first the other curve's run nearest to it in size."""
        return [self.nearest(config), config]

    def nearest(self, config: RunConfig) -> RunConfig:
        """The recorded run of the other curve whose weights are nearest in size to those of a run of this pair."""
        found = ((other, point) for own, other, point in self.points if own.sweep.config(point.value) == config)
        other, point = next(found, (None, None))
        if other is None or point is None:
            return config
        at = float(np.log(point.weight_norm or 1))
        fitting = [one for one in other.points if one.weight_norm and one.validation_loss]
        return other.sweep.config(min(fitting, key=lambda one: abs(np.log(one.weight_norm or 1) - at)).value)


def at_norm(points: Sequence[Point], norm: float) -> tuple[float, float] | None:
    """The strength at which a curve's weights would end with a norm, and the validation loss there.

    Both lie on straight lines between the points, on logarithmic scales of strength and norm; None beyond the ends.

    >>> at_norm([Point(1, "completed", 0.3, 0.7, 40), Point(4, "completed", 0.5, 0.6, 10)], 20)
    (2.0, 0.65)
    """
    known = sorted((p.weight_norm, p.value, p.validation_loss) for p in points if p.weight_norm and p.validation_loss)
    if not known or not known[0][0] <= norm <= known[-1][0]:
        return None
    norms, values, losses = (np.array(column) for column in zip(*known, strict=True))
    at = np.log(norm)
    strength = float(np.exp(np.interp(at, np.log(norms), np.log(values))))
    return float(f"{strength:.2g}"), float(f"{np.interp(at, np.log(norms), losses):.3g}")


def of(config: RunConfig, curves: Sequence[RecordedCurve]) -> HardAndSoft | None:
    """The two curves for what is chosen: its regularizer's and its counterpart's; None where one was not recorded."""
    chosen = config.regularizers[0] if len(config.regularizers) == 1 else None
    pair = {"soft": REGULARIZER.name, "hard": CONSTRAINT.name}
    if chosen and REGULARIZERS[chosen.name].on_weights and REGULARIZERS[chosen.name].family in pair:
        pair[REGULARIZERS[chosen.name].family] = chosen.name
    elif config.regularizers:
        return None
    found = []
    for name in pair.values():
        run = replace(config, regularizers=(choose("regularizer", name),))
        found.append(next((one for one in curves if one.sweep.is_of(run, "strength")), None))
    soft, hard = found
    return HardAndSoft(soft, hard) if soft and hard else None


def value(
    pair: HardAndSoft, ids: Mapping[RunConfig, str], now: Session, language: Language
) -> StrengthCurveValue:  # fmt: skip
    """What the strength curve shows of the two; `ids` are those of recorded runs, by their settings."""
    colours = {experiment.run_id: experiment.colour for experiment in now}
    points = [_point(pair, one, ids, colours, language) for one in pair.points]
    points.sort(key=lambda point: (point.get("series", 0), point["value"]))
    norms = [point["value"] for point in points]
    return {
        "label": language("Norm of all weights at the end of training"),
        "kind": "norm", "scale": "log", "reversed": True, "points": points, "recorded": True,
        "series": [language(REGULARIZERS[curve.regularizer].label) for curve in (pair.soft, pair.hard)],
        "ticks": [(tick, f"{tick}") for tick in _TICKS if min(norms) <= tick <= max(norms)],
    }  # fmt: skip


def _point(
    pair: HardAndSoft, one: tuple[RecordedCurve, RecordedCurve, Point], ids: Mapping[RunConfig, str],
    colours: Mapping[str, int], language: Language,
) -> CurvePoint:  # fmt: skip
    own, other, point = one
    run = ids[own.sweep.config(point.value)]
    norm = point.weight_norm or 0.0
    same = at_norm(other.points, norm)
    match = language("{name} never leaves weights of this size.", name=language(REGULARIZERS[other.regularizer].label))
    if same:
        match = language(
            "{name} leads to weights of the same size (norm {norm}), with a validation loss of about {loss}.",
            name=language.sentence(with_strength(other.regularizer, same[0])),
            norm=f"{norm:.3g}", loss=f"{same[1]:.3f}",
        )  # fmt: skip
    return {
        "run": run, "value": norm, "shown": language.sentence(with_strength(own.regularizer, point.value)),
        "state": "over", "training": point.training_loss, "validation": point.validation_loss, "missed": point.missed,
        "region": None,
        "best": point is sweeps.best_of(own.points), "colour": colours.get(run), "match": match,
        "series": int(own is pair.hard),
    }  # fmt: skip
