"""The inventory of speech sounds: the 39 ARPAbet phones of the CMU dictionary, and the pause.

Source: the CMU Pronouncing Dictionary, http://www.speech.cs.cmu.edu/cgi-bin/cmudict (39 phones; vowels carry a stress
digit: 0 none, 1 primary, 2 secondary).
"""

PAUSE = "pau"

VOWELS = ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")
CONSONANTS = ("B", "CH", "D", "DH", "F", "G", "HH", "JH", "K", "L", "M", "N", "NG", "P", "R", "S", "SH", "T", "TH", "V",
              "W", "Y", "Z", "ZH")  # fmt: skip
PHONES = tuple(sorted(VOWELS + CONSONANTS))

# Every symbol a pronunciation may consist of: consonants bare, vowels with their stress.
SYMBOLS = frozenset(CONSONANTS) | {vowel + stress for vowel in VOWELS for stress in "012"}


def is_vowel(symbol: str) -> bool:
    """Say whether an ARPAbet symbol is a vowel, which is to say whether it carries a stress digit."""
    return symbol[-1] in "012"


def with_stress(symbols: list[str], stress: str) -> list[str]:
    """Replace primary stresses by `stress` ("0", "1" or "2")."""
    return [symbol[:-1] + stress if symbol.endswith("1") else symbol for symbol in symbols]


def without_stress(symbols: list[str]) -> list[str]:
    """Leave out the stress digits."""
    return [symbol[:-1] if is_vowel(symbol) else symbol for symbol in symbols]


def edit_distance(first: list[str], second: list[str]) -> int:
    """Count the insertions, deletions and substitutions that turn one sequence into another (Levenshtein 1966).

    Examples
    --------
    >>> edit_distance(["K", "AE1", "T"], ["K", "AA1", "T", "S"])
    2
    """
    row = list(range(len(second) + 1))
    for i, left in enumerate(first, start=1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(second, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
    return row[-1]
