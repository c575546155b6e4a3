"""The states of a run: what decides on them, and that chart and table have a word for each."""

import pytest

from tts_demo.events import REASONS, Finished, Started
from tts_demo.ui.lab.run_states import CHARTED, LISTED, state_of
from tts_demo.ui.locales.catalog import LANGUAGES, component_words

STARTED = Started(1, 2.0, 1, 10, 5)


def test_a_run_is_queued_then_running_then_what_ended_it():
    assert state_of([], recorded=False) == "queued"
    assert state_of([STARTED], recorded=False) == "running"
    for reason in REASONS:
        end = Finished(reason, "")
        assert state_of([STARTED, end], recorded=False) == state_of([end], recorded=False) == reason
        assert state_of([STARTED, end], recorded=True) == "recorded"


@pytest.mark.parametrize(("component", "states"), [("loss_chart", CHARTED), ("runs_table", LISTED)])
def test_every_state_has_a_word(component, states):
    assert set(states) <= set(component_words(LANGUAGES["zh"], component))
