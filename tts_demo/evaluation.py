"""How well a recorded run predicts one split: distances, loss, and what the vocoder alone costs."""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import NamedTuple

import numpy as np
import torch

from tts_demo import acoustics, batches, metrics, runs, synthesis
from tts_demo import corpus as corpora
from tts_demo.acoustics import F0_FLOOR, LOG_F0, VOICING
from tts_demo.batches import EVALUATION_FRAMES
from tts_demo.corpus import Corpus, Utterance
from tts_demo.losses import LOSSES, feature_weights
from tts_demo.measures import mean_loss
from tts_demo.runs import Run

KEPT = "distortion.json"  # in a run's directory: what `held_out` has measured


def evaluate(run: Run, corpus: Corpus, prompts: Sequence[Utterance], step: int | None = None) -> dict[str, float]:
    """Figures of a run on some prompts, with natural durations and before any post-processing.

    Returns
    -------
    dict
        `mcd_db`, `f0_rmse_hz`, `voicing_error`, `loss`, and how much was measured: `frames`, `speech_frames`,
        `prompts`.
    """
    model = run.model(step)
    loaded = batches.by_length(batches.examples(corpus, prompts), EVALUATION_FRAMES)
    loss = mean_loss(model, loaded, LOSSES[run.config.loss], feature_weights(torch.from_numpy(corpus.std)))
    return asdict(metrics.distances(spoken(run, corpus, prompts, step))) | {"loss": loss, "prompts": len(prompts)}


def spoken(
    run: Run, corpus: Corpus, prompts: Sequence[Utterance], step: int | None = None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Predicted and natural features [shape=(frames, 43)] of each prompt, with natural durations."""
    predicted = synthesis.predict_utterances(run.model(step), corpus, prompts)
    natural = [corpus.features(prompt).astype(np.float32) for prompt in prompts]
    return list(zip(predicted, natural, strict=True))


class Distortion(NamedTuple):
    """Of one sentence, mean over its speech frames."""

    mcd_db: float
    speech_frames: int


def distortions(run: Run, prompts: Sequence[Utterance], step: int | None = None) -> dict[str, Distortion]:
    """Mel-cepstral distortion of each prompt, by its id, with natural durations and before any post-processing."""
    pairs = spoken(run, corpora.load(run.config.corpus), prompts, step)
    found = [metrics.distances([pair]) for pair in pairs]
    return {one.id: Distortion(own.mcd_db, own.speech_frames) for one, own in zip(prompts, found, strict=True)}


def held_out(run: Run) -> dict[str, Distortion]:
    """Distortion of every validation and test prompt by a finished run's last weights, measured once.

    It is kept in the run's directory as `distortion.json`: the worker that trained the run measures it, or whoever
    records a lesson, so that the web server need not.
    """
    kept = run.directory / KEPT
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):  # not there, or damaged: measure anew
        return {name: Distortion(*found) for name, found in json.loads(kept.read_bytes()).items()}
    voice = corpora.load(run.config.corpus)
    measured = distortions(run, [*voice.split("validation"), *voice.split("test")])
    with contextlib.suppress(OSError):  # a full disk costs time, nothing else
        unfinished = kept.with_suffix(runs.PARTIAL)
        unfinished.write_text(json.dumps(measured) + "\n", encoding="utf-8")
        unfinished.rename(kept)
    return measured


def vocoder_floor_db(corpus: Corpus, prompts: Sequence[Utterance]) -> float:
    """Distortion of copy-synthesis: what would remain of the figures above if a network made no error at all.

    Natural features are synthesised and analysed again, the envelope with the F0 that they were synthesised with.
    """
    import pyworld

    pairs = []
    for prompt in prompts:
        natural = corpus.features(prompt).astype(np.float64)
        copy = acoustics.synthesise(natural).astype(np.float64)
        voiced = natural[:, VOICING] >= 0.5
        f0 = np.where(voiced, acoustics.hz_of(natural[:, LOG_F0]), 0.0)
        times = np.arange(len(f0)) * acoustics.HOP_SECONDS
        envelope = pyworld.cheaptrick(
            copy, f0, times, acoustics.SAMPLE_RATE, f0_floor=F0_FLOOR, fft_size=acoustics.FFT_SIZE
        )
        features = natural.copy()
        features[:, acoustics.CEPSTRA] = acoustics.envelope_to_cepstra(envelope)
        pairs.append((features, natural))
    return metrics.distances(pairs).mcd_db
