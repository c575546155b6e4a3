"""Hidden Markov models tied by decision trees: before neural networks (Yoshimura et al. 1999; Zen et al. 2009).

One tree for each of a phone's five states, whose questions are about the phone and its neighbours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from tts_demo.batches import Example
from tts_demo.losses import Loss
from tts_demo.models.questions import questions
from tts_demo.models.tree_model import TreeModel, gather
from tts_demo.settings import SettingsBase, setting


class HMM(TreeModel):
    """Five-state phone models tied by decision trees, on the same features as the networks."""

    name: ClassVar[str] = "hmm"
    label: ClassVar[str] = "HMM with decision trees"
    sentence: ClassVar[str] = (
        "Sorts the sounds of its training speech by what they and their neighbours are, and speaks in averages."
    )

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """Size of the trees."""

        leaves: int = setting(
            128, "Leaves", minimum=2, maximum=1000, scale="log", help="Sounds that each of the five trees tells apart."
        )
        smallest_leaf: int = setting(
            3, "Smallest leaf", minimum=1, maximum=100, scale="log", help="Phones that a leaf must have been made from."
        )

    def __init__(self, settings: Any, loss: Loss) -> None:
        super().__init__(settings, loss)
        self.total_steps, self._smallest_leaf = settings.leaves, settings.smallest_leaf

    def ask(self, phones: np.ndarray, durations: np.ndarray) -> np.ndarray:
        return questions(phones)

    def grow(self, examples: Sequence[Example], weights: Tensor) -> Iterator[int]:
        """From two leaves to the number wanted, twice as many each time; yields the number so far."""
        from sklearn.tree import DecisionTreeRegressor

        gathered = gather(examples, self.ask)
        scale = np.sqrt(weights.numpy())
        leaves = min(2, self.total_steps)
        while True:
            states = []
            for passages in gathered:
                smallest = min(self._smallest_leaf, len(passages.asked))
                tree = DecisionTreeRegressor(max_leaf_nodes=leaves, min_samples_leaf=smallest, random_state=0)
                tree.fit(passages.asked, passages.means * scale, sample_weight=passages.frames)
                states.append(passages.grown(tree))
            self.plant([states])
            yield leaves
            if leaves >= self.total_steps:
                return
            leaves = min(2 * leaves, self.total_steps)
