"""The lesson: what was recorded, in four steps, before anybody has trained anything."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

from tts_demo.recorded_lesson import Clip, RecordedLesson
from tts_demo.regularizers import REGULARIZERS
from tts_demo.ui.components.base import Component
from tts_demo.ui.components.player import data_url


class Voice(TypedDict):
    """One clip: 16-bit WAV as a data address, and what a recogniser heard in it (None where none was asked)."""

    url: str
    heard: str | None


class Twins(TypedDict):
    """The twin's sentence; voices `out` (never met it), `in` (practised it) and `recording`."""

    text: str
    voices: Mapping[str, Voice]


class Pair(TypedDict):
    """The unseen sentence by two voices, in an order that tells nothing.

    Keys
    ----
    urls : two WAVs, ordered by their hash.
    recording : the speaker's own.
    sealed : base64 of a JSON object with what is shown only after the vote: `regularized` (which of the two, 0 or 1),
        `text`, `heard` (two texts or None), `recording_heard`. Not a secret, but nothing that one reads by accident.
    """

    urls: Sequence[str]
    recording: str
    sealed: str


class LessonValue(TypedDict):
    """Value of a `Lesson`, made by `lesson_value`.

    Keys
    ----
    minutes : of speech that the networks learned from.
    curves : of the runs `out` and `regularized`, rows of (step, training loss, validation loss).
    regularizer : the regularizer's label.
    typical : `better`, `worse`, `of`: of so many sentences, how many a recogniser understands better and worse with the
        regularizer; None where none was asked.
    """

    minutes: float
    twin: Twins
    pair: Pair
    curves: Mapping[str, Sequence[Sequence[float]]]
    regularizer: Mapping[str, str]
    typical: Mapping[str, int] | None


def lesson_value(
    lesson: RecordedLesson | None, translate: Callable[[str], str] = lambda text: text
) -> LessonValue | None:
    """What the page shows of a recorded lesson; None where there is none.

    Parameters
    ----------
    lesson : what `tts_demo.recorded_lesson.load` gives.
    translate : turns the regularizer's English label into the page's language.

    Raises
    ------
    RecordedLessonError, RunError
        If a file was damaged after the lesson was opened.
    """
    if lesson is None:
        return None
    typical = lesson.typical
    return {
        "minutes": round(lesson.training_seconds() / 60, 1),
        "twin": {
            "text": lesson.twin.text,
            "voices": {name: _voice(clip) for name, clip in lesson.twin.clips.items()},
        },
        "pair": _pair(lesson),
        "curves": {name: [list(point) for point in lesson.curves(name)] for name in ("out", "regularized")},
        "regularizer": {"label": translate(REGULARIZERS[lesson.regularizer.name].label)},
        "typical": {"better": typical.better, "worse": typical.worse, "of": typical.of} if typical else None,
    }


def _voice(clip: Clip) -> Voice:
    return {"url": data_url(clip.wav()), "heard": clip.heard}


def _pair(lesson: RecordedLesson) -> Pair:
    clips = lesson.unseen.clips
    wavs = {name: clips[name].wav() for name in ("out", "regularized")}
    order = sorted(wavs, key=lambda name: hashlib.sha256(wavs[name]).digest())
    told = {
        "regularized": order.index("regularized"),
        "text": lesson.unseen.text,
        "heard": [clips[name].heard for name in order],
        "recording_heard": clips["recording"].heard,
    }
    return {
        "urls": [data_url(wavs[name]) for name in order],
        "recording": data_url(clips["recording"].wav()),
        "sealed": base64.b64encode(json.dumps(told).encode("ascii")).decode("ascii"),
    }


class Lesson(Component):
    """Four steps in which one hears overfitting: listen, the twin, a vote between two, "Train it yourself".

    The value is a `LessonValue`; None shows one sentence and the button to the lab. The event `open_lab` comes
    from "Train it yourself", from "Skip" and from the button that stands alone without a lesson:
    `lesson.open_lab(handler, ...)`; a handler that takes a `gr.EventData` finds `step` (1 to 4, 0 without a lesson),
    `skipped` and `vote` ("regularized", "none", "same" or None) in its attributes. Keys inside it: space plays and
    pauses, 1 and 2 or X and Y switch, Enter goes on.
    """

    triggers = ("open_lab",)
