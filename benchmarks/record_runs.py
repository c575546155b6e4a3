"""Record the runs that the page shows without training: `python benchmarks/record_runs.py` makes checkpoints/recorded/.

Trains every point of every strength curve and every preset, lets each say three sentences, and asks Whisper base what
it hears in twelve more. Whole runs go to `--cache`; what is there already is neither trained nor heard again, so that
this can be stopped and called again. It takes about an hour on two cores that do nothing else. Needs
requirements-benchmarks.txt.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import project
import recogniser

from tts_demo import (
    corpus,
    lesson_recording,
    recorded_lesson,
    recorded_runs,
    run_recording,
    runs,
    sweep_recording,
    sweeps,
    training,
)
from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus
from tts_demo.lesson import LESSON
from tts_demo.models import MODELS
from tts_demo.recorded_runs import PRESETS, RecordedCurve
from tts_demo.runs import Run
from tts_demo.ui.lab import controls

ROOT = Path(project.__file__).resolve().parent.parent
_SENTENCES = 12  # that the recogniser hears of each run
_LARGEST = 8_000_000  # bytes of weights that are kept: of every preset but those of many trees


class Recorder:
    """Writes recorded runs into a folder, of whole ones in a cache."""

    def __init__(self, folder: Path, cache: Path, lesson: Path, workers: int) -> None:
        self.folder, self.cache, self.workers = folder, cache, workers
        self.voice: Corpus = corpus.load(LESSON.corpus)
        recorded = recorded_lesson.load(lesson)
        assert recorded is not None, f"{lesson} holds no lesson"
        self.said = [
            self.voice[recorded.unseen.prompt],
            corpus.default_sentence(self.voice.split("train")),
            self.voice[recorded.twin.prompt],
        ]
        # as they come in the corpus: not chosen for what came of them
        self.tested = [one for one in lesson_recording.unseen_candidates(self.voice) if one not in self.said][
            :_SENTENCES
        ]
        self.presets = {preset.config(): preset for preset in controls.PRESETS}

    def curve(self, name: str) -> None:
        """Train, hear and write a curve."""
        sweep = recorded_runs.plan(name)
        tell(f"{name}: {len(sweep.values)} points")
        points = sweep_recording.record(sweep, self.cache / name, self.workers, lambda line: tell(f"  {line}"))
        each = [runs.load(sweep_recording.directory_of(sweep, point.value, self.cache / name)) for point in points]
        self.hear(each)
        found = []
        for point, run in zip(points, each, strict=True):
            missed = self.write(run, sweep_recording.directory_of(sweep, point.value, self.folder / name))
            found.append(replace(point, missed=missed))
        sweep_recording.write(sweep, found, self.folder / name / "sweep.json")
        _print(name, RecordedCurve(sweep, found, ()))

    def preset(self, config: RunConfig, taken: Sequence[RunConfig]) -> None:
        """Train, hear and write a preset that is no point of a curve."""
        if config in taken:
            return
        name = _slug(config)
        directory = self.cache / PRESETS / name
        if not directory.exists():
            tell(f"{name}: training")
            directory.parent.mkdir(parents=True, exist_ok=True)
            for _ in runs.record(config, training.train(config), directory):
                pass
        run = runs.load(directory)
        self.hear([run])
        missed = self.write(run, self.folder / PRESETS / name)
        print(f"{name:20} {missed:.0%} of the words missed")

    def hear(self, each: Sequence[Run]) -> None:
        """Ask the recogniser once about all runs that it has not heard yet."""
        unheard = [run for run in each if not _heard(run).exists()]
        if unheard:
            tell(f"  hearing {len(unheard)} runs")
            texts = run_recording.hear(
                unheard, [*self.said, *self.tested], lambda files: recogniser.hear(files, quick=True)
            )
            for run, own in zip(unheard, texts, strict=True):
                _heard(run).write_text(json.dumps(own), encoding="utf-8")

    def write(self, run: Run, directory: Path) -> float:
        """Write a run that was heard; the share of words missed."""
        texts = json.loads(_heard(run).read_bytes())
        if not directory.exists():
            steps = run.snapshots()
            if run.config != recorded_runs.MOMENTS:
                small = run.weights_file().stat().st_size <= _LARGEST
                steps = steps[-1:] if small and run.config in self.presets else []
            run_recording.write(run, directory, self.said, texts, steps)
        return round(run_recording.share_missed(self.tested, texts), 4)


def _heard(run: Run) -> Path:
    """Where the cache keeps what was heard."""
    return run.directory / "heard.json"


def _slug(config: RunConfig) -> str:
    """A folder's name for a preset: its model, and what of its settings is not the lesson's."""
    size, defaults = config.model.settings.to_mapping(), MODELS[config.model.name].Settings().to_mapping()
    parts = [config.model.name, *(f"{name}-{value}" for name, value in size.items() if value != defaults.get(name))]
    if config.seed != LESSON.seed:
        parts.append(f"seed-{config.seed}")
    if config.speech_seconds != LESSON.speech_seconds:
        parts.append("all-speech" if config.speech_seconds is None else f"{config.speech_seconds:g}-s")
    return "-".join(parts)


def tell(line: str) -> None:
    """How far it is."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Record; returns 0, or 2 where it cannot be done."""
    project.needs(*recogniser.PACKAGES)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "checkpoints" / "recorded", help="where the runs go")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "recorded", help="where whole runs go")
    parser.add_argument("--lesson", type=Path, default=ROOT / "checkpoints", help="whose sentences they say")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these curves, or presets (all)")
    parser.add_argument("--workers", type=int, default=2, help="runs at once (2)")
    options = parser.parse_args()
    try:
        recorder = Recorder(options.folder, options.cache, options.lesson, options.workers)
        for name in options.only or [*recorded_runs.names(), PRESETS]:
            if name != PRESETS:
                recorder.curve(name)
                continue
            taken = [config for curve in recorded_runs.names() for config in recorded_runs.plan(curve).configs()]
            for config in [*recorder.presets, recorded_runs.MOMENTS]:
                recorder.preset(config, [LESSON, *taken])
    except (ValueError, OSError) as error:
        print(f"record_runs: {error}", file=sys.stderr)
        return 2
    return 0


def _print(name: str, curve: RecordedCurve) -> None:
    """Where validation loss is least, by how much it is above that at both ends, and where fewest words are missed."""
    best, ends = sweeps.best_of(curve.points), recorded_runs.rises(curve)
    assert best is not None
    heard = min((point for point in curve.points if point.missed is not None), key=lambda point: point.missed or 0)
    print(
        f"{name:20} least {best.validation_loss:.3f} at {best.value:g}, ends {ends[0]:+.0%} {ends[1]:+.0%}; "
        f"missed there {best.missed:.0%}, least {heard.missed:.0%} at {heard.value:g}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
