"""How utterances are put together."""

import itertools

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from tts_demo import batches
from tts_demo.acoustics import N_FEATURES
from tts_demo.batches import Example

LENGTHS = st.lists(st.integers(1, 200), min_size=1, max_size=9)


def of_length(frames: int) -> Example:
    """An example of one phone."""
    target = torch.full((frames, N_FEATURES), float(frames))
    return Example(torch.zeros(1, 3, dtype=torch.int64), torch.zeros(frames, dtype=torch.int64),
                   torch.zeros(frames, 4), target)  # fmt: skip


def seconds(groups: list[list[int]], lengths: list[int]) -> float:
    """Time of a recurrent network, in steps of one row: a step costs its rows and three more."""
    return sum(-(-max(lengths[i] for i in group) // 12) * 12 * (len(group) + 3) for group in groups)


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
        longest = [-(-max(lengths[i] for i in group) // 12) * 12 for group in way]
        if all(len(group) == 1 or len(group) * top <= frames for group, top in zip(way, longest, strict=True)):
            every_way.append(seconds(way, lengths))
    assert seconds(groups, lengths) == min(every_way)


@given(LENGTHS)
def test_an_epoch_has_every_example_once(lengths):
    stream = batches.endless([of_length(length) for length in lengths], 300, np.random.default_rng(0))
    met: list[int] = []
    while len(met) < len(lengths):
        batch = next(stream)
        assert torch.equal(batch.mask.sum(dim=1).to(torch.int64), batch.lengths)
        assert (batch.target[..., 0] * batch.mask).sum(dim=1).tolist() == [n * n for n in batch.lengths.tolist()]
        met += batch.lengths.tolist()
    assert sorted(met) == sorted(lengths)
