"""Hidden Markov models tied by decision trees: the era before networks (Yoshimura et al. 1999; Zen et al. 2009).

Each phone goes through five states, each a fifth of its time. What a state sounds like is asked of a decision tree (one
for each of the five), whose questions are about the phone and its neighbours, and whose leaves hold Gaussians of the
features and of their slopes. Between them lies the smoothest likely path (parameter generation, Tokuda et al. 2000).

Not covered: durations (given, as to the networks) and realignment of the states within a phone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from scipy.linalg import solveh_banded
from torch import Tensor

from tts_demo import text
from tts_demo.acoustics import N_FEATURES, VOICING
from tts_demo.batches import Batch, Example
from tts_demo.losses import Loss
from tts_demo.models.base import AcousticModel
from tts_demo.pronunciation.phones import PHONES, VOWELS
from tts_demo.settings import SettingsBase, setting

N_STATES = 5
_LEAST_VARIANCE = 1e-3  # of features with variance one
_NEIGHBOURS = 2
# Questions about kinds of phones; those about single phones and vowels come besides.
_KINDS = (
    "P B T D K G", "P T K", "B D G", "F V TH DH S Z SH ZH HH", "S Z SH ZH CH JH", "M N NG", "L R W Y", "CH JH",
    "B D G V DH Z ZH JH M N NG L R W Y", "IY IH EY EH AE", "UW UH OW AO AA", "IY IH UW UH", "AA AE AO AW AY",
    "AW AY EY OW OY", "P B M F V W", "T D N S Z L TH DH", "K G NG", "ER R",
)  # fmt: skip


class HMM(AcousticModel):
    """Five-state phone models tied by decision trees, on the same features as the networks."""

    name: ClassVar[str] = "hmm"
    label: ClassVar[str] = "HMM with decision trees"
    sentence: ClassVar[str] = "Sorts the sounds it has met by questions about their neighbours, and speaks in averages."
    gradients: ClassVar[bool] = False

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
        self.leaves, self.smallest_leaf = settings.leaves, settings.smallest_leaf
        nodes = 2 * settings.leaves - 1
        # float16 holds whole numbers up to 2048, so a snapshot holds a tree exactly
        for name in ("question", "left", "right"):
            self.register_buffer(name, torch.full((N_STATES, nodes), -1.0))
        for name in ("mean", "slope", "variance", "slope_variance"):
            fill = 1.0 if "variance" in name else 0.0
            self.register_buffer(name, torch.full((N_STATES, nodes, N_FEATURES), fill))

    def grow(self, examples: Sequence[Example], weights: Tensor) -> Iterator[int]:
        """Grow the trees from two leaves to the number wanted, twice as many each time; yields the number so far.

        Parameters
        ----------
        examples : sequence of Example
        weights : Tensor [shape=(43,)]
            Of each feature, when a tree chooses its question.
        """
        from sklearn.tree import DecisionTreeRegressor

        gathered = _gather(examples)
        scale = np.sqrt(weights.numpy())
        leaves = min(2, self.leaves)
        while True:
            for state, (asked, frame_means, counts, sums) in enumerate(gathered):
                tree = DecisionTreeRegressor(
                    max_leaf_nodes=leaves, min_samples_leaf=min(self.smallest_leaf, len(asked)), random_state=0
                )
                tree.fit(asked, frame_means * scale, sample_weight=counts)
                self._store(state, tree, asked, counts, sums)
            yield leaves
            if leaves >= self.leaves:
                return
            leaves = min(2 * leaves, self.leaves)

    def _store(self, state: int, tree: Any, asked: np.ndarray, counts: np.ndarray, sums: np.ndarray) -> None:
        grown = tree.tree_
        nodes = grown.node_count
        for name, values in (
            ("question", grown.feature),
            ("left", grown.children_left),
            ("right", grown.children_right),
        ):
            getattr(self, name)[state, :nodes] = torch.from_numpy(np.maximum(values, -1).astype(np.float32))
        leaf = tree.apply(asked)
        total = np.bincount(leaf, counts, nodes)[:, None]
        sums_of = [np.stack([np.bincount(leaf, column, nodes) for column in part.T], axis=1) for part in sums]
        mean, square, slope, slope_square = (part / np.maximum(total, 1) for part in sums_of)
        for name, values in (
            ("mean", mean),
            ("slope", slope),
            ("variance", np.maximum(square - mean**2, _LEAST_VARIANCE)),
            ("slope_variance", np.maximum(slope_square - slope**2, _LEAST_VARIANCE)),
        ):
            getattr(self, name)[state, :nodes] = torch.from_numpy(values.astype(np.float32))

    @torch.no_grad()
    def forward(self, batch: Batch) -> Tensor:
        """Normalised features, voicing as a logit [shape=(batch, frames, 43)]."""
        out = torch.zeros(*batch.mask.shape, N_FEATURES)
        for row, frames in enumerate(batch.lengths.tolist()):
            phones = batch.phones[row, : int(batch.phone_mask[row].sum())].numpy()
            state = _states(batch.frame_position[row, :frames].numpy())
            leaf = self._leaves(questions(phones))[state, batch.frame_phone[row, :frames].numpy()]
            chosen = [
                getattr(self, name)[state, leaf].numpy().astype(np.float64)
                for name in ("mean", "variance", "slope", "slope_variance")
            ]
            smooth = generate(*chosen)
            voiced = chosen[0][:, VOICING].clip(1e-3, 1 - 1e-3)
            smooth[:, VOICING] = np.log(voiced / (1 - voiced))
            out[row, :frames] = torch.from_numpy(smooth.astype(np.float32))
        return out

    def _leaves(self, asked: np.ndarray) -> np.ndarray:
        """Leaf of each phone in each tree [shape=(5, phones)]."""
        question, left, right = (getattr(self, name).numpy().astype(np.int64) for name in ("question", "left", "right"))
        found = np.zeros((N_STATES, len(asked)), dtype=np.int64)
        for state in range(N_STATES):
            node = found[state]
            while (inner := left[state, node] >= 0).any():
                yes = asked[np.arange(len(asked)), np.maximum(question[state, node], 0)] > 0.5
                below = np.where(yes, right[state, node], left[state, node])
                node = np.where(inner, below, node)
            found[state] = node
        return found

    @classmethod
    def suits(cls, loss: str) -> str | None:
        """None, or the sentence that says why this model cannot be used with that loss."""
        return None if loss != "cross_entropy" else "The HMM predicts numbers, not classes: choose another loss."


def questions(phones: np.ndarray) -> np.ndarray:
    """Answers, 0 or 1, to every question about each phone [shape=(phones, questions), dtype=float32].

    Parameters
    ----------
    phones : np.ndarray [shape=(phones, 3)]
        As `text.encode` gives them.
    """
    table = _table()
    padded = np.pad(phones, ((_NEIGHBOURS, _NEIGHBOURS), (0, 0)))
    count = len(phones)
    columns = []
    for offset in range(2 * _NEIGHBOURS + 1):
        near = padded[offset : offset + count]
        columns.append(table[near[:, 0]])
        if abs(offset - _NEIGHBOURS) <= 1:
            columns.append(np.eye(text.N_STRESSES, dtype=np.float32)[near[:, 1]])
            columns.append(np.eye(text.N_POSITIONS, dtype=np.float32)[near[:, 2]])
    return np.concatenate(columns, axis=1)


def _table() -> np.ndarray:
    """For each phone: which one it is, whether a vowel, and which kinds it belongs to [shape=(40, questions)]."""
    kinds = [set(VOWELS), *(set(kind.split()) for kind in _KINDS)]
    member = [[0.0] * len(kinds)] + [[float(phone in kind) for kind in kinds] for phone in PHONES]
    return np.concatenate([np.eye(text.N_PHONES), np.array(member)], axis=1).astype(np.float32)


def _states(position: np.ndarray) -> np.ndarray:
    """State of each frame by its place in its phone [shape=(frames,)]."""
    return np.minimum((position[:, 0] * N_STATES).astype(np.int64), N_STATES - 1)


def _slopes(features: np.ndarray) -> np.ndarray:
    """Half the difference of the frames around each one; 0 at the ends."""
    slopes = np.zeros_like(features)
    slopes[1:-1] = (features[2:] - features[:-2]) / 2
    return slopes


Gathered = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _gather(examples: Sequence[Example]) -> list[Gathered]:
    """For each state, one row a phone that passed it: answers, mean features, frames, and sums over its frames.

    The sums [shape=(4, rows, 43)] are of features, their squares, slopes and their squares.
    """
    rows: list[list[tuple[np.ndarray, int, np.ndarray]]] = [[] for _ in range(N_STATES)]
    for example in examples:
        asked = questions(example.phones.numpy())
        features = example.target.numpy().astype(np.float64)
        slopes = _slopes(features)
        every = np.stack([features, features**2, slopes, slopes**2])
        key = example.frame_phone.numpy() * N_STATES + _states(example.frame_position.numpy())
        starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
        for start, end in zip(starts, [*starts[1:], len(key)], strict=True):
            phone, state = divmod(int(key[start]), N_STATES)
            rows[state].append((asked[phone], end - start, every[:, start:end].sum(axis=1)))
    gathered = []
    for own in rows:
        counts = np.array([count for _, count, _ in own], dtype=np.float64)
        sums = np.stack([total for _, _, total in own], axis=1)
        gathered.append((np.stack([asked for asked, _, _ in own]), sums[0] / counts[:, None], counts, sums))
    return gathered


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
