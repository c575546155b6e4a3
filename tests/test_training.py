"""The loop: its events, its reasons to end, its determinism, twins."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from tts_demo import corpus, events, training
from tts_demo.config import RunConfig, choose
from tts_demo.corpus import CorpusError
from tts_demo.events import Finished, Progress, Snapshot, Started, StrengthChanged
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import describe

TINY = RunConfig(corpus="tiny", model=choose("model", "rnn", units=16), updates=45)


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
    assert [event.step for event in happenings if isinstance(event, Snapshot)] == [5, 10, 20, 40, 45]
    last = happenings[-1]
    assert isinstance(last, Finished)
    assert (last.reason, last.step) == ("completed", 45)
    final = [event for event in happenings if isinstance(event, Progress)][-1]
    assert (last.training_loss, last.validation_loss) == (final.training_loss, final.validation_loss)
    assert final.training_loss < happenings[1].training_loss


def test_every_event_survives_json():
    for event in training.train(TINY):
        assert events.from_json(events.to_json(event)) == event


@pytest.mark.parametrize("name", REGULARIZERS)
def test_one_seed_one_run_another_seed_another(name):
    config = replace(TINY, updates=12, regularizers=(choose("regularizer", name),))
    one, two = list(training.train(config)), list(training.train(config))
    assert without_seconds(one) == without_seconds(two)
    for first, second in zip(weights_of(one), weights_of(two), strict=True):
        for weight in first:
            np.testing.assert_array_equal(first[weight], second[weight])
    other = list(training.train(replace(config, seed=1)))
    assert without_seconds(one) != without_seconds(other)


@pytest.mark.parametrize("name", [name for name in REGULARIZERS if REGULARIZERS[name].off_at_zero and name != "none"])
def test_strength_zero_is_the_run_without(name):
    config = replace(TINY, updates=12)
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
    happenings = list(training.train(replace(TINY, learning_rate=1.0, updates=60)))
    last = happenings[-1]
    if last.reason == "diverged":  # Adam's steps are bounded: it may wander without ever leaving the numbers
        assert "learning rate" in last.message
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
        return training.LOSSES["mse"](*arguments) * factor

    run = training._Run(replace(TINY, learning_rate=0.5))
    monkeypatch.setattr(run, "_loss", overflow)
    monkeypatch.setattr(training, "_Run", lambda config: run)
    happenings = list(training.train(run.config))
    last = happenings[-1]
    assert last.reason == "diverged"
    assert "after update 3" in last.message and "learning rate of 0.5" in last.message
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
    config = replace(TINY, regularizers=(choose("regularizer", "l1_proximal", strength=0.3),))
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
    }
    config = replace(TINY, updates=5, regularizers=(choose("regularizer", name, **chosen),), learning_rate=0.1)
    happenings = list(training.train(config))
    assert happenings[-1].reason in ("completed", "diverged")
    assert all(np.isfinite(weight).all() for weight in happenings[-2].weights.values())
