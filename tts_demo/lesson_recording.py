"""Makes a recorded lesson: trains its runs, chooses its sentences, writes what `recorded_lesson` reads.

A recogniser is no part of the program: whoever records hands one in as a function of sound files.
"""

import datetime
import itertools
import json
import shutil
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import tts_demo
from tts_demo import acoustics, corpus, evaluation, processes, recorded_lesson, runs, synthesis, training, word_errors
from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus, Utterance
from tts_demo.events import Finished
from tts_demo.models import AcousticModel
from tts_demo.recorded_lesson import FORMAT, RUNS, RecordedLesson, RecordedLessonError, Typical, write_flac
from tts_demo.runs import PARTIAL, RunError
from tts_demo.settings import Choice

Hear = Callable[[list[Path]], list[str]]

TWINS = ("tt-weasels", "tt-monkeysintro")  # pinned sentences, outside every split
UNSEEN_WORDS = (4, 9)
UNSEEN_SECONDS = (1.5, 3.5)
_OTHERS = "recorded"
_AS_MUCH = 0.1  # of a sentence's words: gains that differ by less are the same
_GOOD_ENDS = ("completed", "early_stopped", "target_reached")

CREDITS = """\
# Credits of this recorded lesson

Models, clips and texts in this folder were made by tts_demo (Hear Overfitting), version {version}, on {date}, from
recordings of {recordings.speaker} for {recordings.source}. They are under the licence of those recordings,
{recordings.licence_name} ({recordings.licence}, {recordings.licence_address}),
whose text is in `{recordings.licence_file}`.

The voice is synthetic, except in `clips/*-recording.flac`: those are recordings of {recordings.speaker}, brought to the
loudness of the other clips. The other clips are not the speaker's, who does not answer for what they say or how.

What follows are the credits of the recordings, as they stand in the corpus that the models were trained on.
"""


def record(
    config: RunConfig,
    regularizer: Choice,
    folder: Path,
    hear: Hear | None = None,
    *,
    every_snapshot: bool = False,
    workers: int = 2,
    tell: Callable[[str], None] = lambda line: None,
) -> RecordedLesson:
    """Train, choose, speak, write, check. Written as `FOLDER.partial`; an earlier lesson there is replaced at the end.

    Parameters
    ----------
    config : RunConfig
        What `out` is trained with: no regularizer, no prompt kept in.
    regularizer : Choice
        The regularizer of the third run.
    folder : Path
        Where the lesson goes: a new folder, an empty one, or one that holds a lesson.
    hear : function of WAV files -> texts, optional
        A speech recogniser. It chooses the sentences; without one they are the first that fit.
    every_snapshot : bool
        Keep the weights at every recorded moment, not only at the end.
    workers : int
        Runs trained at once, in processes of their own.
    tell : function of str
        Told what is being done.

    Raises
    ------
    RecordedLessonError, SettingError, CorpusError
        If the config cannot be used for this, a run fails, or the folder holds something else.
    """
    folder = Path(folder).absolute()
    if config.regularizers or config.keep_in:
        raise RecordedLessonError(
            "A lesson's config has no regularizer and keeps no prompt in: those are what it compares."
        )
    if folder.exists() and not (folder / "lesson.json").is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise RecordedLessonError(
            "{folder} already holds something that is no recorded lesson; choose another place.", folder=str(folder)
        )
    voice = corpus.load(config.corpus)
    candidates = _twin_candidates(voice)[: 1 if hear is None else 2]
    fitting = unseen_candidates(voice)
    plan = {"out": config, "regularized": replace(config, regularizers=(regularizer,))}
    plan |= {f"in-{prompt.id}": replace(config, keep_in=(prompt.id,)) for prompt in candidates}
    partial = folder.with_name(folder.name + PARTIAL)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        (partial / "clips").mkdir(parents=True)
        _train_all(plan, partial / "runs", workers, tell)
        written = _written_lesson(partial, voice, candidates, fitting, hear, every_snapshot, tell)
        (partial / "lesson.json").write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        _write_credits(partial, voice, written)
        recorded_lesson.load(partial)
        _put_in_place(partial, folder)
    except RunError as error:
        raise RecordedLessonError(error.message) from error
    except BrokenProcessPool as error:
        raise RecordedLessonError(
            "A process that trained a run of the lesson died: out of memory, or killed."
        ) from error
    except OSError as error:
        raise RecordedLessonError(
            "{folder} cannot be written: {error}.", folder=str(folder), error=error.strerror or str(error)
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    made = recorded_lesson.load(folder)
    assert made is not None
    return made


def share_missed(said: str, heard: str) -> float:
    """Share of a sentence's words that a recogniser missed, at most 1.

    >>> share_missed("Press two to call back.", "press 2 to fall back")
    0.2
    """
    count, total = word_errors.missed(said, heard)
    return count / total


def _twin_candidates(voice: Corpus) -> list[Utterance]:
    pinned = {prompt.id: prompt for prompt in voice.split("pinned")}
    found = [pinned[name] for name in TWINS if name in pinned] or list(pinned.values())
    if not found:
        raise RecordedLessonError("The corpus {name} has no pinned sentence for a twin.", name=repr(voice.name))
    return found


def unseen_candidates(voice: Corpus) -> list[Utterance]:
    """Test sentences of a middling length, in the corpus's order; raises `RecordedLessonError` where there is none."""
    (fewest, most), (shortest, longest) = UNSEEN_WORDS, UNSEEN_SECONDS
    found = [
        prompt
        for prompt in voice.split("test")
        if fewest <= len(prompt.text.split()) <= most and shortest <= prompt.seconds <= longest
    ]
    if not found:
        raise RecordedLessonError(
            "The corpus {name} has no test sentence of {fewest} to {most} words for a lesson.",
            name=repr(voice.name), fewest=fewest, most=most,
        )  # fmt: skip
    return found


def _train_all(plan: dict[str, RunConfig], folder: Path, workers: int, tell: Callable[[str], None]) -> None:
    with ProcessPoolExecutor(workers, mp_context=processes.context()) as pool:
        tell(f"training {len(plan)} runs, {min(workers, len(plan))} at once")
        for name, message in zip(plan, pool.map(_train, plan.values(), [folder / name for name in plan]), strict=True):
            tell(f"{name}: {message}")


def _train(config: RunConfig, directory: Path) -> str:
    """Train one run, in a process of its own, with as many threads as on the page; returns how it ended."""
    torch.set_num_threads(training.THREADS)
    *_, last = runs.record(config, training.train(config), directory)
    assert isinstance(last, Finished)
    if last.reason not in _GOOD_ENDS:
        raise RecordedLessonError("A run of the lesson ended early: {reason}", reason=last.message)
    return f"{last.message} {last.seconds:.0f} s, validation loss {last.validation_loss:.3f}"


class _Speakers:
    """The trained networks and the recordings; each clip is made once."""

    def __init__(self, folder: Path, voice: Corpus) -> None:
        self._folder, self._voice = folder, voice
        self._models: dict[str, AcousticModel] = {}
        self._made: dict[tuple[str, str], np.ndarray] = {}

    def say(self, speaker: str, prompt: Utterance) -> np.ndarray:
        """Waveform at the common loudness: a run's name and a sentence with its natural rhythm, or the recording."""
        if (speaker, prompt.id) not in self._made:
            if speaker == "recording":
                waveform = acoustics.match_loudness(self._voice.waveform(prompt))
            else:
                if speaker not in self._models:
                    self._models[speaker] = runs.load(self._folder / speaker).model()
                predicted = synthesis.predict_utterance(self._models[speaker], self._voice, prompt)
                waveform = synthesis.speak(predicted, self._voice)
            self._made[speaker, prompt.id] = waveform
        return self._made[speaker, prompt.id]


def _heard(
    hear: Hear | None, speakers: _Speakers, wanted: Sequence[tuple[str, Utterance]]
) -> dict[tuple[str, str], str | None]:
    """What the recogniser hears in each clip, by speaker and sentence; None everywhere where there is none."""
    if hear is None:
        return {(speaker, prompt.id): None for speaker, prompt in wanted}
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, (speaker, prompt) in enumerate(wanted):
            files.append(Path(folder) / f"{number:03d}.wav")
            files[-1].write_bytes(acoustics.wav_bytes(speakers.say(speaker, prompt)))
        texts = hear(files)
    if len(texts) != len(wanted):
        raise RecordedLessonError(
            "The recogniser heard {texts} texts in {clips} clips.", texts=len(texts), clips=len(wanted)
        )
    return {(speaker, prompt.id): text.strip() for (speaker, prompt), text in zip(wanted, texts, strict=True)}


def _written_lesson(
    partial: Path,
    voice: Corpus,
    candidates: Sequence[Utterance],
    fitting: Sequence[Utterance],
    hear: Hear | None,
    every_snapshot: bool,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Choose the sentences, write their clips, tidy the runs; what lesson.json says."""
    speakers = _Speakers(partial / "runs", voice)
    tried = fitting if hear else fitting[:1]
    wanted = [(speaker, prompt) for prompt in candidates for speaker in ("out", f"in-{prompt.id}")]
    wanted += [(speaker, prompt) for prompt in tried for speaker in ("out", "regularized")]
    tell(f"making and hearing {len(wanted)} clips")
    heard = _heard(hear, speakers, wanted)
    twin = choose_twin(candidates, heard)
    distortions = {
        prompt: one.mcd_db for prompt, one in evaluation.held_out(runs.load(partial / "runs/regularized")).items()
    }
    unseen, typical = choose_unseen(tried, heard, distortions)
    heard |= _heard(hear, speakers, [("recording", twin), ("recording", unseen)])
    tell(f"the twin's sentence: {twin.text}")
    tell(f"the unseen sentence: {unseen.text}" + (f" ({typical.sentence})" if typical else ""))

    def clips(kind: str, prompt: Utterance, voices: dict[str, str]) -> dict[str, Any]:
        written = {}
        for name, speaker in voices.items():
            file = f"clips/{kind}-{name}.flac"
            comment = voice.credits.of_recording if name == "recording" else voice.credits.of_synthetic
            seconds = write_flac(partial / file, speakers.say(speaker, prompt), comment)
            written[name] = {"file": file, "seconds": round(seconds, 4), "heard": heard[speaker, prompt.id]}
        return {"prompt": prompt.id, "text": prompt.text, "seconds": prompt.seconds, "clips": written}

    lesson = {
        "format": FORMAT,
        "date": datetime.date.today().isoformat(),
        "version": tts_demo.__version__,
        "licence": voice.credits.of_weights,
        "runs": {name: f"runs/{name}" for name in RUNS},
        "twin": clips("twin", twin, {"out": "out", "in": f"in-{twin.id}", "recording": "recording"}),
        "unseen": clips("unseen", unseen, {name: name for name in ("out", "regularized", "recording")}),
        "typical": vars(typical) if typical else None,
    }
    for prompt in candidates:
        directory = partial / "runs" / f"in-{prompt.id}"
        if prompt is twin:
            directory.rename(partial / "runs" / "in")
        else:
            shutil.rmtree(directory)
    if not every_snapshot:
        for name in RUNS:
            runs.load(partial / "runs" / name).keep_only_final()
    for name in RUNS:
        evaluation.held_out(runs.load(partial / "runs" / name))  # or the page would measure, and write into checkpoints
    return lesson


def choose_twin(candidates: Sequence[Utterance], heard: dict[tuple[str, str], str | None]) -> Utterance:
    """The sentence where `out` misses most more words than the twin that learned it; the first where nothing is known.

    `heard` holds texts by speaker (`out`, `in-ID`) and sentence.
    """

    def difference(prompt: Utterance) -> float:
        out, met = heard["out", prompt.id], heard[f"in-{prompt.id}", prompt.id]
        return 0.0 if out is None or met is None else share_missed(prompt.text, out) - share_missed(prompt.text, met)

    return max(candidates, key=difference)


def choose_unseen(
    tried: Sequence[Utterance], heard: dict[tuple[str, str], str | None], distortions: Mapping[str, float]
) -> tuple[Utterance, Typical | None]:
    """A sentence on which the regularizer gains as much as the median of those on which it gains: not the best.

    Of several it is the one whose distortion is nearest to that of the median: neither the best said nor the worst.
    `heard` holds texts by speaker (`out`, `regularized`) and sentence; where they are None, it is the first sentence.
    `distortions` are those of the regularized network, in dB by sentence.
    """
    gains = []
    for prompt in tried:
        out, cured = heard["out", prompt.id], heard["regularized", prompt.id]
        if out is None or cured is None:
            return tried[0], None
        gains.append(share_missed(prompt.text, out) - share_missed(prompt.text, cured))
    better = [gain for gain in gains if gain > 1e-9]
    worse = sum(gain < -1e-9 for gain in gains)
    median = statistics.median(better) if better else 0.0
    among = [(prompt, gain) for prompt, gain in zip(tried, gains, strict=True) if gain > 1e-9 or not better]
    middle = statistics.median(distortions[prompt.id] for prompt in tried)
    prompt, gain = min(
        among, key=lambda pair: (round(abs(pair[1] - median) / _AS_MUCH), abs(distortions[pair[0].id] - middle))
    )
    sentence = f"one of {len(tried)} sentences, of which a recogniser understands none better"
    if better:
        sentence = f"the median of the {len(better)} of {len(tried)} sentences that a recogniser understands better"
    return prompt, Typical(sentence, len(better), worse, len(tried), round(gain, 4), round(median, 4))


def _write_credits(folder: Path, voice: Corpus, written: dict[str, Any]) -> None:
    own = CREDITS.format(version=written["version"], date=written["date"], recordings=voice.credits)
    recordings = (voice.folder / "CREDITS.md").read_text(encoding="utf-8").replace("# Credits", "## The recordings", 1)
    (folder / "CREDITS.md").write_text(f"{own}\n{recordings}", encoding="utf-8")
    shutil.copyfile(voice.folder / voice.credits.licence_file, folder / voice.credits.licence_file)


def _put_in_place(partial: Path, folder: Path) -> None:
    """Rename the new lesson to its place; what was there is deleted only afterwards."""
    names = (folder.with_name(f"{folder.name}.previous-{number}") for number in itertools.count(1))
    previous = next(name for name in names if not name.exists())
    if (folder / _OTHERS).is_dir():  # recorded by themselves: they stay
        shutil.copytree(folder / _OTHERS, partial / _OTHERS)
    if folder.exists():
        folder.rename(previous)
    try:
        partial.rename(folder)
    except OSError:
        if previous.exists():
            previous.rename(folder)
        raise
    shutil.rmtree(previous, ignore_errors=True)
