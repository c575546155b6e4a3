"""Bundled corpora: utterances, splits, features, recordings.

A corpus is a folder (see docs/corpus.md for how ours is made): `utterances.tsv`, `alignments.tsv`,
`statistics.json`, `credits.json`, `features-N.npy` (memory-mapped) and `audio/ID.flac`.
"""

import csv
import functools
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tts_demo.acoustics import SAMPLE_RATE
from tts_demo.messages import Message, MessageError
from tts_demo.text import Phone

DATA = Path(__file__).parent / "data"
_POINTER, _POINTER_BYTES = b"version https://git-lfs", 1024  # how one begins, and more than it has


class CorpusError(MessageError):
    """A corpus or prompt that is not there, or a damaged file; the message is a sentence."""


@dataclass(frozen=True)
class Utterance:
    """One recorded prompt with its text, phones and place in the corpus."""

    id: str
    split: str  # train, validation, test or pinned
    rank: int  # order in the nested training subsets; -1 outside the training split
    group: int  # near-duplicates share it, and never lie in different splits
    seconds: float
    frames: int
    text: str
    first_frame: int  # where its features begin in the corpus
    phones: tuple[Phone, ...]
    durations: tuple[int, ...]  # frames of each phone; they sum to `frames`


@dataclass(frozen=True)
class Credits:
    """Whose voice a corpus is, and what it and all that is made from it is licensed under; the one source of both."""

    speaker: str
    source: str  # whom the recordings were made for
    licence: str  # in short: CC BY-SA 3.0
    licence_name: str
    licence_address: str

    @property
    def licence_file(self) -> str:
        """Name of the file in the corpus's folder that holds the licence's text."""
        return f"LICENSE-{self.licence.replace(' ', '-')}.txt"

    @property
    def of_recording(self) -> str:
        """What a file with one of the recordings says."""
        said = Message("Recording by {speaker} for {source}, loudness changed. {licence}.", **vars(self))
        return str(said)

    @property
    def of_synthetic(self) -> str:
        """What a file with synthetic speech says."""
        made = "Synthetic speech made by tts_demo (Hear Overfitting) from recordings of {speaker}. {licence}."
        return str(Message(made, **vars(self)))

    @property
    def of_weights(self) -> str:
        """What a file with trained weights says."""
        return (
            f"{self.licence}; trained on recordings by {self.speaker} for {self.source} (see CREDITS.md of the corpus)"
        )


@dataclass(frozen=True)
class Corpus:
    """A corpus held in memory; its features stay on disk until they are touched."""

    name: str
    folder: Path
    utterances: dict[str, Utterance]
    shards: tuple[np.ndarray, ...]  # float16 [shape=(frames of the shard, 43)]
    mean: np.ndarray  # [shape=(43,)], of the whole training split, the same for every amount of speech
    std: np.ndarray  # [shape=(43,)]
    speech_std: np.ndarray  # [shape=(43,)], median over training utterances of the deviation within their speech
    credits: Credits

    def __getitem__(self, prompt: str) -> Utterance:
        """The utterance with this id; raises `CorpusError` if there is none."""
        if prompt not in self.utterances:
            raise CorpusError(
                "There is no prompt named {prompt} in the corpus {corpus}.",
                prompt=repr(prompt[:60]), corpus=repr(self.name),
            )  # fmt: skip
        return self.utterances[prompt]

    def split(self, name: str) -> list[Utterance]:
        """All utterances of a split, in the corpus's order (the training split: in the order of nested subsets)."""
        chosen = [utterance for utterance in self.utterances.values() if utterance.split == name]
        return sorted(chosen, key=lambda utterance: utterance.rank) if name == "train" else chosen

    def training_prompts(
        self, seconds: float | None = None, keep_in: Sequence[str] = (), leave_out: Sequence[str] = ()
    ) -> list[Utterance]:
        """What a run trains on.

        Subsets are nested: more seconds only add prompts. Prompts to keep in are added to the subset; prompts to
        leave out are removed together with their near-duplicates, so that the network has really never met them. Both
        leave the rest of the subset as it is: that makes twins comparable.

        Parameters
        ----------
        seconds : float, optional
            How much speech, in seconds; the prompt that passes the limit is the last one. None for all.
        keep_in, leave_out : sequence of str
            Ids of prompts of the training split or of pinned ones.

        Returns
        -------
        list of Utterance

        Raises
        ------
        CorpusError
            If a prompt is unknown, belongs to validation or test, is named in both lists, or if nothing remains.
        """
        for prompt in (*keep_in, *leave_out):
            if self[prompt].split in ("validation", "test"):
                raise CorpusError(
                    "{prompt} belongs to the {split} prompts, which no run may train on.",
                    prompt=repr(prompt), split=Message(self[prompt].split),
                )  # fmt: skip
        clash = set(keep_in) & set(leave_out)
        if clash:
            raise CorpusError("{prompt} cannot be kept in and left out at once.", prompt=repr(min(clash)))
        subset, total = [], 0.0
        for utterance in self.split("train"):
            if seconds is not None and total >= seconds:
                break
            subset.append(utterance)
            total += utterance.seconds
        left_out = {self[prompt].group for prompt in leave_out}
        kept = [utterance for utterance in subset if utterance.group not in left_out]
        present = {utterance.id for utterance in kept}
        # in a fixed order whatever the order they are named in: one set of prompts, one run
        kept += [self[prompt] for prompt in sorted(set(keep_in)) if prompt not in present]
        if not kept:
            raise CorpusError("No training prompt is left: ask for more speech, or leave out fewer prompts.")
        return kept

    def features(self, utterance: Utterance) -> np.ndarray:
        """WORLD features of an utterance [shape=(frames, 43), dtype=float16], see `acoustics`."""
        start = utterance.first_frame
        for shard in self.shards:
            if start < len(shard):
                return shard[start : start + utterance.frames]
            start -= len(shard)
        raise CorpusError(
            "The features of {prompt} are missing from {folder}.", prompt=repr(utterance.id), folder=self.folder.name
        )

    def normalised(self, utterance: Utterance) -> np.ndarray:
        """Features with mean 0 and variance 1 over the training split, voicing left 0 or 1 [dtype=float32]."""
        return ((self.features(utterance).astype(np.float32) - self.mean) / self.std).astype(np.float32)

    def waveform(self, utterance: Utterance) -> np.ndarray:
        """The recording [shape=(samples,), dtype=float32] at 16 kHz; raises `CorpusError` if it cannot be read."""
        import soundfile

        try:
            waveform, rate = soundfile.read(self.folder / "audio" / f"{utterance.id}.flac", dtype="float32")
        except (OSError, soundfile.LibsndfileError) as error:
            raise CorpusError(
                "The recording of {prompt} cannot be read: {error}.", prompt=repr(utterance.id), error=str(error)
            ) from error
        if rate != SAMPLE_RATE:
            raise CorpusError(
                "The recording of {prompt} is at {rate} Hz instead of {expected}.",
                prompt=repr(utterance.id), rate=rate, expected=SAMPLE_RATE,
            )  # fmt: skip
        return waveform


@functools.cache
def load(name: str) -> Corpus:
    """Corpus of this name, loaded once a process; raises `CorpusError`, also when a file of it is damaged."""
    if name not in CORPORA:
        raise CorpusError(
            "There is no corpus named {name}; there is {names}.", name=repr(str(name)[:40]), names=", ".join(CORPORA)
        )
    return CORPORA[name](name)


def read(folder: Path, name: str) -> Corpus:
    """Read a corpus from its folder; raises `CorpusError` if a file is missing or damaged."""
    try:
        _refuse_pointers(folder)
        alignments = {
            prompt: _phones(written) for prompt, written in _rows(folder / "alignments.tsv", ("id", "phones"))
        }
        utterances, first_frame = {}, 0
        columns = ("id", "split", "rank", "group", "seconds", "frames", "text")
        for prompt, split, rank, group, seconds, frames, text in _rows(folder / "utterances.tsv", columns):
            phones, durations = alignments[prompt]
            utterances[prompt] = Utterance(
                prompt, split, int(rank), int(group), float(seconds), int(frames), text,
                first_frame, phones, durations,
            )  # fmt: skip
            first_frame += int(frames)
        files = sorted(folder.glob("features-*.npy"), key=lambda file: int(file.stem.split("-")[1]))
        shards = tuple(np.load(file, mmap_mode="r") for file in files)
        statistics = json.loads((folder / "statistics.json").read_bytes())
        credits = Credits(**json.loads((folder / "credits.json").read_bytes()))
        mean, std, speech_std = (np.array(statistics[key], dtype=np.float32) for key in ("mean", "std", "speech_std"))
    except CorpusError:
        raise
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CorpusError(
            "The corpus {name} is damaged or incomplete: {error}.", name=repr(name), error=repr(error)[:200]
        ) from error
    if sum(len(shard) for shard in shards) != first_frame:
        raise CorpusError("The corpus {name} is damaged: its features and its table differ in length.", name=repr(name))
    return Corpus(name, folder, utterances, shards, mean, std, speech_std, credits)


def sentences(prompts: Sequence[Utterance]) -> list[Utterance]:
    """Those of at least four words, on which one can hear whether they are understood."""
    return [prompt for prompt in prompts if len(prompt.text.split()) >= 4]


def default_sentence(prompts: Sequence[Utterance]) -> Utterance:
    """The first sentence of middling length, or else the first of these prompts: the same every time."""
    return next((prompt for prompt in sentences(prompts) if 1.8 <= prompt.seconds <= 4.5), prompts[0])


def _rows(path: Path, columns: Sequence[str]) -> Iterable[list[str]]:
    """The named columns of a tab-separated table with a header line."""
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(table)
        places = [header.index(column) for column in columns]
        for row in table:
            yield [row[place] for place in places]


def _phones(written: str) -> tuple[tuple[Phone, ...], tuple[int, ...]]:
    """`pau:12:-1 W:7:0 IY1:10:0` -> phones and their durations in frames."""
    triples = [triple.split(":") for triple in written.split()]
    phones = tuple(Phone(symbol, int(word)) for symbol, _, word in triples)
    return phones, tuple(int(frames) for _, frames, _ in triples)


def _refuse_pointers(folder: Path) -> None:
    """Raise `CorpusError` where a file is what Git LFS leaves in a large file's place until it is fetched."""
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_size < _POINTER_BYTES and path.read_bytes().startswith(_POINTER):
            raise CorpusError(
                "{file} of the corpus {name} is not there: Git LFS has left a pointer in its place. Fetch it with "
                "“git lfs pull”.", file=path.name, name=repr(folder.name),
            )  # fmt: skip


def _bundled(name: str) -> Corpus:
    return read(DATA / name, name)


def _shortest(name: str, of: str) -> Corpus:
    """The shortest prompts of another corpus, a dozen for training: for tests and a quick look at the machinery."""
    whole = load(of)
    sizes = {"train": 12, "validation": 4, "test": 4, "pinned": 2}
    chosen: dict[str, Utterance] = {}
    for split, size in sizes.items():
        longer = [utterance for utterance in whole.split(split) if utterance.seconds >= 1.0]
        shortest = sorted(longer, key=lambda utterance: (utterance.seconds, utterance.id))[:size]
        chosen |= {utterance.id: utterance for utterance in shortest}
    return replace(whole, name=name, utterances=chosen)


ASTERISK = "asterisk"  # its folder in data/, which `corpus_building` makes
CORPORA: dict[str, Callable[[str], Corpus]] = {ASTERISK: _bundled, "tiny": functools.partial(_shortest, of=ASTERISK)}
