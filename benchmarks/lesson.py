"""What each regularizer does in the lesson: curves, distortion, and what a recogniser hears.

Every run is cached (`--cache`), so an interrupted measurement goes on where it was; `--so-far` prints what is there.
`--quick` takes one seed instead of ten for "none" and five for the regularizers. `--json` prints one flat object:

`none_rise.MODEL`, `none_rise_ok.MODEL`
    Last over least validation loss, less 1, without a regularizer: median over seeds, and how many reach 0.15.
`gap_cut.NAME`, `gap_cut_low.NAME`, `gap_cut_high.NAME`, `seeds.NAME`
    Share of none's final gap that the regularizer takes away at its default strength: mean over seeds, 95 % interval
    (Student's t over seeds; of one seed there is none).
    A seed whose validation loss ends above none's counts as 0.
`mcd_gain_db.NAME`, `validation_change.NAME`
    Distortion of the test sentences that it takes away; its final validation loss over none's, less 1.
`underfit.NAME`
    Validation loss at the strong end of its scale over that at the default strength, less 1; one seed.
`wer_unseen.NAME`, `wer_gain.NAME`, `wer_gain_low.NAME`, `wer_gain_high.NAME`
    Words of 40 test sentences that Whisper base misses, natural durations; and how many fewer than without a
    regularizer, 95 % interval (Student's t over seeds; with `--hear`). `wer_gain_any_low`, `..._high`: the same for any
    sentences (bootstrap over seeds and sentences).
`wer_moment`, `wer_growth`, `wer_growth_low`, `wer_growth_high`
    Without a regularizer, after `MOMENT` updates, where validation sentences are understood best; and how many more
    words are missed at the end, 95 % interval (Student's t over seeds; with `--hear`).
`wer_twin_in`, `wer_twin_out`
    The same for 20 sentences that were learned and that were not (with `--hear`).
`table.MODEL.LOSS.OPTIMIZER`
    Distortion of the test sentences, each at its default learning rate; `table_diverged` counts the runs that diverged.
`overhead.NAME`, `measures_share`
    As `overhead.py`.
"""

import argparse
import hashlib
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import intervals
import overhead
import project
import recogniser
import torch
import twins
from intervals import Missed

from tts_demo import acoustics, corpus, evaluation, runs, synthesis, training, word_errors
from tts_demo.config import RunConfig, choose
from tts_demo.events import Finished
from tts_demo.lesson import LESSON, lesson_for
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import describe

UNSEEN = 40
MOMENT = 160  # updates, one of `gradient_training.snapshot_steps`
RISE = 0.15
NETWORKS = [name for name, model in MODELS.items() if model.gradients]
CACHE = Path(__file__).resolve().parent.parent / "build" / "lesson"


def lesson_with(name: str, seed: int, strength: float | None = None) -> RunConfig:
    """The lesson with a regularizer, and with the loss or the network that it needs."""
    chosen = {} if strength is None else {"strength": strength}
    loss = "cross_entropy" if name == "label_smoothing" else LESSON.loss
    base = lesson_for("rnn") if name == "zoneout" else LESSON
    return replace(base, seed=seed, loss=loss, regularizers=(choose("regularizer", name, **chosen),))


def plain(config: RunConfig) -> RunConfig:
    """The same run without a regularizer."""
    return replace(config, regularizers=())


def none_of(model: str, seed: int) -> RunConfig:
    """The lesson without a regularizer."""
    return replace(lesson_for(model), seed=seed)


def cell(model: str, loss: str, optimizer: str) -> RunConfig:
    """One cell of the table."""
    return replace(lesson_for(model), loss=loss, optimizer=optimizer)


def place(cache: Path, config: RunConfig) -> Path:
    """Where a run's figures and weights are kept."""
    return cache / hashlib.sha256(config.to_json().encode()).hexdigest()[:16]


def measure(config: RunConfig, cache: Path, hear: bool) -> None:
    """Train, evaluate and hear one run, unless that is done."""
    if not (place(cache, config) / "figures.json").exists():
        _train(config, cache)
    if hear:
        heard_of(config, cache, hear)


def _train(config: RunConfig, cache: Path) -> None:
    folder = place(cache, config)
    torch.set_num_threads(training.THREADS)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        events = list(runs.record(config, training.train(config), Path(temporary) / "run"))
        end = events[-1]
        assert isinstance(end, Finished) and end.reason in ("completed", "early_stopped", "diverged"), end
        run, voice = runs.load(Path(temporary) / "run"), corpus.load(config.corpus)
        found = evaluation.evaluate(run, voice, voice.split("test"))
        figures = {"gap": end.gap, "rise": end.rise, "validation_loss": end.validation_loss, "seconds": end.seconds}
        figures |= {"mcd_db": found["mcd_db"], "updates": end.step, "diverged": end.reason == "diverged"}
        if config.regularizers:
            run.keep_only_final()
        (run.directory / "figures.json").write_text(json.dumps(figures))
        run.directory.rename(folder)


def figures_of(config: RunConfig, cache: Path) -> dict[str, float] | None:
    """What `measure` found, if it has."""
    file = place(cache, config) / "figures.json"
    return json.loads(file.read_text()) if file.exists() else None


def words_missed(
    config: RunConfig, cache: Path, prompts: list[corpus.Utterance], name: str, hear: bool, step: int | None = None
) -> Missed:
    """Words of some prompts that the recogniser misses, as the page plays them; cached. Empty where not measured."""
    folder = place(cache, config)
    file = folder / f"{name}.json"
    if not file.exists():
        if not hear or not folder.exists():
            return []
        voice, model = corpus.load(config.corpus), runs.load(folder).model(step)
        with tempfile.TemporaryDirectory() as temporary:
            clips = [Path(temporary) / f"{prompt.id}.wav" for prompt in prompts]
            for clip, prompt in zip(clips, prompts, strict=True):
                waveform = synthesis.speak(synthesis.predict_utterance(model, voice, prompt), voice)
                clip.write_bytes(acoustics.wav_bytes(waveform))
            file.write_text(json.dumps(recogniser.hear(clips, threads=1)))
    heard = json.loads(file.read_text())
    return [word_errors.missed(prompt.text, text) for prompt, text in zip(prompts, heard, strict=True)]


def heard_of(config: RunConfig, cache: Path, hear: bool) -> dict[str, Missed]:
    """Words of unseen sentences that a run misses, at its end and, without a regularizer, at `MOMENT`."""
    unseen = corpus.load(config.corpus).split("test")[:UNSEEN]
    found = {"end": words_missed(config, cache, unseen, "unseen", hear)}
    if not config.regularizers:
        found["moment"] = words_missed(config, cache, unseen, f"unseen-{MOMENT}", hear, MOMENT)
    return found


def share(missed: Missed) -> float:
    """Share of the words missed."""
    return sum(count for count, _ in missed) / sum(total for _, total in missed)


def twin_configs() -> tuple[RunConfig, RunConfig]:
    """The lesson with the twins' sentences learned, and left out."""
    ids = tuple(prompt.id for prompt in twins.chosen_sentences(corpus.load(LESSON.corpus)))
    return replace(LESSON, keep_in=ids), replace(LESSON, leave_out=ids)


def for_the_ear(seed: int) -> list[RunConfig]:
    """The lesson without and with each regularizer."""
    chosen = [lesson_with(name, seed) for name in REGULARIZERS]
    return list(dict.fromkeys([*map(plain, chosen), *chosen]))


def plan(none_seeds: int, seeds: int) -> Iterator[RunConfig]:
    """Every run that the figures need, the most wanted first."""
    yield from twin_configs()
    for seed in range(seeds):
        yield from for_the_ear(seed)
    yield from (none_of(*names) for names in product(NETWORKS, range(none_seeds)))
    yield from (lesson_with(name, 0, end) for name in REGULARIZERS if (end := strongest(name)) is not None)
    yield from (cell(*names) for names in product(NETWORKS, LOSSES, OPTIMIZERS))
    yield lesson_for("hmm")


def strongest(name: str) -> float | None:
    """The end of a regularizer's scale that constrains most."""
    entry = REGULARIZERS[name]
    if entry.too_strong is None:
        return None
    return getattr(describe(entry.Settings)["strength"][0], entry.too_strong)


def summarise(cache: Path, none_seeds: int, seeds: int, hear: bool) -> dict[str, float]:
    """The flat object of figures, of what has been measured."""
    result: dict[str, float] = {}
    for model in NETWORKS:
        found = [figures_of(none_of(model, seed), cache) for seed in range(none_seeds)]
        if rises := [figures["rise"] for figures in found if figures]:
            result[f"none_rise.{model}"] = statistics.median(rises)
            result[f"none_rise_ok.{model}"] = sum(rise >= RISE for rise in rises)
            result[f"none_seeds.{model}"] = len(rises)
            result[f"seconds.{model}"] = statistics.median(figures["seconds"] for figures in found if figures)
    for name in REGULARIZERS:
        result |= effect(name, cache, seeds)
    result |= by_ear(cache, seeds, hear)
    cells = {names: figures_of(cell(*names), cache) for names in product(NETWORKS, LOSSES, OPTIMIZERS)}
    result |= {f"table.{'.'.join(names)}": figures["mcd_db"] for names, figures in cells.items() if figures}
    result["table_diverged"] = sum(bool(figures["diverged"]) for figures in cells.values() if figures)
    if figures := figures_of(lesson_for("hmm"), cache):
        result["table.hmm"] = figures["mcd_db"]
    return {name: round(value, 4) for name, value in result.items()}


def effect(name: str, cache: Path, seeds: int) -> dict[str, float]:
    """What a regularizer does to curves and distortion."""
    configs = [lesson_with(name, seed) for seed in range(seeds)]
    both = [(figures_of(config, cache), figures_of(plain(config), cache)) for config in configs]
    pairs = [(own, none) for own, none in both if own and none]
    if not pairs:
        return {}
    if name == "none":
        return {"mcd_db.none": statistics.mean(own["mcd_db"] for own, _ in pairs), "seeds.none": len(pairs)}
    better = [own["validation_loss"] <= none["validation_loss"] for own, none in pairs]
    cuts = [(1 - own["gap"] / none["gap"]) * ok for (own, none), ok in zip(pairs, better, strict=True)]
    gains = [none["mcd_db"] - own["mcd_db"] for own, none in pairs]
    changes = [own["validation_loss"] / none["validation_loss"] - 1 for own, none in pairs]
    result = {f"gap_cut.{name}": statistics.mean(cuts), f"seeds.{name}": len(pairs)}
    if len(cuts) > 1:
        result[f"gap_cut_low.{name}"], result[f"gap_cut_high.{name}"] = intervals.of_mean(cuts)
    result |= {f"mcd_gain_db.{name}": statistics.mean(gains), f"validation_change.{name}": statistics.mean(changes)}
    end = strongest(name)
    if end is not None and (strong := figures_of(lesson_with(name, 0, end), cache)):
        # a run that diverged kept its last good weights, which are hardly trained
        result[f"underfit.{name}"] = strong["validation_loss"] / pairs[0][0]["validation_loss"] - 1
    return result


def by_ear(cache: Path, seeds: int, hear: bool) -> dict[str, float]:
    """What the recogniser misses."""
    result: dict[str, float] = {}
    voice = corpus.load(LESSON.corpus)
    for name in REGULARIZERS:
        configs = [lesson_with(name, seed) for seed in range(seeds)]
        both = [[heard_of(one, cache, hear)["end"] for one in (plain(config), config)] for config in configs]
        pairs = [(none, own) for none, own in both if none and own]
        if pairs:
            result[f"wer_unseen.{name}"] = statistics.mean(share(own) for _, own in pairs)
            result[f"wer_seeds.{name}"] = len(pairs)
        if pairs and name != "none":
            gains = [share(none) - share(own) for none, own in pairs]
            result[f"wer_gain.{name}"] = statistics.mean(gains)
            result[f"wer_gain_any_low.{name}"], result[f"wer_gain_any_high.{name}"] = intervals.of_gain(pairs)
            if len(gains) > 1:
                result[f"wer_gain_low.{name}"], result[f"wer_gain_high.{name}"] = intervals.of_mean(gains)
    moments, growths = [], []
    for config in (none_of(LESSON.model.name, seed) for seed in range(seeds)):
        found = heard_of(config, cache, hear)
        if found["moment"] and found["end"]:
            moments.append(share(found["moment"]))
            growths.append(share(found["end"]) - share(found["moment"]))
    if growths:
        result["wer_moment"], result["wer_growth"] = statistics.mean(moments), statistics.mean(growths)
    if len(growths) > 1:
        result["wer_growth_low"], result["wer_growth_high"] = intervals.of_mean(growths)
    sentences = twins.chosen_sentences(voice)
    for kind, config in zip(("in", "out"), twin_configs(), strict=True):
        if missed := words_missed(config, cache, sentences, "twins", hear):
            result[f"wer_twin_{kind}"] = share(missed)
    return result


def main() -> None:
    """Run what is missing, then print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument("--quick", action="store_true", help="one seed")
    parser.add_argument("--so-far", action="store_true", help="train nothing: print what has been measured")
    parser.add_argument("--hear", action="store_true", help="with the recogniser (requirements-benchmarks.txt)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where finished runs are kept")
    options = parser.parse_args()
    if options.hear and not options.so_far:
        project.needs(*recogniser.PACKAGES)
    none_seeds, seeds = (1, 1) if options.quick else (10, 5)
    options.cache.mkdir(parents=True, exist_ok=True)
    wanted = {place(options.cache, config): config for config in plan(none_seeds, seeds)}
    if not options.so_far:
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            to_hear = {one for seed in range(seeds) for one in for_the_ear(seed)} if options.hear else set()
            jobs = [pool.submit(measure, config, options.cache, config in to_hear) for config in wanted.values()]
            for number, job in enumerate(as_completed(jobs), start=1):
                job.result()
                print(f"{number} of {len(jobs)} runs", file=sys.stderr, flush=True)
    figures = summarise(options.cache, none_seeds, seeds, options.hear and not options.so_far)
    times = options.cache / "overhead.json"
    if not options.so_far and not times.exists():
        times.write_text(json.dumps(overhead.measure()))
    if times.exists():
        figures |= json.loads(times.read_text())
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:36} {value}")


if __name__ == "__main__":
    main()
