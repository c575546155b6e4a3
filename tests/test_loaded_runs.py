"""What is loaded from a run's directory is what was trained: the network that its events speak of, and no other."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.test_training import TINY, WILD, suiting
from tts_demo import corpus, evaluation, run_state, runs, training
from tts_demo.config import choose
from tts_demo.events import Finished, Progress, Snapshot, StrengthChanged
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS, Evaluation
from tts_demo.settings import describe

NETWORKS = [name for name, model in MODELS.items() if model.gradients]
WITH_STRENGTH = [name for name, entry in REGULARIZERS.items() if "strength" in describe(entry.Settings)]


def recorded(config, folder, control=None):
    """Record a run and check that the network loaded from it is the one its end speaks of; its end and its events."""
    happenings = list(runs.record(config, training.train(config, control), folder))
    run, end = runs.load(folder), happenings[-1]
    assert isinstance(end, Finished)
    assert run.end() == end
    assert run.snapshots()[-1] == end.step
    if end.validation_loss is not None:
        voice = corpus.load(config.corpus)
        found = evaluation.evaluate(run, voice, voice.split("validation"))["loss"]
        assert found == pytest.approx(end.validation_loss, rel=1e-3, abs=1e-3)  # half precision
        measured = {e.step: e.validation_loss for e in happenings if isinstance(e, Progress) and e.validation_loss}
        assert measured.get(end.step, end.validation_loss) == end.validation_loss, "the curve says something else"
    return end, happenings


def ends(name):
    """Both ends of a strength's range."""
    description = describe(REGULARIZERS[name].Settings)["strength"][0]
    return description.minimum, description.maximum


@pytest.mark.parametrize("name", REGULARIZERS)
def test_a_regularizers_run_at_its_default_strength(name, tmp_path):
    recorded(suiting(name, regularizers=(choose("regularizer", name),)), tmp_path / "run")


@pytest.mark.parametrize("end", ["minimum", "maximum"])
@pytest.mark.parametrize("name", WITH_STRENGTH)
def test_a_regularizers_run_at_the_ends_of_its_range(name, end, tmp_path):
    strength = getattr(describe(REGULARIZERS[name].Settings)["strength"][0], end)
    recorded(suiting(name, regularizers=(choose("regularizer", name, strength=strength),)), tmp_path / "run")


@pytest.mark.parametrize(("first", "then"), [(0, 1), (1, 0)])
@pytest.mark.parametrize("name", WITH_STRENGTH)
def test_a_strength_changed_in_mid_run_changes_the_run_and_is_loaded_with_it(name, first, then, tmp_path):
    """From one end of the range to the other: the run is another one, and every moment of it loads as it was."""
    strengths = ends(name)
    # early stopping can only differ where a run gets worse
    rate = {"learning_rate": 0.3, "optimizer": "adam", "updates": 200} if name == "early_stopping" else {"updates": 60}
    config = suiting(name, regularizers=(choose("regularizer", name, strength=strengths[first]),), **rate)
    unchanged = list(training.train(config))
    control, happenings = training.Control(), []
    for event in runs.record(config, training.train(config, control), tmp_path / "run"):
        happenings.append(event)
        if isinstance(event, Progress) and event.step == 10:
            control.set_strength(name, strengths[then])
    (told,) = [event for event in happenings if isinstance(event, StrengthChanged)]
    assert (told.step, told.strength) == (10, strengths[then])
    steps = [event.step for event in happenings if isinstance(event, Progress)]
    if name == "early_stopping":
        assert steps != [event.step for event in unchanged if isinstance(event, Progress)]
    else:
        before, after = (
            [(event.step, event.batch_loss, event.validation_loss) for event in events if isinstance(event, Progress)]
            for events in (unchanged, happenings)
        )
        assert before[:11] == after[:11] and before[-1] != after[-1]
    run, voice = runs.load(tmp_path / "run"), corpus.load("tiny")
    assert [choice.settings.strength for choice in run.regularizers(10)] == [strengths[first]]
    assert [choice.settings.strength for choice in run.regularizers(11)] == [strengths[then]]
    losses = {event.step: event.validation_loss for event in happenings if isinstance(event, Progress)}
    losses[happenings[-1].step] = happenings[-1].validation_loss
    compared = [step for step in run.snapshots() if losses.get(step) is not None]
    assert compared
    for step in compared:
        found = evaluation.evaluate(run, voice, voice.split("validation"), step)["loss"]
        assert found == pytest.approx(losses[step], rel=1e-3, abs=1e-3), step


@pytest.mark.parametrize("model", MODELS)
def test_every_model(model, tmp_path):
    settings = {"units": 16} if MODELS[model].gradients else {}
    recorded(replace(TINY, model=choose("model", model, **settings)), tmp_path / "run")


@pytest.mark.parametrize("model", NETWORKS)
@pytest.mark.parametrize("neighbours", [0, 1, 8])
def test_every_network_whatever_it_sees(model, neighbours, tmp_path):
    recorded(replace(TINY, model=choose("model", model, units=16, neighbours=neighbours)), tmp_path / "run")


@pytest.mark.parametrize("cell", ["lstm", "gru", "elman"])
@pytest.mark.parametrize("directions", ["both", "forward"])
def test_every_recurrent_layer_under_zoneout(cell, directions, tmp_path):
    model = choose("model", "rnn", units=16, layers=2, cell=cell, directions=directions)
    zoneout = (choose("regularizer", "zoneout", strength=0.9),)
    _, happenings = recorded(replace(TINY, model=model, regularizers=zoneout), tmp_path / "run")
    run = runs.load(tmp_path / "run")
    voice, end = corpus.load("tiny"), happenings[-1]
    plain = replace(run.config, regularizers=())
    found = evaluation.evaluate(runs.Run(run.directory, plain), voice, voice.split("validation"))["loss"]
    assert abs(found - end.validation_loss) > 3e-3, "without its mixing it would be another network"


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_and_optimizer(loss, optimizer, tmp_path):
    recorded(replace(TINY, loss=loss, optimizer=optimizer), tmp_path / "run")


def acting_after(step, act):
    """A control that does something to itself after an update."""

    class Acting(training.Control):
        updates = -1

        def reason_to_end(self):
            self.updates += 1
            if self.updates == step:
                act(self)
            return super().reason_to_end()

    return Acting()


def stopped_at(step, reason="stopped"):
    """A control that ends a run after an update."""
    return acting_after(step, lambda control: control.end(reason))


def test_every_reason_to_end(tmp_path, monkeypatch):
    """Each one, with the step that it ends at and the network that is loaded."""
    first = next(event for event in training.train(TINY) if isinstance(event, Progress)).validation_loss
    # ruined after its best, with a snapshot on the way: what is thrown away stands beside what is kept
    stopping = (choose("regularizer", "early_stopping", strength=3), choose("regularizer", "weight_range", strength=1))
    ruined = acting_after(61, lambda control: control.set_strength("weight_range", 0.01))
    cases = {
        "completed": (TINY, None),
        "stopped": (TINY, stopped_at(27)),
        "abandoned": (TINY, stopped_at(20, "abandoned")),
        "target_reached": (replace(TINY, target_validation_loss=0.95 * first), None),
        "time_limit": (replace(TINY, updates=20_000, time_limit_seconds=1), None),
        "early_stopped": (replace(TINY, updates=400, regularizers=stopping), ruined),
        "diverged": (WILD, None),
    }
    found = {}
    for reason, (config, control) in cases.items():
        end, _ = recorded(config, tmp_path / reason, control)
        assert end.reason == reason, end
        found[reason] = end
    assert found["stopped"].step == 27 and found["abandoned"].step == 20
    assert found["early_stopped"].step == 60
    assert (tmp_path / "early_stopped" / "snapshots" / "step-000080.safetensors").exists()
    assert found["early_stopped"].validation_loss == found["early_stopped"].best_validation_loss

    def broken(self, model, context):
        if context.step == 30:
            raise ZeroDivisionError("a made-up error")

    monkeypatch.setattr(REGULARIZERS["l2"], "after_update", broken)
    end, _ = recorded(replace(TINY, regularizers=(choose("regularizer", "l2"),)), tmp_path / "failed")
    assert (end.reason, end.step) == ("failed", 20)
    said = str(end.message)
    assert "update 30" in said and "a made-up error" in said and "Update 20 is kept" in said


@pytest.mark.parametrize("hook", ["before_forward", "penalty", "take_noise_off", "before_update", "after_update",
                                  "after_evaluation", "should_stop", "active_share"])  # fmt: skip
def test_whatever_a_hook_raises_ends_the_run_in_a_sentence(hook, monkeypatch):
    def broken(self, *arguments):
        raise np.linalg.LinAlgError("did not converge")

    monkeypatch.setattr(REGULARIZERS["l2"], hook, broken)
    config = replace(TINY, regularizers=(choose("regularizer", "l2"), choose("regularizer", "weight_noise")))
    *_, kept, end = training.train(config)
    assert end.reason == "failed" and "did not converge" in str(end.message)
    assert isinstance(kept, Snapshot) and kept.step == end.step
    assert all(np.isfinite(weight).all() for weight in kept.weights.values())


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("name", REGULARIZERS)
def test_weights_that_are_not_finite_end_a_run_as_diverged(name, value, monkeypatch):
    """After the third update, whatever the run's regularizer does with them."""
    step = torch.optim.Adam.step
    calls = itertools.count(1)

    def ruinous(self, *arguments):
        step(self, *arguments)
        if next(calls) == 3:
            self.param_groups[0]["params"][0].data.view(-1)[0] = value

    monkeypatch.setattr(torch.optim.Adam, "step", ruinous)
    config = suiting(name, updates=12, regularizers=(choose("regularizer", name),))
    *_, kept, end = training.train(config)
    if (name, value) == ("weight_range", math.inf):  # the projection brings it back to the border
        assert end.reason == "completed"
    else:
        assert (end.reason, kept.step, end.step) == ("diverged", 0, 0)
    assert all(np.isfinite(weight).all() for weight in kept.weights.values())


def test_spectral_norm_diverges_in_a_sentence():
    """As it was found: a wild rate, whose weights no eigenvectors can be found of."""
    config = replace(
        TINY, model=choose("model", "cnn"), optimizer="sgd", learning_rate=10, updates=40,
        regularizers=(choose("regularizer", "spectral_norm"),),
    )  # fmt: skip
    *_, end = training.train(config)
    assert end.reason == "diverged" and "learning rate of 10" in str(end.message)


def test_a_stop_after_a_ruinous_update_keeps_the_last_good_weights(monkeypatch):
    def ruin(self, model, context):
        if context.step == 7:
            next(iter(dict(model.named_parameters()).values())).fill_(math.nan)

    monkeypatch.setattr(REGULARIZERS["l2"], "after_update", ruin)
    config = replace(TINY, regularizers=(choose("regularizer", "l2"),))
    *_, kept, end = training.train(config, stopped_at(7))
    assert (end.reason, end.step, kept.step) == ("diverged", 0, 0)
    assert all(np.isfinite(weight).all() for weight in kept.weights.values())


@pytest.mark.parametrize("noise", ["weight_noise", "kl_weights"])
def test_decay_is_the_same_before_and_after_noise(noise):
    """Noise is taken off before anything else changes the weights."""
    norms = []
    for names in ((noise, "weight_decay"), ("weight_decay", noise)):
        strength = {"weight_decay": 30}
        chosen = tuple(choose("regularizer", name, **({"strength": 30} if name in strength else {})) for name in names)
        happenings = list(training.train(replace(TINY, updates=5, regularizers=chosen)))
        norms.append([event.weight_norm for event in happenings if isinstance(event, Progress) and event.weight_norm])
    assert norms[0][-1] < 0.7 * norms[0][0]
    assert norms[1][-1] == pytest.approx(norms[0][-1], rel=0.01)  # each order draws other noise


def test_two_kinds_of_noise_come_off_to_the_bit(monkeypatch):
    found = []

    def keep(self, model, context):
        found.append([weight.detach().clone() for weight in model.parameters()])

    monkeypatch.setattr(REGULARIZERS["l2"], "before_forward", keep)
    monkeypatch.setattr(REGULARIZERS["l2"], "before_update", keep)
    names = ("l2", "weight_noise", "kl_weights")
    chosen = tuple(choose("regularizer", name) for name in names)
    list(training.train(replace(TINY, updates=2, regularizers=chosen)))
    for before, after in zip(found[::2], found[1::2], strict=True):
        assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


def test_equal_minima_count_from_the_first_and_bring_the_first_back():
    early = REGULARIZERS["early_stopping"](REGULARIZERS["early_stopping"].Settings(strength=2))
    model, history = torch.nn.Linear(1, 1), []
    for number, loss in enumerate([2.0, 1.0, 1.0, 1.0]):
        torch.nn.init.constant_(model.weight, number)
        history.append(Evaluation(20 * number, 0.0, loss))
        early.after_evaluation(model, history)
        assert early.should_stop(history) == (number == 3)
    step, state = early.final_weights()
    assert (step, state["weight"].item()) == (20, 1.0)


def test_a_divergence_ends_with_early_stoppings_best(monkeypatch):
    def ruin(self, model, context):
        if context.step in (65, 85):  # so that the last measured weights are not the best, on any processor
            for weights in model.parameters():
                weights.mul_(-3)
        if context.step == 115:
            next(iter(dict(model.named_parameters()).values())).fill_(math.nan)

    monkeypatch.setattr(REGULARIZERS["l2"], "after_update", ruin)
    chosen = choose("regularizer", "l2"), choose("regularizer", "early_stopping", strength=20)
    happenings = list(training.train(replace(TINY, updates=140, learning_rate=0.3, regularizers=chosen)))
    end = happenings[-1]
    losses = {
        e.step: e.validation_loss for e in happenings if isinstance(e, Progress) and e.validation_loss is not None
    }
    assert end.reason == "diverged"
    assert end.step == min(losses, key=losses.get) == end.best_step
    assert end.step < 100, "or this shows nothing: the last measured weights are the best"
    assert f"Update {end.step} is kept" in str(end.message)


@pytest.mark.parametrize("model", NETWORKS)
def test_the_same_config_gives_the_same_events_whatever_ran_before(model, monkeypatch):
    """The first evaluation is remembered: by everything that the network is made from."""
    settings = describe(MODELS[model].Settings)
    others = [{}]
    for name, (description, default) in settings.items():
        choices = description.choices or (description.minimum, description.maximum)
        others += [{name: choice} for choice in choices if choice != default and name != "units"]

    def first_evaluation(given):
        config = replace(TINY, updates=1, model=choose("model", model, **{"units": 32} | given))
        return replace(list(itertools.islice(training.train(config), 2))[-1], seconds=0)

    alone = []
    for given in others:
        monkeypatch.setattr(run_state, "_BEFORE_TRAINING", {})
        alone.append(first_evaluation(given))
    monkeypatch.setattr(run_state, "_BEFORE_TRAINING", {})
    for given, expected in zip(others, alone, strict=True):
        assert first_evaluation(given) == expected, given


@pytest.mark.parametrize(("size", "parts"), [(7e4, "bias"), (1e36, "output.weight")])
@pytest.mark.parametrize("ends", ["completed", "time_limit"])
def test_numbers_that_no_snapshot_can_hold_or_no_loss_end_a_run_as_diverged(size, parts, ends, monkeypatch):
    def ruin(self, model, context):
        if context.step == 5:
            for name, parameter in model.named_parameters():
                if name.endswith(parts):
                    parameter.fill_(size)

    monkeypatch.setattr(REGULARIZERS["l2"], "after_update", ruin)
    config = replace(TINY, updates=5, regularizers=(choose("regularizer", "l2"),))
    if ends == "time_limit":  # between two evaluations
        config = replace(config, updates=10)
        seconds = itertools.count(0.0, 1.0)
        config = replace(config, time_limit_seconds=5.5)

        def clock(run):
            return run.learning.step + 0.0 * next(seconds) + (run.learning.step == 5)

        monkeypatch.setattr(training.RunState, "seconds", clock)
    *_, kept, end = training.train(config)
    assert (end.reason, end.step, kept.step) == ("diverged", 0, 0)
    assert math.isfinite(end.validation_loss)


def test_a_run_whose_process_was_killed_is_read_up_to_its_last_whole_line(tmp_path):
    recorded(replace(TINY, regularizers=(choose("regularizer", "zoneout"),)), tmp_path / "run")
    file = tmp_path / "run" / "events.jsonl"
    whole = runs.load(tmp_path / "run").events()
    file.write_bytes(file.read_bytes()[:-50])
    cut = runs.load(tmp_path / "run")
    assert cut.events() == whole[:-1] and cut.end() is None
    cut.model()
    file.write_bytes(b"{" + file.read_bytes())
    with pytest.raises(runs.RunError, match=r"events\.jsonl"):
        cut.events()


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", ""), ("utf-16", "\n"), ("utf-16", "")])
def test_events_that_an_editor_saved_anew_end_as_they_did(encoding, end, tmp_path):
    finished, happenings = recorded(TINY, tmp_path / "run")
    file = tmp_path / "run" / "events.jsonl"
    file.write_bytes((file.read_text(encoding="utf-8").rstrip("\n") + end).encode(encoding))
    assert runs.load(tmp_path / "run").end() == finished
    assert len(runs.load(tmp_path / "run").events()) == len(happenings)


def test_a_run_that_has_just_begun_has_no_events(tmp_path):
    (tmp_path / "events.jsonl").touch()
    begun = runs.Run(tmp_path, TINY)
    assert begun.events() == [] and begun.end() is None and begun.snapshots() == []
