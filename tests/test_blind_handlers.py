"""A challenge that was passed on: when it begins."""

import numpy as np

from tts_demo import corpus
from tts_demo.engine import EngineError
from tts_demo.lesson import LESSON
from tts_demo.ui.lab.blind_handlers import LEFT, BlindHandlers
from tts_demo.ui.lab.blind_tests import BlindTests
from tts_demo.ui.lab.session import CHALLENGE, Experiment
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import LANGUAGES


class Forgetful:
    """An engine that knows no run any more."""

    def config(self, run_id):
        raise EngineError("There is no such run.")

    run = config


def test_a_challenge_begins_anew_unless_a_test_goes_on():
    tests = BlindTests(lambda *_: np.zeros(8000, np.int16), str)
    blind = BlindHandlers(Forgetful(), tests, LANGUAGES["en"], corpus.load(LESSON.corpus))
    recorded = tuple(Experiment(run_id, run_id, colour, "", True) for colour, run_id in enumerate(CHALLENGE))
    visitor = Visitor()
    assert blind.challenge(visitor, "") == {}  # no challenge
    visitor.arrive((), (), recorded, CHALLENGE)
    for nothing in ("", LEFT, "an id of another server", None):
        begun = blind.challenge(visitor, nothing)
        assert (begun["blind"]["view"], begun["blind"]["number"]) == ("trial", 1)
    kept = begun["kept_test"]
    assert blind.challenge(visitor, kept) == {}
    for number in range(1, begun["blind"]["trials"] + 1):
        assert blind.challenge(visitor, kept) == {}
        last = blind.answer({"test": kept, "trial": number, "choice": "A"})["blind"]
    assert last["view"] == "result"
    again = blind.challenge(visitor, kept)
    assert again["blind"]["number"] == 1 and again["kept_test"] != kept
