"""English text to phones: what the acoustic models read.

    text ─ check and fold ─ abbreviations ─ numbers ─ signs ─ words ─ phones

Anything a learner may type either becomes phones, with a pause at the beginning, at the end and at punctuation, or
raises a `TextError` that says what to do. Not covered: homographs ("read", "lead") always get their first
pronunciation of the dictionary; nothing is read in another language than English.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tts_demo.messages import MessageError
from tts_demo.pronunciation.numbers import write_out
from tts_demo.pronunciation.phones import PAUSE, PHONES, is_vowel
from tts_demo.pronunciation.words import add_s, look_up, pronounce, spell

__all__ = ["MAX_CHARACTERS", "MAX_PHONES", "N_PHONES", "N_POSITIONS", "N_STRESSES", "PAUSE", "Phone", "TextError",
           "encode", "pronounce", "to_phones"]  # fmt: skip

MAX_CHARACTERS = 300
MAX_PHONES = 1200  # about two minutes; 300 characters of prose are some 250 phones, 300 digits some 1000

N_PHONES = 1 + len(PHONES)  # the pause and the 39 of the dictionary
N_STRESSES = 4
N_POSITIONS = 5

_PHONE_ID = {PAUSE: 0} | {phone: number for number, phone in enumerate(PHONES, start=1)}


class TextError(MessageError):
    """A text that cannot be read out. The message is one sentence for a learner, and says what to do."""


@dataclass(frozen=True)
class Phone:
    """One speech sound of an utterance.

    Attributes
    ----------
    symbol
        ARPAbet, vowels with a stress digit ("AH0"), or `PAUSE`.
    word
        Index of its word in the utterance, from 0; -1 for a pause.
    """

    symbol: str
    word: int


# Abbreviations with a full stop that is no pause, matched without regard to case.
ABBREVIATIONS = {
    "mr": "mister", "mrs": "missus", "ms": "ms", "prof": "professor", "sr": "senior", "jr": "junior", "vs": "versus",
    "etc": "et cetera", "approx": "approximately", "dept": "department", "ave": "avenue", "blvd": "boulevard",
    "rd": "road", "mt": "mount", "gen": "general", "capt": "captain", "lt": "lieutenant", "sgt": "sergeant",
    "rev": "reverend", "inc": "incorporated", "ltd": "limited", "corp": "corporation", "tel": "telephone",
    "dr": "drive", "st": "street", "co": "company",
}  # fmt: skip

# Those that are words of their own unless a number follows.
BEFORE_NUMBERS = {
    "no": "number", "nr": "number", "fig": "figure", "ch": "chapter", "p": "page", "pp": "pages", "vol": "volume",
    "ext": "extension", "est": "established", "sec": "section", "jan": "january", "feb": "february", "mar": "march",
    "apr": "april", "jun": "june", "jul": "july", "aug": "august", "sep": "september", "sept": "september",
    "oct": "october", "nov": "november", "dec": "december",
}  # fmt: skip

# Capitals that are spelled although the dictionary has a word, or an abbreviation, of the same letters.
SPELLED = frozenset({"AI", "CA", "ID", "IT", "LA", "LED", "MS", "OS", "PA", "SOS", "UN", "US"})

SIGNS = {
    "&": "and", "@": "at", "+": "plus", "%": "percent", "=": "equals", "<": "less than", ">": "greater than",
    "×": "times", "÷": "divided by", "±": "plus or minus", "°": "degrees", "$": "dollars", "£": "pounds",
    "€": "euros", "¥": "yen", "¢": "cents",
}  # fmt: skip

# Latin letters that have no decomposition, and marks with a better reading than their compatibility form.
_FOLDED = str.maketrans({
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "th", "Ð": "Th", "þ": "th", "Þ": "Th", "ı": "i", "™": " ", "℠": " ", "№": " number ",
    "²": " squared ", "³": " cubed ", "µ": " micro ", "’": "'", "‘": "'", "ʼ": "'", "′": "'", "`": "'", "´": "'",
    "‐": "-", "‑": "-", "−": "-", "‒": "–",
})  # fmt: skip

# By Unicode's general category (https://www.unicode.org/reports/tr44/#General_Category_Values):
_INVISIBLE = ("Mn", "Me", "Cf")  # accents and keycaps already apart from their letter, joiners, soft hyphens
_BROKEN = ("Cc", "Cs", "Co", "Cn")
_LETTERS_AND_NUMBERS = ("L", "N", "Mc")


def _fold(text: str) -> str:
    """Reduce a text to plain English letters, digits, punctuation and signs, or raise a TextError."""
    text = re.sub(r"\s+", lambda space: ", " if "\n" in space[0] else " ", text)
    text = re.sub("[¼-¾⅐-⅞]", r" \g<0> ", text.translate(_FOLDED))
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).translate(_FOLDED))
    kept: list[str] = []
    foreign: list[str] = []
    for character in text:
        category = unicodedata.category(character)
        if category in _BROKEN:
            code = f"U+{ord(character):04X}"
            raise TextError("This text contains an unreadable control character ({code}): please delete it.", code=code)
        if character.isascii() or character in SIGNS or category.startswith("P") or character == "⁄":
            kept.append(character)
        elif category.startswith(_LETTERS_AND_NUMBERS):
            foreign.append(character)
        elif category not in _INVISIBLE:
            kept.append(", ")  # emoji and the like
    if foreign:
        named = " ".join(list(dict.fromkeys(foreign))[:5])
        raise TextError(
            "This voice reads English only: please write the text in English letters, without {characters}.",
            characters=named,
        )
    return "".join(kept)


def _expand_abbreviations(text: str) -> str:
    """Write out abbreviations, drop the full stops of initials, and part what a hyphen joins."""
    text = re.sub(r"\be\.\s?g\.,?", "for example", text, flags=re.I)
    text = re.sub(r"\bi\.\s?e\.,?", "that is", text, flags=re.I)
    text = re.sub(r"(?<=\d) ?([ap])\.?m\b\.?", lambda match: f" {match[1].upper()} M", text, flags=re.I)
    text = re.sub(r"\bPh\.?D\b\.?", "PHD", text)
    text = re.sub(r"#(?=\d)", "number ", text)
    # "Dr. Smith" and "St. John", but "Maple Dr." and "Elm St." (there the word before has a capital too).
    text = re.sub(r"\bDr\b\.?(?=\s[A-Z])", "doctor", text)
    text = re.sub(r"(?:^|(?<=[a-z,;:.!?] ))St\b\.?(?=\s[A-Z])", "saint", text)
    before_number = rf"\b({'|'.join(BEFORE_NUMBERS)})\.(?=\s?\d)"
    text = re.sub(before_number, lambda match: BEFORE_NUMBERS[match[1].lower()] + " ", text, flags=re.I)
    text = re.sub(r"\b[A-Za-z]{2,6}\.", lambda match: ABBREVIATIONS.get(match[0][:-1].lower(), match[0]), text)
    # U.S.A. and J. R. Smith
    text = re.sub(r"\b(?:[A-Za-z]\.){2,}", lambda match: match[0].replace(".", "").upper() + " ", text)
    text = re.sub(r"\b([A-HJ-Z])\.(?=\s+[A-Z])", r"\1", text)
    return re.sub(r"(?<=\w)-(?=[A-Za-z])|(?<=[A-Za-z])-(?=\w)", " ", text)


def _expand_signs(text: str) -> str:
    """Write out the signs that are read, and turn every other mark into a pause (,) or a space."""
    text = re.sub(r"(?<=[A-Za-z])\.(?=[A-Za-z])", " dot ", text)
    text = re.sub(r"(?<!\S)\*(?!\S)", " star ", text)
    text = re.sub(r"(?<!\S)#(?!\S)", " pound ", text)  # as telephone prompts call the key
    text = re.sub(f"[{re.escape(''.join(SIGNS))}]", lambda match: f" {SIGNS[match[0]]} ", text)
    text = re.sub(r"[\"“”„«»_/⁄\\*#^~]", " ", text)
    return re.sub(r"[^A-Za-z' ]", ",", text)


def _split_words(text: str) -> Iterator[str]:
    """Yield words and, for pauses, ","; what is in capitals is to be spelled, all else is in lower case."""
    shouted = not re.search("[a-z]", text) and len(re.findall("[A-Z]{2,}", text)) > 1
    tokens = [",", *re.findall(r",|[A-Za-z']+", text), ","]
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        word = token if token.lower() in ("'em", "'til", "'tis", "'twas") else token.strip("'")
        capitals = re.fullmatch("([A-Z]{2,})(?:'?s)?", word)
        if not word:
            continue
        is_article = after != "," and not re.fullmatch("[A-Z]", after) and (before == "," or shouted)
        if (word == "a" and after == ",") or (word == "A" and not is_article):
            yield "A"  # the letter, as in plan A, an A student, A. B. Lee
        elif capitals and capitals[1] in SPELLED and not shouted:
            yield word
        elif word == "," or look_up(word.lower()):
            yield word.lower()
        elif capitals and len(capitals[1]) <= 5:
            yield word
        else:
            yield from re.sub("(?<=[a-z])(?=[A-Z])", " ", word).lower().split()


def _word_phones(word: str) -> list[str]:
    """Spell a word in capitals, which may end in s or 's; pronounce any other."""
    letters = word.rstrip("'s")
    if not letters.isupper():
        return pronounce(word)
    known = look_up(letters.lower()) if len(letters) > 1 and letters not in SPELLED else None
    spelled = known or spell(letters.lower())
    return add_s(spelled) if word != letters else spelled


def to_phones(text: str) -> list[Phone]:
    """Turn English text into phones with stress and pauses.

    Parameters
    ----------
    text
        At most `MAX_CHARACTERS` characters of English; numbers, abbreviations and symbols are written out.

    Returns
    -------
    list of Phone
        Begins and ends with a pause; no two pauses follow each other.

    Raises
    ------
    TextError
        The text is empty, too long, in another script, or has control characters. One sentence, for a learner.

    Examples
    --------
    >>> [phone.symbol for phone in to_phones("Hello!")]
    ['pau', 'HH', 'AH0', 'L', 'OW1', 'pau']
    """
    length = len(text.strip())
    if length > MAX_CHARACTERS:
        raise TextError(
            "This text has {length} characters, and the voice reads at most {most}: please shorten it.",
            length=length, most=MAX_CHARACTERS,
        )  # fmt: skip
    plain = _expand_signs(write_out(_expand_abbreviations(_fold(text))))
    phones = [Phone(PAUSE, -1)]
    words = 0
    for token in _split_words(plain):
        if token == ",":
            if phones[-1].symbol != PAUSE:
                phones.append(Phone(PAUSE, -1))
            continue
        phones += [Phone(symbol, words) for symbol in _word_phones(token)]
        words += 1
    if not words:
        raise TextError("There is nothing to read here: this voice reads English, so please type some English words.")
    if phones[-1].symbol != PAUSE:
        phones.append(Phone(PAUSE, -1))
    if len(phones) > MAX_PHONES:
        raise TextError(
            "Read aloud, this text would take minutes: please shorten it, above all its numbers and abbreviations."
        )
    return phones


def encode(phones: Iterable[Phone]) -> NDArray[np.int64]:
    """Number the phones for a model.

    Returns
    -------
    numpy.ndarray of int64 [shape=(phones, 3)]
        Columns: phone (0 pause, 1 to 39 in alphabetical order); stress (0 consonant or pause, 1 unstressed,
        2 secondary, 3 primary); position in the word (0 pause, 1 first, 2 inside, 3 last, 4 its only phone).

    Raises
    ------
    ValueError
        A symbol is not in the inventory.

    Examples
    --------
    >>> encode(to_phones("Oh")).tolist()
    [[0, 0, 0], [25, 3, 4], [0, 0, 0]]
    """
    phones = list(phones)
    rows = np.zeros((len(phones), 3), dtype=np.int64)
    for row, phone in enumerate(phones):
        vowel = is_vowel(phone.symbol)
        name = phone.symbol[:-1] if vowel else phone.symbol
        if name not in _PHONE_ID:
            raise MessageError("{symbol} is not one of the phones of the CMU dictionary.", symbol=repr(phone.symbol))
        rows[row, 0] = _PHONE_ID[name]
        rows[row, 1] = {"0": 1, "2": 2, "1": 3}[phone.symbol[-1]] if vowel else 0
        if phone.symbol != PAUSE:
            first = row == 0 or phones[row - 1].word != phone.word
            last = row == len(phones) - 1 or phones[row + 1].word != phone.word
            rows[row, 2] = 4 if first and last else 1 if first else 3 if last else 2
    return rows
