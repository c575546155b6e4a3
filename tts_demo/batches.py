"""Utterances -> padded batches of tensors, of similar lengths so that little is padding."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tts_demo import text
from tts_demo.acoustics import N_FEATURES
from tts_demo.corpus import Corpus
from tts_demo.text import Phone

FRAMES_MULTIPLE = 12  # batches are padded to it, so that models may predict 1, 2, 3 or 4 frames a step
N_FRAME_POSITIONS = 4
_ROWS_OF_A_STEP = 3  # how many rows take as long as what a recurrent step costs whatever its rows
EVALUATION_FRAMES = 6000  # a batch: without gradients there is room, and a quarter of the time is saved
_LONGEST_PHONE = np.log1p(50.0)  # half a second: brings log durations to about 0 ... 1


@dataclass(frozen=True)
class Example:
    """One utterance as a network sees it."""

    phones: Tensor  # int64 [shape=(phones, 3)], as text.encode gives them
    frame_phone: Tensor  # int64 [shape=(frames,)], which phone a frame belongs to
    frame_position: Tensor  # [shape=(frames, 4)], where in its phone a frame lies
    target: Tensor  # [shape=(frames, 43)], normalised; zeros where there is none


@dataclass(frozen=True)
class Batch:
    """Several examples, padded at their ends."""

    phones: Tensor  # int64 [shape=(batch, phones, 3)]
    phone_mask: Tensor  # [shape=(batch, phones)], 1 for a phone, 0 for padding
    frame_phone: Tensor  # int64 [shape=(batch, frames)]
    frame_position: Tensor  # [shape=(batch, frames, 4)]
    target: Tensor  # [shape=(batch, frames, 43)]
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
        raise ValueError(f"{len(phones)} phones need as many durations of 0 frames or more, with one frame in all.")
    if target is not None and target.shape != (total, N_FEATURES):
        raise ValueError(f"Durations sum to {total} frames; the features have the shape {target.shape}.")
    frame_phone = np.repeat(np.arange(len(phones)), frames_of)
    begins = np.cumsum(frames_of) - frames_of
    elapsed = np.arange(total) - begins[frame_phone]
    length = frames_of[frame_phone]
    position = np.stack(
        [
            (elapsed + 0.5) / length,
            np.log1p(elapsed) / _LONGEST_PHONE,
            np.log1p(length - 1 - elapsed) / _LONGEST_PHONE,
            np.log1p(length) / _LONGEST_PHONE,
        ],
        axis=1,
    )
    return Example(
        torch.from_numpy(text.encode(phones)),
        torch.from_numpy(frame_phone),
        torch.from_numpy(position.astype(np.float32)),
        torch.zeros(total, N_FEATURES) if target is None else torch.from_numpy(np.ascontiguousarray(target)),
    )


def examples(corpus: Corpus, prompts: Sequence) -> list[Example]:
    """Examples of corpus utterances, with natural durations."""
    return [example(item.phones, item.durations, corpus.normalised(item)) for item in prompts]


def collate(chosen: Sequence[Example]) -> Batch:
    """One batch of some examples, padded at their ends."""
    size = len(chosen)
    phones = max(len(item.phones) for item in chosen)
    lengths = [len(item.frame_phone) for item in chosen]
    frames = _padded(max(lengths))
    batch = Batch(
        phones=torch.zeros(size, phones, 3, dtype=torch.int64),
        phone_mask=torch.zeros(size, phones),
        frame_phone=torch.zeros(size, frames, dtype=torch.int64),
        frame_position=torch.zeros(size, frames, N_FRAME_POSITIONS),
        target=torch.zeros(size, frames, N_FEATURES),
        mask=torch.zeros(size, frames),
        lengths=torch.tensor(lengths),
    )
    for row, item in enumerate(chosen):
        batch.phones[row, : len(item.phones)] = item.phones
        batch.phone_mask[row, : len(item.phones)] = 1
        batch.frame_phone[row, : lengths[row]] = item.frame_phone
        # padding repeats the last phone: the state that a network reaches there is never read
        batch.frame_phone[row, lengths[row] :] = len(item.phones) - 1
        batch.frame_position[row, : lengths[row]] = item.frame_position
        batch.target[row, : lengths[row]] = item.target
        batch.mask[row, : lengths[row]] = 1
    return batch


def _padded(frames: int) -> int:
    return -(-frames // FRAMES_MULTIPLE) * FRAMES_MULTIPLE


def by_length(items: Sequence[Example], batch_frames: int) -> list[Batch]:
    """All examples once, shortest first, in batches of at most about `batch_frames` frames: for evaluation."""
    return [collate([items[index] for index in group]) for group in groups_by_length(items, batch_frames)]


def groups_by_length(items: Sequence[Example], batch_frames: int) -> list[list[int]]:
    """Places of all examples in `items`, shortest first, in groups of at most about `batch_frames` frames.

    Of all ways to cut that order, the one that a recurrent network is through with first: a step of it takes as long
    as its rows and `_ROWS_OF_A_STEP` more.
    """
    order = sorted(range(len(items)), key=lambda index: len(items[index].frame_phone))
    padded = [_padded(len(items[index].frame_phone)) for index in order]
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


def endless(items: Sequence[Example], batch_frames: int, random: np.random.Generator) -> Iterator[Batch]:
    """Random batches of similar lengths for training, epoch after epoch.

    Lengths are sorted with some noise, so that the company of each utterance changes from epoch to epoch.
    """
    lengths = np.array([len(item.frame_phone) for item in items])
    while True:
        order = np.argsort(lengths * random.uniform(0.8, 1.25, len(items)), kind="stable")
        groups = _groups(order.tolist(), items, batch_frames)
        for index in random.permutation(len(groups)):
            yield collate([items[member] for member in groups[index]])


def _groups(order: Sequence[int], items: Sequence[Example], batch_frames: int) -> list[list[int]]:
    """Cut an order into groups of which each, padded, holds about `batch_frames` frames."""
    groups: list[list[int]] = [[]]
    longest = 0
    for index in order:
        frames = len(items[index].frame_phone)
        if groups[-1] and max(longest, frames) * (len(groups[-1]) + 1) > batch_frames:
            groups.append([])
            longest = 0
        groups[-1].append(index)
        longest = max(longest, frames)
    return [group for group in groups if group]
