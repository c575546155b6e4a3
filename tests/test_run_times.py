"""What a run is said to take: from its settings, from idle workers, and from runs that are over."""

from dataclasses import replace

import pytest

from tts_demo.config import choose
from tts_demo.lesson import LESSON, lesson_for
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.run_times import RunTimes, cost, may_end_sooner

NETWORKS = [name for name, model in MODELS.items() if model.gradients]


def with_regularizer(name, **settings):
    loss = LESSON.loss if REGULARIZERS[name].suits(MODELS["rnn"], LESSON.loss) is None else "cross_entropy"
    base = lesson_for("rnn") if REGULARIZERS[name].suits(MODELS[LESSON.model.name], loss) else LESSON
    return replace(base, loss=loss, regularizers=(choose("regularizer", name, **settings),))


def test_longer_and_larger_runs_cost_more():
    plain = cost(LESSON)
    assert 1.9 * plain < cost(replace(LESSON, updates=2 * LESSON.updates)) < 2 * plain
    assert cost(replace(LESSON, model=choose("model", LESSON.model.name, units=512))) > 1.6 * plain
    for model in NETWORKS:
        one, two = (replace(LESSON, model=choose("model", model, layers=layers)) for layers in (1, 2))
        assert cost(two) > 1.1 * cost(one)
    for name in set(MODELS) - set(NETWORKS):
        grown = lesson_for(name)
        more = replace(grown, speech_seconds=None)
        assert cost(grown) < 1.2 * cost(grown) < cost(more) < 3 * plain


@pytest.mark.parametrize("name", [name for name in REGULARIZERS if name != "none"])
def test_a_regularizer_makes_no_run_quicker(name):
    run = with_regularizer(name)
    assert cost(run) >= cost(replace(run, regularizers=()))


@pytest.mark.parametrize(
    ("model", "loss"), [(model, loss) for model in MODELS for loss in LOSSES if MODELS[model].suits(loss) is None]
)
def test_every_model_and_loss_has_a_cost(model, loss):
    assert 10 < cost(replace(lesson_for(model), loss=loss)) < 10_000


def test_a_worker_that_idles_knows_better_than_one_that_warms_up():
    times = RunTimes(lanes=2)
    assert times.expected([LESSON]) is None
    times.measured(0.10, first=True)
    times.measured(0.08, first=True)
    assert times.expected([LESSON]) == pytest.approx(0.08 * cost(LESSON))
    for seconds in (0.03, 0.2, 0.031):  # once something came in between
        times.measured(seconds)
    assert times.expected([LESSON]) == pytest.approx(0.031 * cost(LESSON))
    times.measured(0.07, first=True)  # a worker that takes a dead one's place
    assert times.expected([LESSON]) == pytest.approx(0.031 * cost(LESSON))


def test_runs_that_are_over_tell_what_their_like_will_take():
    times = RunTimes(lanes=2)
    times.measured(0.03)
    zoneout = with_regularizer("zoneout")
    before = times.expected([zoneout])
    times.took(zoneout, 2 * before)
    assert times.expected([zoneout]) == pytest.approx(2 * before)
    other = with_regularizer("zoneout", strength=0.5)
    again = replace(other, seed=3, learning_rate=0.01, keep_in=("tt-weasels",))
    assert times.expected([again]) == pytest.approx(2 * before)  # neither strength, rate, seed nor the twin's sentence
    longer = times.expected([replace(other, updates=2 * other.updates)])
    assert 3.8 * before < longer < 4 * before
    for wide in (20, 100):
        for _ in range(wide):
            times.took(LESSON, 0.03 * cost(LESSON))
    assert times.expected([LESSON]) == pytest.approx(0.03 * cost(LESSON))


def test_two_at_once_take_as_long_as_one_where_there_is_room_for_both():
    room, none = RunTimes(lanes=2), RunTimes(lanes=1)
    for times in (room, none):
        times.measured(0.03)
    alone = room.expected([LESSON])
    assert room.expected([LESSON, LESSON]) == pytest.approx(alone)
    assert none.expected([LESSON, LESSON]) == pytest.approx(2 * alone)
    none.took(LESSON, 2 * alone, at_once=2)  # each of two that shared one core
    assert none.expected([LESSON]) == pytest.approx(alone)
    assert none.expected([LESSON, LESSON]) == pytest.approx(2 * alone)


def test_what_others_take_of_the_cores_is_reckoned_with():
    times = RunTimes(lanes=1.35)  # two cores, less a server and a browser
    times.measured(0.03)
    alone = times.expected([LESSON])
    assert alone == pytest.approx(0.03 * cost(LESSON))
    assert times.expected([LESSON, LESSON]) == pytest.approx(2 / 1.35 * alone)
    times.took(LESSON, 1.2 * 2 / 1.35 * alone, at_once=2)  # a fifth more than was expected
    assert times.expected([LESSON]) == pytest.approx(1.2 * alone)
    assert times.expected([LESSON, LESSON]) == pytest.approx(1.2 * 2 / 1.35 * alone)


def test_two_at_once_take_as_much_longer_as_was_measured_of_two():
    times = RunTimes(lanes=2)
    times.measured(0.03)
    alone = times.expected([LESSON])
    assert times.expected([LESSON, LESSON]) == pytest.approx(alone)
    times.measured(0.039, together=True)  # cores that share what they calculate with
    assert times.expected([LESSON]) == pytest.approx(alone)
    assert times.expected([LESSON, LESSON]) == pytest.approx(1.3 * alone)
    for _ in range(2):
        times.took(LESSON, 1.3 * alone, at_once=2)
    assert times.expected([LESSON]) == pytest.approx(alone)
    assert times.expected([LESSON, LESSON]) == pytest.approx(1.3 * alone)
    times.took(LESSON, alone, at_once=1)
    assert times.expected([LESSON]) == pytest.approx(alone)


def test_what_may_end_a_run_sooner():
    assert may_end_sooner(with_regularizer("early_stopping"))
    assert may_end_sooner(replace(LESSON, target_validation_loss=0.5))
    assert not any(may_end_sooner(with_regularizer(name)) for name in ("l2", "dropout", "max_norm"))
    times = RunTimes(lanes=2)
    times.measured(0.03)
    assert times.expected([replace(LESSON, time_limit_seconds=5.0)]) == 5
