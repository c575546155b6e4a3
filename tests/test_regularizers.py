"""Every entry of the registry through the same contract, and each one's mathematics against closed forms."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tts_demo.regularizers import REGULARIZERS, Context, Site, weights
from tts_demo.settings import SettingError, describe


class Net(nn.Module):
    """Small, with everything a regularizer must tell apart: matrices, kernel, embedding, biases, norm, sites."""

    def __init__(self, seed=0):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(6, 4)
            self.convolution = nn.Conv1d(4, 5, 3, padding=1)
            self.norm = nn.LayerNorm(5)
            self.rnn = nn.LSTM(5, 4, batch_first=True)
            self.site = Site()
            self.output = nn.Linear(4, 2)

    def forward(self, numbers):
        hidden = self.norm(self.convolution(self.embedding(numbers).transpose(1, 2)).transpose(1, 2))
        return self.output(self.site(self.rnn(hidden)[0]))


NUMBERS = torch.tensor([[0, 1, 2, 3], [4, 5, 0, 1]])


def context(**changes):
    usual = {"step": 1, "total_updates": 100, "learning_rate": 0.1, "training_frames": 1000}
    return Context(**(usual | changes), generator=torch.Generator().manual_seed(3))


def made(name, **settings):
    return REGULARIZERS[name](REGULARIZERS[name].Settings.from_mapping(settings))


def update(net, regularizer, ctx, optimizer):
    """One update as the training loop does it."""
    net.train()
    loss = net(NUMBERS).square().mean()
    term = regularizer.penalty(net, {"site": net.site.last}, ctx)
    optimizer.zero_grad()
    (loss if term is None else loss + term).backward()
    optimizer.step()
    with torch.no_grad():
        regularizer.after_update(net, ctx)


def trained(regularizer, updates=3):
    net, ctx = Net(), context()
    regularizer.prepare(net, ctx)
    optimizer = torch.optim.SGD(net.parameters(), lr=ctx.learning_rate)
    for _ in range(updates):
        update(net, regularizer, ctx, optimizer)
    return net


everyone = pytest.mark.parametrize("name", REGULARIZERS)


@everyone
def test_describes_itself(name):
    entry = REGULARIZERS[name]
    assert entry.name == name
    assert entry.label and entry.formula and entry.sentence.endswith(".")
    assert entry.family in ("none", "soft", "hard", "stochastic")
    for description, usual in describe(entry.Settings).values():
        assert description.label and description.help.endswith(".")
        assert description.minimum <= usual <= description.maximum
    if "strength" in describe(entry.Settings):
        assert entry.reference and entry.too_strong in ("maximum", "minimum")


@everyone
def test_an_unusable_strength_is_refused_also_while_the_run_goes_on(name):
    if "strength" not in describe(REGULARIZERS[name].Settings):
        return
    regularizer = made(name)
    for strength in (float("nan"), float("inf"), -1, "x"):
        with pytest.raises(SettingError):
            made(name, strength=strength)
        with pytest.raises(SettingError):
            regularizer.change_strength(strength)
    regularizer.change_strength(describe(REGULARIZERS[name].Settings)["strength"][0].maximum)


@everyone
def test_strength_zero_is_bitwise_no_regularizer(name):
    entry = REGULARIZERS[name]
    if not entry.off_at_zero or "strength" not in describe(entry.Settings):
        return
    plain, off = trained(made("none")), trained(made(name, strength=0))
    torch.testing.assert_close(off.state_dict(), plain.state_dict(), rtol=0, atol=0)


@everyone
def test_does_something_at_its_default_strength_and_draws_only_from_its_own_generator(name):
    if name == "none":
        return
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


@everyone
def test_strongest_setting_stays_finite(name):
    entry = REGULARIZERS[name]
    settings = describe(entry.Settings)
    if "strength" not in settings:
        return
    for strength in (settings["strength"][0].minimum, settings["strength"][0].maximum):
        net = trained(made(name, strength=strength), updates=20)
        assert all(torch.isfinite(parameter).all() for parameter in net.parameters())


@everyone
def test_penalty_gradient_by_finite_differences(name):
    net = Net().double()
    regularizer = made(name)
    if regularizer.penalty(net, {}, context()) is None:
        return
    regularizer.penalty(net, {}, context()).backward()
    for parameter in weights(net).values():
        flat, step = parameter.data.view(-1), 1e-6
        for place in range(0, len(flat), 7):
            kept = flat[place].item()
            flat[place] = kept + step
            above = regularizer.penalty(net, {}, context()).item()
            flat[place] = kept - step
            below = regularizer.penalty(net, {}, context()).item()
            flat[place] = kept
            assert parameter.grad.view(-1)[place].item() == pytest.approx((above - below) / (2 * step), abs=1e-8)


def test_biases_and_normalisation_are_exempt():
    names = set(weights(Net()))
    assert names == {
        "embedding.weight", "convolution.weight", "rnn.weight_ih_l0", "rnn.weight_hh_l0", "output.weight",
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
    out = net["site"](torch.ones(200, 100, 5))
    values, counts = out.unique(return_counts=True)
    torch.testing.assert_close(values, torch.tensor([0.0, 1 / 0.75]))
    assert counts[0].item() / out.numel() == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / out.numel()))
    assert torch.equal(net.eval()["site"](torch.ones(3)), torch.ones(3))
