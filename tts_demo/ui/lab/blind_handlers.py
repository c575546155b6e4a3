"""Blind tests on the page: between two runs of a visitor's session, or a run and the recording."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tts_demo.corpus import Corpus
from tts_demo.engine import Engine
from tts_demo.listening import ListeningError
from tts_demo.ui.lab import clips
from tts_demo.ui.lab.blind_tests import BlindTests, BlindValue, choose_view, offer_of
from tts_demo.ui.lab.changes import Change
from tts_demo.ui.lab.session import names_of
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import Language

RECORDING = "recording"
# What the browser keeps of a test that was left. Not "", which it begins with: after a reload, gradio 6.31 does not
# store a value that equals the first one, and the test would be back.
LEFT = "left"
_CHALLENGE = "abx5"  # the offer that a challenge begins with
_SECONDS = (1.2, 4.5)  # of the sentences that are compared: long enough to judge, short enough to remember


def clip_maker(engine: Engine, voice: Corpus) -> Callable[[str, str], np.ndarray]:
    """What `BlindTests` asks for the samples of a sentence by a system: a run's id, or "recording"."""
    return lambda system, sentence: clips.samples_of(engine, voice, system, sentence)


def text_of(voice: Corpus) -> Callable[[str], str]:
    """What `BlindTests` asks for the words of a sentence."""
    return lambda sentence: voice[sentence].text


def sentences(voice: Corpus) -> list[str]:
    """Ids of the unseen sentences that a blind test draws from."""
    return [prompt.id for prompt in voice.split("test") if _SECONDS[0] <= prompt.seconds <= _SECONDS[1]]


class BlindHandlers:
    """Answers to the events of the page's `BlindTest`.

    Parameters
    ----------
    engine : Engine
        Whose runs are compared.
    tests : BlindTests
        Of all visitors.
    language : Language
        That the page speaks.
    voice : Corpus
        Whose sentences are compared.
    """

    def __init__(self, engine: Engine, tests: BlindTests, language: Language, voice: Corpus) -> None:
        self.engine, self.tests, self.language, self.voice = engine, tests, language, voice

    def offered(self) -> BlindValue:
        """What can be started."""
        return self._shown(choose_view())

    def begin(self, visitor: Visitor, data: Any, first: str, second: str) -> Change:
        """Draw a test between two systems and show its first trial; its id, `kept_test`, is for the browser to keep."""
        now = visitor.session
        known = {experiment.run_id: experiment for experiment in now}

        def name_of(system: str) -> str:
            if system == RECORDING:
                return self.language("Recording")
            return names_of(self.engine, now, self.language)[system].full

        try:
            offer = offer_of(data)
            if not (first or second):  # somebody was quicker than what can be chosen from
                first, second = visitor.proposed()
            if not {first, second} <= {*known, RECORDING}:
                raise ListeningError("Please choose two runs to compare, or a run and the recording.")
            test = self.tests.start(
                offer.kind, offer.trials, None, (first, second), sentences(self.voice), name_of,
                (known[first].colour if first in known else 5, known[second].colour if second in known else 5),
            )  # fmt: skip
            return {"blind": self._shown(self.tests.trial(test)), "kept_test": test}
        except ListeningError as error:
            return {"blind": self._shown({**choose_view(), "alert": error.message}), "kept_test": LEFT}

    def challenge(self, visitor: Visitor, kept_test: Any) -> Change:
        """The first trial of a challenge that was passed on; nothing where the link is none, or a test goes on."""
        challenged = visitor.challenged()
        if not challenged or self.tests.goes_on(kept_test):
            return {}
        return self.begin(visitor, {"offer": _CHALLENGE}, *challenged)

    def answer(self, data: Any) -> Change:
        """The next trial, or the result."""
        return {"blind": self._shown(self.tests.answered(data))}

    def leave(self) -> Change:
        """Back to what can be started."""
        return {"blind": self.offered(), "kept_test": LEFT}

    def resume(self, kept_test: Any) -> Change:
        """The test that this browser was in before a reload; nothing where there is none, as one may just begin."""
        return {"blind": self._shown(self.tests.resumed(kept_test))} if kept_test not in ("", LEFT) else {}

    def _shown(self, value: BlindValue) -> BlindValue:
        """The value in the page's language."""
        said: dict[str, Any] = dict(value)
        for key in ("alert", "conclusion"):
            if key in said:
                said[key] = self.language.sentence(said[key])
        if "offers" in said:
            said["offers"] = [{**offer, "label": self.language(offer["label"])} for offer in said["offers"]]
        return said  # type: ignore[return-value]
