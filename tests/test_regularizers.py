"""Every entry of the registry through the same contract, and each one's mathematics against closed forms."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from tests.test_training import TINY
from tts_demo import training
from tts_demo.config import RunConfig, choose
from tts_demo.events import Finished, Snapshot
from tts_demo.models import RecurrentLayer
from tts_demo.models.rnn import step_by_step
from tts_demo.regularizers import REGULARIZERS, Context, Evaluation
from tts_demo.regularizers.base import Family
from tts_demo.regularizers.divergence import bernoulli_kl, gaussian_kl, mean_activity
from tts_demo.regularizers.hard import clip_singular_values_, largest
from tts_demo.regularizers.stochastic import QuickNormal
from tts_demo.settings import SettingError, describe
from tts_demo.sites import Site, StateSite, Watched, sites, units, weights


class Net(nn.Module):
    """Small, with everything a regularizer must tell apart: matrices, kernel, embedding, biases, norm, sites."""

    def __init__(self, seed=0):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(6, 4)
            self.convolution = nn.Conv1d(4, 5, 3, padding=1)
            self.convolution_site = Site("rectified")
            self.norm = nn.LayerNorm(5)
            self.rnn = RecurrentLayer(5, 4, both=False)
            self.site = Site("bounded")
            self.output = nn.Linear(4, 3)

    def forward(self, numbers, mask=None):
        mask = torch.ones(numbers.shape) if mask is None else mask
        hidden = self.convolution(self.embedding(numbers).transpose(1, 2)).transpose(1, 2).relu()
        hidden = self.norm(self.convolution_site(hidden, mask))
        return self.output(self.site(self.rnn(hidden, mask.sum(1).long()), mask))


NUMBERS = torch.tensor([[0, 1, 2, 3], [4, 5, 0, 1]])
CLASSES = torch.tensor([[0, 1, 2, 0], [1, 2, 0, 1]])


def context(**changes):
    default = {"step": 1, "total_updates": 100, "learning_rate": 0.1, "training_frames": 1000}
    return Context(**(default | changes), generator=torch.Generator().manual_seed(3))


def made(name, **settings):
    return REGULARIZERS[name](REGULARIZERS[name].Settings.from_mapping(settings))


def watched(net):
    return {name: site.last for name, site in sites(net).items()}


def update(net, regularizer, ctx, optimizer):
    """One update as the training loop does it."""
    net.train()
    with torch.no_grad():
        regularizer.before_forward(net, ctx)
    smoothing = regularizer.label_smoothing()
    loss = nn.functional.cross_entropy(net(NUMBERS).flatten(0, 1), CLASSES.flatten(), label_smoothing=smoothing)
    term = regularizer.penalty(net, watched(net), ctx)
    optimizer.zero_grad()
    (loss if term is None else loss + term).backward()
    with torch.no_grad():
        regularizer.take_noise_off(net, ctx)
        regularizer.before_update(net, ctx)
    optimizer.step()
    with torch.no_grad():
        regularizer.after_update(net, ctx)


def trained(regularizer, updates=3, optimizer=torch.optim.SGD, **options):
    net, ctx = Net(), context()
    regularizer.prepare(net, ctx)
    stepper = optimizer([*net.parameters(), *regularizer.extra_parameters()], lr=ctx.learning_rate, **options)
    for ctx.step in range(1, updates + 1):
        update(net, regularizer, ctx, stepper)
    return net


everyone = pytest.mark.parametrize("name", REGULARIZERS)
WITH_STRENGTH = [name for name, entry in REGULARIZERS.items() if "strength" in describe(entry.Settings)]
OFF_AT_ZERO = [name for name in WITH_STRENGTH if REGULARIZERS[name].off_at_zero]
PENALTIES = ("l2", "l1", "kl_weights", "kl_sparsity", "l1_as_printed")


@everyone
def test_describes_itself(name):
    entry = REGULARIZERS[name]
    assert entry.name == name
    assert entry.label and entry.formula and entry.sentence.endswith(".")
    assert entry.family in get_args(Family)
    for description, default in describe(entry.Settings).values():
        assert description.label and description.help.endswith(".")
        assert default in description.choices or description.minimum <= default <= description.maximum
    if "strength" in describe(entry.Settings):
        assert entry.reference
        assert entry.too_strong in ("maximum", "minimum") or name == "early_stopping"


@pytest.mark.parametrize("name", WITH_STRENGTH)
def test_an_unusable_strength_is_refused_also_while_the_run_goes_on(name):
    regularizer = made(name)
    for strength in (float("nan"), float("inf"), -1, "x"):
        with pytest.raises(SettingError):
            made(name, strength=strength)
        with pytest.raises(SettingError):
            regularizer.change_strength(strength)
    regularizer.change_strength(describe(REGULARIZERS[name].Settings)["strength"][0].maximum)


def test_only_constraints_and_none_have_no_strength_of_zero():
    without = {name for name, entry in REGULARIZERS.items() if entry.family == "hard"}
    assert set(OFF_AT_ZERO) == set(REGULARIZERS) - without - {"none"}


@pytest.mark.parametrize("name", OFF_AT_ZERO)
def test_strength_zero_is_bitwise_no_regularizer(name):
    plain, off = trained(made("none")), trained(made(name, strength=0))
    torch.testing.assert_close(off.state_dict(), plain.state_dict(), rtol=0, atol=0)


# early stopping ends a run and does nothing else
@pytest.mark.parametrize("name", [name for name in WITH_STRENGTH if name != "early_stopping"])
def test_does_something_at_its_default_strength_and_draws_only_from_its_own_generator(name):
    before = torch.random.get_rng_state()
    one, two = trained(made(name)), trained(made(name))
    assert torch.equal(before, torch.random.get_rng_state())
    torch.testing.assert_close(one.state_dict(), two.state_dict(), rtol=0, atol=0)
    plain = trained(made("none"))
    assert any((a != b).any() for a, b in zip(one.parameters(), plain.parameters(), strict=True))


@everyone
def test_evaluation_is_free_of_noise(name):
    net = trained(made(name)).eval()
    assert torch.equal(net(NUMBERS), net(NUMBERS))


@pytest.mark.parametrize("name", WITH_STRENGTH)
def test_strongest_setting_stays_finite(name):
    settings = describe(REGULARIZERS[name].Settings)
    for strength in (settings["strength"][0].minimum, settings["strength"][0].maximum):
        net = trained(made(name, strength=strength), updates=20)
        assert all(torch.isfinite(parameter).all() for parameter in net.parameters())


def test_these_and_no_others_have_a_penalty():
    net = Net().train()
    net(NUMBERS)
    found = []
    for name in REGULARIZERS:
        regularizer = made(name)
        regularizer.prepare(net, context())
        if regularizer.penalty(net, watched(net), context()) is not None:
            found.append(name)
    assert sorted(found) == sorted(PENALTIES)


@pytest.mark.parametrize("name", PENALTIES)
def test_penalty_gradient_by_finite_differences(name):
    net = Net().double()
    regularizer = made(name)
    regularizer.prepare(net, context())

    def penalty():
        net.train()(NUMBERS, torch.tensor([[1.0, 1, 1, 1], [1, 1, 0, 0]], dtype=torch.float64))
        return regularizer.penalty(net, watched(net), context())

    penalty().backward()
    largest_found = 0.0
    for parameter in weights(net).values():
        flat, step = parameter.data.view(-1), 1e-6
        for place in range(0, len(flat), 7):
            kept = flat[place].item()
            flat[place] = kept + step
            above = penalty().item()
            flat[place] = kept - step
            below = penalty().item()
            flat[place] = kept
            found = 0.0 if parameter.grad is None else parameter.grad.view(-1)[place].item()
            largest_found = max(largest_found, abs(found))
            assert found == pytest.approx((above - below) / (2 * step), abs=1e-8)
    assert largest_found > 1e-5, "a gradient of zero would agree with no penalty"


def test_biases_and_normalisation_are_exempt():
    names = set(weights(Net()))
    assert names == {
        "embedding.weight", "convolution.weight", "rnn.ahead.weight_ih_l0", "rnn.ahead.weight_hh_l0", "output.weight",
    }  # fmt: skip


def test_l2_is_lambda_times_the_sum_of_squares():
    net = Net()
    total = sum(float((weight.detach().double() ** 2).sum()) for weight in weights(net).values())
    assert made("l2", strength=0.01).penalty(net, {}, context()).item() == pytest.approx(0.01 * total, rel=1e-5)


def test_an_l2_step_under_gradient_descent_multiplies_by_one_less_two_eta_lambda():
    net, ctx = Net(), context(learning_rate=0.25)
    before = {name: weight.detach().clone() for name, weight in weights(net).items()}
    optimizer = torch.optim.SGD(net.parameters(), lr=ctx.learning_rate)
    made("l2", strength=0.01).penalty(net, {}, ctx).backward()
    optimizer.step()
    for name, weight in weights(net).items():
        torch.testing.assert_close(weight.detach(), (1 - 2 * 0.25 * 0.01) * before[name])


def test_soft_thresholding_by_hand():
    net, ctx = nn.Linear(5, 1), context(learning_rate=0.5)
    net.weight.data = torch.tensor([[0.5, -0.5, 0.05, -0.1, 0.0]])
    with torch.no_grad():
        made("l1_proximal", strength=0.2).after_update(net, ctx)
    torch.testing.assert_close(net.weight.data, torch.tensor([[0.4, -0.4, 0.0, 0.0, 0.0]]))
    assert (net.weight == 0).sum() == 3


@given(st.floats(-2, 2), st.floats(1e-3, 1))
def test_soft_thresholding_is_the_proximal_operator(weight, strength):
    """It minimises ½ (x - w)² + t |x|, compared with a fine search."""
    net, ctx = nn.Linear(1, 1), context(learning_rate=1.0)
    net.weight.data = torch.tensor([[weight]])
    with torch.no_grad():
        made("l1_proximal", strength=strength).after_update(net, ctx)
    grid = np.linspace(-2, 2, 40_001)
    best = grid[np.argmin(0.5 * (grid - weight) ** 2 + strength * np.abs(grid))]
    assert net.weight.item() == pytest.approx(best, abs=2e-4)


@pytest.mark.parametrize("bound", [0.01, 0.05, 0.3])
def test_weight_range_holds_at_the_start_and_after_every_update(bound):
    net, ctx, regularizer = Net(), context(), made("weight_range", strength=bound)
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)

    def largest():
        return max(weight.abs().max().item() for weight in weights(net).values())

    regularizer.prepare(net, ctx)
    assert largest() <= bound + 1e-7
    for _ in range(5):
        update(net, regularizer, ctx, optimizer)
        assert largest() <= bound + 1e-7


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=20), st.floats(0.01, 1))
def test_weight_range_is_the_projection_onto_the_box(values, bound):
    regularizer = made("weight_range", strength=bound)
    net = nn.Linear(len(values), 1)
    net.weight.data = torch.tensor([values])
    for _ in range(2):  # the second time nothing moves
        with torch.no_grad():
            regularizer.after_update(net, context())
        expected = np.clip(np.float32(values), -np.float32(bound), np.float32(bound))
        np.testing.assert_array_equal(net.weight.data.numpy()[0], expected)


def test_dropout_scales_what_it_keeps():
    net = nn.ModuleDict({"site": Site()})
    made("dropout", strength=0.25).prepare(net, context())
    out = net["site"](torch.ones(200, 100, 5), torch.ones(200, 100))
    values, counts = out.unique(return_counts=True)
    torch.testing.assert_close(values, torch.tensor([0.0, 1 / 0.75]))
    assert counts[0].item() / out.numel() == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / out.numel()))
    assert torch.equal(net.eval()["site"](torch.ones(1, 3, 2), torch.ones(1, 3)), torch.ones(1, 3, 2))


def test_variational_dropout_keeps_its_mask_for_the_sequence():
    net = nn.ModuleDict({"site": Site()})
    made("variational_dropout", strength=0.25).prepare(net, context())
    out = net["site"](torch.ones(50, 30, 8), torch.ones(50, 30))
    assert torch.equal(out, out[:, :1].expand_as(out))
    assert len({tuple(row) for row in out[:, 0].tolist()}) > 10  # another mask for another sequence
    torch.testing.assert_close(out.unique(), torch.tensor([0.0, 1 / 0.75]))


@pytest.mark.parametrize("cell", ["lstm", "gru", "elman"])
def test_stepping_through_time_is_what_torch_computes(cell):
    layer = RecurrentLayer(5, 7, cell=cell, both=False)
    sequences = torch.randn(3, 11, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        step_by_step(layer.ahead, sequences, StateSite()), layer.ahead(sequences)[0], atol=1e-6, rtol=0
    )


def test_zoneout_keeps_a_share_of_the_state_and_mixes_afterwards():
    site = nn.ModuleDict({"site": StateSite()})
    made("zoneout", strength=0.3).prepare(site, context())
    before, now = torch.zeros(100, 100), torch.ones(100, 100)
    mixed = site["site"](before, now)
    assert set(mixed.unique().tolist()) == {0.0, 1.0}
    assert (mixed == 0).float().mean().item() == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / 1e4))
    torch.testing.assert_close(site.eval()["site"](before, now), torch.full((100, 100), 0.7))


@pytest.mark.parametrize("name", ["weight_noise", "kl_weights"])
def test_noise_on_weights_is_taken_off_to_the_bit(name):
    net, ctx, regularizer = Net(), context(), made(name, strength=0.01)
    regularizer.prepare(net, ctx)
    before = {key: weight.detach().clone() for key, weight in weights(net).items()}
    with torch.no_grad():
        regularizer.before_forward(net, ctx)
    assert all((weight != before[key]).any() for key, weight in weights(net).items())
    with torch.no_grad():
        regularizer.take_noise_off(net, ctx)
    assert all(torch.equal(weight, before[key]) for key, weight in weights(net).items())


def test_weight_noise_has_the_spread_it_says():
    net = nn.ModuleDict({"wide": nn.Linear(300, 300)})
    quiet, regularizer = net["wide"].weight.detach().clone(), made("weight_noise", strength=0.05)
    regularizer.prepare(net, context())
    with torch.no_grad():
        regularizer.before_forward(net, context())
    noise = net["wide"].weight.detach() - quiet
    assert noise.std().item() == pytest.approx(0.05, rel=0.02)
    assert abs(noise.mean().item()) < 1e-3


def test_quick_normal_numbers_are_normal_independent_and_never_the_same_again():
    quick, generator = QuickNormal(), torch.Generator().manual_seed(5)
    drawn = torch.zeros(2, 100_001)
    for row in drawn:
        quick.add_to_(row, 1.0, generator)
    first, second = drawn.double().numpy()
    assert stats.kstest(first, "norm").pvalue > 0.01
    assert first.std() == pytest.approx(1, abs=0.01) and abs(first).max() < 4.4
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02
    assert all(abs(np.corrcoef(first[lag:], first[:-lag])[0, 1]) < 0.02 for lag in range(1, 9))


# Soft ones against closed forms and other libraries


def test_weight_decay_with_adam_is_torchs_adamw():
    ours = trained(made("weight_decay", strength=0.5), updates=4, optimizer=torch.optim.Adam)
    net, ctx = Net(), context()
    exempt = [p for p in net.parameters() if p.ndim < 2]
    groups = [{"params": list(weights(net).values()), "weight_decay": 0.5}, {"params": exempt, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=ctx.learning_rate)
    for _ in range(4):
        update(net, made("none"), ctx, optimizer)
    torch.testing.assert_close(ours.state_dict(), net.state_dict(), rtol=1e-6, atol=1e-7)


def test_weight_decay_of_two_lambda_is_l2_under_gradient_descent_and_not_under_adam():
    sgd = [trained(made("weight_decay", strength=0.02)), trained(made("l2", strength=0.01))]
    torch.testing.assert_close(sgd[0].state_dict(), sgd[1].state_dict(), rtol=1e-5, atol=1e-7)
    adam = [trained(made(n, strength=s), optimizer=torch.optim.Adam) for n, s in (("weight_decay", 0.02), ("l2", 0.01))]
    assert any((a - b).abs().max() > 1e-3 for a, b in zip(adam[0].parameters(), adam[1].parameters(), strict=True))


def test_l1_shrinks_and_does_not_zero_but_its_proximal_step_does():
    def zeros(net):
        return sum((weight == 0).sum().item() for weight in weights(net).values())

    def size(net):
        return sum(weight.abs().sum().item() for weight in weights(net).values())

    plain, penalised = trained(made("none"), 30), trained(made("l1", strength=1e-3), 30)
    assert size(penalised) < size(plain)
    assert zeros(penalised) == 0
    assert zeros(trained(made("l1_proximal", strength=0.1), 30)) > 10


@given(st.floats(-2, 2), st.floats(1e-3, 1), st.floats(0, 5))
def test_elastic_net_is_the_proximal_operator(weight, strength, ratio):
    """It minimises ½ (x - w)² + t |x| + t r x², compared with a fine search."""
    net = nn.Linear(1, 1)
    net.weight.data = torch.tensor([[weight]])
    with torch.no_grad():
        made("elastic_net", strength=strength, squared_share=ratio).after_update(net, context(learning_rate=1.0))
    grid = np.linspace(-2, 2, 40_001)
    best = grid[np.argmin(0.5 * (grid - weight) ** 2 + strength * (np.abs(grid) + ratio * grid**2))]
    assert net.weight.item() == pytest.approx(best, abs=2e-4)


def test_group_sparsity_by_hand():
    net = nn.Linear(2, 3)
    net.weight.data = torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    with torch.no_grad():  # threshold 0.5 * sqrt(2): the norm 5 becomes 5 - 0.7071, the norm 0.5 nothing
        made("group_sparsity", strength=0.5).after_update(net, context(learning_rate=1.0))
    expected = torch.tensor([[3.0, 4.0], [0.0, 0.0], [0.0, 0.0]]) * (1 - 0.5 * 2**0.5 / 5)
    torch.testing.assert_close(net.weight.data, expected)


def test_units_are_rows_channels_vectors_and_all_gates_of_a_hidden_unit():
    found = units(Net())
    sizes = {name: (len(layer.norms()), layer.size) for name, layer in found.items()}
    assert sizes == {
        "embedding.weight": (6, 4), "convolution.weight": (5, 12), "rnn.ahead.0": (4, 4 * 5 + 4 * 4),
        "output.weight": (3, 4),
    }  # fmt: skip
    layer = nn.LSTM(2, 3)
    with torch.no_grad():
        layer.weight_ih_l0.zero_()
        layer.weight_hh_l0.zero_()
        layer.weight_ih_l0[3 + 1, 0] = 3.0  # forget gate of the second unit
        layer.weight_hh_l0[6 + 1, 2] = 4.0  # its candidate
    assert units(nn.ModuleDict({"rnn": layer}))["rnn.0"].norms().tolist() == [0.0, 5.0, 0.0]


def test_gaussian_kl_is_that_of_torch_distributions():
    generator = torch.Generator().manual_seed(1)
    mean, log_std = torch.randn(50, generator=generator), torch.randn(50, generator=generator)
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(normal(mean, log_std.exp()), normal(0.0, 0.3))
    torch.testing.assert_close(gaussian_kl(mean, log_std, 0.3), expected, rtol=1e-5, atol=1e-5)


def test_kl_on_weights_is_scaled_by_the_training_frames():
    net, ctx = Net(), context(training_frames=250)
    regularizer = made("kl_weights", strength=0.5, prior_std=0.2, initial_std=0.02)
    regularizer.prepare(net, ctx)
    flat = torch.cat([weight.detach().flatten() for weight in weights(net).values()])
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(normal(flat, 0.02), normal(0.0, 0.2)).sum() * 0.5 / 250
    torch.testing.assert_close(regularizer.penalty(net, {}, ctx).detach(), expected, rtol=1e-5, atol=0)


def test_gradients_of_the_spread_by_finite_differences():
    """For fixed noise, loss and penalty are functions of the means and the logarithms of the spreads."""
    net = nn.ModuleDict({"layer": nn.Linear(2, 1, bias=False)}).double()
    inputs = torch.tensor([[0.3, -0.7]], dtype=torch.float64)
    regularizer, ctx = made("kl_weights", strength=0.5, initial_std=0.05), context(training_frames=10)
    regularizer.prepare(net, ctx)
    (spread,) = regularizer.extra_parameters()

    def total():
        ctx.generator.manual_seed(7)
        with torch.no_grad():
            regularizer.before_forward(net, ctx)
        return net["layer"](inputs).square().sum() + regularizer.penalty(net, {}, ctx)

    def done():
        with torch.no_grad():
            regularizer.take_noise_off(net, ctx)

    total().backward()
    done()
    gradients = [parameter.grad.clone() for parameter in (spread, net["layer"].weight)]
    for parameter, exact in zip((spread, net["layer"].weight), gradients, strict=True):
        for place in range(2):
            values = []
            for step in (1e-6, -1e-6):
                with torch.no_grad():
                    parameter.view(-1)[place] += step
                spread.grad = net["layer"].weight.grad = None
                values.append(total().item())
                done()
                with torch.no_grad():
                    parameter.view(-1)[place] -= step
            assert exact.view(-1)[place].item() == pytest.approx((values[0] - values[1]) / 2e-6, abs=1e-6)


def test_bernoulli_kl_is_that_of_torch_distributions():
    found = torch.tensor([0.01, 0.05, 0.4, 0.9])
    bernoulli = torch.distributions.Bernoulli
    expected = torch.distributions.kl_divergence(bernoulli(torch.tensor(0.05)), bernoulli(found))
    torch.testing.assert_close(bernoulli_kl(0.05, found), expected, rtol=1e-4, atol=1e-6)


def test_mean_activity_leaves_out_the_padding():
    values = torch.tensor([[[1.0, -0.5], [3.0, 0.5], [100.0, 100.0]]])
    mask = torch.tensor([[1.0, 1.0, 0.0]])
    torch.testing.assert_close(mean_activity(Watched(values, mask, "bounded")), torch.tensor([2.0, 0.5]))
    torch.testing.assert_close(mean_activity(Watched(values.abs(), mask, "rectified"))[0], torch.tensor(0.625))


def test_l1_as_printed_is_the_sum_of_the_matrices_lengths():
    net = Net()
    expected = sum(np.linalg.norm(weight.detach().numpy()) for weight in weights(net).values())
    assert made("l1_as_printed", strength=0.1).penalty(net, {}, context()).item() == pytest.approx(0.1 * expected)


# Hard ones: feasible after every update, still inside, the nearest point


@pytest.mark.parametrize("bound", [0.3, 1.0])
def test_max_norm_holds_at_the_start_and_after_every_update(bound):
    net, ctx, regularizer = Net(), context(), made("max_norm", strength=bound)
    regularizer.prepare(net, ctx)
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    for _ in range(5):
        assert max(layer.norms().max().item() for layer in units(net).values()) <= bound * (1 + 1e-6)
        update(net, regularizer, ctx, optimizer)


def test_max_norm_by_hand():
    net = nn.Linear(3, 2)
    net.weight.data = torch.tensor([[3.0, 3.0, 3.0], [0.6, 0.0, 0.8]])
    with torch.no_grad():
        made("max_norm", strength=2.0).after_update(net, context())
    expected = torch.tensor([[2 / 3**0.5] * 3, [0.6, 0.0, 0.8]])
    torch.testing.assert_close(net.weight.data, expected)
    assert torch.equal(net.weight.data[1], expected[1])  # inside, to the bit
    net.weight.data = torch.tensor([[3.0, 4.0, 0.0], [0.0, 0.0, 0.0]])
    with torch.no_grad():
        made("max_norm", strength=1.0).after_update(net, context())
    torch.testing.assert_close(net.weight.data, torch.tensor([[0.6, 0.8, 0.0], [0.0, 0.0, 0.0]]))


@given(st.integers(1, 6), st.integers(1, 6), st.floats(0.5, 3), st.integers(0, 100))
def test_spectral_norm_clips_the_singular_values(rows, columns, bound, seed):
    matrix = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
    left, values, right = np.linalg.svd(matrix.double().numpy(), full_matrices=False)
    expected = left @ np.diag(np.minimum(values, bound)) @ right
    clipped = matrix.clone()
    clip_singular_values_(clipped, bound)
    np.testing.assert_allclose(clipped.numpy(), expected, atol=2e-6)
    assert np.linalg.norm(clipped.numpy(), 2) <= bound * (1 + 2e-6)
    if values.max() <= bound:
        assert torch.equal(clipped, matrix)
    again = clipped.clone()
    clip_singular_values_(again, bound)
    torch.testing.assert_close(again, clipped, atol=1e-6, rtol=0)


def test_a_run_whose_constraint_cannot_be_held_at_its_end_has_failed(monkeypatch):
    config = replace(TINY, regularizers=(choose("regularizer", "spectral_norm"),), updates=24)
    control, events = training.Control(), []

    def refuse(self, model):
        raise RuntimeError("no eigenvalues")

    for event in training.train(config, control):
        events.append(event)
        if getattr(event, "step", 0) == 23 and not isinstance(event, Finished):
            monkeypatch.setattr(REGULARIZERS["spectral_norm"], "hold", refuse)
            control.end()
    assert isinstance(events[-1], Finished) and (events[-1].reason, events[-1].step) == ("failed", 20)
    assert "no eigenvalues" in str(events[-1].message)


def largest_singular_value(net):
    return max(np.linalg.norm(weight.detach().flatten(1).numpy(), 2) for weight in weights(net).values())


def test_spectral_norm_holds_after_every_fifth_update_and_whenever_it_is_asked_to():
    net, ctx, regularizer = Net(), context(), made("spectral_norm", strength=0.5)
    regularizer.prepare(net, ctx)
    assert largest_singular_value(net) <= 0.5 * (1 + 2e-6)
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    for ctx.step in range(1, 13):
        update(net, regularizer, ctx, optimizer)
        assert bool(largest_singular_value(net) <= 0.5 * (1 + 2e-6)) == (ctx.step % 5 == 0), ctx.step
    with torch.no_grad():
        regularizer.hold(net)
    assert largest_singular_value(net) <= 0.5 * (1 + 2e-6)


@pytest.mark.parametrize("end", ["completed", "stopped"])
def test_what_is_measured_and_kept_of_a_run_is_within_the_spectral_norm(end):
    config = replace(TINY, regularizers=(choose("regularizer", "spectral_norm", strength=0.8),), updates=119)
    control, kept = training.Control(), []
    for event in training.train(config, control):
        if isinstance(event, Snapshot):
            kept.append(event)
        if end == "stopped" and getattr(event, "step", 0) == 118:
            control.end()
    # 113 and what follows are no fifth updates
    assert [snapshot.step for snapshot in kept] == [5, 20, 80, 113, 119 if end == "completed" else 118]
    for snapshot in kept:
        matrices = [weight for name, weight in snapshot.weights.items() if name.endswith("weight")]
        # half precision rounds each weight by at most 2^-11 of it
        assert max(np.linalg.norm(matrix.astype(np.float64), 2) for matrix in matrices) <= 0.8 * (1 + 1e-3)


@pytest.mark.parametrize("schedule", ["gradual", "at once"])
def test_l0_never_leaves_more_weights_than_its_schedule(schedule):
    total = 23  # not a multiple of the updates between two rankings
    net, ctx = Net(), context(total_updates=total)
    regularizer = made("l0", strength=0.25, schedule=schedule)
    ctx.step = 0
    regularizer.prepare(net, ctx)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    for ctx.step in range(1, total + 1):
        update(net, regularizer, ctx, optimizer)
        share = 1 - 0.75 * (1 - (1 - ctx.step / total) ** 3) if schedule == "gradual" else 0.25
        for weight in weights(net).values():
            assert (weight != 0).sum().item() <= share * weight.numel() + 1e-6
    for weight in weights(net).values():
        assert (weight != 0).sum().item() == int(0.25 * weight.numel())


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30), st.floats(0.02, 1))
def test_l0_keeps_the_largest(values, share):
    weight = torch.tensor([values], dtype=torch.float32)
    kept = largest(weight, share)
    assert set(kept.unique().tolist()) <= {0.0, 1.0}
    assert kept.sum() == int(share * len(values) + 1e-9)
    inside, outside = weight[kept == 1].abs(), weight[kept == 0].abs()
    if len(inside) and len(outside):
        assert inside.min() >= outside.max()


def test_l0_keeps_its_share_of_equal_weights_evenly():
    tied = torch.full((20, 5), 0.05)
    tied[::2] *= -1
    kept = largest(tied, 0.5)
    assert kept.sum() == 50
    assert all(2 <= row.sum() <= 3 for row in kept), "not whole units"
    tied[3, 3] = 1.0
    kept = largest(tied, 0.02)
    assert kept.sum() == 2 and kept[3, 3] == 1


def test_l0_after_a_weight_range_keeps_exactly_its_share():
    net, ctx = Net(), context(step=100)
    with torch.no_grad():
        made("weight_range", strength=0.01).after_update(net, ctx)  # most weights lie on the border now
        made("l0", strength=0.3).after_update(net, ctx)
    for weight in weights(net).values():
        assert (weight != 0).sum().item() == int(0.3 * weight.numel())


def test_early_stopping_waits_its_patience_and_brings_the_best_back():
    net, regularizer, history = Net(), made("early_stopping", strength=2), []
    best = None
    for step, loss in enumerate([3.0, 2.0, 2.5, 1.0, 1.5, 1.2]):
        with torch.no_grad():
            net.output.bias.fill_(step)
        history.append(Evaluation(20 * step, 0.0, loss))
        regularizer.after_evaluation(net, history)
        best = net.output.bias.detach().clone() if loss == 1.0 else best
        assert regularizer.should_stop(history) == (step == 5)
    step, state = regularizer.final_weights()
    assert step == 60
    assert torch.equal(state["output.bias"], best)


# Together


@pytest.mark.parametrize(
    "names", [("weight_range", "max_norm"), ("max_norm", "spectral_norm"), ("l0", "max_norm"), ("l0", "weight_range")]
)
@pytest.mark.parametrize("turned", [False, True])
def test_constraints_hold_together_one_after_the_other(names, turned):
    strengths = {"weight_range": 0.1, "max_norm": 0.4, "spectral_norm": 0.5, "l0": 0.3}
    net, ctx = Net(), context(step=100)
    chosen = [made(name, strength=strengths[name]) for name in (names[::-1] if turned else names)]
    with torch.no_grad():
        for weight in weights(net).values():
            weight.mul_(5)
        for regularizer in chosen:
            regularizer.after_update(net, ctx)
        before = {name: weight.clone() for name, weight in weights(net).items()}
        for regularizer in chosen:
            regularizer.after_update(net, ctx)
    for name, weight in weights(net).items():
        torch.testing.assert_close(weight, before[name], atol=1e-6, rtol=0)  # in all sets: nothing moves any more


def test_constraints_that_cannot_hold_together_are_refused():
    for other in ("weight_range", "l0"):
        with pytest.raises(SettingError, match="cannot hold together"):
            RunConfig(regularizers=(choose("regularizer", other), choose("regularizer", "spectral_norm")))


def test_regularizers_that_need_something_say_so():
    with pytest.raises(SettingError, match="cross-entropy"):
        RunConfig(regularizers=(choose("regularizer", "label_smoothing"),))
    with pytest.raises(SettingError, match="memory"):
        RunConfig(model=choose("model", "cnn"), regularizers=(choose("regularizer", "zoneout"),))
    with pytest.raises(SettingError, match="gradients"):
        RunConfig(model=choose("model", "hmm"), regularizers=(choose("regularizer", "l2"),))
    RunConfig(loss="cross_entropy", regularizers=(choose("regularizer", "label_smoothing"),))
