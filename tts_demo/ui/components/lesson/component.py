"""The lesson: what was recorded, in four steps, before anybody has trained anything."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

from tts_demo.gallery import Clip, Gallery
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
    sealed : base64 of a JSON object with what is shown only after the vote: `remedy` (which of the two, 0 or 1),
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
    curves : of the runs `out` and `remedy`, rows of (step, training loss, validation loss).
    remedy : the regularizer's label.
    typical : `better`, `worse`, `of`: of so many sentences, how many a recogniser understands better and worse with the
        remedy; None where none was asked.
    """

    minutes: float
    twin: Twins
    pair: Pair
    curves: Mapping[str, Sequence[Sequence[float]]]
    remedy: Mapping[str, str]
    typical: Mapping[str, int] | None


def lesson_value(gallery: Gallery | None, translate: Callable[[str], str] = lambda text: text) -> LessonValue | None:
    """What the page shows of a recorded lesson; None where there is none.

    Parameters
    ----------
    gallery : what `tts_demo.gallery.load` gives.
    translate : turns the regularizer's English label into the page's language.

    Raises
    ------
    GalleryError, RunError
        If a file was damaged after the lesson was opened.
    """
    if gallery is None:
        return None
    typical = gallery.typical
    return {
        "minutes": round(gallery.training_seconds() / 60, 1),
        "twin": {
            "text": gallery.twin.text,
            "voices": {name: _voice(clip) for name, clip in gallery.twin.clips.items()},
        },
        "pair": _pair(gallery),
        "curves": {name: [list(point) for point in gallery.curves(name)] for name in ("out", "remedy")},
        "remedy": {"label": translate(REGULARIZERS[gallery.remedy.name].label)},
        "typical": {"better": typical.better, "worse": typical.worse, "of": typical.of} if typical else None,
    }


def _voice(clip: Clip) -> Voice:
    return {"url": data_url(clip.wav()), "heard": clip.heard}


def _pair(gallery: Gallery) -> Pair:
    clips = gallery.unseen.clips
    wavs = {name: clips[name].wav() for name in ("out", "remedy")}
    order = sorted(wavs, key=lambda name: hashlib.sha256(wavs[name]).digest())
    told = {
        "remedy": order.index("remedy"),
        "text": gallery.unseen.text,
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
    `skipped` and `vote` ("remedy", "none", "same" or None) in its attributes. Keys inside it: space plays and pauses,
    1 and 2 or X and Y switch, Enter goes on.
    """

    triggers = ("open_lab",)
