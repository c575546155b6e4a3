"""Random forests for speech (Breiman 2001; Black & Muthukumar 2015): many deep trees, each grown from other questions.

Where an HMM's one tree must stay small to hold means that it can trust, the mean over many deep ones can be trusted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from tts_demo.batches import Example
from tts_demo.losses import Loss
from tts_demo.models.questions import questions, timing
from tts_demo.models.tree_model import Grown, TreeModel, gather
from tts_demo.settings import SettingsBase, setting

_SHARE_OF_QUESTIONS = 0.4  # drawn anew for each node, so that no two trees are alike: see docs/voice.md


class Forest(TreeModel):
    """Trees about phones, their neighbours, how long they last and where in the sentence they stand."""

    name: ClassVar[str] = "forest"
    label: ClassVar[str] = "Random forest"
    sentence: ClassVar[str] = "Asks many trees, each grown from other questions, and speaks their average."

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """Number and depth of the trees."""

        trees: int = setting(16, "Trees", minimum=1, maximum=64, scale="log", help="Trees for each fifth of a phone.")
        smallest_leaf: int = setting(
            3, "Smallest leaf", minimum=1, maximum=100, scale="log", help="Phones that a leaf must have been made from."
        )

    def __init__(self, settings: Any, loss: Loss) -> None:
        super().__init__(settings, loss)
        self.total_steps, self._smallest_leaf = settings.trees, settings.smallest_leaf
        self._seed = int(torch.randint(2**31 - 1, ()))

    def ask(self, phones: np.ndarray, durations: np.ndarray) -> np.ndarray:
        return np.concatenate([questions(phones), timing(durations)], axis=1)

    def grow(self, examples: Sequence[Example], weights: Tensor) -> Iterator[int]:
        """Tree after tree; yields how many there are at 1, 2, 4, 8, ... and at the end."""
        from sklearn.tree import DecisionTreeRegressor

        gathered = gather(examples, self.ask)
        scale = np.sqrt(weights.numpy())
        trees: list[list[Grown]] = []
        told = 1
        for number in range(1, self.total_steps + 1):
            trees.append([])
            for passages in gathered:
                tree = DecisionTreeRegressor(
                    min_samples_leaf=min(self._smallest_leaf, len(passages.asked)),
                    max_features=_SHARE_OF_QUESTIONS,
                    random_state=(self._seed + number) % 2**32,
                )
                tree.fit(passages.asked, passages.means * scale, sample_weight=passages.frames)
                trees[-1].append(passages.grown(tree))
            if number in (told, self.total_steps):
                self.plant(trees)
                yield number
                told *= 2
