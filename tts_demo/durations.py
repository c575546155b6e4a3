"""How long each phone of a typed text lasts: one small predictor per corpus, bundled, the same for every run.

It is trained once, on the training split only (`python -m tts_demo rebuild-corpus` does it as its last step), so that
what a learner hears of two runs differs in nothing but what the two acoustic models say.
"""

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from tts_demo import text
from tts_demo.corpus import Corpus, CorpusError, Utterance
from tts_demo.models import Growing, Trees, questions
from tts_demo.text import Phone

FILE = "durations.safetensors"
_TREES, _SMALLEST_LEAF, _SHARE_OF_QUESTIONS = 16, 3, 0.3  # the best of some on the validation split: docs/voice.md
_MOST_PLACES = 30  # from either end of the sentence
_LONGEST_FRAMES = 80


class DurationPredictor(Growing):
    """Trees about phones, their neighbours and their places in the sentence; the mean logarithm of a phone's frames.

    Extremely randomised trees (Geurts et al. 2006).
    """

    log_frames: Tensor  # of each leaf

    def __init__(self) -> None:
        super().__init__()
        self.trees = Trees()
        self.register_buffer("log_frames", torch.zeros(0))

    def forward(self, phones: np.ndarray) -> np.ndarray:
        """Log frames [shape=(phones,)] for phones [shape=(phones, 3)], as `text.encode` gives them."""
        return self.log_frames.numpy()[self.trees.leaves_of(_ask(phones))].mean(axis=0)


def _ask(phones: np.ndarray) -> np.ndarray:
    places = np.arange(len(phones))
    from_ends = np.minimum(np.stack([places, places[::-1]], axis=1), _MOST_PLACES)
    total = np.full((len(phones), 1), len(phones))
    return np.concatenate([questions(phones), from_ends, total], axis=1).astype(np.float32)


def predict(phones: Sequence[Phone], corpus: Corpus, speed: float = 1.0) -> list[int]:
    """Durations in frames of 10 ms, at least one for every phone.

    Parameters
    ----------
    phones : sequence of Phone
    corpus : Corpus
        Whose speaker's rhythm.
    speed : float
        1 is the speaker's own, 2 twice as fast.

    Raises
    ------
    CorpusError
        If the bundled predictor is missing or damaged.
    """
    frames = np.exp(_bundled(corpus.folder)(text.encode(phones))) / speed
    # rounding the running total instead of each duration keeps the whole as long as predicted
    ends = np.cumsum(frames.clip(1, _LONGEST_FRAMES)).round().astype(int).tolist()
    return [max(1, end - begin) for begin, end in zip([0, *ends[:-1]], ends, strict=True)]


@functools.cache
def _bundled(folder: Path) -> DurationPredictor:
    model = DurationPredictor()
    try:
        model.load_state_dict(load_file(folder / FILE))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise CorpusError(
            "The duration predictor of the corpus {name} is damaged or missing.", name=repr(folder.name)
        ) from error
    return model


def train(corpus: Corpus) -> DurationPredictor:
    """Grow a predictor from the training split.

    The error is that of log durations, as listeners judge durations by ratio; long pauses between sentences are cut
    to 0.8 s.
    """
    from sklearn.ensemble import ExtraTreesRegressor

    prompts = corpus.split("train")
    asked = np.concatenate([_ask(text.encode(prompt.phones)) for prompt in prompts])
    frames = np.concatenate([prompt.durations for prompt in prompts]).clip(1, _LONGEST_FRAMES)
    grown = ExtraTreesRegressor(
        _TREES, min_samples_leaf=_SMALLEST_LEAF, max_features=_SHARE_OF_QUESTIONS, random_state=0
    ).fit(asked, np.log(frames))
    model = DurationPredictor()
    trees = [tree.tree_ for tree in grown.estimators_]
    model.trees.plant(trees)
    of_leaves = [tree.value[tree.children_left < 0, 0, 0] for tree in trees]
    model.log_frames = torch.from_numpy(np.concatenate(of_leaves).astype(np.float32))
    return model


def error(model: DurationPredictor, prompts: Sequence[Utterance]) -> float:
    """Root of the mean squared error of log durations over all phones: 0.1 is about 10 %."""
    wrong = [
        model(text.encode(prompt.phones)) - np.log(np.clip(prompt.durations, 1, _LONGEST_FRAMES)) for prompt in prompts
    ]
    return float(np.sqrt(np.square(np.concatenate(wrong)).mean()))


def save(model: DurationPredictor, folder: Path) -> None:
    """Write a predictor into a corpus's folder."""
    save_file(model.state_dict(), folder / FILE)
