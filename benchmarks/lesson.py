"""What each regularizer does in the default lesson: curves, distortion, and what a recogniser hears.

Every run is cached (`--cache`), so an interrupted measurement goes on where it was. `--quick` takes one seed instead of
ten for "none" and five for the regularizers. `--json` prints one flat object:

`none_rise.MODEL`, `none_rise_ok.MODEL`
    Last over least validation loss, less 1, without a regularizer: median over seeds, and how many reach 0.15.
`gap_cut.NAME`, `gap_cut_low.NAME`, `gap_cut_high.NAME`
    Share of none's final gap that the regularizer takes away at its default strength: mean over seeds, 95 % interval.
`mcd_gain_db.NAME`, `validation_change.NAME`
    Held-out distortion that it takes away; its final validation loss over none's, less 1.
`underfit.NAME`
    Validation loss at the strong end of its scale over that at the default strength, less 1; one seed.
`wer_unseen.NAME`
    Words of 40 test sentences that Whisper base misses, natural durations (with `--hear`).
`wer_twin_in`, `wer_twin_out`
    The same for 20 sentences that were learned and that were not (with `--hear`).
"""

import argparse
import hashlib
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import project  # noqa: F401
import recogniser
import torch
import twins

from tts_demo import acoustics, corpus, evaluation, runs, synthesis, training
from tts_demo.config import RunConfig, choose
from tts_demo.events import Finished
from tts_demo.lesson import LESSON
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import describe

UNSEEN = 40
RISE = 0.15
CACHE = Path(__file__).resolve().parent.parent / "build" / "lesson"


def lesson_with(name: str, seed: int, strength: float | None = None, **changes: Any) -> RunConfig:
    """The lesson with a regularizer, and with the loss that it needs."""
    chosen = {} if strength is None else {"strength": strength}
    loss = "cross_entropy" if name == "label_smoothing" or changes.pop("classes", False) else LESSON.loss
    return replace(LESSON, seed=seed, loss=loss, regularizers=(choose("regularizer", name, **chosen),), **changes)


def place(cache: Path, config: RunConfig) -> Path:
    """Where a run's figures and weights are kept."""
    return cache / hashlib.sha256(config.to_json().encode()).hexdigest()[:16]


def measure(config: RunConfig, cache: Path) -> None:
    """Train and evaluate one run, unless that is done."""
    folder = place(cache, config)
    if (folder / "figures.json").exists():
        return
    torch.set_num_threads(training.THREADS)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        events = list(runs.record(config, training.train(config), Path(temporary) / "run"))
        end = events[-1]
        assert isinstance(end, Finished) and end.reason in ("completed", "early_stopped"), end
        run, voice = runs.load(Path(temporary) / "run"), corpus.load(config.corpus)
        found = evaluation.evaluate(run, voice, voice.split("test"))
        figures = {"gap": end.gap, "rise": end.rise, "validation_loss": end.validation_loss, "seconds": end.seconds}
        figures |= {"mcd_db": found["mcd_db"], "updates": end.step}
        for step in run.snapshots()[:-1]:
            (run.directory / "snapshots" / f"step-{step:06d}.safetensors").unlink()
        (run.directory / "figures.json").write_text(json.dumps(figures))
        run.directory.rename(folder)


def figures_of(config: RunConfig, cache: Path) -> dict[str, float]:
    """What `measure` found."""
    return json.loads((place(cache, config) / "figures.json").read_text())


def words_missed(config: RunConfig, cache: Path, prompts: list[corpus.Utterance], name: str) -> float:
    """Share of the words of some prompts that the recogniser misses, as the page plays them; cached."""
    folder = place(cache, config)
    file = folder / f"{name}.json"
    if not file.exists():
        voice, model = corpus.load(config.corpus), runs.load(folder).model()
        with tempfile.TemporaryDirectory() as temporary:
            clips = [Path(temporary) / f"{prompt.id}.wav" for prompt in prompts]
            for clip, prompt in zip(clips, prompts, strict=True):
                waveform = synthesis.speak(synthesis.predict_utterance(model, voice, prompt), voice)
                clip.write_bytes(acoustics.wav_bytes(waveform))
            file.write_text(json.dumps(recogniser.hear(clips)))
    return recogniser.share_missed([prompt.text for prompt in prompts], json.loads(file.read_text()))


def plan(none_seeds: int, seeds: int) -> Iterator[RunConfig]:
    """Every run that the figures need."""
    for model in ("rnn", "cnn", "transformer"):
        for seed in range(none_seeds):
            yield lesson_with("none", seed, model=choose("model", model))
    for seed in range(seeds):
        yield lesson_with("none", seed, classes=True)
        for name in REGULARIZERS:
            yield lesson_with(name, seed)
    for name in REGULARIZERS:
        if (strength := strongest(name)) is not None:
            yield lesson_with(name, 0, strength)
    ids = tuple(prompt.id for prompt in twins.chosen_sentences(corpus.load(LESSON.corpus)))
    yield replace(LESSON, keep_in=ids)
    yield replace(LESSON, leave_out=ids)


def strongest(name: str) -> float | None:
    """The end of a regularizer's scale that constrains most."""
    entry = REGULARIZERS[name]
    if entry.too_strong is None:
        return None
    return getattr(describe(entry.Settings)["strength"][0], entry.too_strong)


def interval(values: list[float]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean."""
    draws = np.random.default_rng(0).choice(values, size=(10_000, len(values))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def summarise(cache: Path, none_seeds: int, seeds: int, hear: bool) -> dict[str, float]:
    """The flat object of figures."""
    result: dict[str, float] = {}
    for model in ("rnn", "cnn", "transformer"):
        configs = [lesson_with("none", seed, model=choose("model", model)) for seed in range(none_seeds)]
        rises = [figures_of(config, cache)["rise"] for config in configs]
        result[f"none_rise.{model}"] = statistics.median(rises)
        result[f"none_rise_ok.{model}"] = sum(rise >= RISE for rise in rises)
    voice = corpus.load(LESSON.corpus)
    unseen = voice.split("test")[:UNSEEN]
    for name in REGULARIZERS:
        classes = name == "label_smoothing"
        pairs = [
            (figures_of(lesson_with(name, seed), cache), figures_of(lesson_with("none", seed, classes=classes), cache))
            for seed in range(seeds)
        ]
        if hear:
            missed = [words_missed(lesson_with(name, seed), cache, unseen, "unseen") for seed in range(seeds)]
            result[f"wer_unseen.{name}"] = statistics.mean(missed)
        if name == "none":
            result["mcd_db.none"] = statistics.mean(own["mcd_db"] for own, _ in pairs)
            result["seconds.none"] = statistics.median(own["seconds"] for own, _ in pairs)
            continue
        cuts = [1 - own["gap"] / none["gap"] for own, none in pairs]
        result[f"gap_cut.{name}"] = statistics.mean(cuts)
        result[f"gap_cut_low.{name}"], result[f"gap_cut_high.{name}"] = interval(cuts)
        result[f"mcd_gain_db.{name}"] = statistics.mean(none["mcd_db"] - own["mcd_db"] for own, none in pairs)
        changes = [own["validation_loss"] / none["validation_loss"] - 1 for own, none in pairs]
        result[f"validation_change.{name}"] = statistics.mean(changes)
        if (strength := strongest(name)) is not None:
            strong = figures_of(lesson_with(name, 0, strength), cache)["validation_loss"]
            result[f"underfit.{name}"] = strong / pairs[0][0]["validation_loss"] - 1
    if hear:
        sentences = twins.chosen_sentences(voice)
        ids = tuple(prompt.id for prompt in sentences)
        result["wer_twin_in"] = words_missed(replace(LESSON, keep_in=ids), cache, sentences, "twins")
        result["wer_twin_out"] = words_missed(replace(LESSON, leave_out=ids), cache, sentences, "twins")
    return {name: round(value, 4) for name, value in result.items()}


def main() -> None:
    """Run what is missing, then print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument("--quick", action="store_true", help="one seed")
    parser.add_argument("--hear", action="store_true", help="with the recogniser (requirements-benchmarks.txt)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where finished runs are kept")
    options = parser.parse_args()
    none_seeds, seeds = (1, 1) if options.quick else (10, 5)
    options.cache.mkdir(parents=True, exist_ok=True)
    wanted = {place(options.cache, config): config for config in plan(none_seeds, seeds)}
    missing = [config for folder, config in wanted.items() if not (folder / "figures.json").exists()]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(measure, config, options.cache) for config in missing]
        for number, job in enumerate(jobs, start=1):
            job.result()
            print(f"{number} of {len(missing)} runs", file=sys.stderr, flush=True)
    figures = summarise(options.cache, none_seeds, seeds, options.hear)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:36} {value}")


if __name__ == "__main__":
    main()
