"""The page's languages. Texts are English in the source; words/zh.json holds the same texts in Chinese, by room.

>>> chinese = LANGUAGES["zh"]
>>> chinese("Train")
'训练'
>>> chinese.sentence("Seed must be a whole number, not 1.5.")
'“随机种子”必须是整数，不能是 1.5。'
>>> LANGUAGES["en"].sentence("Seed must be a whole number, not 1.5.")
'Seed must be a whole number, not 1.5.'

The rooms below the page know nothing of languages: they raise finished English sentences, such as the one above, and
`sentence` finds the entry with places that it was made from: "{label} must be a whole number, not {value}."
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

LONGEST_SENTENCE = 2000  # characters; what is longer is nobody's message and comes back as it is
_LONGEST_COMPOUND = 300
_DEEPEST = 6  # parts within parts
_PLACE = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,]*(?:e[-+]?[0-9]+)?(?: ?%)?")


@dataclass(frozen=True)
class _Template:
    """A text with places, cut at its places once: `literals` stand before, between and after them."""

    literals: tuple[str, ...]
    names: tuple[str, ...]
    translated: str

    @classmethod
    def of(cls, english: str, translated: str) -> Self:
        return cls(tuple(_PLACE.split(english)[::2]), tuple(_PLACE.findall(english)), translated)

    def backwards(self) -> Self:
        """The template that fits the texts of this one, read from their last letter to their first."""
        literals = tuple(literal[::-1] for literal in reversed(self.literals))
        return type(self)(literals, self.names[::-1], self.translated)

    def parts(self, text: str) -> dict[str, str] | None:
        """What stands at each place, one character at least; None where the text does not fit.

        Each literal is taken where it occurs first, and nothing is ever tried again: the time grows with the text's
        length, and no text can make it explode, as it could a regular expression. A place that a template has twice
        must hold the same both times.
        """
        first, *between, last = self.literals
        if not (text.startswith(first) and text.endswith(last)):
            return None
        begin, end = len(first), len(text) - len(last)
        found = []
        for literal in between:
            at = text.find(literal, begin + 1, end)
            if at < 0:
                return None
            found.append(text[begin:at])
            begin = at + len(literal)
        if begin >= end:
            return None
        pairs = list(zip(self.names, [*found, text[begin:end]], strict=True))
        parts = dict(pairs)
        return parts if all(parts[name] == part for name, part in pairs) else None


@dataclass(frozen=True)
class Language:
    """One language of the page.

    Parameters
    ----------
    code : as in HTML's `lang`, and the route of its page, where it is not English.
    name : the language's name in itself.
    texts : this language's text by the English one. Both have the same {places}.
    compounds : as `texts`, for names made of names ("{one} and {other}"): they count only where every place holds a
        number or something else that the catalogue has.
    components : texts of the components' scripts, by component and by their key there.
    """

    code: str
    name: str
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    compounds: Mapping[str, str] = field(default_factory=dict, repr=False)
    components: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    _templates: tuple[_Template, ...] = field(init=False, repr=False)
    _compounds: tuple[_Template, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_templates", _compiled(self.texts))
        # backwards, for the number at the end of "KL on weights 0.1" parts more surely than the first space
        object.__setattr__(self, "_compounds", tuple(each.backwards() for each in _compiled(self.compounds)))

    def __call__(self, text: str, /, **values: object) -> str:
        """A text of the page in this language, its {places} filled with `values` as they are.

        A text that the catalogue lacks comes back in English; a place without a value stays as it stands.
        """
        return _filled(self.texts.get(text) or self.compounds.get(text, text), values)

    def sentence(self, message: str) -> str:
        """A finished English sentence, from a room below the page, in this language.

        The most particular entry that fits counts. What stood at its places is translated too where the catalogue has
        it, and kept where it does not. A sentence that no entry fits comes back as it is.
        """
        if len(message) > LONGEST_SENTENCE:
            return message
        return self._translated(message, _DEEPEST, {}) or message

    def _translated(self, text: str, depth: int, seen: dict[tuple[str, int], str | None]) -> str | None:
        """The text in this language, None where it is not known; `seen` keeps hostile texts from costing much."""
        if text in self.texts or _NUMBER.fullmatch(text):
            return self.texts.get(text, text)
        if depth == 0:
            return None
        if (text, depth) not in seen:
            seen[text, depth] = self._from_templates(text, depth, seen)
        return seen[text, depth]

    def _from_templates(self, text: str, depth: int, seen: dict[tuple[str, int], str | None]) -> str | None:
        for template in self._templates:
            parts = template.parts(text)
            if parts is not None:
                known = {name: self._translated(part, depth - 1, seen) or part for name, part in parts.items()}
                return _filled(template.translated, known)
        if len(text) > _LONGEST_COMPOUND:
            return None
        for template in self._compounds:
            parts = template.parts(text[::-1]) or {}
            known = {}
            for name, part in parts.items():
                translated = self._translated(part[::-1], depth - 1, seen)
                if translated is None:
                    break
                known[name] = translated
            if parts and len(known) == len(parts):
                return _filled(template.translated, known)
        return None


def component_words(language: Language, component: str) -> dict[str, str]:
    """What a component takes as `words=`: its script's texts in this language, by their keys there.

    Parameters
    ----------
    component : the name of the script's table, in small letters and without its end: "player" for PLAYER_WORDS.

    Raises
    ------
    KeyError
        If the catalogue has no words for such a component.

    >>> component_words(LANGUAGES["zh"], "player")["play"]
    '播放'
    >>> component_words(LANGUAGES["en"], "player")
    {}
    """
    return dict(language.components[component]) if language.components else {}


def read(code: str, name: str) -> Language:
    """The language whose catalogue is words/CODE.json."""
    catalogue = json.loads((Path(__file__).parent / "words" / f"{code}.json").read_text(encoding="utf-8"))
    texts = {english: text for room in catalogue["texts"].values() for english, text in room.items()}
    return Language(code, name, texts, catalogue["compounds"], catalogue["components"])


def _compiled(texts: Mapping[str, str]) -> tuple[_Template, ...]:
    """Templates of the entries with places, the most particular first: with most letters, then with fewest places."""
    templates: Iterable[_Template] = (_Template.of(*entry) for entry in texts.items() if _PLACE.search(entry[0]))
    return tuple(sorted(templates, key=lambda each: (-sum(map(len, each.literals)), len(each.names))))


def _filled(text: str, values: Mapping[str, object]) -> str:
    """The text with its places filled, in one pass: braces within a value are no places."""
    return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), text)


LANGUAGES: dict[str, Language] = {"en": Language("en", "English"), "zh": read("zh", "简体中文")}
