"""Recorded lessons: made by training, chosen honestly, whole or refused with a sentence."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tts_demo import acoustics, corpus, recorded_lesson
from tts_demo.config import RunConfig, choose
from tts_demo.lesson_recording import TWINS, choose_twin, choose_unseen, record, share_missed
from tts_demo.recorded_lesson import RecordedLesson, RecordedLessonError, Typical

CREDITS = corpus.load(RunConfig().corpus).credits

CONFIG = RunConfig(speech_seconds=20, updates=10, model=choose("model", "rnn", units=16))
REGULARIZER = choose("regularizer", "dropout", strength=0.5)


class Recogniser:
    """Stands in for Whisper: hears of each voice as many words as it is told."""

    def __init__(self) -> None:
        self.files: list[Path] = []

    def __call__(self, files: list[Path]) -> list[str]:
        for file in files:
            assert file.read_bytes()[:4] == b"RIFF"
        self.files += files
        return [f"heard {number}" for number, _ in enumerate(files)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> RecordedLesson:
    return record(CONFIG, REGULARIZER, tmp_path_factory.mktemp("recorded_lesson") / "checkpoints", Recogniser())


@pytest.fixture
def copy(recorded: RecordedLesson, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded.folder, tmp_path / "copy"))


def test_three_runs_of_one_seed(recorded: RecordedLesson) -> None:
    configs = {name: run.config for name, run in recorded.runs.items()}
    assert configs["out"] == CONFIG
    assert configs["in"] == replace(CONFIG, keep_in=(recorded.twin.prompt,))
    assert configs["regularized"] == replace(CONFIG, regularizers=(REGULARIZER,))
    assert recorded.regularizer == REGULARIZER
    for name, run in recorded.runs.items():
        assert run.snapshots() == [10]
        assert (run.directory / "distortion.json").exists()
        assert [step for step, _, _ in recorded.curves(name)] == [0, 10]
    assert sorted(path.name for path in (recorded.folder / "runs").iterdir()) == ["in", "out", "regularized"]
    assert 19 < recorded.training_seconds() < 40


def test_clips_are_speech_at_one_loudness_and_say_what_they_are(recorded: RecordedLesson) -> None:
    assert recorded.twin.prompt == TWINS[0]
    for spoken, others in ((recorded.twin, ("out", "in")), (recorded.unseen, ("out", "regularized"))):
        assert set(spoken.clips) == {*others, "recording"}
        for name, clip in spoken.clips.items():
            samples, comment = recorded_lesson.read_flac(clip.file)
            assert comment == (CREDITS.of_recording if name == "recording" else CREDITS.of_synthetic)
            assert abs(acoustics.loudness(samples / 32767) + 23) < 0.1
            assert clip.seconds == len(samples) / 16_000
            assert clip.heard is not None and clip.heard.startswith("heard ")
        assert len({spoken.clips[name].seconds for name in others}) == 1
        assert len({spoken.clips[name].file.read_bytes() for name in spoken.clips}) == 3


def test_a_clip_becomes_a_wav_of_the_same_samples(recorded: RecordedLesson) -> None:
    import io

    import soundfile

    clip = recorded.twin.clips["out"]
    with soundfile.SoundFile(io.BytesIO(clip.wav())) as file:
        assert file.subtype == "PCM_16" and file.samplerate == 16_000 and file.comment == CREDITS.of_synthetic
        np.testing.assert_array_equal(file.read(dtype="int16"), recorded_lesson.read_flac(clip.file)[0])


def test_the_folder_says_whose_voice_it_is(recorded: RecordedLesson) -> None:
    credits = (recorded.folder / "CREDITS.md").read_text()
    for phrase in ("Allison Smith", "CC BY-SA 3.0", "synthetic", "Asterisk"):
        assert phrase in credits
    assert "Attribution-ShareAlike" in (recorded.folder / "LICENSE-CC-BY-SA-3.0.txt").read_text()


def test_the_value_of_the_first_screen_keeps_its_secret(recorded: RecordedLesson) -> None:
    from tts_demo.ui.components.lesson import lesson_value

    assert lesson_value(None) is None
    value = lesson_value(recorded, lambda text: text.upper())
    assert value is not None
    assert len(json.dumps(value)) < 1.5e6
    assert value["twin"]["text"] == recorded.twin.text and value["regularizer"]["label"] == "DROPOUT"
    assert len(value["curves"]["regularized"]) == 2
    import base64

    told = json.loads(base64.b64decode(value["pair"]["sealed"]))
    assert told["text"] == recorded.unseen.text
    wavs = [base64.b64decode(url.partition(",")[2]) for url in value["pair"]["urls"]]
    assert wavs[told["regularized"]] == recorded.unseen.clips["regularized"].wav()
    assert wavs[1 - told["regularized"]] == recorded.unseen.clips["out"].wav()
    assert told["heard"][told["regularized"]] == recorded.unseen.clips["regularized"].heard
    assert wavs == sorted(wavs, key=lambda wav: hashlib.sha256(wav).digest())
    assert len(wavs[0]) == len(wavs[1])
    assert recorded.unseen.text not in json.dumps(value)


# ---- which sentences


def prompts(*texts: str) -> Any:
    return [SimpleNamespace(id=text, text=text) for text in texts]


def test_share_missed() -> None:
    assert share_missed("Press two to call back.", "press 2 to call back") == 0
    assert share_missed("Check your voicemail!", "check your voice mail") == 0
    assert share_missed("They have been carried away", "they been carried a way") == pytest.approx(3 / 5)
    assert share_missed("Goodbye", "one two three four") == 1
    assert share_missed("Goodbye", "") == 1


def test_the_twin_says_the_sentence_that_differs_most() -> None:
    one, two = prompts("a b c d", "e f g h")
    heard = {("out", "a b c d"): "a b c", ("in-a b c d", "a b c d"): "a b c d"}
    heard |= {("out", "e f g h"): "e", ("in-e f g h", "e f g h"): "e f g h"}
    assert choose_twin([one, two], heard) is two  # type: ignore[arg-type]
    assert choose_twin([one, two], dict.fromkeys(heard)) is one


def test_the_unseen_sentence_is_typical_and_not_the_best() -> None:
    """Gains of -1/4, 0, 1/4, 2/4, 4/4: of the three that gain, the middle one."""
    tried = prompts("a b c d", "e f g h", "i j k l", "m n o p", "q r s t")
    out = ["a b c d", "e f g h", "i j k", "m n", ""]
    cured = ["a b c", "e f g h", "i j k l", "m n o p", "q r s t"]
    heard: dict[tuple[str, str], str | None] = {}
    for prompt, first, second in zip(tried, out, cured, strict=True):
        heard |= {("out", prompt.id): first, ("regularized", prompt.id): second}
    sentence = "the median of the 3 of 5 sentences that a recogniser understands better"
    distortions = {prompt.id: 6.0 for prompt in tried}
    assert choose_unseen(tried, heard, distortions) == (tried[3], Typical(sentence, 3, 1, 5, 0.5, 0.5))
    nothing, typical = choose_unseen(tried[:2], heard, distortions)
    assert nothing is tried[1] and typical is not None
    assert (typical.better, typical.worse, typical.of, typical.gain) == (0, 1, 2, 0.0)
    assert "none better" in typical.sentence
    assert choose_unseen(tried, dict.fromkeys(heard), distortions) == (tried[0], None)


def test_of_sentences_that_gain_as_much_the_unseen_one_is_said_as_well_as_most() -> None:
    tried = prompts("a b c d", "e f g h", "i j k l", "m n o p", "q r s t")
    heard: dict[tuple[str, str], str | None] = {("out", prompt.id): "" for prompt in tried}
    heard |= {("regularized", prompt.id): prompt.text for prompt in tried}
    distortions = dict(zip((prompt.id for prompt in tried), (9.0, 5.0, 7.0, 6.0, 6.9), strict=True))
    assert choose_unseen(tried, heard, distortions)[0] is tried[4]


# ---- what is refused


def test_no_folder_is_no_lesson(tmp_path: Path) -> None:
    assert recorded_lesson.load(tmp_path / "nowhere") is None
    assert recorded_lesson.load(tmp_path) is None


def change(folder: Path, edit: Callable[[Any], object]) -> None:
    path = folder / "lesson.json"
    written = json.loads(path.read_text())
    edit(written)
    path.write_text(json.dumps(written))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no lesson.json": lambda folder: (folder / "lesson.json").unlink(),
    "not json": lambda folder: (folder / "lesson.json").write_bytes(b"\x00\xff{"),
    "deep json": lambda folder: (folder / "lesson.json").write_text("[" * 100_000),
    "a list": lambda folder: (folder / "lesson.json").write_text("[]"),
    "another version": lambda folder: change(folder, lambda lesson: lesson.update(format=99)),
    "no twin": lambda folder: change(folder, lambda lesson: lesson.pop("twin")),
    "a number for a text": lambda folder: change(folder, lambda lesson: lesson["twin"].update(text=7)),
    "an endless text": lambda folder: change(folder, lambda lesson: lesson["twin"].update(text="a" * 10_000)),
    "a clip outside": lambda folder: change(
        folder, lambda lesson: lesson["twin"]["clips"]["out"].update(file="../out.flac")
    ),
    "an absolute clip": lambda folder: change(
        folder, lambda lesson: lesson["twin"]["clips"]["out"].update(file="/etc/passwd")
    ),
    "a run outside": lambda folder: change(folder, lambda lesson: lesson["runs"].update(out="../../runs/out")),
    "a link outside": lambda folder: (
        (folder / "clips" / "twin-in.flac").unlink(),
        (folder / "clips" / "twin-in.flac").symlink_to("/etc/passwd"),
    ),
    "no clip": lambda folder: (folder / "clips" / "twin-in.flac").unlink(),
    "half a clip": lambda folder: (folder / "clips" / "twin-in.flac").write_bytes(
        (folder / "clips" / "twin-in.flac").read_bytes()[:20_000]
    ),
    "a clip of another length": lambda folder: recorded_lesson.write_flac(
        folder / "clips" / "unseen-regularized.flac", np.zeros(16_000), CREDITS.of_synthetic
    ),
    "an untagged clip": lambda folder: recorded_lesson.write_flac(
        folder / "clips" / "twin-out.flac",
        recorded_lesson.read_flac(folder / "clips" / "twin-out.flac")[0] / 32767,
        "a voice",
    ),
    "no weights": lambda folder: shutil.rmtree(folder / "runs" / "in" / "snapshots"),
    "half the weights": lambda folder: (folder / "runs" / "in" / "snapshots" / "step-000010.safetensors").write_bytes(
        b"\x00" * 100
    ),
    "no end": lambda folder: (folder / "runs" / "regularized" / "events.jsonl").write_text(
        "".join((folder / "runs" / "regularized" / "events.jsonl").read_text().splitlines(keepends=True)[:-1])
    ),
    "no config": lambda folder: (folder / "runs" / "regularized" / "config.json").unlink(),
    "runs swapped": lambda folder: change(
        folder, lambda lesson: lesson["runs"].update(out="runs/in", **{"in": "runs/out"})
    ),
    "a regularized run that is none": lambda folder: change(
        folder, lambda lesson: lesson["runs"].update(regularized="runs/out")
    ),
    "boasting": lambda folder: change(folder, lambda lesson: lesson["typical"].update(better=99)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_lesson_says_so(copy: Path, damage: str) -> None:
    assert recorded_lesson.load(copy) is not None
    DAMAGES[damage](copy)
    with pytest.raises(RecordedLessonError, match=r"^The recorded lesson in 'copy' cannot be shown: .+\.$") as error:
        recorded_lesson.load(copy)
    assert len(str(error.value)) < 300


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RecordedLessonError, match="already holds something"):
        record(CONFIG, REGULARIZER, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    with pytest.raises(RecordedLessonError, match="has no regularizer"):
        record(replace(CONFIG, regularizers=(REGULARIZER,)), REGULARIZER, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_recording_again_replaces_and_a_failure_does_not(copy: Path) -> None:
    """Without a recogniser, with every snapshot; then with one that breaks."""
    made = record(CONFIG, REGULARIZER, copy, every_snapshot=True)
    assert made.typical is None and made.twin.clips["in"].heard is None
    assert made.unseen.prompt in {prompt.id for prompt in corpus.load("asterisk").split("test")}
    assert made.runs["out"].snapshots() == [5, 10]
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]

    def broken(files: list[Path]) -> list[str]:
        return []

    with pytest.raises(RecordedLessonError, match="heard 0 texts"):
        record(CONFIG, REGULARIZER, copy, broken)
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]
    assert recorded_lesson.load(copy) is not None
