"""What follows from a class and a pupil's seed, and how a class's code and names are written."""

import json

from tts_demo import listening
from tts_demo.listening import Plan, draw_plan
from tts_demo.ui.lab.class_store import ALPHABET, KeptClass

OFFERS = tuple(offer for offer in listening.OFFERS if offer.kind == "abx")
OUTPUTS = ("headphones", "speakers")
PRACTICE = 0  # the number of the trial that does not count
_SYSTEMS = ("0", "1")  # of the plans: which run each is, nobody here knows


def plan_of(found: KeptClass, seed: int, sentences: set[str]) -> Plan:
    """A pupil's plan: the same for the same seed, after a restart too."""
    return draw_plan("abx", found.trials, seed, _SYSTEMS, sorted(sentences - {found.practice}))


def practice_plan(found: KeptClass, seed: int) -> Plan:
    """The one trial that does not count, tossed apart from those that do."""
    return draw_plan("abx", 1, seed + 1, _SYSTEMS, [found.practice])


def names_of(found: KeptClass, language: str) -> tuple[str, str]:
    """The two voices' names in a language, or in that in which there are any."""
    by_language = json.loads(found.names)
    first, second = by_language.get(language) or next(iter(by_language.values()))
    return first, second


def code_of(written: object) -> str:
    """A code as it is kept: capitals, and nothing but what a code is made of.

    >>> code_of(" 7mpq-3rx4 ")
    '7MPQ3RX4'
    """
    letters = written.upper() if isinstance(written, str) else ""
    return "".join(letter for letter in letters[:100] if letter in ALPHABET)
