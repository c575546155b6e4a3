"""The loop: its events, its reasons to end, its determinism, twins."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from tts_demo import corpus, events, gradient_training, measures, run_state, training
from tts_demo.config import RunConfig, choose
from tts_demo.corpus import CorpusError
from tts_demo.events import Finished, Progress, Snapshot, Started, StrengthChanged
from tts_demo.losses import LOSSES, N_CLASSES, class_centres, classes_of
from tts_demo.models import MODELS, base
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.run_state import RunState
from tts_demo.settings import describe
from tts_demo.sites import Site

TINY = RunConfig(corpus="tiny", model=choose("model", "rnn", units=16), updates=45)
WILD = replace(TINY, model=choose("model", "cnn", units=16), optimizer="sgd", learning_rate=10)  # diverges


def without_seconds(happenings):
    return [{**events.to_json(event), "seconds": None} for event in happenings]


def weights_of(happenings):
    return [event.weights for event in happenings if isinstance(event, Snapshot)]


def test_events_come_in_order_and_say_what_happened():
    happenings = list(training.train(TINY))
    assert isinstance(happenings[0], Started)
    assert [event.step for event in happenings if isinstance(event, Progress)] == list(range(46))
    measured = [event.step for event in happenings if isinstance(event, Progress) and event.validation_loss is not None]
    assert measured == [0, 20, 40, 45]
    assert [event.step for event in happenings if isinstance(event, Snapshot)] == [5, 20, 45]
    last = happenings[-1]
    assert isinstance(last, Finished)
    assert (last.reason, last.step) == ("completed", 45)
    final = [event for event in happenings if isinstance(event, Progress)][-1]
    assert (last.training_loss, last.validation_loss) == (final.training_loss, final.validation_loss)
    assert final.training_loss < happenings[1].training_loss


def test_every_event_survives_json():
    for event in training.train(TINY):
        assert events.from_json(events.to_json(event)) == event


def suiting(name, **changes):
    """The tiny run with a regularizer, and with the loss that it needs."""
    loss = "cross_entropy" if name == "label_smoothing" else "mse"
    return replace(TINY, loss=loss, **changes)


@pytest.mark.parametrize("name", REGULARIZERS)
def test_one_seed_one_run_another_seed_another(name):
    config = suiting(name, updates=12, regularizers=(choose("regularizer", name),))
    one, two = list(training.train(config)), list(training.train(config))
    assert without_seconds(one) == without_seconds(two)
    for first, second in zip(weights_of(one), weights_of(two), strict=True):
        for weight in first:
            np.testing.assert_array_equal(first[weight], second[weight])
    other = list(training.train(replace(config, seed=1)))
    assert without_seconds(one) != without_seconds(other)


@pytest.mark.parametrize("name", [name for name in REGULARIZERS if REGULARIZERS[name].off_at_zero and name != "none"])
def test_strength_zero_is_the_run_without(name):
    config = suiting(name, updates=12)
    off = replace(config, regularizers=(choose("regularizer", name, strength=0),))
    assert without_seconds(training.train(off)) == without_seconds(training.train(config))


def test_both_losses_are_measured_without_noise_and_without_the_penalty():
    """Noise and penalty move the batch's figures, but not those of the very first evaluation."""
    plain, strong = (
        list(training.train(replace(TINY, updates=1, regularizers=chosen)))
        for chosen in ((), (choose("regularizer", "dropout", strength=0.9), choose("regularizer", "l2", strength=1e-2)))
    )
    assert strong[1].validation_loss == plain[1].validation_loss
    assert strong[2].batch_loss != plain[2].batch_loss
    assert strong[2].penalty > 0 == plain[2].penalty


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"seed": 1},
        {"keep_in": ("tt-monkeysintro",)},
        {"loss": "l1"},
        {"model": choose("model", "cnn", units=16)},
        {"regularizers": (choose("regularizer", "zoneout", strength=0.5),)},
    ],
)
def test_what_is_remembered_of_the_first_network_is_what_would_be_measured(monkeypatch, changes):
    config = replace(TINY, **changes)
    list(training.train(replace(TINY, updates=1)))  # remembers another network, or this one
    remembered = list(itertools.islice(training.train(config), 2))[-1]
    monkeypatch.setattr(run_state, "_BEFORE_TRAINING", {})
    assert replace(remembered, seconds=0) == replace(list(itertools.islice(training.train(config), 2))[-1], seconds=0)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_network_learns_slopes_besides_what_its_loss_says(monkeypatch, loss):
    """They move the weights, and no figure that is shown."""
    config = replace(TINY, loss=loss, learning_rate=0.01)
    with_slopes = list(training.train(config))
    run = RunState(config)
    batch = next(run.learning.batches)

    def cost():
        return run.model.slopes_cost(run.model(batch), batch, run._feature_weights).item()

    before = cost()
    for _ in range(45):
        run.learning.update()
    assert cost() < 0.95 * before  # without them it rises by a tenth and more
    monkeypatch.setattr(base, "SLOPES_SHARE", 0.0)
    without = list(training.train(config))
    assert replace(with_slopes[1], seconds=0) == replace(without[1], seconds=0)
    assert with_slopes[2].batch_loss == without[2].batch_loss and with_slopes[2].penalty == 0
    assert with_slopes[-1].training_loss != without[-1].training_loss


def test_stop_ends_with_what_was_learned():
    control = training.Control()
    happenings = []
    for event in training.train(replace(TINY, updates=20_000), control):
        happenings.append(event)
        if isinstance(event, Progress) and event.step == 7:
            control.end()
    last = happenings[-1]
    assert (last.reason, last.step) == ("stopped", 7)
    assert happenings[-2].step == 7 and happenings[-2].weights


def test_target_and_time_limit_end_a_run():
    first = next(event for event in training.train(TINY) if isinstance(event, Progress)).validation_loss
    last = list(training.train(replace(TINY, target_validation_loss=0.9 * first)))[-1]
    assert last.reason == "target_reached" and last.validation_loss <= 0.9 * first
    last = list(training.train(replace(TINY, updates=20_000, time_limit_seconds=1)))[-1]
    assert last.reason == "time_limit" and last.step < 20_000


def test_divergence_ends_the_run_and_keeps_the_last_good_weights():
    happenings = list(training.train(WILD))
    last = happenings[-1]
    assert last.reason == "diverged"
    assert "learning rate of 10 is probably too high" in str(last.message)
    assert f"Update {last.step} is kept" in str(last.message) and happenings[-2].step == last.step
    assert all(np.isfinite(weight).all() for weight in happenings[-2].weights.values())
    for event in happenings:
        for value in events.to_json(event).values():
            assert not isinstance(value, float) or math.isfinite(value)


def test_numbers_beyond_all_bounds_are_noticed_within_one_update(monkeypatch):
    """A loss that overflows at the third update, as a wild step would make it."""
    calls = []

    def overflow(*arguments):
        if torch.is_grad_enabled():
            calls.append(1)
        factor = math.inf if len(calls) == 3 and torch.is_grad_enabled() else 1.0
        return LOSSES["mse"].cost(*arguments) * factor

    run = RunState(replace(TINY, learning_rate=0.5))
    monkeypatch.setattr(run.learning, "loss", replace(LOSSES["mse"], cost=overflow))
    monkeypatch.setattr(training, "RunState", lambda config: run)
    happenings = list(training.train(run.config))
    last = happenings[-1]
    assert last.reason == "diverged"
    assert "after update 3" in str(last.message) and "learning rate of 0.5" in str(last.message)
    assert last.step == happenings[-2].step == 0


def test_strength_changes_while_the_run_goes_on():
    control = training.Control()
    config = replace(TINY, updates=12, regularizers=(choose("regularizer", "weight_range", strength=1.0),))
    happenings = []
    for event in training.train(config, control):
        happenings.append(event)
        if isinstance(event, Progress) and event.step == 5:
            control.set_strength("weight_range", 0.02)
            control.set_strength("no such", 1.0)
    assert [event for event in happenings if isinstance(event, StrengthChanged)] == [
        StrengthChanged(5, "weight_range", 0.02)
    ]
    measured = [event for event in happenings if isinstance(event, Progress) and event.largest_weight is not None]
    assert measured[0].largest_weight > 0.02
    assert measured[-1].largest_weight <= np.float32(0.02)


def test_proximal_l1_makes_exact_zeros_and_says_how_many():
    config = replace(TINY, regularizers=(choose("regularizer", "l1_proximal", strength=1.0),))
    measured = [event for event in training.train(config) if isinstance(event, Progress) and event.zeros is not None]
    assert measured[0].zeros < 0.01
    assert measured[-1].zeros > 0.2


def test_twins_differ_in_their_sentence_and_in_nothing_else():
    voice = corpus.load("tiny")
    pinned = voice.split("pinned")[0].id
    plain = {prompt.id for prompt in voice.training_prompts()}
    assert {prompt.id for prompt in voice.training_prompts(keep_in=[pinned])} == plain | {pinned}
    one = voice.split("train")[0].id
    assert {prompt.id for prompt in voice.training_prompts(leave_out=[one])} == plain - {one}
    met = list(training.train(replace(TINY, keep_in=(pinned,), updates=1)))
    not_met = list(training.train(replace(TINY, updates=1)))
    assert met[0].training_prompts == not_met[0].training_prompts + 1
    assert met[1].validation_loss == not_met[1].validation_loss


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"keep_in": ("no-such-prompt",)}, "no prompt named"),
        ({"leave_out": ("../x",)}, "no prompt named"),
    ],
)
def test_prompts_that_are_not_there_are_named_before_anything_starts(changes, said):
    with pytest.raises(CorpusError, match=said):
        next(training.train(replace(TINY, **changes)))


def test_nobody_trains_on_held_out_prompts():
    held_out = corpus.load("tiny").split("test")[0].id
    with pytest.raises(CorpusError, match="no run may train on"):
        next(training.train(replace(TINY, keep_in=(held_out,))))


@pytest.mark.parametrize("end", ["minimum", "maximum"])
@pytest.mark.parametrize("name", REGULARIZERS)
def test_settings_at_their_extremes_end_in_a_finished_run(name, end):
    """Whatever the sliders say, a run ends with a reason and finite weights."""
    chosen = {
        setting: getattr(description, end)
        for setting, (description, _) in describe(REGULARIZERS[name].Settings).items()
        if not description.choices
    }
    config = suiting(name, updates=5, regularizers=(choose("regularizer", name, **chosen),), learning_rate=0.1)
    happenings = list(training.train(config))
    assert happenings[-1].reason in ("completed", "diverged", "early_stopped")
    assert all(np.isfinite(weight).all() for weight in happenings[-2].weights.values())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("model", MODELS)
def test_every_model_loss_and_optimizer_learns_at_its_defaults(model, loss, optimizer):
    if MODELS[model].suits(loss):
        return
    size = {"units": 16} if MODELS[model].gradients else {"hmm": {"leaves": 8}, "forest": {"trees": 2}}[model]
    config = replace(TINY, model=choose("model", model, **size), loss=loss, optimizer=optimizer, updates=25)
    happenings = list(training.train(config))
    first, last = happenings[1], happenings[-1]
    assert last.reason == "completed"
    assert last.training_loss < first.training_loss


def test_an_hmm_grows_and_its_steps_are_leaves():
    config = replace(TINY, model=choose("model", "hmm", leaves=16))
    happenings = list(training.train(config))
    measured = [event for event in happenings if isinstance(event, Progress)]
    assert [event.step for event in measured] == [0, 2, 4, 8, 16]
    assert measured[-1].training_loss < measured[0].training_loss
    assert [event.step for event in happenings if isinstance(event, Snapshot)] == [2, 4, 8, 16]
    assert without_seconds(happenings) == without_seconds(training.train(config))


def test_early_stopping_ends_with_the_best_weights(monkeypatch):
    monkeypatch.setattr(gradient_training, "EVALUATE_EVERY", 1)
    patience = choose("regularizer", "early_stopping", strength=1)
    happenings = list(training.train(replace(TINY, learning_rate=0.1, updates=200, regularizers=(patience,))))
    last = happenings[-1]
    measured = {e.step: e for e in happenings if isinstance(e, Progress) and e.validation_loss is not None}
    assert last.reason == "early_stopped"
    assert last.step == last.best_step < max(measured)
    assert last.validation_loss == last.best_validation_loss == measured[last.step].validation_loss
    assert last.rise == 0


def test_what_is_measured_of_the_weights():
    happenings = list(training.train(replace(TINY, regularizers=(choose("regularizer", "weight_range"),))))
    last = [event for event in happenings if isinstance(event, Progress)][-1]
    assert 0.05 < last.largest_weight <= 0.08 + 1e-7
    assert 0 < last.active_share < 1
    assert 0 <= last.dead_units < 1
    found = [event for event in happenings if isinstance(event, Snapshot)][-1]
    state = {name: found.weights[name].astype(np.float64) for name in found.histograms}
    assert last.weight_norm == pytest.approx(np.sqrt(sum((w**2).sum() for w in state.values())), rel=1e-3)
    for name, histogram in found.histograms.items():
        assert sum(histogram.counts) + histogram.zeros == state[name].size
        assert histogram.largest == pytest.approx(np.abs(state[name]).max(), rel=1e-3)


def test_histograms_count_zeros_apart():
    weight = torch.tensor([[-1.0, 0.0, 0.0, 0.001, 1.0]])
    found = measures.histogram(weight)
    assert found.zeros == 2 and found.largest == 1
    assert found.counts[0] == found.counts[20] == found.counts[40] == 1 and sum(found.counts) == 3


def test_a_unit_that_does_nothing_is_dead():
    rectified, bounded = Site("rectified"), Site("bounded")
    rectified.peaks, bounded.peaks = torch.tensor([0.0, 0.3]), torch.tensor([0.005, -0.4]).abs()
    assert measures.dead_units([rectified, bounded, Site("unbounded")]) == 0.5
    assert measures.dead_units([]) is None


def test_label_smoothing_is_torchs():
    generator = torch.Generator().manual_seed(0)
    predicted = torch.randn(1, 4, LOSSES["cross_entropy"].outputs, generator=generator)
    target = torch.randn(1, 4, 43, generator=generator)
    target[..., 42] = 1.0
    weights = torch.zeros(43)
    weights[7] = 1.0
    mask = torch.tensor([[1.0, 1, 1, 0]])
    logits = predicted[0, :3, :-1].reshape(3, 42, N_CLASSES)[:, 7]
    voicing = 0.25 * torch.nn.functional.softplus(-predicted[0, :3, -1]).mean()
    for smoothing in (0.0, 0.3):
        wanted = torch.nn.functional.cross_entropy(logits, classes_of(target[0, :3, 7]), label_smoothing=smoothing)
        found = LOSSES["cross_entropy"].cost(predicted, target, mask, weights, smoothing)
        torch.testing.assert_close(found, wanted + voicing)


def test_classes_and_their_expectation_go_together():
    features = torch.linspace(-3, 3, 1 + 4 * (N_CLASSES - 1))
    classes = classes_of(features)
    assert (class_centres()[classes] - features).abs().max() <= 3 / (N_CLASSES - 1) + 1e-6
    assert classes_of(torch.tensor([-9.0, 9.0])).tolist() == [0, N_CLASSES - 1]
    predicted = torch.zeros(1, 1, LOSSES["cross_entropy"].outputs)
    predicted.view(-1)[5 * N_CLASSES + 3] = 50.0  # sure of class 3 for feature 5, of nothing for the others
    decoded = LOSSES["cross_entropy"].decode(predicted)[0, 0]
    assert decoded[5].item() == pytest.approx(class_centres()[3].item(), abs=1e-5)
    assert decoded[6].item() == pytest.approx(0, abs=1e-6)
