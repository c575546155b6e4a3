"""Blind tests on the page: between two runs of a visitor's session, or a run and the recording."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tts_demo.corpus import Corpus
from tts_demo.engine import Engine
from tts_demo.listening import ListeningError
from tts_demo.ui.lab import clips
from tts_demo.ui.lab.blind_tests import BlindTests, BlindValue, choose_view, offer_of
from tts_demo.ui.lab.changes import Change
from tts_demo.ui.lab.session import Session, names_of
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


def systems(engine: Engine, now: Session, language: Language) -> dict[str, str]:
    """Who can be compared, each with its name: runs as they ended, then as they were at moments before, the recording.

    A run of which a few clips were recorded says too few sentences.
    """
    names, earlier, runs = names_of(engine, now, language), {}, {}
    for one in now:
        if one.clips_only:
            continue
        runs[one.run_id] = names[one.run_id].full
        *before, _ = clips.snapshots(engine, one.run_id) or [0]
        for step in before:
            if step >= clips.SPEAKS:
                name = language("{name}, after {step} updates", name=names[one.run_id].full, step=step)
                earlier[f"{one.run_id}@{step}"] = name
    return runs | {RECORDING: language("Recording")} | earlier


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
        colours = {experiment.run_id: experiment.colour for experiment in now}
        known = systems(self.engine, now, self.language)

        try:
            offer = offer_of(data)
            if not (first or second):  # somebody was quicker than what can be chosen from
                first, second = visitor.proposed()
            if not {first, second} <= {*known}:
                raise ListeningError("Please choose two runs to compare, or a run and the recording.")
            test = self.tests.start(
                offer.kind, offer.trials, None, (first, second), sentences(self.voice), self._name_of(now, known),
                (colours.get(first.partition("@")[0], 5), colours.get(second.partition("@")[0], 5)),
            )  # fmt: skip
            return {"blind": self._shown(self.tests.trial(test)), "kept_test": test}
        except ListeningError as error:
            return {"blind": self._shown({**choose_view(), "alert": error.message}), "kept_test": LEFT}

    def _name_of(self, now: Session, before: Mapping[str, str]) -> Callable[[str], str]:
        """What a system is called when the test is over; by then the engine may have forgotten a run."""
        return lambda system: systems(self.engine, now, self.language).get(system, before[system])

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
