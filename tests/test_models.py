"""Batches and models: shapes, padding that tells nothing, the same weights from the same seed."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from tts_demo import batches, text
from tts_demo.acoustics import N_FEATURES, VOICING
from tts_demo.config import RunConfig, choose
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.models.tree_model import N_STATES, gather, generate
from tts_demo.models.trees import questions
from tts_demo.settings import SettingError, describe
from tts_demo.training import as_stored, build


def example(written, frames_each=5, seed=0):
    phones = text.to_phones(written)
    durations = np.random.default_rng(seed).integers(1, 2 * frames_each, len(phones))
    target = np.random.default_rng(seed + 1).normal(size=(durations.sum(), N_FEATURES)).astype(np.float32)
    return batches.example(phones, durations, target)


def smallest(name):
    """The model at the small end of every setting."""
    ranges = describe(MODELS[name].Settings)
    return choose("model", name, **{key: d.minimum for key, (d, _) in ranges.items() if not d.choices})


NETWORKS = [name for name in MODELS if MODELS[name].gradients]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("frames_per_step", [1, 2, 3, 4])
def test_padding_tells_nothing(name, frames_per_step):
    """What a network predicts for an utterance does not depend on the company it is batched with."""
    short, long = example("Hello."), example("You have seven new messages.", seed=5)
    model = build(RunConfig(model=choose("model", name, units=32, frames_per_step=frames_per_step))).eval()
    with torch.no_grad():
        alone = model(batches.collate([short]))[0, : len(short.frame_phone)]
        together = model(batches.collate([long, short]))[1, : len(short.frame_phone)]
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", NETWORKS)
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


@pytest.mark.parametrize("cell", ["lstm", "gru", "elman"])
@pytest.mark.parametrize("directions", ["both", "forward"])
def test_every_recurrent_network_learns_and_ignores_the_padding(cell, directions):
    choice = choose("model", "rnn", units=16, layers=2, cell=cell, directions=directions)
    short, long = example("Hello."), example("You have seven new messages.", seed=5)
    model = build(RunConfig(model=choice)).eval()
    with torch.no_grad():
        alone = model(batches.collate([short]))[0, : len(short.frame_phone)]
        together = model(batches.collate([long, short]))[1, : len(short.frame_phone)]
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=0)


def test_reading_forward_only_knows_nothing_of_later_steps():
    model = build(RunConfig(model=choose("model", "rnn", units=16, directions="forward", frames_per_step=1))).eval()
    batch = batches.collate([example("You have seven new messages.")])
    layer = model.layers[0]
    hidden = torch.randn(1, 9, 16, generator=torch.Generator().manual_seed(0))
    changed = hidden.clone()
    changed[:, 5:] += 1
    lengths = torch.tensor([9])
    assert torch.equal(layer(hidden, lengths)[:, :5], layer(changed, lengths)[:, :5])
    assert model(batch).shape == (1, batch.mask.shape[1], N_FEATURES)


PAIRS = list(itertools.product(MODELS, LOSSES))


def test_networks_take_every_loss_and_trees_all_that_predict_numbers():
    refused = {(name, loss) for name, loss in PAIRS if MODELS[name].suits(loss)}
    assert refused == {(name, "cross_entropy") for name, model in MODELS.items() if not model.gradients} != set()
    for name, loss in refused:
        with pytest.raises(SettingError):
            RunConfig(model=choose("model", name), loss=loss)


@pytest.mark.parametrize(("name", "loss"), [pair for pair in PAIRS if not MODELS[pair[0]].suits(pair[1])])
def test_features_have_one_shape_whatever_the_loss(name, loss):
    batch = batches.collate([example("Hello.")])
    model = build(RunConfig(model=choose("model", name), loss=loss)).eval()
    features = model.features(batch)
    assert features.shape == (*batch.mask.shape, N_FEATURES)
    assert torch.isfinite(features).all()


def test_heads_must_share_the_units():
    with pytest.raises(SettingError, match="equal, even numbers"):
        choose("model", "transformer", units=100, heads=8)


def test_attention_reaches_every_step_and_convolutions_their_own_distance():
    def reach(name, **settings):
        model = build(RunConfig(model=choose("model", name, units=16, **settings))).eval()
        hidden = torch.randn(1, 60, 16, generator=torch.Generator().manual_seed(0), requires_grad=True)
        (model.over_time(hidden, torch.ones(1, 60))[0, 30] @ torch.arange(1.0, 17)).backward()
        touched = torch.nonzero(hidden.grad[0].abs().sum(dim=1))[:, 0]
        return touched.min().item(), touched.max().item()

    assert reach("transformer") == (0, 59)
    assert reach("cnn", layers=4) == (15, 45)  # 1 + 2 + 4 + 8 steps to either side
    assert reach("cnn", layers=1) == (29, 31)


# Trees: the HMM, and the forest


def grown(name, items, **settings):
    model = build(RunConfig(model=choose("model", name, smallest_leaf=1, **settings))).eval()
    return model, list(model.grow(items, torch.ones(N_FEATURES)))


@pytest.mark.parametrize(
    ("name", "size", "steps"),
    [("hmm", {"leaves": 24}, [2, 4, 8, 16, 24]), ("forest", {"trees": 6}, [1, 2, 4, 6])],
)
def test_trees_grow_as_far_as_they_should_and_fit_better(name, size, steps):
    items = [example("You have seven new messages.", seed=number) for number in range(6)]
    model = build(RunConfig(model=choose("model", name, smallest_leaf=1, **size))).eval()
    batch = batches.collate(items)

    def error():
        return ((model(batch) - batch.target)[..., :VOICING].square().mean(-1) * batch.mask).sum().item()

    before = error()
    assert list(model.grow(items, torch.ones(N_FEATURES))) == steps == [*steps[:-1], model.total_steps]
    assert error() < 0.8 * before


def test_leaves_hold_means_and_variances_of_their_frames():
    """Two leaves tell the pauses around "I" from the vowel, whose leaf knows all frames of its state."""
    items = [example("I.", frames_each=20, seed=number) for number in range(3)]
    for item in items:
        item.target[item.frame_phone != 1] -= 20  # what the trees see first
    model, _ = grown("hmm", items, leaves=2)
    leaves = model.leaves_of(model.ask(items[0].phones.numpy(), np.full(len(items[0].phones), 20)))
    for state in range(N_STATES):
        frames = []
        for item in items:
            states = (item.frame_position[:, 0] * N_STATES).long().clamp(max=N_STATES - 1)
            frames.append(item.target[(item.frame_phone == 1) & (states == state)])
        vowel = torch.cat(frames)
        mean, variance = model.gaussians[leaves[0, state, 1], :2]
        torch.testing.assert_close(mean, vowel.mean(dim=0), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(variance, vowel.var(dim=0, unbiased=False), atol=1e-4, rtol=1e-4)


def test_every_phone_finds_the_leaf_that_scikit_learn_says():
    items = [example("You have seven new messages.", seed=number) for number in range(4)]
    model, _ = grown("forest", items, trees=3)
    gathered = gather(items, model.ask)
    trees = [
        DecisionTreeRegressor(random_state=number).fit(one.asked, one.means) for number, one in enumerate(gathered)
    ]
    model.plant([[one.grown(tree) for one, tree in zip(gathered, trees, strict=True)]])
    leaves = model.leaves_of(gathered[0].asked)
    for state, tree in enumerate(trees):
        number = np.cumsum(tree.tree_.children_left < 0) - 1
        first = sum(other.get_n_leaves() for other in trees[:state])
        np.testing.assert_array_equal(leaves[0, state], first + number[tree.apply(gathered[0].asked)])


def test_a_forest_speaks_the_mixture_of_its_trees():
    """Mean and variance of Gaussians with equal shares, as of frames drawn from them."""
    items = [example("You have seven new messages.", seed=number) for number in range(4)]
    model, _ = grown("forest", items, trees=2)
    leaves = np.array([0, 3, 5])[:, None, None]  # of three trees, one state, one phone
    mean, variance, _, _ = model._mixed(leaves)[:, 0, 0]
    random = np.random.default_rng(0)
    own = model.gaussians[leaves[:, 0, 0]].double().numpy()
    drawn = np.concatenate([random.normal(one[0], np.sqrt(one[1]), size=(40_000, N_FEATURES)) for one in own])
    np.testing.assert_allclose(mean, drawn.mean(axis=0), atol=0.05)
    np.testing.assert_allclose(variance, drawn.var(axis=0), rtol=0.05)


def test_a_forest_hears_how_long_a_phone_lasts():
    items = [example("I.", frames_each=frames, seed=frames) for frames in (5, 5, 5, 30, 30, 30)]
    for item in items:
        item.target[:] = len(item.frame_phone) / 50
    model, _ = grown("forest", items, trees=4)
    short, long = (model(batches.collate([items[number]]))[0, :10, 5].mean().item() for number in (0, -1))
    assert long - short > 1


def test_seeds_give_other_forests():
    items = [example("You have seven new messages.", seed=number) for number in range(4)]
    batch = batches.collate(items)
    spoken = []
    for seed in (0, 0, 1):
        model = build(RunConfig(model=choose("model", "forest", trees=2), seed=seed)).eval()
        list(model.grow(items, torch.ones(N_FEATURES)))
        spoken.append(model(batch))
    assert torch.equal(spoken[0], spoken[1]) and not torch.equal(spoken[0], spoken[2])


def test_the_generated_path_is_the_likeliest():
    """Against the dense normal equations, dimension by dimension."""
    random = np.random.default_rng(0)
    frames = 9
    mean, slope = random.normal(size=(2, frames, 2))
    variance, slope_variance = random.uniform(0.2, 2, size=(2, frames, 2))
    path = generate(mean, variance, slope, slope_variance.copy())
    window = np.zeros((frames, frames))
    for row in range(1, frames - 1):
        window[row, row - 1], window[row, row + 1] = -0.5, 0.5
    for column in range(2):
        weight = np.diag(1 / slope_variance[:, column])
        left = np.diag(1 / variance[:, column]) + window.T @ weight @ window
        right = mean[:, column] / variance[:, column] + window.T @ weight @ slope[:, column]
        np.testing.assert_allclose(path[:, column], np.linalg.solve(left, right), atol=1e-10)


def test_questions_tell_phones_and_their_kinds_apart():
    phones = text.encode(text.to_phones("Bat."))
    asked = questions(phones)
    assert len({tuple(row) for row in asked}) == len(asked)
    assert set(np.unique(asked)) == {0.0, 1.0}


@pytest.mark.parametrize(("name", "size"), [("hmm", {"leaves": 16}), ("forest", {"trees": 3})])
def test_a_snapshot_holds_the_trees_exactly(name, size):
    items = [example("You have seven new messages.", seed=number) for number in range(3)]
    model, _ = grown(name, items, **size)
    again = build(RunConfig(model=choose("model", name, **size)))
    kept = {name: as_stored(tensor) for name, tensor in model.state_dict().items()}
    assert all(array.flags.c_contiguous for array in kept.values()), "or a safetensors file holds another order"
    again.load_state_dict({name: torch.from_numpy(array) for name, array in kept.items()})
    for name in ("question", "left", "right", "leaf", "roots"):
        assert torch.equal(getattr(model.trees, name), getattr(again.trees, name))
    batch = batches.collate(items)
    torch.testing.assert_close(model(batch), again(batch), atol=2e-2, rtol=0)
