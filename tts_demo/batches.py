"""Utterances -> padded batches of tensors, of similar lengths so that little is padding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from tts_demo import text
from tts_demo.acoustics import N_FEATURES
from tts_demo.corpus import Corpus
from tts_demo.messages import MessageError
from tts_demo.states import N_STATES, slopes_of, states_of
from tts_demo.text import Phone

_ROWS_OF_A_STEP = 3  # how many rows take as long as what a recurrent step costs whatever its rows
EVALUATION_FRAMES = 12_000  # a batch: without gradients there is room


@dataclass(frozen=True)
class Example:
    """One utterance as a model sees it."""

    phones: Tensor  # int64 [shape=(phones, 3)], as text.encode gives them
    durations: Tensor  # int64 [shape=(phones,)], frames
    frame_state: Tensor  # int64 [shape=(frames,)], which state a frame belongs to: 5 * phone + state
    target: Tensor  # [shape=(frames, 43)], normalised; zeros where there is none
    slopes: Tensor  # [shape=(frames, 43)], of the target, see `states.slopes_of`


@dataclass(frozen=True)
class Batch:
    """Several examples, padded at their ends."""

    phones: Tensor  # int64 [shape=(batch, phones, 3)]
    durations: Tensor  # int64 [shape=(batch, phones)]
    phone_mask: Tensor  # [shape=(batch, phones)], 1 for a phone, 0 for padding
    frame_state: Tensor  # int64 [shape=(batch, frames)]
    target: Tensor  # [shape=(batch, frames, 43)]
    slopes: Tensor  # [shape=(batch, frames, 43)]
    mask: Tensor  # [shape=(batch, frames)], 1 for a frame, 0 for padding
    lengths: Tensor  # int64 [shape=(batch,)], frames


def example(phones: Sequence[Phone], durations: Sequence[int], target: np.ndarray | None = None) -> Example:
    """Example of phones with their durations in frames, and with normalised features where they are known.

    Raises
    ------
    ValueError
        If phones, durations and target do not fit each other.
    """
    frames_of = np.asarray(durations, dtype=np.int64)
    total = int(frames_of.sum())
    if len(phones) != len(frames_of) or total < 1 or (frames_of < 0).any():
        raise MessageError(
            "{count} phones need as many durations of 0 frames or more, with one frame in all.", count=len(phones)
        )
    if target is not None and target.shape != (total, N_FEATURES):
        raise MessageError(
            "Durations sum to {total} frames; the features have the shape {shape}.", total=total, shape=target.shape
        )
    features = np.zeros((total, N_FEATURES), np.float32) if target is None else np.ascontiguousarray(target)
    return Example(
        torch.from_numpy(text.encode(phones)),
        torch.from_numpy(frames_of),
        torch.from_numpy(np.repeat(np.arange(len(phones)), frames_of) * N_STATES + states_of(frames_of)),
        torch.from_numpy(features),
        torch.from_numpy(slopes_of(features)),
    )


def examples(corpus: Corpus, prompts: Sequence) -> list[Example]:
    """Examples of corpus utterances, with natural durations."""
    return [example(item.phones, item.durations, corpus.normalised(item)) for item in prompts]


def collate(chosen: Sequence[Example]) -> Batch:
    """One batch of some examples, padded at their ends."""

    def padded(name: str) -> Tensor:
        return pad_sequence([getattr(item, name) for item in chosen], batch_first=True)

    lengths = torch.tensor([len(item.frame_state) for item in chosen])
    phones = torch.tensor([len(item.phones) for item in chosen])
    return Batch(
        phones=padded("phones"),
        durations=padded("durations"),
        phone_mask=(torch.arange(int(phones.max())) < phones[:, None]).float(),
        frame_state=padded("frame_state"),  # padding belongs to the first state: what is predicted there is never read
        target=padded("target"),
        slopes=padded("slopes"),
        mask=(torch.arange(int(lengths.max())) < lengths[:, None]).float(),
        lengths=lengths,
    )


def by_length(items: Sequence[Example], batch_frames: int) -> list[Batch]:
    """All examples once, shortest first, in batches of at most about `batch_frames` frames: for evaluation."""
    return [collate([items[index] for index in group]) for group in groups_by_length(items, batch_frames)]


def groups_by_length(items: Sequence[Example], batch_frames: int) -> list[list[int]]:
    """Places of all examples in `items`, shortest first, in groups of at most about `batch_frames` frames.

    Of all ways to cut that order, the one that a recurrent network is through with first: a step of it takes as long
    as its rows and `_ROWS_OF_A_STEP` more.
    """
    order = sorted(range(len(items)), key=lambda index: len(items[index].frame_state))
    padded = [len(items[index].frame_state) for index in order]
    least, begins = [0.0], [0]  # time for the first so many examples, and where the last group of that way begins
    for end in range(1, len(order) + 1):
        longest = padded[end - 1]
        first = max(0, end - max(1, batch_frames // longest))
        times = [least[begin] + longest * (end - begin + _ROWS_OF_A_STEP) for begin in range(first, end)]
        least.append(min(times))
        begins.append(first + times.index(least[-1]))
    groups: list[list[int]] = []
    end = len(order)
    while end:
        groups.append(order[begins[end] : end])
        end = begins[end]
    return groups[::-1]


def epoch(lengths: Sequence[int], batch_frames: int, random: np.random.Generator) -> list[list[int]]:
    """Places of all utterances, each once, in groups of similar lengths that make a batch, in random order.

    Lengths (frames) are sorted with some noise, so that the company of each utterance changes from epoch to epoch.
    """
    order = np.argsort(np.array(lengths) * random.uniform(0.8, 1.25, len(lengths)), kind="stable")
    groups = _groups(order.tolist(), lengths, batch_frames)
    return [groups[index] for index in random.permutation(len(groups))]


class Endless:
    """Random batches for training, epoch after epoch: an iterator whose place another one can take up.

    Parameters
    ----------
    items : sequence of Example
    batch_frames : int
        About as many frames has a batch, padding included.
    random : Generator
        Draws each epoch as it begins; nobody else may draw from it.
    """

    def __init__(self, items: Sequence[Example], batch_frames: int, random: np.random.Generator) -> None:
        self._items, self._batch_frames, self._random = items, batch_frames, random
        self._lengths = [len(item.frame_state) for item in items]
        self._draw()

    def __iter__(self) -> "Endless":
        return self

    def __next__(self) -> Batch:
        if not self._left:
            self._draw()
        return collate([self._items[member] for member in self._left.pop(0)])

    def _draw(self) -> None:
        self._before = self._random.bit_generator.state  # the epoch that goes on can be drawn again from it
        self._left = epoch(self._lengths, self._batch_frames, self._random)

    def state(self) -> dict[str, Any]:
        """Where it stands, as plain values."""
        return {"random": self._before, "left": len(self._left)}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on where another one stood that has the same examples."""
        self._random.bit_generator.state = state["random"]
        self._draw()
        self._left = self._left[len(self._left) - state["left"] :]


def _groups(order: Sequence[int], lengths: Sequence[int], batch_frames: int) -> list[list[int]]:
    """Cut an order into groups of which each, padded, holds about `batch_frames` frames."""
    groups: list[list[int]] = [[]]
    longest = 0
    for index in order:
        frames = lengths[index]
        if groups[-1] and max(longest, frames) * (len(groups[-1]) + 1) > batch_frames:
            groups.append([])
            longest = 0
        groups[-1].append(index)
        longest = max(longest, frames)
    return [group for group in groups if group]
