"""Makes recorded runs, as `recorded_runs` reads them, of runs that were trained in full.

A recogniser is no part of the program: whoever records hands one in as a function of sound files.
"""

import io
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tts_demo import acoustics, corpus, evaluation, recorded_runs, synthesis, word_errors
from tts_demo.acoustics import SAMPLE_RATE
from tts_demo.corpus import Utterance
from tts_demo.events import Event, Progress, Snapshot, to_json
from tts_demo.runs import PARTIAL, Run

Hear = Callable[[list[Path]], list[str]]

_DIGITS = 5  # of a loss, of a weight: more than anybody sees
_QUALITY = 0.9  # libsndfile's measure from 0, the best: some 33 kbit/s of Opus


def condensed(events: Iterable[Event]) -> list[Event]:
    """What a chart and a table need of a run: its beginning and end, each evaluation, the last look at the weights.

    The batch losses between two evaluations become their mean, with the penalty's, so that the training loss in
    training mode (`events.training_mode_points`) stays the same.
    """
    found: list[Event] = []
    last: Snapshot | None = None
    since: list[float] = []
    for event in events:
        if isinstance(event, Snapshot):
            last = event
        elif isinstance(event, Progress):
            if event.batch_loss is not None:
                since.append(event.batch_loss + event.penalty)
            if event.validation_loss is not None:
                mean = math.fsum(since) / len(since) - event.penalty if since else event.batch_loss
                found.append(replace(event, batch_loss=mean))
                since = []
        else:
            found.append(event)
    if last:
        found.insert(-1, last)
    return found


def speak(run: Run, prompts: Sequence[Utterance]) -> list[np.ndarray]:
    """Waveforms [shape=(samples,)] of some prompts by a run's last weights, with natural durations, at one loudness."""
    voice = corpus.load(run.config.corpus)
    model = run.model()
    return [synthesis.speak(synthesis.predict_utterance(model, voice, prompt), voice) for prompt in prompts]


def hear(each: Sequence[Run], prompts: Sequence[Utterance], hear: Hear) -> list[dict[str, str]]:
    """What a recogniser hears in the prompts of some runs: of each run, texts by prompt. It is asked once for all."""
    with tempfile.TemporaryDirectory() as folder:
        files: list[Path] = []
        for run in each:
            for waveform in speak(run, prompts):
                files.append(Path(folder) / f"{len(files):05d}.wav")
                files[-1].write_bytes(acoustics.wav_bytes(waveform))
        texts = iter(hear(files))
        return [{prompt.id: next(texts) for prompt in prompts} for _ in each]


def share_missed(prompts: Sequence[Utterance], texts: dict[str, str]) -> float:
    """Share of the words of some prompts that a recogniser missed."""
    counts = [word_errors.missed(prompt.text, texts[prompt.id]) for prompt in prompts]
    return sum(count for count, _ in counts) / sum(total for _, total in counts)


def opus(waveform: np.ndarray, comment: str) -> bytes:
    """Ogg Opus of a waveform [shape=(samples,)] at 16 kHz, within ±1, with a comment."""
    import soundfile

    written = io.BytesIO()
    with soundfile.SoundFile(
        written, "w", SAMPLE_RATE, 1, format="OGG", subtype="OPUS", compression_level=_QUALITY
    ) as file:  # fmt: skip
        file.comment = comment
        file.write(waveform)
    return written.getvalue()


def write(run: Run, directory: Path, prompts: Sequence[Utterance], texts: dict[str, str], steps: Sequence[int]) -> None:
    """Write a finished run as a recorded one, in the place of an earlier one.

    Parameters
    ----------
    run : Run
        With its weights.
    directory : Path
        Where the recorded run goes.
    prompts : sequence of Utterance
        Whose clips are kept.
    texts : dict
        What a recogniser heard, by prompt.
    steps : sequence of int
        Updates whose weights are kept: none, the last, or all for a run that is to be heard at each moment.

    Raises
    ------
    OSError, RunError
    """
    partial = directory.with_name(directory.name + PARTIAL)
    shutil.rmtree(partial, ignore_errors=True)
    (partial / recorded_runs.CLIPS).mkdir(parents=True)
    comment = corpus.load(run.config.corpus).credits.of_synthetic
    for prompt, waveform in zip(prompts, speak(run, prompts), strict=True):
        (partial / recorded_runs.CLIPS / f"{prompt.id}{recorded_runs.SOUND}").write_bytes(opus(waveform, comment))
    kept = {prompt.id: texts[prompt.id] for prompt in prompts if prompt.id in texts}
    _write_json(partial / recorded_runs.HEARD, kept)
    (partial / "config.json").write_text(run.config.to_json() + "\n", encoding="utf-8")
    lines = [json.dumps(_rounded(to_json(event))) for event in condensed(run.events())]
    (partial / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    distortions = {name: (round(one.mcd_db, 3), one.speech_frames) for name, one in evaluation.held_out(run).items()}
    _write_json(partial / "distortion.json", distortions)
    if steps:
        (partial / "snapshots").mkdir()
    for step in steps:
        shutil.copy(run.weights_file(step), partial / "snapshots")
    shutil.rmtree(directory, ignore_errors=True)
    partial.rename(directory)


def _write_json(path: Path, plain: Any) -> None:
    path.write_text(json.dumps(plain) + "\n", encoding="utf-8")


def _rounded(plain: Any) -> Any:
    if isinstance(plain, float):
        return float(f"{plain:.{_DIGITS}g}")
    if isinstance(plain, dict):
        return {name: _rounded(value) for name, value in plain.items()}
    return [_rounded(value) for value in plain] if isinstance(plain, list | tuple) else plain
