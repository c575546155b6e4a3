"""Twins: one network that had 20 sentences among its training prompts and one that had not, everything else the same.

The sentences are training prompts of 4 words or more and 1.5-3.5 s from outside the first three minutes, whose near-
duplicates are outside too, the first 20 in the corpus's own order. Distortion is measured on each sentence, and the
words that a recogniser misses (Whisper base, at most all of a sentence's) on the clips as the page plays them. `--json`
prints one flat object. Needs requirements-benchmarks.txt.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import numpy as np
import project
import recogniser
import torch

from tts_demo import acoustics, corpus, runs, synthesis, training
from tts_demo.config import RunConfig, choose
from tts_demo.corpus import Corpus, Utterance
from tts_demo.evaluation import evaluate

SPEECH_SECONDS = 180.0
SENTENCES = 20


def chosen_sentences(voice: Corpus, count: int = SENTENCES) -> list[Utterance]:
    """Training prompts that the usual subset holds neither themselves nor a near-duplicate of."""
    known = {prompt.group for prompt in voice.training_prompts(SPEECH_SECONDS)}
    found = []
    for prompt in voice.split("train"):
        if prompt.group not in known and 1.5 <= prompt.seconds <= 3.5 and len(prompt.text.split()) >= 4:
            found.append(prompt)
            known.add(prompt.group)
    return found[:count]


def measure(config: RunConfig, folder: Path) -> dict[str, float]:
    """Figures of a pair of twins trained by `config`."""
    voice = corpus.load(config.corpus)
    sentences = chosen_sentences(voice)
    ids = tuple(prompt.id for prompt in sentences)
    mappings = {"in": {"keep_in": ids}, "out": {"leave_out": ids}}
    distortions: dict[str, list[float]] = {}
    files: dict[str, list[Path]] = {"recording": []}
    for prompt in sentences:
        files["recording"].append(_write(folder / f"{prompt.id}.wav", acoustics.match_loudness(voice.waveform(prompt))))
    for name, changes in mappings.items():
        twin = RunConfig.from_mapping(config.to_mapping() | changes)
        for _ in runs.record(twin, training.train(twin), folder / name):
            pass
        run = runs.load(folder / name)
        distortions[name] = [evaluate(run, voice, [prompt])["mcd_db"] for prompt in sentences]
        model = run.model()
        files[name] = [
            _write(
                folder / f"{name}-{prompt.id}.wav",
                synthesis.speak(synthesis.predict_utterance(model, voice, prompt), voice),
            )
            for prompt in sentences
        ]
    differences = [out - met for met, out in zip(distortions["in"], distortions["out"], strict=True)]
    figures = {
        "sentences": len(sentences),
        "mcd_db_in": statistics.median(distortions["in"]),
        "mcd_db_out": statistics.median(distortions["out"]),
        "mcd_db_difference_median": statistics.median(differences),
        "mcd_db_difference_min": min(differences),
    }
    said = [prompt.text for prompt in sentences]
    for name, clips in files.items():
        heard = recogniser.hear(clips)
        figures[f"words_missed_{name}"] = recogniser.share_missed(said, heard)
        for prompt, text in zip(sentences, heard, strict=True):
            (folder / f"{name}-{prompt.id}.txt").write_text(f"{prompt.text}\n{text}\n")
    return {figure: round(value, 4) for figure, value in figures.items()}


def _write(path: Path, waveform: np.ndarray) -> Path:
    path.write_bytes(acoustics.wav_bytes(waveform))
    return path


def main() -> None:
    """Train the twins and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument("--updates", type=int, default=600)
    parser.add_argument("--regularizer", default="none")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="keep runs and clips in this new directory")
    options = parser.parse_args()
    project.needs(*recogniser.PACKAGES)
    torch.set_num_threads(training.THREADS)
    config = RunConfig(
        speech_seconds=SPEECH_SECONDS,
        updates=options.updates,
        seed=options.seed,
        regularizers=(choose("regularizer", options.regularizer),),
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        figures = measure(config, folder)
    if options.json:
        print(json.dumps(figures))
    else:
        for figure, value in figures.items():
            print(f"{figure:28} {value}")


if __name__ == "__main__":
    main()
