"""How many words of a sentence a recogniser missed, counted in one way for recorded lessons and for benchmarks."""

from tts_demo.pronunciation.numbers import write_out
from tts_demo.pronunciation.phones import edit_distance


def missed(said: str, heard: str, letters: bool = False) -> tuple[int, int]:
    """Words (or letters and spaces) missed, at most all of them, and how many were said: edit distance.

    >>> missed("Press two to call back.", "press 2 to fall back")
    (1, 5)
    """
    reference, hypothesis = words(said), words(heard)
    if letters:
        reference, hypothesis = list(" ".join(reference)), list(" ".join(hypothesis))
    return min(edit_distance(reference, hypothesis), len(reference)), len(reference)


def words(text: str) -> list[str]:
    """A text's words in one spelling: lower case, numbers written out, no punctuation."""
    letters = "".join(sign if sign.isalpha() or sign in "' " else " " for sign in write_out(text.lower()).lower())
    return letters.replace("voice mail", "voicemail").split()
