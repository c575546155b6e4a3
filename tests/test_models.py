"""Batches and models: shapes, padding that tells nothing, the same weights from the same seed."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tts_demo import batches, text
from tts_demo.acoustics import N_FEATURES
from tts_demo.config import RunConfig, choose
from tts_demo.models import MODELS
from tts_demo.settings import describe
from tts_demo.training import build


def example(written, frames_each=5, seed=0):
    phones = text.to_phones(written)
    durations = np.random.default_rng(seed).integers(1, 2 * frames_each, len(phones))
    target = np.random.default_rng(seed + 1).normal(size=(durations.sum(), N_FEATURES)).astype(np.float32)
    return batches.example(phones, durations, target)


def smallest(name):
    """The model at the small end of every setting."""
    ranges = describe(MODELS[name].Settings)
    return choose("model", name, **{setting: description.minimum for setting, (description, _) in ranges.items()})


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("frames_per_step", [1, 2, 3, 4])
def test_padding_tells_nothing(name, frames_per_step):
    """What a network predicts for an utterance does not depend on the company it is batched with."""
    short, long = example("Hello."), example("You have seven new messages.", seed=5)
    model = build(RunConfig(model=choose("model", name, units=32, frames_per_step=frames_per_step))).eval()
    with torch.no_grad():
        alone = model(batches.collate([short]))[0, : len(short.frame_phone)]
        together = model(batches.collate([long, short]))[1, : len(short.frame_phone)]
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", MODELS)
def test_first_weights_depend_on_the_seed_and_on_nothing_else(name):
    torch.manual_seed(1)
    one = build(RunConfig(model=smallest(name)))
    torch.manual_seed(2)
    before = torch.random.get_rng_state()
    same, other = build(RunConfig(model=smallest(name))), build(RunConfig(model=smallest(name), seed=1))
    torch.testing.assert_close(one.state_dict(), same.state_dict(), rtol=0, atol=0)
    assert any((a != b).any() for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert torch.equal(before, torch.random.get_rng_state())


def test_position_in_a_phone():
    item = batches.example(text.to_phones("I"), [2, 4, 1])
    assert item.frame_phone.tolist() == [0, 0, 1, 1, 1, 1, 2]
    np.testing.assert_allclose(item.frame_position[:, 0], [0.25, 0.75, 0.125, 0.375, 0.625, 0.875, 0.5])


def test_phones_durations_and_features_must_fit():
    phones = text.to_phones("I")
    for durations in ([1, 2], [0, 0, 0], [-1, 1, 1]):
        with pytest.raises(ValueError, match="durations"):
            batches.example(phones, durations)
    with pytest.raises(ValueError, match="shape"):
        batches.example(phones, [1, 2, 3], np.zeros((5, N_FEATURES), np.float32))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(20, 400), st.integers(0, 5))
def test_every_epoch_holds_every_example_once(sizes, batch_frames, seed):
    phones = text.to_phones("I")
    items = [batches.example(phones, [0, size, 0]) for size in sizes]
    stream = batches.endless(items, batch_frames, np.random.default_rng(seed))
    seen = []
    while len(seen) < len(items):
        batch = next(stream)
        seen += batch.lengths.tolist()
        assert batch.mask.sum() == batch.lengths.sum()
        assert len(batch.lengths) == 1 or len(batch.lengths) * batch.lengths.max() <= batch_frames
    assert sorted(seen) == sorted(sizes)
