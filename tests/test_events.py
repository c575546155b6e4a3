"""What is read out of a run's events."""

from dataclasses import replace

import pytest

from tests import test_training
from tts_demo import training
from tts_demo.config import choose
from tts_demo.events import Finished, Progress, Started, training_mode_points
from tts_demo.messages import Message


def test_training_mode_points_are_means_since_the_last_evaluation():
    happened = [
        Started(1, 1.0, 1, 1, 4),
        Progress(0, None, 0.0, 0.0, 1.0, 1.0),
        Progress(1, 0.5, 0.25, 0.0),
        Progress(2, 0.25, 0.5, 0.0, 0.4, 0.6),
        Progress(3, 1.5, 0.5, 0.0),
        Progress(4, 1.0, 1.0, 0.0, 0.3, 0.5),
        Finished("completed", Message(""), 4),
    ]
    assert training_mode_points(happened) == [(2, 0.75), (4, 2.0)]
    assert training_mode_points(happened[:2]) == training_mode_points([]) == []


@pytest.mark.parametrize(("name", "strength"), [("dropout", 0.6), ("l2", 0.01)])
def test_with_a_regularizer_they_lie_above_the_loss_without_it(name, strength):
    config = replace(test_training.TINY, updates=60, regularizers=(choose("regularizer", name, strength=strength),))
    happened = list(training.train(config))
    measured = {event.step: event.training_loss for event in happened if isinstance(event, Progress)}
    points = dict(training_mode_points(happened))
    assert points[60] > 1.1 * measured[60]
    penalties = [event.penalty for event in happened if isinstance(event, Progress) and event.step > 40]
    assert (min(penalties) > 0) == (name == "l2")
