"""What a model is told of a phone: which one it is, of what kind, its stress and place, and its neighbours.

Trees ask it question by question, networks see all answers at once; both read the same table.
"""

import functools

import numpy as np

from tts_demo import text
from tts_demo.pronunciation.phones import PHONES, VOWELS

NEIGHBOURS = 2  # on either side, that trees ask about
MOST_PLACES = 9  # from either end of the sentence; beyond, a phone is in the middle
# Questions about kinds of phones; those about single phones and vowels come besides.
_KINDS = (
    "P B T D K G", "P T K", "B D G", "F V TH DH S Z SH ZH HH", "S Z SH ZH CH JH", "M N NG", "L R W Y", "CH JH",
    "B D G V DH Z ZH JH M N NG L R W Y", "IY IH EY EH AE", "UW UH OW AO AA", "IY IH UW UH", "AA AE AO AW AY",
    "AW AY EY OW OY", "P B M F V W", "T D N S Z L TH DH", "K G NG", "ER R",
)  # fmt: skip


@functools.cache
def about_phones() -> np.ndarray:
    """For each phone: which one it is, whether a vowel, and which kinds it belongs to [shape=(40, answers)]."""
    kinds = [set(VOWELS), *(set(kind.split()) for kind in _KINDS)]
    member = [[0.0] * len(kinds)] + [[float(phone in kind) for kind in kinds] for phone in PHONES]
    return np.concatenate([np.eye(text.N_PHONES), np.array(member)], axis=1).astype(np.float32)


def questions(phones: np.ndarray, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """Answers, 0 or 1, to every question about each phone [shape=(phones, answers), dtype=float32].

    Parameters
    ----------
    phones : np.ndarray [shape=(phones, 3)]
        As `text.encode` gives them.
    neighbours : int
        How many phones on either side are asked about, from the one furthest before to the one furthest behind.
    """
    table = about_phones()
    padded = np.pad(phones, ((neighbours, neighbours), (0, 0)))
    count = len(phones)
    columns = []
    for offset in range(-neighbours, neighbours + 1):
        near = padded[neighbours + offset :][:count]
        columns.append(table[near[:, 0]])
        if abs(offset) <= 1:
            columns.append(np.eye(text.N_STRESSES, dtype=np.float32)[near[:, 1]])
            columns.append(np.eye(text.N_POSITIONS, dtype=np.float32)[near[:, 2]])
    return np.concatenate(columns, axis=1)


def timing(durations: np.ndarray) -> np.ndarray:
    """How long each phone and those beside it last (log frames), and its place from either end [shape=(phones, 5)]."""
    lasting = np.log1p(np.pad(durations, 1))
    places = np.minimum(np.arange(len(durations)), MOST_PLACES)
    return np.stack([lasting[1:-1], lasting[:-2], lasting[2:], places, places[::-1]], axis=1).astype(np.float32)
