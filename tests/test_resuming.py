"""A run that was interrupted at a snapshot and goes on elsewhere has the same rest, bit by bit."""

import itertools
import os
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests import test_training
from tests.test_training import WILD, without_seconds
from tts_demo import batches, corpus, gradient_training, training
from tts_demo.config import choose
from tts_demo.events import Progress, Snapshot
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.resuming import ResumeError, packed, unpacked
from tts_demo.settings import describe

TINY = replace(test_training.TINY, updates=27)
MOMENTS = (3, 22)  # between evaluations and rankings, not at them


def suiting(name, **changes):
    return replace(test_training.suiting(name), updates=27, **changes)


class Keeping(training.Control):
    """A control that keeps each state with its step, and changes strengths before some updates."""

    def __init__(self, changes=(), after=0):
        super().__init__()
        self.states, self._planned = {}, {step: change for step, *change in changes if step >= after}
        self._step = after

    def strength_changes(self):
        if self._step in self._planned:
            self.set_strength(*self._planned[self._step])
        self._step += 1
        return super().strength_changes()

    def after_snapshot(self, run):
        self.states[run.learning.step] = run.state()


@pytest.fixture(autouse=True)
def moments(monkeypatch):
    monkeypatch.setattr(gradient_training, "snapshot_steps", lambda: itertools.chain(MOMENTS, itertools.count(10**9)))


def goes_on_the_same(config, changes=(), moments=MOMENTS):
    """From each of its states a run goes on with the events and the weights that it had without a break."""
    control = Keeping(changes)
    whole = list(training.train(config, control))
    assert [*control.states] == [moment for moment in moments if moment < whole[-1].step or moment in control.states]
    assert control.states
    for step, state in control.states.items():
        at = next(n for n, event in enumerate(whole) if isinstance(event, Snapshot) and event.step == step) + 1
        torch.manual_seed(step)  # whatever else goes on where it goes on
        rest = list(training.train(config, Keeping(changes, after=step), state))
        assert without_seconds(rest) == without_seconds(whole[at:]), step
        for found, before in zip(rest, whole[at:], strict=True):
            if isinstance(found, Snapshot):
                for name, weight in before.weights.items():
                    np.testing.assert_array_equal(found.weights[name], weight)
        seconds = [event.seconds for event in rest if isinstance(event, Progress)]
        assert all(later >= whole[at - 2].seconds for later in seconds), "the clock goes on, too"
    return whole


@pytest.mark.parametrize("name", REGULARIZERS)
def test_every_regularizer(name):
    goes_on_the_same(suiting(name, regularizers=(choose("regularizer", name),)))


@pytest.mark.parametrize(("rate", "patience", "moments", "best"), [(0.3, 3, (1, 2), 0), (0.1, 6, (3, 22), 24)])
def test_early_stopping_ends_with_the_best_weights_of_before_or_after(monkeypatch, rate, patience, moments, best):
    monkeypatch.setattr(gradient_training, "EVALUATE_EVERY", 1)
    monkeypatch.setattr(gradient_training, "snapshot_steps", lambda: itertools.chain(moments, itertools.count(10**9)))
    chosen = (choose("regularizer", "early_stopping", strength=patience),)
    whole = goes_on_the_same(replace(TINY, updates=40, learning_rate=rate, regularizers=chosen), moments=moments)
    assert (whole[-1].reason, whole[-1].step) == ("early_stopped", best)


@pytest.mark.parametrize("end", ["minimum", "maximum"])
@pytest.mark.parametrize("name", [name for name in REGULARIZERS if "strength" in describe(REGULARIZERS[name].Settings)])
def test_every_regularizer_whose_strength_was_changed(name, end):
    """Before a state and after it; one that was off is on again."""
    other = getattr(describe(REGULARIZERS[name].Settings)["strength"][0], end)
    changes = [(2, name, other), (6, name, choose("regularizer", name).settings.strength), (25, name, other)]
    goes_on_the_same(suiting(name, regularizers=(choose("regularizer", name),)), changes)


def test_regularizers_together():
    names = ("kl_weights", "dropout", "weight_noise", "l0", "early_stopping")
    goes_on_the_same(replace(TINY, regularizers=tuple(choose("regularizer", name) for name in names)))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_optimizer_and_loss(optimizer, loss):
    goes_on_the_same(replace(TINY, optimizer=optimizer, loss=loss, regularizers=(choose("regularizer", "kl_weights"),)))


@pytest.mark.parametrize("model", [name for name, model in MODELS.items() if model.gradients])
def test_every_network(model):
    goes_on_the_same(replace(TINY, model=choose("model", model, units=16), regularizers=()))


@pytest.mark.parametrize("cell", ["lstm", "gru", "elman"])
def test_every_recurrent_layer(cell):
    model = choose("model", "rnn", units=16, layers=2, cell=cell)
    goes_on_the_same(replace(TINY, model=model, regularizers=(choose("regularizer", "zoneout"),)))


@pytest.mark.parametrize(
    ("model", "steps"),
    [(choose("model", "hmm", leaves=16), [2, 4, 8, 16]), (choose("model", "forest", trees=3), [1, 2])],
)
def test_trees_grow_again_and_nothing_is_told_twice(model, steps):
    goes_on_the_same(replace(TINY, model=model), moments=steps)


def test_what_ends_a_run_is_told_as_without_a_break(monkeypatch):
    monkeypatch.setattr(gradient_training, "EVALUATE_EVERY", 4)
    losses = [e.validation_loss for e in training.train(TINY) if isinstance(e, Progress) and e.validation_loss]
    whole = goes_on_the_same(replace(TINY, updates=200, target_validation_loss=losses[-2]))
    assert whole[-1].reason == "target_reached"
    monkeypatch.setattr(gradient_training, "EVALUATE_EVERY", 7)
    monkeypatch.setattr(gradient_training, "snapshot_steps", lambda: itertools.chain((8,), itertools.count(10**9)))
    whole = goes_on_the_same(replace(WILD, learning_rate=7, updates=27), moments=(8,))
    assert whole[-1].reason == "diverged" and whole[-1].step == 7, "what it goes back to came before the state"


def test_the_time_before_the_break_counts():
    config, control = replace(TINY, time_limit_seconds=80_000), Keeping()
    next(event for event in training.train(config, control) if control.states)
    state = unpacked(control.states[3])
    assert 0 < state["seconds"] < 80_000
    *_, last = training.train(config, None, packed(state | {"seconds": 80_001.0}))
    assert last.reason == "time_limit" and last.seconds >= 80_001


def test_a_place_among_the_batches_is_kept_from_an_epochs_first_batch_to_its_last():
    voice = corpus.load("tiny")
    items = batches.examples(voice, voice.training_prompts())
    stream, states, met = batches.Endless(items, 1000, np.random.default_rng(3)), [], []
    for _ in range(30):  # some epochs
        states.append(stream.state())
        met.append(next(stream).target)
    assert {0, 1} < {state["left"] for state in states}
    for at, state in enumerate(states):
        other = batches.Endless(items, 1000, np.random.default_rng(4))
        other.load_state(state)
        for target in met[at : at + 8]:
            assert torch.equal(next(other).target, target)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", packed({}), packed({"config": TINY.to_json()}), b"nothing"])
def test_a_damaged_state_is_refused_in_a_sentence(damage):
    with pytest.raises(ResumeError, match=r"damaged|another run"):
        next(training.train(TINY, None, damage))


def test_a_state_of_another_run_is_refused():
    control = Keeping()
    next(event for event in training.train(TINY, control) if control.states)
    (state,) = control.states.values()
    with pytest.raises(ResumeError, match="another run"):
        next(training.train(replace(TINY, seed=1), None, state))


class Bomb:
    def __init__(self, place):
        self._place = place

    def __reduce__(self):
        return os.mkdir, (self._place,)


def test_a_state_runs_nobodys_code(tmp_path):
    written = packed({"config": Bomb(str(tmp_path / "ran"))})
    with pytest.raises(ResumeError):
        next(training.train(TINY, None, written))
    assert not (tmp_path / "ran").exists()
    with pytest.raises(ResumeError):
        next(training.train(TINY, None, pickle.dumps(Bomb(str(tmp_path / "ran")), protocol=2)))
    assert not (tmp_path / "ran").exists()
