"""Batches and models: shapes, padding that tells nothing, the same weights from the same seed."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from tts_demo import batches, run_state, text, training
from tts_demo.acoustics import N_FEATURES, VOICING
from tts_demo.config import RunConfig, choose
from tts_demo.events import Snapshot
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.models.base import SLOPES_SHARE, PhoneInputs
from tts_demo.models.questions import about_phones, questions, timing
from tts_demo.models.tree_model import gather
from tts_demo.run_state import as_stored, build
from tts_demo.settings import SettingError, describe
from tts_demo.states import N_STATES


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
@pytest.mark.parametrize("neighbours", [0, 1, 3, 8])
def test_padding_tells_nothing(name, neighbours):
    """What a network predicts for an utterance does not depend on the company it is batched with."""
    short, long = example("Hello."), example("You have seven new messages.", seed=5)
    model = build(RunConfig(model=choose("model", name, units=32, neighbours=neighbours))).eval()
    with torch.no_grad():
        alone = model(batches.collate([short]))[0, : len(short.frame_state)]
        together = model(batches.collate([long, short]))[1, : len(short.frame_state)]
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=0)


@pytest.mark.parametrize("neighbours", [0, 1, 2, 3, 8])
def test_networks_are_told_what_trees_ask(neighbours):
    """The same answers, and the same timing on another scale, in every row of a padded batch."""
    items = [example("Hello."), example("You have seven new messages.", seed=5)]
    inputs = PhoneInputs(neighbours)
    told = inputs(batches.collate(items))
    for row, item in zip(told, items, strict=True):
        asked = questions(item.phones.numpy(), neighbours)
        count = len(asked)
        np.testing.assert_array_equal(row[:count, : asked.shape[1]], asked)
        scale = [np.log1p(50)] * 3 + [9, 9]
        np.testing.assert_allclose(row[:count, asked.shape[1] :], timing(item.durations.numpy()) / scale, rtol=1e-5)
        assert (row[count:] == 0).all()
    assert inputs.width == told.shape[-1] == len(inputs.places)


@pytest.mark.parametrize("neighbours", [0, 1, 3, 8])
def test_places_say_which_neighbour_an_input_is_about(neighbours):
    """Whatever changes of one phone moves the inputs about it in every row, all of them, and no others."""
    inputs, batch = PhoneInputs(neighbours), batches.collate([example("You have seven new messages.")])
    before, places = inputs(batch)[0], np.array(inputs.places)
    rows, width = before.shape
    changed = np.zeros((rows, width), bool)
    for column, count in enumerate((text.N_PHONES, text.N_STRESSES, text.N_POSITIONS)):
        for other in range(count):
            phones = batch.phones.clone()
            phones[0, 10, column] = other
            changed |= (inputs(replace(batch, phones=phones))[0] != before).numpy()
    durations = batch.durations.clone()
    durations[0, 10] += 1
    changed |= (inputs(replace(batch, durations=durations))[0] != before).numpy()
    for row in range(rows):
        expected = places == 10 - row
        expected[-2:] = False  # the phone's own number from either end
        np.testing.assert_array_equal(changed[row], expected)
    assert rows > 10 + neighbours


@pytest.mark.parametrize("neighbours", [0, 1, 3, 8])
def test_a_feed_forward_network_sees_its_neighbours_and_no_further(neighbours):
    model = build(RunConfig(model=choose("model", "feed_forward", units=32, neighbours=neighbours))).eval()
    item = example("You have seven new messages.")
    batch = batches.collate([item])
    changed = replace(batch, phones=batch.phones.clone())
    changed.phones[0, 10, 0] = (changed.phones[0, 10, 0] + 3) % text.N_PHONES
    with torch.no_grad():
        states = (model.states(batch) - model.states(changed))[0].abs().amax(dim=1).unflatten(0, (-1, N_STATES))
    touched = torch.nonzero(states.amax(dim=1) > 0)[:, 0].tolist()
    assert touched == list(range(10 - neighbours, 11 + neighbours))


def test_frames_are_what_their_states_say():
    model = build(RunConfig(model=choose("model", "feed_forward", units=16))).eval()
    item = example("Hello.")
    batch = batches.collate([item])
    with torch.no_grad():
        frames, states = model(batch)[0], model.states(batch)[0]
    for frame, state in enumerate(item.frame_state.tolist()):
        assert torch.equal(frames[frame], states[state])


def test_a_network_measures_how_much_speech_varies_within_a_state():
    items = [example("Hello.", seed=number) for number in range(4)]
    model = build(RunConfig(model=choose("model", "feed_forward", units=16)))
    model.prepare(items)
    squares, frames = 0.0, 0
    for item in items:
        for state in item.frame_state.unique():
            own = item.target[item.frame_state == state].double()
            squares, frames = squares + (own - own.mean(dim=0)).square().sum(dim=0), frames + len(own)
    torch.testing.assert_close(model.variance[0].double(), (squares / frames).clamp(min=1e-3), rtol=1e-5, atol=0)
    slopes = torch.cat([item.slopes for item in items]).double()
    torch.testing.assert_close(model.slope_std.double(), slopes.square().mean(dim=0).sqrt(), rtol=1e-4, atol=0)


@pytest.mark.parametrize("loss", LOSSES)
def test_what_slopes_cost(loss):
    """Frame by frame and feature by feature; what is predicted in the padding costs nothing."""
    items = [example("Hello."), example("You have seven new messages.", seed=5)]
    batch, weights = batches.collate(items), torch.rand(N_FEATURES, generator=torch.Generator().manual_seed(1))
    model = build(RunConfig(model=choose("model", "feed_forward", units=16), loss=loss))
    model.prepare(items)
    predicted = model(batch).detach()
    predicted[0, len(items[0].frame_state) :] = 1e6
    costs = []
    for row, item in zip(predicted, items, strict=True):
        for told, slopes in zip(row[:, -N_FEATURES:], item.slopes, strict=False):
            errors = (float(told[k]) - float(slopes[k] / model.slope_std[k]) for k in range(N_FEATURES))
            costs.append(sum(float(weight) * error**2 for weight, error in zip(weights, errors, strict=True)))
    assert len(costs) == sum(len(item.frame_state) for item in items)
    assert model.slopes_cost(predicted, batch, weights).item() == pytest.approx(
        SLOPES_SHARE * sum(costs) / len(costs), rel=1e-5
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_of_what_slopes_cost(name, loss):
    """Against finite differences, along one direction in each weight."""
    batch = batches.collate([example("Hello."), example("You have seven new messages.", seed=5)])
    model = build(RunConfig(model=choose("model", name, units=16), loss=loss)).double().eval()
    weights = torch.rand(N_FEATURES, dtype=torch.float64, generator=torch.Generator().manual_seed(1))

    def cost():
        return model.slopes_cost(model(batch), batch, weights)

    cost().backward()
    random, touched = torch.Generator().manual_seed(2), 0
    for parameter in model.parameters():
        direction = torch.randn(parameter.shape, dtype=torch.float64, generator=random)
        with torch.no_grad():
            ahead = (parameter.add_(1e-6 * direction), cost().item())[1]
            behind = (parameter.sub_(2e-6 * direction), cost().item())[1]
            parameter.add_(1e-6 * direction)
        found = (parameter.grad * direction).sum().item()
        assert found == pytest.approx((ahead - behind) / 2e-6, rel=1e-4, abs=1e-7)
        touched += found != 0
    assert touched == len(list(model.parameters()))
    means = model.output.weight.grad.unflatten(0, (N_STATES, -1))[:, : LOSSES[loss].outputs]
    assert not means.any(), "the means are the loss's to teach"


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_heard_is_the_likeliest_path_of_each_sentence(name, loss):
    """By dense algebra, feature by feature; of the voicing there is a probability and no path."""
    items = [example("Hello."), example("You have seven new messages.", seed=5)]
    model = build(RunConfig(model=choose("model", name, units=32), loss=loss)).eval()
    model.prepare(items)
    batch = batches.collate(items)
    with torch.no_grad():  # without gradients an LSTM is another kernel's
        told, heard = model(batch), model.features(batch)
    means = LOSSES[loss].decode(told[..., : LOSSES[loss].outputs])
    assert torch.equal(heard[..., VOICING], means[..., VOICING])
    for row, item in enumerate(items):
        frames = len(item.frame_state)
        window = (np.eye(frames, k=1) - np.eye(frames, k=-1)) / 2
        window[[0, -1]] = 0
        for column in range(VOICING):
            mean, slope = means[row, :frames, column], told[row, :frames, column - N_FEATURES]
            narrow, tilt = (1 / model.variance[:, column]).tolist()
            left = narrow * np.eye(frames) + tilt * window.T @ window
            right = narrow * mean.numpy() + tilt * window.T @ (slope * model.slope_std[column]).numpy()
            np.testing.assert_allclose(heard[row, :frames, column], np.linalg.solve(left, right), atol=1e-5)
    alone = model.features(batches.collate(items[:1]))[0]
    torch.testing.assert_close(heard[0, : len(alone)], alone, atol=1e-5, rtol=0)


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
    stream = batches.Endless(items, batch_frames, np.random.default_rng(seed))
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
        alone = model(batches.collate([short]))[0, : len(short.frame_state)]
        together = model(batches.collate([long, short]))[1, : len(short.frame_state)]
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=0)


def test_reading_forward_only_knows_nothing_of_later_steps():
    model = build(RunConfig(model=choose("model", "rnn", units=16, directions="forward"))).eval()
    batch = batches.collate([example("You have seven new messages.")])
    layer = model.layers[0]
    hidden = torch.randn(1, 9, 16, generator=torch.Generator().manual_seed(0))
    changed = hidden.clone()
    changed[:, 5:] += 1
    lengths = torch.tensor([9])
    assert torch.equal(layer(hidden, lengths)[:, :5], layer(changed, lengths)[:, :5])
    assert model.features(batch).shape == (1, batch.mask.shape[1], N_FEATURES)


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
        (model.over_phones(hidden, torch.ones(1, 60))[0, 30] @ torch.arange(1.0, 17)).backward()
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
        item.target[item.frame_state // N_STATES != 1] -= 20  # what the trees see first
    model, _ = grown("hmm", items, leaves=2)
    leaves = model.leaves_of(model.ask(items[0].phones.numpy(), np.full(len(items[0].phones), 20)))
    for state in range(N_STATES):
        frames = []
        for item in items:
            frames.append(item.target[item.frame_state == N_STATES + state])
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
        item.target[:] = len(item.frame_state) / 50
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


def test_questions_tell_phones_and_their_kinds_apart():
    phones = text.encode(text.to_phones("Bat."))
    asked = questions(phones)
    assert len({tuple(row) for row in asked}) == len(asked)
    assert set(np.unique(asked)) == {0.0, 1.0}


@pytest.mark.parametrize("neighbours", [0, 1, 3, 8])
def test_questions_ask_the_furthest_before_first(neighbours):
    phones = text.encode(text.to_phones("You have seven new messages."))
    asked, kinds = questions(phones, neighbours), about_phones().shape[1]
    outside = np.zeros((neighbours, 3), int)
    padded = np.concatenate([outside, phones, outside])
    begin = 0
    for offset in range(-neighbours, neighbours + 1):
        near = padded[neighbours + offset :][: len(phones)]
        assert asked[:, begin : begin + text.N_PHONES].argmax(axis=1).tolist() == near[:, 0].tolist()
        begin += kinds
        for column, count in ((1, text.N_STRESSES), (2, text.N_POSITIONS)) if abs(offset) <= 1 else ():
            np.testing.assert_array_equal(asked[:, begin : begin + count], np.eye(count)[near[:, column]])
            begin += count
    assert begin == asked.shape[1]


def test_timing_is_log_frames_and_the_place_from_either_end():
    told = timing(np.array([3, 0, *[1] * 10]))
    assert told.shape == (12, 5)
    np.testing.assert_allclose(told[:3, :3], np.log([[4, 1, 1], [1, 4, 2], [2, 1, 2]]), rtol=1e-6)
    assert told[:, 3].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9] == told[::-1, 4].tolist()


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


def test_a_forest_of_more_nodes_than_half_precision_counts_is_no_divergence():
    """Its nodes are whole numbers, which a snapshot keeps whole: all speech makes more than 65,504 of them."""
    config = RunConfig(speech_seconds=60, model=choose("model", "forest", smallest_leaf=1, trees=32))
    *happened, end = training.train(config)
    assert end.reason == "completed" and end.step == 32
    kept = [event for event in happened if isinstance(event, Snapshot)][-1]
    assert kept.weights["trees.left"].max() > run_state.MOST_STORED
