"""Recorded strength curves: what came of the lesson at many strengths and sizes, so that nobody has to wait to see it.

    checkpoints/curves/l2.json   max_norm.json ...   units.json   layers.json   speech_seconds.json

Each is a sweep as `sweeps` writes it, without the runs. `benchmarks/record_curves.py` makes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tts_demo import sweep_recording, sweeps
from tts_demo.config import choose
from tts_demo.lesson import LESSON, lesson_for
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.strengths import default_strength
from tts_demo.sweeps import Point, Sweep, SweepError

SIZES = ("units", "layers", "speech_seconds")
AMOUNTS = (20.0, 40.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0)  # seconds of speech
# Of these the first that suits a regularizer: one needs a model with a memory, another one classes to predict.
_RUNS = (LESSON, lesson_for("rnn"), replace(LESSON, loss="cross_entropy"))


@dataclass(frozen=True)
class RecordedCurve:
    """A sweep and what came of each of its runs."""

    sweep: Sweep
    points: Sequence[Point]


def plan(name: str) -> Sweep:
    """The sweep of a recorded curve: a regularizer's name, or one of `SIZES`."""
    if name in SIZES:
        return sweeps.plan(LESSON, name, values=AMOUNTS if name == "speech_seconds" else ())
    entry = REGULARIZERS[name]
    base = next(run for run in _RUNS if entry.suits(MODELS[run.model.name], run.loss) is None)
    return sweeps.plan(replace(base, regularizers=(choose("regularizer", name),)), "strength")


def names() -> list[str]:
    """Names of all curves that are recorded."""
    return [*(name for name in REGULARIZERS if default_strength(name, "adam") is not None), *SIZES]


def rises(curve: RecordedCurve) -> tuple[float, float]:
    """By how much validation loss is above its least at both ends of the axis, as fractions of it."""
    measured = [point.validation_loss for point in curve.points if point.validation_loss is not None]
    return measured[0] / min(measured) - 1, measured[-1] / min(measured) - 1


def load(folder: Path) -> Mapping[str, RecordedCurve]:
    """All curves of a folder by name; none where there is no folder. Raises `SweepError` for a damaged one."""
    found = {}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        sweep, points = sweep_recording.read(path)
        if len(points) != len(sweep.values):
            raise SweepError("The sweep in {folder} is not whole.", folder=repr(path.name))
        found[path.stem] = RecordedCurve(sweep, points)
    return found
