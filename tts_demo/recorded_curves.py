"""Recorded strength curves: what came of the lesson at many strengths and sizes, so that nobody has to wait to see it.

    checkpoints/curves/l2.json   max_norm.json ...   units.json   layers.json   speech_seconds.json

Each is a sweep as `sweeps` writes it, without the runs. `benchmarks/record_curves.py` makes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tts_demo import sweeps
from tts_demo.config import RunConfig, choose
from tts_demo.lesson import LESSON, lesson_for
from tts_demo.regularizers import REGULARIZERS
from tts_demo.strengths import default_strength
from tts_demo.sweeps import Point, Sweep, SweepError

SIZES = ("units", "layers", "speech_seconds")
AMOUNTS = (20.0, 40.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0)  # seconds of speech


@dataclass(frozen=True)
class RecordedCurve:
    """A sweep and what came of each of its runs."""

    sweep: Sweep
    points: Sequence[Point]

    def is_of(self, config: RunConfig, over: str) -> bool:
        """Whether it tells of this run, whatever its value on the axis is."""
        return self.sweep.is_of(config, over)


def plan(name: str) -> Sweep:
    """The sweep of a recorded curve: a regularizer's name, or one of `SIZES`."""
    if name in SIZES:
        return sweeps.plan(LESSON, name, values=AMOUNTS if name == "speech_seconds" else ())
    base = lesson_for("rnn") if name == "zoneout" else LESSON
    if name == "label_smoothing":
        base = replace(base, loss="cross_entropy")
    return sweeps.plan(replace(base, regularizers=(choose("regularizer", name),)), "strength")


def names() -> list[str]:
    """Names of all curves that are recorded."""
    return [*(name for name in REGULARIZERS if default_strength(name, "adam") is not None), *SIZES]


def load(folder: Path) -> Mapping[str, RecordedCurve]:
    """All curves of a folder by name; none where there is no folder. Raises `SweepError` for a damaged one."""
    found = {}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        sweep, points = sweeps.read(path)
        if len(points) != len(sweep.values):
            raise SweepError("The sweep in {folder} is not whole.", folder=repr(path.name))
        found[path.stem] = RecordedCurve(sweep, points)
    return found
