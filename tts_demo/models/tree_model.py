"""What models of decision trees share: states of a phone, Gaussians in leaves, smooth paths between them.

Each phone goes through five states, each a fifth of its time. What a state sounds like is asked of decision trees,
whose leaves hold Gaussians of the features and of their slopes. Between them lies the smoothest likely path (parameter
generation, Tokuda et al. 2000). Not covered: durations (given, as to the networks) and realignment of the states.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from scipy.linalg import solveh_banded
from torch import Tensor

from tts_demo.acoustics import N_FEATURES, VOICING
from tts_demo.batches import Batch, Example
from tts_demo.losses import Loss
from tts_demo.models.base import AcousticModel
from tts_demo.models.trees import Growing, Trees

Ask = Callable[[np.ndarray, np.ndarray], np.ndarray]  # as `TreeModel.ask`
Grown = tuple[Any, np.ndarray]  # one of scikit-learn's trees, and the Gaussians [shape=(4, leaves, 43)] of its leaves

N_STATES = 5
LEAST_VARIANCE = 1e-3  # of features with variance one


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

    def ask(self, phones: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """What is asked of each phone [shape=(phones, 3)] of so many frames: answers [shape=(phones, questions)]."""
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
            phones = batch.phones[row, : int(batch.phone_mask[row].sum())].numpy()
            frame_phone = batch.frame_phone[row, :frames].numpy()
            state = states_of(batch.frame_position[row, :frames].numpy())
            leaves = self.leaves_of(self.ask(phones, np.bincount(frame_phone, minlength=len(phones))))
            mean, variance, slope, slope_variance = self._mixed(leaves)[:, state, frame_phone]
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
    def suits(cls, loss: str) -> str | None:
        """None, or the sentence that says why this model cannot be used with that loss."""
        return None if loss != "cross_entropy" else "Trees predict numbers, not classes: choose another loss."


def states_of(position: np.ndarray) -> np.ndarray:
    """State of each frame by its place in its phone [shape=(frames,)]."""
    return np.minimum((position[:, 0] * N_STATES).astype(np.int64), N_STATES - 1)


def _slopes(features: np.ndarray) -> np.ndarray:
    """Half the difference of the frames around each one; 0 at the ends."""
    slopes = np.zeros_like(features)
    slopes[1:-1] = (features[2:] - features[:-2]) / 2
    return slopes


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
        phones, frame_phone = example.phones.numpy(), example.frame_phone.numpy()
        asked = ask(phones, np.bincount(frame_phone, minlength=len(phones)))
        features = example.target.numpy().astype(np.float64)
        slopes = _slopes(features)
        every = np.stack([features, features**2, slopes, slopes**2])
        key = frame_phone * N_STATES + states_of(example.frame_position.numpy())
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


def generate(mean: np.ndarray, variance: np.ndarray, slope: np.ndarray, slope_variance: np.ndarray) -> np.ndarray:
    """The likeliest path, given Gaussians of each frame's features and of their slopes (Tokuda et al. 2000).

    Parameters
    ----------
    mean, variance, slope, slope_variance : np.ndarray [shape=(frames, features)]

    Returns
    -------
    np.ndarray [shape=(frames, features)]
    """
    frames, features = mean.shape
    precision, tilt = 1 / variance, 1 / slope_variance
    tilt[[0, -1]] = 0  # a slope needs a frame on either side
    right = precision * mean
    right[1:] += 0.5 * (tilt * slope)[:-1]
    right[:-1] -= 0.5 * (tilt * slope)[1:]
    diagonal = precision.copy()
    diagonal[1:] += 0.25 * tilt[:-1]
    diagonal[:-1] += 0.25 * tilt[1:]
    path = np.empty_like(mean)
    for column in range(features):
        bands = np.zeros((3, frames))
        bands[2] = diagonal[:, column]
        if frames > 2:
            bands[0, 2:] = -0.25 * tilt[1:-1, column]
        path[:, column] = solveh_banded(bands, right[:, column])
    return path
