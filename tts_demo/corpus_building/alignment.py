"""Phones to frames: hidden Markov models of this one voice, trained from nothing but recordings and transcripts.

Each phone has three states, the pause one; their Gaussian mixtures are trained by realigning (Viterbi training). A
pause of 50 ms or more may stand between any two words, and each word takes whichever of its pronunciations is
likeliest. Not covered: stress (a stressed and an unstressed vowel share a model, but for AH, whose unstressed form is
the schwa) and neighbouring phones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tts_demo.acoustics import HOP_SAMPLES, SAMPLE_RATE
from tts_demo.corpus_building.mixtures import Mixtures
from tts_demo.corpus_building.viterbi import Graph, best_path
from tts_demo.pronunciation.phones import PAUSE, PHONES

HOP = HOP_SAMPLES // 2  # the aligner's frames are 5 ms apart, half of the corpus's
HOP_MS = 1000 * HOP / SAMPLE_RATE
WINDOW = 320  # 20 ms
N_MFCC = 13

PAUSE_NODES = 10  # a pause between words lasts 50 ms at least, or closures of stops would count as pauses
PAUSE_SCORE = float(np.log(0.05))  # what a pause must be worth, in log likelihood
EDGE_NODES = 2  # at the ends of the prompt 10 ms, one frame of the corpus
NODES = (0, 1, 1, 2)  # states that a phone goes through: at least 20 ms

# Stages of training: do similar phones share a model, and how many Gaussians has each state?
STAGES = ((True, 1), (False, 1), (False, 2), (False, 4))
ROUNDS = 40  # at most, in each stage; none has needed them all
LEAST_GAIN = 0.005  # of log likelihood a frame; a stage ends below it
LEAST_MOVE_MS = 0.25  # mean movement of a boundary; a stage ends below it

UNITS = (PAUSE, "AH0", *PHONES)
N_STATES = 1 + 3 * (len(UNITS) - 1)

# Phones that share a model at first. In these prompts SH hardly occurs but in "-tion" and AO mostly in "call", "or":
# trained alone from the beginning, SH would take the whole syllable.
BROAD_CLASSES = ("S SH", "Z ZH", "CH JH", "F TH", "V DH", "P T K", "B D G", "M N NG", "AA AO AH", "EH AE", "UW UH")


@dataclass(frozen=True)
class Segment:
    """A phone or pause in an utterance: `symbol`, `word` (-1 for a pause) and its length in frames."""

    symbol: str
    word: int
    frames: int


@dataclass(frozen=True)
class Round:
    """What one round of realignment did."""

    shared: bool  # whether similar phones shared a model
    components: int  # Gaussians a state
    log_likelihood: float  # nats a frame of 5 ms
    moved_ms: float  # how far the boundary between two words moved in the mean; nan in the first round
    pauses: int  # between words


@dataclass(frozen=True)
class Spoken:
    """An utterance ready to align: features [shape=(frames, 39)] and the graph of all ways to say it."""

    features: np.ndarray
    graph: Graph
    symbols: tuple[str, ...]  # of each node
    words: tuple[int, ...]  # of each node; -1 in pauses
    copies: tuple[int, ...]  # of each node: a number for each phone in the graph


def unit(symbol: str) -> str:
    """The model that a phone uses: without stress, but for the schwa."""
    return symbol if symbol == "AH0" else symbol.rstrip("012")


def _state(symbol: str, part: int) -> int:
    number = UNITS.index(unit(symbol))
    return 0 if number == 0 else 1 + 3 * (number - 1) + part


def _broad_states() -> np.ndarray:
    """For each state the one that stands for it while similar phones share a model [shape=(states,)]."""
    stands_for = np.arange(N_STATES)
    for members in BROAD_CLASSES:
        first, *others = members.split()
        for other in others:
            for part in range(3):
                stands_for[_state(other, part)] = _state(first, part)
    return stands_for


def mfcc(samples: np.ndarray) -> np.ndarray:
    """13 mel-frequency cepstra with first and second differences, every 5 ms [shape=(1 + samples // 80, 39)]."""
    import librosa

    waveform = samples.astype(np.float32) / 32768
    # a little noise: digital silence would otherwise be far from every other silence
    waveform += np.random.default_rng(0).normal(0, 1e-4, len(waveform)).astype(np.float32)
    cepstra = librosa.feature.mfcc(
        y=waveform, sr=SAMPLE_RATE, n_mfcc=N_MFCC, n_fft=512, win_length=WINDOW, hop_length=HOP, n_mels=32
    )
    parts = [cepstra, librosa.feature.delta(cepstra, width=5), librosa.feature.delta(cepstra, width=5, order=2)]
    return np.concatenate(parts).T.astype(np.float64)


def build_graph(pronunciations: Sequence[Sequence[Sequence[str]]]) -> tuple[Graph, list[str], list[int], list[int]]:
    """All ways to say an utterance: pause, words in one of their pronunciations, pauses where wanted, pause.

    Parameters
    ----------
    pronunciations : sequence of (sequence of (sequence of str))
        For each word its pronunciations, each a sequence of phones.

    Returns
    -------
    graph : Graph
    symbols, words, copies : list
        For each node its phone, its word (-1 in pauses), and a number that tells apart the phones of the graph.
    """
    states: list[int] = []
    entries: list[list[tuple[int, float]]] = []
    symbols: list[str] = []
    words: list[int] = []
    copies: list[int] = []

    def chain(phones: Sequence[str], parts: Sequence[int], word: int, before: list[tuple[int, float]]) -> int:
        for phone in phones:
            copy = copies[-1] + 1 if copies else 0
            for part in parts:
                entries.append(before)
                before = [(len(states), 0.0)]
                states.append(_state(phone, part))
                symbols.append(phone)
                words.append(word)
                copies.append(copy)
        return len(states) - 1

    last = [chain([PAUSE], [0] * EDGE_NODES, -1, [(-1, 0.0)])]
    for word, spoken_as in enumerate(pronunciations):
        before = [(node, 0.0) for node in last]
        if word:
            into_pause = [(node, PAUSE_SCORE) for node in last]
            before.append((chain([PAUSE], [0] * PAUSE_NODES, -1, into_pause), 0.0))
        last = [chain(phones, NODES, word, before) for phones in spoken_as]
    end = chain([PAUSE], [0] * EDGE_NODES, -1, [(node, 0.0) for node in last])
    graph = Graph(
        states=np.array(states),
        first_entry=np.cumsum([0] + [len(entry) for entry in entries]),
        entered_from=np.array([node for entry in entries for node, _ in entry]),
        entry_scores=np.array([score for entry in entries for _, score in entry]),
        ends=np.array([end]),
    )
    return graph, symbols, words, copies


def prepare(samples: np.ndarray, pronunciations: Sequence[Sequence[Sequence[str]]]) -> Spoken:
    """Features and graph of an utterance."""
    graph, symbols, words, copies = build_graph(pronunciations)
    return Spoken(mfcc(samples), graph, tuple(symbols), tuple(words), tuple(copies))


def align(
    spoken: Sequence[Spoken], first_states: Sequence[np.ndarray], progress: Callable[[str], None] = lambda _: None
) -> tuple[list[list[Segment]], list[Round]]:
    """Train the models on all utterances and align them, until neither likelihood nor boundaries move any more.

    Parameters
    ----------
    spoken : sequence of Spoken
    first_states : sequence of np.ndarray [shape=(frames,)]
        A first guess of the state of each frame, see `spread_evenly`.
    progress : callable
        Told one line a round.

    Returns
    -------
    segments : list of (list of Segment)
        For each utterance, in frames of 5 ms.
    history : list of Round
    """
    features = np.concatenate([utterance.features for utterance in spoken])
    frames = np.cumsum([0] + [len(utterance.features) for utterance in spoken])
    states = np.concatenate(first_states)
    mixtures = Mixtures(features, N_STATES)
    history: list[Round] = []
    paths: list[np.ndarray] = []
    edges = None
    for shared, components in STAGES:
        stands_for = _broad_states() if shared else np.arange(N_STATES)
        if components > 1:
            mixtures.split(states)
        for number in range(ROUNDS):
            mixtures.fit(features, stands_for[states])
            scores = mixtures.scores(features)[:, stands_for]
            found = [
                best_path(utterance.graph, scores[start:end])
                for utterance, start, end in zip(spoken, frames[:-1], frames[1:], strict=True)
            ]
            paths = [path for path, _ in found]
            states = np.concatenate(
                [utterance.graph.states[path] for utterance, path in zip(spoken, paths, strict=True)]
            )
            new_edges = np.concatenate([_word_edges(u, path) for u, path in zip(spoken, paths, strict=True)])
            moved = float(np.abs(new_edges - edges).mean()) * HOP_MS if edges is not None else float("nan")
            edges = new_edges
            log_likelihood = sum(value for _, value in found) / len(features)
            pauses = sum(_inner_pauses(u, path) for u, path in zip(spoken, paths, strict=True))
            history.append(Round(shared, components, log_likelihood, moved, pauses))
            progress(
                f"Aligning, round {len(history)}: {log_likelihood:.3f} nats a frame, boundaries moved by "
                f"{moved:.2f} ms, {pauses} pauses."
            )
            if number and log_likelihood - history[-2].log_likelihood < LEAST_GAIN and moved < LEAST_MOVE_MS:
                break
    return [segments(u, path) for u, path in zip(spoken, paths, strict=True)], history


def spread_evenly(utterance: Spoken, pronunciations: Sequence[Sequence[Sequence[str]]]) -> np.ndarray:
    """A first guess: the usual pronunciations without pauses, each phone equally long [shape=(frames,)]."""
    silence = 16  # frames at each end, about what `source.trim` leaves
    order = [_state(phone, part) for spoken_as in pronunciations for phone in spoken_as[0] for part in range(3)]
    frames = len(utterance.features)
    states = np.zeros(frames, dtype=np.int64)
    inner = np.arange(frames - 2 * silence) * len(order) // (frames - 2 * silence)
    states[silence : frames - silence] = np.array(order)[inner]
    return states


def segments(utterance: Spoken, path: np.ndarray) -> list[Segment]:
    """The phones and pauses that a path goes through, with their lengths in frames."""
    copies = np.array(utterance.copies)[path]
    starts = np.flatnonzero(np.r_[True, copies[1:] != copies[:-1]])
    lengths = np.diff(np.r_[starts, len(path)])
    return [
        Segment(utterance.symbols[path[start]], utterance.words[path[start]], int(length))
        for start, length in zip(starts, lengths, strict=True)
    ]


def _word_edges(utterance: Spoken, path: np.ndarray) -> np.ndarray:
    """First frame and frame after the last one of every word."""
    words = np.array(utterance.words)[path]
    changes = np.flatnonzero(words[1:] != words[:-1]) + 1
    starts = [change for change in changes if words[change] >= 0]
    ends = [change for change in changes if words[change - 1] >= 0]
    return np.array(starts + ends, dtype=np.float64)


def _inner_pauses(utterance: Spoken, path: np.ndarray) -> int:
    words = np.array(utterance.words)[path]
    return int(np.sum((words[1:] < 0) & (words[:-1] >= 0))) - 1


def to_corpus_frames(aligned: Sequence[Segment], frames: int) -> list[Segment]:
    """Bring an alignment from 5 ms frames to the 10 ms frames of the features.

    Frame i of either kind is centred on i hops. A boundary before frame j of the aligner is at (j - 1/2) * 5 ms, and
    the first corpus frame whose centre comes after it is ceil((j - 1/2) / 2) = (j + 1) // 2 - (0 for odd j).

    Parameters
    ----------
    aligned : sequence of Segment
    frames : int
        Of the features; the lengths returned sum to it.

    Raises
    ------
    ValueError
        If a phone would be left without a frame.
    """
    bounds = np.cumsum([0] + [segment.frames for segment in aligned])
    bounds = -(-(2 * bounds - 1) // 4)
    bounds[0], bounds[-1] = 0, frames
    lengths = np.diff(bounds)
    if (lengths < 1).any():
        raise ValueError(f"A phone is too short for one frame: {lengths.tolist()}.")
    return [Segment(s.symbol, s.word, int(length)) for s, length in zip(aligned, lengths, strict=True)]
