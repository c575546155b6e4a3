"""The words and formulas that are shown beside what is computed."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from tests.test_regularizers import Net, context, made, update, watched
from tts_demo.losses import LOSSES, N_CLASSES, class_centres, feature_weights
from tts_demo.registries import as_mapping
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import describe
from tts_demo.sites import weights
from tts_demo.ui.lab.controls import describe_regularizer
from tts_demo.ui.locales.catalog import LANGUAGES

everyone = pytest.mark.parametrize("name", REGULARIZERS)
EXEMPT = "Biases and normalisation parameters are exempt."


def moved_by(name):
    """Parameters that a regularizer touches by itself: by its penalty's gradient, its noise, its own steps."""
    net, ctx, regularizer = Net(), context(step=5), made(name)
    before = {key: parameter.detach().clone() for key, parameter in net.named_parameters()}
    regularizer.prepare(net, ctx)
    net.train()(torch.tensor([[0, 1, 2, 3], [4, 5, 0, 1]]))
    penalty = regularizer.penalty(net, watched(net), ctx)
    if penalty is not None:
        penalty.backward()
    found = {key for key, parameter in net.named_parameters() if parameter.grad is not None and parameter.grad.any()}
    with torch.no_grad():
        for act in (regularizer.before_forward, regularizer.before_update, regularizer.after_update):
            act(net, ctx)
            found |= {key for key, parameter in net.named_parameters() if not torch.equal(parameter, before[key])}
    return found


@everyone
def test_what_acts_on_weights_leaves_biases_and_normalisation_alone_and_the_page_says_so(name):
    entry, matrices = REGULARIZERS[name], set(weights(Net()))
    if entry.on_weights:
        assert moved_by(name) and moved_by(name) <= matrices
    else:
        assert not moved_by(name) or name == "kl_sparsity"  # whose penalty is on what the units say
    for language in LANGUAGES.values():
        words = describe_regularizer(name, language)[1]
        assert (language(EXEMPT) in words) == entry.on_weights
        assert language(entry.symbols) in words
        assert entry.formula == "0" or f"$${entry.formula}$$" in words


@everyone
def test_a_step_that_follows_the_rate_shows_it_and_is_called_no_cost(name):
    """Under Adam a proximal step is no cost of the loss: only what is added to the loss may be said to cost."""
    entry = REGULARIZERS[name]
    assert (r"\eta" in entry.formula) == ("learning rate" in entry.symbols) == entry.times_rate
    helped = " ".join(description.help for description, _ in describe(entry.Settings).values())
    net, regularizer = Net(), made(name)
    regularizer.prepare(net, context())
    net.train()(torch.tensor([[0, 1], [2, 3]]))
    is_cost = regularizer.penalty(net, watched(net), context()) is not None
    assert not ("cost" in helped or "pays" in entry.sentence) or is_cost
    assert helped.startswith("Times η") == entry.times_rate


@everyone
def test_what_is_called_stochastic_draws_and_what_is_hard_or_of_the_target_does_not(name):
    net, ctx, regularizer = Net(), context(), made(name)
    before = ctx.generator.get_state()
    regularizer.prepare(net, ctx)
    update(net, regularizer, ctx, torch.optim.SGD([*net.parameters(), *regularizer.extra_parameters()], lr=0.1))
    drew = not torch.equal(before, ctx.generator.get_state())
    family = REGULARIZERS[name].family
    assert drew == (family == "stochastic") or name == "kl_weights"  # a penalty first of all
    assert as_mapping()["regularizers"][name]["family"] == family


def test_label_smoothing_has_a_family_of_its_own():
    assert [name for name, entry in REGULARIZERS.items() if entry.family == "target"] == ["label_smoothing"]
    assert describe_regularizer("label_smoothing", LANGUAGES["en"])[1].startswith("**target**")
    assert describe_regularizer("label_smoothing", LANGUAGES["zh"])[1].startswith("**目标正则化**")


def test_spectral_norm_bounds_matrices_and_a_convolution_may_stretch_more():
    bound, width = 1.6, 5
    net = nn.Conv1d(8, 8, width, padding=width // 2, bias=False)
    net.weight.data = torch.ones(8, 8, width) / 8  # all places alike: a constant input meets every one of them
    with torch.no_grad():
        made("spectral_norm", strength=bound).hold(net)
        matrix = net.weight.view(8, -1)
        assert torch.linalg.matrix_norm(matrix, 2).item() == pytest.approx(bound, rel=1e-5)
        constant = torch.ones(1, 8, 200)
        stretched = (net(constant).norm() / constant.norm()).item()
    assert bound * 1.3 < stretched <= bound * width**0.5 + 1e-5
    entry = REGULARIZERS["spectral_norm"]
    assert "layer" not in entry.sentence and "weight matrix" in entry.sentence
    assert "convolution may stretch more" in entry.symbols


def test_group_sparsity_takes_off_the_root_of_the_groups_size():
    entry, ctx = REGULARIZERS["group_sparsity"], context(learning_rate=0.1)
    net = nn.Linear(9, 1, bias=False)
    net.weight.data = torch.full((1, 9), 2.0)
    with torch.no_grad():
        made("group_sparsity", strength=0.5).after_update(net, ctx)
    assert net.weight.norm().item() == pytest.approx(6 - 0.1 * 0.5 * 9**0.5, rel=1e-6)
    assert r"\sqrt{n_g}" in entry.formula and "n_g" in entry.symbols
    assert "root of n_g" in describe(entry.Settings)["strength"][0].help


@pytest.mark.parametrize("schedule", ["gradual", "at once"])
def test_l0_bounds_each_matrixs_count_at_each_moment(schedule):
    assert r"\forall W" in REGULARIZERS["l0"].formula and r"\le k_t\,n_W" in REGULARIZERS["l0"].formula
    net, regularizer, keep = Net(), made("l0", strength=0.2, schedule=schedule), 0.2
    for step in range(0, 101):
        with torch.no_grad():
            regularizer.after_update(net, context(step=step))
        share = keep if schedule == "at once" else 1 - (1 - keep) * (1 - (1 - step / 100) ** 3)
        for weight in weights(net).values():
            assert (weight != 0).sum().item() <= share * weight.numel() + 1e-6


def test_the_articles_l1_is_the_length_of_all_of_a_matrixs_numbers():
    net = nn.Linear(2, 2, bias=False)
    net.weight.data = torch.tensor([[3.0, 0.0], [0.0, 4.0]])  # length 5, largest singular value 4
    assert made("l1_as_printed", strength=0.1).penalty(net, {}, context()).item() == pytest.approx(0.5)
    assert r"\lVert W \rVert_F" in REGULARIZERS["l1_as_printed"].formula


def by_formula(loss, predicted, target, weight, share):
    """The loss as its formula is written, frame by frame, in numpy."""
    total = 0.0
    for said, wanted in zip(predicted, target, strict=True):
        probability, voiced = 1 / (1 + np.exp(-said[-1])), wanted[-1]
        if loss == "cross_entropy":
            logits = said[:-1].reshape(-1, N_CLASSES)
            chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            nearest = np.abs(wanted[:-1, None] - class_centres().numpy()).argmin(axis=1)
            error = -(weight[:-1] * np.log(chances[np.arange(len(nearest)), nearest])).sum()
        else:
            error = (weight * np.abs(said - wanted) ** (2 if loss == "mse" else 1)).sum()
        total += error - share * (voiced * np.log(probability) + (1 - voiced) * np.log(1 - probability))
    return total / len(predicted)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_losss_formula_is_what_is_computed_voicing_too(loss):
    generator = torch.Generator().manual_seed(1)
    predicted = torch.randn(1, 6, LOSSES[loss].outputs, generator=generator)
    target = torch.randn(1, 6, 43, generator=generator)
    target[..., -1] = (target[..., -1] > 0).float()
    weight = feature_weights(torch.rand(43, generator=generator) + 0.5)
    formula = LOSSES[loss].formula
    share = float(re.search(r"([0-9.]+)\\big\(v_n \\log", formula)[1])
    found = LOSSES[loss].cost(predicted, target, torch.ones(1, 6), weight, 0.0).item()
    expected = by_formula(loss, predicted[0].double().numpy(), target[0].double().numpy(), weight.numpy(), share)
    assert found == pytest.approx(expected, rel=1e-4)
    assert r"\log(1 - \hat v_n)" in formula
