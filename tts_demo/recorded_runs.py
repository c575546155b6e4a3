"""Recorded runs: what came of the lesson at many strengths and sizes, to be seen and heard without waiting.

    checkpoints/recorded/README.md
    l2/sweep.json   l2/strength-0.0003/ ...     the runs of a strength curve, as `sweep_recording` has them
    presets/rnn/ ...                            runs that no curve has

Each is a run's directory as `runs` writes it, without what would fill the disk: of its events those that were measured,
of its weights none, or the last. Besides it has `clips/PROMPT.opus`, a few sentences as it says them in the end, and
`heard.json`, what a recogniser heard in them. `run_recording` makes them.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tts_demo import acoustics, runs, sweep_recording, sweeps
from tts_demo.acoustics import SAMPLE_RATE
from tts_demo.config import RunConfig, choose
from tts_demo.lesson import LESSON, lesson_for
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.runs import Run, RunError
from tts_demo.strengths import default_strength
from tts_demo.sweeps import Point, Sweep, SweepError

SIZES = ("units", "layers", "speech_seconds")
# Of the lesson with another model: a soft, a hard and a stochastic regularizer, and its size.
_MEMORY = "rnn"
_OF_MEMORY = tuple(f"{_MEMORY}-{name}" for name in ("l2", "max_norm", "dropout", "units"))
AMOUNTS = (20.0, 40.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0)  # seconds of speech
PRESETS = "presets"
# Of these the first that suits a regularizer: one needs a model with a memory, another one classes to predict.
_RUNS = (LESSON, lesson_for("rnn"), replace(LESSON, loss="cross_entropy"))
# Without a regularizer, with its weights at every moment: to be heard, and compared blindly, as it was before its end.
MOMENTS = replace(LESSON, seed=1)
CLIPS, SOUND, HEARD = "clips", ".opus", "heard.json"  # in a run's directory
_LONGEST = 60  # seconds of a clip


@dataclass(frozen=True)
class RecordedCurve:
    """A sweep, what came of each of its runs, and the runs, all in the order of the axis."""

    sweep: Sweep
    points: Sequence[Point]
    runs: Sequence[Run]

    @property
    def regularizer(self) -> str:
        """The name of the regularizer that it is of; "" for one over a size."""
        return self.sweep.base.regularizers[0].name if self.sweep.base.regularizers else ""

    def configs(self) -> list[RunConfig]:
        """What can be picked."""
        return self.sweep.configs()

    def heard_with(self, config: RunConfig) -> list[RunConfig]:
        """What is heard when a run is picked, itself the last."""
        return [config]


@dataclass(frozen=True)
class RecordedRuns:
    """All recorded runs, by names that everybody may know ("l2-strength-0.0003"), and the curves that they make up."""

    curves: Mapping[str, RecordedCurve] = field(default_factory=dict)
    runs: Mapping[str, Run] = field(default_factory=dict)


NOTHING = RecordedRuns()


def plan(name: str) -> Sweep:
    """The sweep of a recorded curve by its name: a regularizer's or one of `SIZES`, "rnn-" before it for the RNN's."""
    runs_of: tuple[RunConfig, ...] = _RUNS
    if name in _OF_MEMORY:
        name, runs_of = name.removeprefix(f"{_MEMORY}-"), (lesson_for(_MEMORY),)
    if name in SIZES:
        return sweeps.plan(runs_of[0], name, values=AMOUNTS if name == "speech_seconds" else ())
    entry = REGULARIZERS[name]
    base = next(run for run in runs_of if entry.suits(MODELS[run.model.name], run.loss) is None)
    return sweeps.plan(replace(base, regularizers=(choose("regularizer", name),)), "strength")


def names() -> list[str]:
    """Names of all curves that are recorded."""
    return [*(name for name in REGULARIZERS if default_strength(name, "adam") is not None), *SIZES, *_OF_MEMORY]


def rises(curve: RecordedCurve) -> tuple[float, float]:
    """By how much validation loss is above its least at both ends of the axis, as fractions of it."""
    measured = [point.validation_loss for point in curve.points if point.validation_loss is not None]
    return measured[0] / min(measured) - 1, measured[-1] / min(measured) - 1


def load(folder: Path) -> RecordedRuns:
    """All recorded runs of a folder; none where there is no folder.

    Raises
    ------
    SweepError, RunError
        For what is damaged.
    """
    curves: dict[str, RecordedCurve] = {}
    found: dict[str, Run] = {}
    for path in sorted(folder.glob("*/sweep.json")):
        sweep, points, each = sweep_recording.load(path.parent)
        if len(points) != len(sweep.values):
            raise SweepError("The sweep in {folder} is not whole.", folder=repr(path.parent.name))
        curves[path.parent.name] = RecordedCurve(sweep, points, each)
        found |= {name_in(folder, run): run for run in each}
    for path in sorted(folder.glob(f"{PRESETS}/*/config.json")):
        run = runs.load(path.parent)
        found[name_in(folder, run)] = run
    return RecordedRuns(curves, found)


def name_in(folder: Path, run: Run) -> str:
    """The name of a run that was recorded below a folder."""
    return "-".join(run.directory.relative_to(folder).parts)


def clips(run: Run) -> dict[str, Path]:
    """The sound files of a recorded run, by the sentence's prompt; empty for one that was not recorded so."""
    return {path.stem: path for path in sorted((run.directory / CLIPS).glob(f"*{SOUND}"))}


def heard(run: Run) -> Mapping[str, str]:
    """What a recogniser heard in the clips, by prompt; empty where none was asked, or where that cannot be read."""
    try:
        return {prompt: str(text) for prompt, text in json.loads((run.directory / HEARD).read_bytes()).items()}
    except (OSError, ValueError, AttributeError):
        return {}


@functools.lru_cache(maxsize=64)
def wav_of(run: Run, prompt: str) -> bytes:
    """A clip as a 16-bit WAV file with its comment; raises `RunError` for a sentence that was not recorded."""
    import soundfile

    path = clips(run).get(prompt)
    if path is None:
        raise RunError("Only a few sentences of this run were recorded. Train it, and it says them all.")
    try:
        with soundfile.SoundFile(path) as file:
            if (file.channels, file.samplerate) != (1, SAMPLE_RATE) or file.frames > _LONGEST * SAMPLE_RATE:
                raise RunError("The clip {file} is damaged.", file=path.name)
            comment, samples = file.comment, file.read(dtype="float32")
    except (OSError, soundfile.LibsndfileError) as error:
        raise RunError("The clip {file} is damaged.", file=path.name) from error
    return acoustics.wav_bytes(samples, comment)
