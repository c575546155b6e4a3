"""How utterances are put together."""

import itertools

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from tts_demo import batches
from tts_demo.acoustics import N_FEATURES
from tts_demo.batches import Example
from tts_demo.states import slopes_of
from tts_demo.text import PAUSE, Phone, encode, to_phones

LENGTHS = st.lists(st.integers(1, 200), min_size=1, max_size=9)


def of_length(frames: int) -> Example:
    """An example of one phone."""
    return batches.example([Phone(PAUSE, -1)], [frames], np.full((frames, N_FEATURES), frames, np.float32))


def seconds(groups: list[list[int]], lengths: list[int]) -> float:
    """Time of a recurrent network, in steps of one row: a step costs its rows and three more."""
    return sum(max(lengths[i] for i in group) * (len(group) + 3) for group in groups)


def test_a_frame_knows_its_phone_and_its_state():
    """A phone without frames has no states, and counts."""
    phones = to_phones("I")
    item = batches.example(phones, [2, 0, 6])
    assert item.frame_state.tolist() == [1, 3, 10, 11, 12, 12, 13, 14]
    assert item.durations.tolist() == [2, 0, 6]
    assert item.phones.tolist() == encode(phones).tolist()
    assert item.target.shape == item.slopes.shape == (8, N_FEATURES)


def test_a_batch_holds_its_examples_and_nothing_else():
    random = np.random.default_rng(0)
    items = []
    for written in ("You have seven new messages.", "Hello."):
        phones = to_phones(written)
        durations = random.integers(0, 9, len(phones))
        items.append(batches.example(phones, durations, random.normal(size=(durations.sum(), N_FEATURES))))
    batch = batches.collate(items)
    assert batch.lengths.tolist() == [len(item.frame_state) for item in items]
    for row, item in enumerate(items):
        for names, mask in (
            (("phones", "durations"), batch.phone_mask[row]),
            (("frame_state", "target", "slopes"), batch.mask[row]),
        ):
            for name in names:
                own, padded = getattr(item, name), getattr(batch, name)[row]
                assert padded.dtype == own.dtype and torch.equal(padded[: len(own)], own)
                assert not padded[len(own) :].any()
                assert mask.tolist() == [1.0] * len(own) + [0.0] * (len(padded) - len(own))
        np.testing.assert_array_equal(item.slopes, slopes_of(item.target.numpy()))


@given(LENGTHS, st.sampled_from((100, 400, 2000)))
def test_groups_for_evaluation_are_the_quickest_cut_of_the_order(lengths, frames):
    groups = batches.groups_by_length([of_length(length) for length in lengths], frames)
    order = list(itertools.chain(*groups))
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[place] for place in order] == sorted(lengths)
    every_way = []
    for cut in itertools.product((False, True), repeat=len(order) - 1):
        ends = [place + 1 for place, here in enumerate(cut) if here]
        way = [order[a:b] for a, b in zip([0, *ends], [*ends, len(order)], strict=True)]
        longest = [max(lengths[i] for i in group) for group in way]
        if all(len(group) == 1 or len(group) * top <= frames for group, top in zip(way, longest, strict=True)):
            every_way.append(seconds(way, lengths))
    assert seconds(groups, lengths) == min(every_way)


@given(LENGTHS)
def test_an_epoch_has_every_example_once(lengths):
    stream = batches.Endless([of_length(length) for length in lengths], 300, np.random.default_rng(0))
    met: list[int] = []
    while len(met) < len(lengths):
        batch = next(stream)
        assert torch.equal(batch.mask.sum(dim=1).to(torch.int64), batch.lengths)
        assert (batch.target[..., 0] * batch.mask).sum(dim=1).tolist() == [n * n for n in batch.lengths.tolist()]
        met += batch.lengths.tolist()
    assert sorted(met) == sorted(lengths)
