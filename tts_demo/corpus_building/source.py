"""The prompts as Debian ships them: recordings decoded, transcripts corrected, silence around them trimmed."""

import gzip
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tts_demo.acoustics import HOP_SAMPLES, SAMPLE_RATE
from tts_demo.corpus_building.pronunciations import words
from tts_demo.corpus_building.tables import read_table

RECORDINGS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")  # of asterisk-core-sounds-en-g722
TRANSCRIPTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")  # of asterisk-core-sounds-en
COPYRIGHT = Path("/usr/share/doc/asterisk-core-sounds-en/copyright")
CORRECTIONS = Path(__file__).with_name("corrections.tsv")

SPEECH_RANGE_DB = 40.0  # what is this far below the loudest frame is not speech
SILENCE_KEPT_SECONDS = 0.1  # before the first and after the last frame of speech

_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_FILES_A_DECODER = 48


class SourceError(ValueError):
    """A package or program that is missing; the message is a sentence."""


@dataclass(frozen=True)
class Recording:
    """One utterance of the corpus, before it is aligned."""

    id: str
    text: str
    samples: np.ndarray  # int16 [shape=(samples,)] at 16 kHz


def read_recordings() -> list[Recording]:
    """All speech of the packages, in the order of ids; raises `SourceError` if something is missing.

    Long prompts are cut where corrections.tsv says, so that none lasts over 12 s.
    """
    for path, package in (
        (RECORDINGS, "asterisk-core-sounds-en-g722"),
        (TRANSCRIPTS, "asterisk-core-sounds-en"),
    ):
        if not path.exists():
            raise SourceError(f"{path} is missing: install the Debian package {package}.")
    corrections = {row["id"]: row for row in read_table(CORRECTIONS)}
    texts = dict(_transcripts())
    files = sorted((prompt_id(path), path) for path in RECORDINGS.rglob("*.g722"))
    spoken = [(prompt, path) for prompt, path in files if prompt not in corrections or corrections[prompt]["text"]]
    recordings = []
    for (prompt, _), samples in zip(spoken, decode([path for _, path in spoken]), strict=True):
        correction = corrections.get(prompt)
        text = correction["text"] if correction else tidy(texts[prompt])
        cuts = [float(cut) for cut in correction["cuts"].split()] if correction else []
        recordings += cut_and_trim(prompt, text, samples, cuts)
    return recordings


def first_takes(recordings: Sequence[Recording]) -> list[Recording]:
    """The recordings without those that say, word for word, what an earlier one says."""
    takes: dict[tuple[str, ...], Recording] = {}
    for recording in recordings:
        takes.setdefault(tuple(words(recording.text)), recording)
    return list(takes.values())


def prompt_id(path: Path) -> str:
    """Id of a prompt's file: its path within the package, with _ for / (`digits/1.g722` -> `digits_1`)."""
    return "_".join(path.relative_to(RECORDINGS).with_suffix("").parts)


def _transcripts() -> Iterator[tuple[str, str]]:
    """Id and text of each line `digits/1: one` of the package's transcripts."""
    with gzip.open(TRANSCRIPTS, "rt", encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith(";"):
                name, _, text = line.partition(":")
                yield name.strip().replace("/", "_"), text.strip()


def tidy(text: str) -> str:
    """Take out what is not spoken, write single digits as words, begin with a capital.

    Examples
    --------
    >>> tidy("...press 1  to listen to ...")
    'Press one to listen to'
    """
    text = re.sub(r"\b\d\b", lambda digit: _DIGITS[int(digit[0])], text.replace("...", " "))
    text = re.sub(r"\bi\b", "I", re.sub(r"\s+", " ", text).strip())
    return text[:1].upper() + text[1:]


def decode(paths: list[Path]) -> Iterator[np.ndarray]:
    """Decode G.722 files to int16 samples [shape=(samples,)] at 16 kHz; raises `SourceError` without ffmpeg.

    One ffmpeg decodes many files at once into raw samples on its standard output, one after another: G.722 is decoded
    in integers and holds two samples a byte, so the samples are the same everywhere and we know where each file ends.
    """
    for first in range(0, len(paths), _FILES_A_DECODER):
        batch = paths[first : first + _FILES_A_DECODER]
        inputs = [part for path in batch for part in ("-f", "g722", "-i", str(path))]
        chain = "".join(f"[{number}:a]" for number in range(len(batch))) + f"concat=n={len(batch)}:v=0:a=1"
        command = ["ffmpeg", "-v", "error", "-nostdin", *inputs, "-filter_complex", chain, "-f", "s16le", "-"]
        try:
            raw = subprocess.run(command, capture_output=True, check=True).stdout
        except FileNotFoundError as error:
            raise SourceError("ffmpeg is missing: install the Debian package ffmpeg.") from error
        except subprocess.CalledProcessError as error:
            raise SourceError(f"ffmpeg could not decode a recording: {error.stderr.decode()[-300:]}") from error
        sizes = [2 * path.stat().st_size for path in batch]
        samples = np.frombuffer(raw, dtype="<i2")
        if len(samples) != sum(sizes):
            raise SourceError(f"ffmpeg decoded {len(samples)} samples instead of {sum(sizes)}.")
        yield from np.split(samples, np.cumsum(sizes)[:-1])


def cut_and_trim(prompt: str, text: str, samples: np.ndarray, cuts: list[float]) -> list[Recording]:
    """Cut a prompt at given times (s), and its text at its bars; keep 0.1 s of silence around each part.

    Parts are named PROMPT-part1 and so on. Raises ValueError unless the text has one bar for each cut.
    """
    texts = [part.strip() for part in text.split("|")]
    parts = np.split(samples, [round(cut * SAMPLE_RATE) for cut in cuts])
    if len(texts) != len(parts):
        raise ValueError(f"The text of {prompt} has {len(texts) - 1} bars for {len(cuts)} cuts.")
    names = [prompt] if len(parts) == 1 else [f"{prompt}-part{number}" for number in range(1, len(parts) + 1)]
    return [Recording(name, part_text, trim(part)) for name, part_text, part in zip(names, texts, parts, strict=True)]


def trim(samples: np.ndarray) -> np.ndarray:
    """Leave at most 0.1 s before and after speech, in whole frames of 10 ms [shape=(samples,)]."""
    whole = samples[: len(samples) // HOP_SAMPLES * HOP_SAMPLES].reshape(-1, HOP_SAMPLES).astype(np.float64)
    level = 10 * np.log10(np.mean(whole**2, axis=1) + 1e-3)
    speech = np.flatnonzero(level > level.max() - SPEECH_RANGE_DB)
    kept = round(SILENCE_KEPT_SECONDS * SAMPLE_RATE)
    start = max(speech[0] * HOP_SAMPLES - kept, 0)
    end = min((speech[-1] + 1) * HOP_SAMPLES + kept, len(samples))
    return samples[start:end]
