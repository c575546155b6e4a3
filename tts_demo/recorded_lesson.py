"""Recorded lessons: what the page opens with, before anybody has trained anything.

    lesson.json   CREDITS.md   LICENSE-CC-BY-SA-3.0.txt
    runs/out   runs/in   runs/regularizedrun directories as `runs` writes them
    clips/twin-out.flac ...              loudness matched, tagged as synthetic or as a recording

Three runs of one seed. `out` has no regularizer; `in` is its twin, which learned one more sentence; `regularized` is
`out` with one regularizer. Two sentences: the twin's, spoken by `out` and `in`, and one that no run was trained on,
spoken by `out` and `regularized`; of both the recording. `lesson_recording.record` makes such a folder; `load` opens
and checks it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tts_demo import acoustics, corpus, runs
from tts_demo.acoustics import SAMPLE_RATE
from tts_demo.corpus import Credits
from tts_demo.events import Event, Finished, Progress, Started
from tts_demo.messages import Message, MessageError
from tts_demo.runs import Run, RunError
from tts_demo.settings import Choice

FORMAT = 1
RUNS = ("out", "in", "regularized")
TWIN_VOICES = ("out", "in", "recording")
UNSEEN_VOICES = ("out", "regularized", "recording")
_CLIP_SECONDS = (0.3, 15.0)
_LONGEST_TEXT = 300


class RecordedLessonError(MessageError):
    """A recorded lesson that cannot be read or made; the message is a sentence."""


@dataclass(frozen=True)
class Clip:
    """One sentence by one voice.

    Attributes
    ----------
    file : FLAC file, 16-bit, mono, 16 kHz.
    seconds : its length.
    heard : what a speech recogniser heard in it; None where none was asked.
    """

    file: Path
    seconds: float
    heard: str | None

    def wav(self) -> bytes:
        """The same samples as a 16-bit WAV file with the same comment; raises `RecordedLessonError`."""
        samples, comment = read_flac(self.file)
        return acoustics.wav_bytes(samples / 32767, comment)  # wav_bytes multiplies by as much: no sample changes


@dataclass(frozen=True)
class Spoken:
    """A corpus sentence and its clips by voice: `out`, `in` or `regularized`, and `recording`."""

    prompt: str
    text: str
    clips: Mapping[str, Clip]


@dataclass(frozen=True)
class Typical:
    """How the unseen sentence was chosen, so that nobody takes it for the best of many.

    Attributes
    ----------
    sentence : in words.
    better, worse, of : sentences that a recogniser understands better with the regularizer, worse, and all tried.
    gain : share of the chosen sentence's words that it understands with the regularizer only (0.25: a quarter of them).
    median_gain : the same, median of the sentences understood better; 0 where there is none.
    """

    sentence: str
    better: int
    worse: int
    of: int
    gain: float
    median_gain: float


@dataclass(frozen=True)
class RecordedLesson:
    """A recorded lesson, checked: every file it names is there and whole."""

    folder: Path
    date: str
    version: str
    runs: Mapping[str, Run]
    twin: Spoken
    unseen: Spoken
    typical: Typical | None

    @property
    def regularizer(self) -> Choice:
        """The one regularizer of the run `regularized`."""
        return self.runs["regularized"].config.regularizers[0]

    def curves(self, name: str) -> list[tuple[int, float, float]]:
        """A run's measured points: step, training loss, validation loss; raises `RunError`."""
        return measured(self.runs[name].events())

    def training_seconds(self) -> float:
        """Seconds of speech that `out` learned from; raises `RunError`."""
        return next(event.training_seconds for event in self.runs["out"].events() if isinstance(event, Started))


def measured(events: list[Event]) -> list[tuple[int, float, float]]:
    """Points at which both losses were measured: step, training loss, validation loss, steps ascending."""
    points = [
        (event.step, event.training_loss, event.validation_loss)
        for event in events
        if isinstance(event, Progress | Finished)
        and event.training_loss is not None
        and event.validation_loss is not None
    ]
    return sorted({step: (step, training, validation) for step, training, validation in points}.values())


def load(folder: Path) -> RecordedLesson | None:
    """Open a recorded lesson and check all of it.

    Returns
    -------
    RecordedLesson or None
        None where there is no such folder, or an empty one: nothing has been recorded.

    Raises
    ------
    RecordedLessonError
        Where something is damaged, missing or of another version; the message says what.
    """
    folder = Path(folder)
    try:
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return None
        written = json.loads((folder / "lesson.json").read_bytes())
        if not isinstance(written, dict) or written.get("format") != FORMAT:
            raise RecordedLessonError("its lesson.json is of another version of the program")
        recorded = _runs(folder, written["runs"])
        credits = corpus.load(recorded["out"].config.corpus).credits
        twin = _spoken(folder, written["twin"], TWIN_VOICES, credits)
        unseen = _spoken(folder, written["unseen"], UNSEEN_VOICES, credits)
        _check_runs(recorded, twin.prompt)
        typical = None if written["typical"] is None else _typical(written["typical"])
        date, version = _text(written["date"]), _text(written["version"])
    except RecordedLessonError as error:  # the part of a sentence that says why
        raise _damaged(folder, error.message) from error
    except RunError as error:
        raise RecordedLessonError(
            "The recorded lesson in {folder} cannot be shown: {error}", folder=repr(folder.name), error=error.message
        ) from error
    except OSError as error:
        raise _damaged(folder, Message("its lesson.json cannot be read")) from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:  # ValueError: no JSON, no text, no number
        why = Message("its lesson.json does not say what it should ({error})", error=repr(error)[:60])
        raise _damaged(folder, why) from error
    return RecordedLesson(folder, date, version, recorded, twin, unseen, typical)


def _damaged(folder: Path, reason: Message) -> RecordedLessonError:
    template = "The recorded lesson in {folder} cannot be shown: {reason}."
    return RecordedLessonError(template, folder=repr(folder.name), reason=reason)


def _spoken(folder: Path, written: Mapping[str, Any], voices: tuple[str, ...], credits: Credits) -> Spoken:
    clips = {voice: _clip(folder, written["clips"][voice], voice, credits) for voice in voices}
    first, second = (clips[voice].seconds for voice in voices[:2])
    if first != second:  # the length would tell the two apart
        raise RecordedLessonError("the two networks' clips of a sentence differ in length")
    return Spoken(_text(written["prompt"]), _text(written["text"]), clips)


def _clip(folder: Path, written: Mapping[str, Any], voice: str, credits: Credits) -> Clip:
    path = inside(folder, _text(written["file"]))
    samples, comment = read_flac(path)
    seconds = len(samples) / SAMPLE_RATE
    if not _CLIP_SECONDS[0] <= seconds <= _CLIP_SECONDS[1] or abs(seconds - written["seconds"]) > 0.01:
        raise RecordedLessonError("the clip {file} has not the length that it should have", file=path.name)
    if comment != (credits.of_recording if voice == "recording" else credits.of_synthetic):
        raise RecordedLessonError("the clip {file} does not say whether it is a recording or synthetic", file=path.name)
    heard = written["heard"]
    return Clip(path, seconds, None if heard is None else _text(heard, least=0))


def _runs(folder: Path, written: Mapping[str, Any]) -> dict[str, Run]:
    return {name: runs.load(inside(folder, _text(written[name]))) for name in RUNS}


def _check_runs(recorded: Mapping[str, Run], twin: str) -> None:
    """Whether the three are what the lesson says of them, and whole."""
    out, met, regularized = (recorded[name].config for name in RUNS)
    if out.regularizers or out.keep_in:
        raise RecordedLessonError("its first run is not one without a regularizer and without the twin's sentence")
    if met != replace(out, keep_in=(twin,)):
        raise RecordedLessonError("the twin differs from the first run by more than its sentence")
    if len(regularized.regularizers) != 1 or regularized != replace(out, regularizers=regularized.regularizers):
        raise RecordedLessonError("the run with the regularizer differs from the first by more than one regularizer")
    for run in recorded.values():
        events = run.events()
        if not events or not isinstance(events[0], Started) or not isinstance(events[-1], Finished):
            raise RecordedLessonError("the run {name} is not whole", name=repr(run.directory.name))
        if len(measured(events)) < 2:
            raise RecordedLessonError("the run {name} has no curve to draw", name=repr(run.directory.name))
        run.model()


def _typical(written: Mapping[str, Any]) -> Typical:
    better, worse, of = (int(written[name]) for name in ("better", "worse", "of"))
    gain, median_gain = (float(written[name]) for name in ("gain", "median_gain"))
    if not (min(better, worse) >= 0 and better + worse <= of and np.isfinite([gain, median_gain]).all()):
        raise RecordedLessonError("its numbers on how typical the sentence is contradict each other")
    return Typical(_text(written["sentence"]), better, worse, of, gain, median_gain)


def _text(written: Any, least: int = 1) -> str:
    if not isinstance(written, str) or not least <= len(written) <= _LONGEST_TEXT:
        raise RecordedLessonError(
            "its lesson.json has {text} where a short text should be", text=repr(str(written)[:40])
        )
    return written


def inside(folder: Path, name: str) -> Path:
    """Path of a file named in lesson.json; raises `RecordedLessonError` where it would leave the folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path == folder.resolve():
        raise RecordedLessonError("its lesson.json names {name}, which is not inside the folder", name=repr(name[:40]))
    return path


def read_flac(path: Path) -> tuple[np.ndarray, str]:
    """Samples [shape=(samples,), dtype=int16] at 16 kHz and the comment of a clip; raises `RecordedLessonError`."""
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            if (file.format, file.channels, file.samplerate) != ("FLAC", 1, SAMPLE_RATE):
                raise RecordedLessonError("the clip {file} is not a FLAC file of one channel at 16 kHz", file=path.name)
            if file.frames > _CLIP_SECONDS[1] * SAMPLE_RATE:
                raise RecordedLessonError("the clip {file} is too long", file=path.name)
            frames, comment = file.frames, file.comment
            samples = file.read(dtype="int16")
    except (OSError, soundfile.LibsndfileError) as error:
        raise RecordedLessonError("the clip {file} is missing or damaged", file=path.name) from error
    if len(samples) != frames:
        raise RecordedLessonError("the clip {file} is damaged", file=path.name)
    return samples, comment


def write_flac(path: Path, waveform: np.ndarray, comment: str) -> float:
    """Write a clip (waveform [shape=(samples,)] at 16 kHz, within ±1) with its comment; returns its seconds."""
    import soundfile

    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, subtype="PCM_16", format="FLAC") as file:
        file.comment = comment
        file.write(acoustics.to_int16(waveform))
    return len(waveform) / SAMPLE_RATE
