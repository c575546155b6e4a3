"""Default strengths: one for each optimizer, wherever nobody gave one."""

import json
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.test_regularizers import Net, context, made
from tests.test_training import TINY, suiting
from tts_demo import __main__ as command_line
from tts_demo import strengths, sweeps, training
from tts_demo.config import RunConfig, choose
from tts_demo.events import Progress
from tts_demo.lesson import LESSON
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.registries import as_mapping
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import describe
from tts_demo.sites import weights
from tts_demo.ui.lab.controls import Chosen, describe_regularizer, described
from tts_demo.ui.locales.catalog import LANGUAGES

ENGLISH = LANGUAGES["en"]
STEPS = [name for name, entry in REGULARIZERS.items() if entry.times_rate]
WITH_STRENGTH = [name for name, entry in REGULARIZERS.items() if "strength" in describe(entry.Settings)]
everyone = pytest.mark.parametrize("name", WITH_STRENGTH)
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)


def strength_of(config):
    return config.regularizers[0].settings.strength


@everyone
@every_optimizer
def test_strengths_to_choose_from_are_round_enough_and_hold_the_default_and_the_strongest(name, optimizer):
    found = strengths.offered(name, optimizer)
    description, default = describe(REGULARIZERS[name].Settings)["strength"]
    assert found == sorted(set(found)) and 8 <= len(found) <= sweeps.MOST_POINTS
    assert strengths.default_strength(name, optimizer) in found and found[-1] == description.maximum
    assert all(value > 0 and type(value) is type(default) for value in found)
    assert all(float(f"{value:.2g}") == value for value in found)
    choose("regularizer", name, strength=found[0])  # and the weakest may be had
    shown, _ = describe_regularizer(name, ENGLISH, optimizer=optimizer)
    assert [float(value) for value in shown["choices"]] == found


@everyone
@every_optimizer
def test_no_default_strength_ruins_a_run(name, optimizer):
    """Every optimizer learns with every regularizer: the weights are neither all zero nor all gone."""
    plain = replace(suiting(name), optimizer=optimizer, updates=12).to_mapping()
    config = RunConfig.from_mapping(plain | {"regularizers": [{"name": name}]})
    happenings = list(training.train(config))
    first, last = (
        [event for event in happenings if isinstance(event, Progress) and event.zeros is not None][at] for at in (0, -1)
    )
    assert happenings[-1].validation_loss < first.validation_loss
    assert last.zeros <= 0.951  # L0 leaves 5 %, as it says
    assert last.weight_norm > 0.4 * first.weight_norm


@everyone
def test_what_is_multiplied_by_the_rate_says_so(name):
    """The weights after an update's own step depend on the learning rate for those, and for no others."""

    def stepped(rate):
        net, ctx, regularizer = Net(), context(learning_rate=rate), made(name)
        regularizer.prepare(net, ctx)
        with torch.no_grad():
            regularizer.before_update(net, ctx)
            regularizer.after_update(net, ctx)
        return torch.cat([weight.detach().flatten() for weight in weights(net).values()])

    assert torch.equal(stepped(0.01), stepped(0.02)) != REGULARIZERS[name].times_rate


@pytest.mark.parametrize("name", STEPS)
@every_optimizer
def test_gradient_descent_takes_off_a_tenth_of_what_adam_does_at_an_update(name, optimizer):
    found, of_adam = strengths.default_strength(name, optimizer), strengths.default_strength(name, "adam")
    assert of_adam == describe(REGULARIZERS[name].Settings)["strength"][1]
    taken = found * OPTIMIZERS[optimizer].learning_rate
    if optimizer in ("adam", "adamw", "rmsprop"):
        assert found == of_adam
    else:
        assert taken == pytest.approx(0.1 * of_adam * OPTIMIZERS["adam"].learning_rate, rel=0.05)


@everyone
@every_optimizer
def test_a_default_strength_is_one_that_can_be_chosen_and_weaker_than_the_strongest_usable(name, optimizer):
    found, usable = strengths.default_strength(name, optimizer), strengths.usable(name, optimizer)
    description, default = describe(REGULARIZERS[name].Settings)["strength"]
    assert type(found) is type(default)
    assert description.minimum <= found <= description.maximum
    if not REGULARIZERS[name].times_rate:
        assert found == default
    end = REGULARIZERS[name].too_strong
    if end is None:
        assert usable is None
    elif end == "minimum":
        assert description.minimum < usable < found
    else:
        assert found < usable < description.maximum
    control, _ = describe_regularizer(name, ENGLISH, optimizer=optimizer)
    assert control["value"] == f"{found:g}" in control["choices"]
    assert f"Default: {found:g}." in control["info"]
    choices = [float(strength) for strength in control["choices"]]
    assert choices == sorted(choices)
    assert as_mapping()["regularizers"][name]["default_strength"][optimizer] == found


@every_optimizer
def test_who_divides_by_the_gradients_size_takes_the_same_step_whatever_that_is(optimizer):
    def step(size):
        weight = torch.nn.Parameter(torch.zeros(3))
        stepper = OPTIMIZERS[optimizer].make([weight], 0.1)
        weight.grad = size * torch.tensor([1.0, -2.0, 3.0])
        stepper.step()
        return weight.detach()

    assert torch.allclose(step(1.0), step(100.0), rtol=1e-4) == OPTIMIZERS[optimizer].divides


# Wherever nobody gave a strength


@pytest.mark.parametrize(
    "query", ["optimizer=sgd&elastic_net.squared_share=2", "elastic_net.squared_share=2&optimizer=sgd"]
)
def test_a_link_without_a_strength_means_the_optimizers_default(query):
    config = RunConfig.from_query(query)
    assert config.regularizers == (choose("regularizer", "elastic_net", strength=0.00015, squared_share=2),)
    assert "elastic_net.strength=0.00015" in config.to_query()
    assert RunConfig.from_query(config.to_query()) == config


@everyone
@every_optimizer
def test_a_strength_that_was_written_means_what_it_meant(name, optimizer):
    written = describe(REGULARIZERS[name].Settings)["strength"][1]
    plain = replace(suiting(name), optimizer=optimizer).to_mapping()
    config = RunConfig.from_mapping(plain | {"regularizers": [{"name": name, "strength": written}]})
    assert strength_of(config) == written
    assert strength_of(RunConfig.from_json(config.to_json())) == strength_of(RunConfig.from_query(config.to_query()))
    assert f"{name}.strength={written:g}" in config.to_query()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--optimizer", "sgd", "--regularizer", "weight_decay"], 0.003),
        (["--set", "optimizer=momentum", "--regularizer", "l1_proximal"], 0.0006),
        (["--regularizer", "weight_decay", "--optimizer", "sgd", "--strength", "3"], 3),
        (["--config", "CONFIG", "--optimizer", "sgd"], 0.0001),
        (["--config", "CONFIG"], 0.1),
        (["--config", "WRITTEN", "--optimizer", "sgd"], 0.1),
    ],
)
def test_the_command_line_takes_the_default_strength_of_the_optimizer_that_counts(tmp_path, arguments, expected):
    files = {"CONFIG": {}, "WRITTEN": {"strength": 0.1}}
    for name, settings in files.items():
        config = {"regularizers": [{"name": "group_sparsity"} | settings]}
        (tmp_path / name).write_text(json.dumps(config), encoding="utf-8")
    found = [str(tmp_path / argument) if argument in files else argument for argument in arguments]
    options = command_line._parser().parse_args(["train", "--out", "x", *found])
    assert strength_of(command_line._config(options)) == expected


@pytest.mark.parametrize("optimizer", [[], {}, 3, None, "no such"])
def test_an_optimizer_that_is_none_is_refused_in_its_own_sentence(optimizer):
    with pytest.raises(ValueError, match="Optimizer must be one of"):
        RunConfig.from_mapping({"optimizer": optimizer, "regularizers": [{"name": "l1_proximal"}]})


# On the page


BEFORE = replace(Chosen.of(LESSON), base={})


def picked(chosen, **changes):
    """What is chosen after somebody has picked another regularizer, model or optimizer, as the page does it."""
    now = replace(chosen, **changes)
    shown = described(ENGLISH, now)
    strength = shown.get("strength", {}).get("value", now.strength)
    return replace(now, strength=strength, strength_of=shown["strength_of"], default_of=shown["default_of"])


def test_a_strength_follows_the_optimizer_until_somebody_chooses_one():
    chosen = picked(BEFORE, regularizer="l1_proximal")
    assert chosen.strength == "0.2"
    chosen = picked(chosen, optimizer="sgd")
    assert chosen.strength == "0.0002" and strength_of(chosen.config()) == 0.0002
    chosen = picked(chosen, regularizer="weight_decay")
    assert chosen.strength == "0.003"
    chosen = picked(replace(chosen, strength="0.5", default_of=""), optimizer="momentum")
    assert chosen.strength == "0.5" and strength_of(chosen.config()) == 0.5
    # chosen, though it is momentum's default
    chosen = picked(replace(chosen, strength="0.009"), optimizer="sgd")
    assert chosen.strength == "0.009" and strength_of(chosen.config()) == 0.009
    assert picked(chosen, model="cnn").strength == "0.009"
    assert picked(chosen, regularizer="elastic_net").strength == "0.00015"
    assert picked(picked(chosen, regularizer="none"), model="cnn").strength_of == "none"


def test_a_pick_that_is_told_twice_leaves_what_was_typed_in_between():
    """Gradio tells of it once more when the list is left; what was typed by then has not been told yet."""
    chosen = replace(picked(BEFORE, regularizer="l2"), strength="nan")
    assert picked(chosen).strength == "nan"
    assert picked(chosen, optimizer="sgd").strength != "nan"


@pytest.mark.parametrize(
    ("regularizer", "strength", "default_of", "still"),
    [
        ("l2", "0.0003", "adam", "adam"), ("l2", "0.001", "adam", ""), ("l2", "", "adam", ""), ("l2", "0.0003", "", ""),
        ("none", None, "adam", ""),
    ],
)  # fmt: skip
def test_to_pick_the_default_strength_is_to_leave_it_default(regularizer, strength, default_of, still):
    chosen = replace(BEFORE, regularizer=regularizer, strength=strength, default_of=default_of)
    assert chosen.still_default() == still


def test_who_trains_before_the_strength_has_followed_gets_the_default():
    chosen = replace(picked(BEFORE, regularizer="l1_proximal"), optimizer="sgd")
    assert strength_of(chosen.config()) == 0.0002
    assert strength_of(replace(chosen, strength="0.3").config()) == 0.3
    assert strength_of(replace(chosen, default_of="").config()) == 0.2


def test_a_regularizer_without_a_control_follows_the_optimizer_too():
    chosen = (
        choose("regularizer", "l2"),
        choose("regularizer", "l1_proximal"),
        choose("regularizer", "weight_decay", strength=1),
    )
    config = replace(TINY, regularizers=chosen)
    assert Chosen.of(config).config() == config
    changed = replace(Chosen.of(config), optimizer="sgd").config()
    assert [choice.settings.strength for choice in changed.regularizers] == [3e-4, 0.0002, 1]


@given(st.sampled_from(STEPS), st.sampled_from(list(OPTIMIZERS)), st.floats(1e-6, 1))
def test_controls_bring_back_any_strength(name, optimizer, strength):
    config = replace(
        LESSON, optimizer=optimizer, regularizers=(choose("regularizer", name, strength=float(f"{strength:g}")),)
    )
    assert Chosen.of(config).config() == config
