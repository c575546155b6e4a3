"""What models of decision trees share: trees for each state of a phone, whose leaves hold Gaussians.

What a state (see `states`) sounds like is asked of decision trees, whose leaves hold Gaussians of the features and of
their slopes.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from tts_demo.acoustics import N_FEATURES, VOICING
from tts_demo.batches import Batch, Example
from tts_demo.losses import Loss
from tts_demo.messages import Message
from tts_demo.models.base import AcousticModel
from tts_demo.models.trees import Growing, Trees
from tts_demo.states import LEAST_VARIANCE, N_STATES, generate, slopes_of

Ask = Callable[[np.ndarray, np.ndarray], np.ndarray]  # as `TreeModel.ask`
Grown = tuple[Any, np.ndarray]  # one of scikit-learn's trees, and the Gaussians [shape=(4, leaves, 43)] of its leaves


class TreeModel(Growing, AcousticModel):
    """A model of one tree or several for each state, whose answers are averaged.

    A subclass says what is asked of a phone (`ask`) and how the trees grow (`grow`); `total_steps` is the last number
    that `grow` yields.
    """

    gradients: ClassVar[bool] = False
    total_steps: int

    def __init__(self, settings: Any, loss: Loss) -> None:
        super().__init__(settings, loss)
        self.trees = Trees()
        self.register_buffer("gaussians", torch.zeros(0, 4, N_FEATURES))

    def ask(self, phones: np.ndarray, durations: np.ndarray) -> np.ndarray:
        """What is asked of each phone [shape=(phones, 3)] that lasts so many frames [shape=(phones, questions)]."""
        raise NotImplementedError

    def grow(self, examples: Sequence[Example], weights: Tensor) -> Iterator[int]:
        """Grow the trees, and yield how far they are now and then.

        Parameters
        ----------
        examples : sequence of Example
        weights : Tensor [shape=(43,)]
            Of each feature, when a tree chooses its question.
        """
        raise NotImplementedError

    def plant(self, trees: Sequence[Sequence[Grown]]) -> None:
        """Take over trees [shape=(trees, 5)] in place of those that are there."""
        every = list(itertools.chain(*trees))
        self.trees.plant([tree for tree, _ in every])
        gaussians = np.concatenate([of_leaves.transpose(1, 0, 2) for _, of_leaves in every])
        self.gaussians = torch.from_numpy(np.ascontiguousarray(gaussians, dtype=np.float32))

    @torch.no_grad()
    def forward(self, batch: Batch) -> Tensor:
        """Normalised features, voicing as a logit [shape=(batch, frames, 43)]."""
        out = torch.zeros(*batch.mask.shape, N_FEATURES)
        if not len(self.gaussians):
            return out  # nothing has grown yet: the mean of all speech
        for row, frames in enumerate(batch.lengths.tolist()):
            count = int(batch.phone_mask[row].sum())
            phone, state = np.divmod(batch.frame_state[row, :frames].numpy(), N_STATES)
            leaves = self.leaves_of(self.ask(batch.phones[row, :count].numpy(), batch.durations[row, :count].numpy()))
            mean, variance, slope, slope_variance = self._mixed(leaves)[:, state, phone]
            smooth = generate(mean, variance, slope, slope_variance)
            voiced = mean[:, VOICING].clip(1e-3, 1 - 1e-3)
            smooth[:, VOICING] = np.log(voiced / (1 - voiced))
            out[row, :frames] = torch.from_numpy(smooth.astype(np.float32))
        return out

    def leaves_of(self, asked: np.ndarray) -> np.ndarray:
        """Leaf of each phone in each tree [shape=(trees, 5, phones)], a row of `gaussians`."""
        return self.trees.leaves_of(asked).reshape(-1, N_STATES, len(asked))

    def _mixed(self, leaves: np.ndarray) -> np.ndarray:
        """Mean and variance, of features and of slopes, of the trees' mixture [shape=(4, 5, phones, 43)]."""
        mean, variance, slope, slope_variance = np.moveaxis(self.gaussians.numpy()[leaves].astype(np.float64), 3, 0)
        mixed = []
        for means, variances in ((mean, variance), (slope, slope_variance)):
            own = means.mean(axis=0)
            # within the trees' leaves, and between them
            mixed += [own, (variances + np.square(means - own)).mean(axis=0)]
        return np.stack(mixed)

    @classmethod
    def suits(cls, loss: str) -> Message | None:
        """None, or the sentence that says why this model cannot be used with that loss."""
        if loss != "cross_entropy":
            return None
        return Message("Trees predict numbers, not classes: choose another loss.")


@dataclass(frozen=True)
class Passages:
    """All phones that passed one of the states."""

    asked: np.ndarray  # [shape=(phones, questions)], what is asked of each
    frames: np.ndarray  # [shape=(phones,)], how many it spent there
    sums: np.ndarray  # [shape=(4, phones, 43)], over them: of features, their squares, slopes and their squares

    @property
    def means(self) -> np.ndarray:
        """Mean features of each phone [shape=(phones, 43)]."""
        return self.sums[0] / self.frames[:, None]

    def grown(self, tree: Any) -> Grown:
        """One of scikit-learn's fitted trees, and of all frames in each of its leaves: mean, variance, mean slope,
        variance of slopes [shape=(4, leaves, 43)].
        """
        leaves = tree.get_n_leaves()
        leaf = (np.cumsum(tree.tree_.children_left < 0) - 1)[tree.apply(self.asked)]
        total = np.maximum(np.bincount(leaf, self.frames, leaves), 1)[:, None]
        sums = [np.stack([np.bincount(leaf, column, leaves) for column in part.T], axis=1) for part in self.sums]
        mean, square, slope, slope_square = (part / total for part in sums)
        variance, slope_variance = square - mean**2, slope_square - slope**2
        return tree.tree_, np.stack(
            [mean, np.maximum(variance, LEAST_VARIANCE), slope, np.maximum(slope_variance, LEAST_VARIANCE)]
        )


def gather(examples: Sequence[Example], ask: Ask) -> list[Passages]:
    """The passages of each state; `ask` is a `TreeModel`'s."""
    rows: list[list[tuple[np.ndarray, int, np.ndarray]]] = [[] for _ in range(N_STATES)]
    for example in examples:
        asked = ask(example.phones.numpy(), example.durations.numpy())
        features = example.target.numpy().astype(np.float64)
        slopes = slopes_of(features)
        every = np.stack([features, features**2, slopes, slopes**2])
        key = example.frame_state.numpy()
        starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
        for start, end in zip(starts, [*starts[1:], len(key)], strict=True):
            phone, state = divmod(int(key[start]), N_STATES)
            rows[state].append((asked[phone], end - start, every[:, start:end].sum(axis=1)))
    return [
        Passages(
            np.stack([asked for asked, _, _ in own]),
            np.array([count for _, count, _ in own], dtype=np.float64),
            np.stack([total for _, _, total in own], axis=1),
        )
        for own in rows
    ]
