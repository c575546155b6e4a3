"""What is said to people, as a record: a template and what stands at its places.

The rooms below the page know one language, English, and say everything in it; but they hand over the record and not the
finished sentence, so that the page can say it in another one (`ui/locales/catalog.py`).

>>> class BakingError(MessageError):
...     '''A cake that cannot be.'''
>>> error = BakingError("{label} must be less than {most}, not {value}.", label=Message("Eggs"), most=7, value="{most}")
>>> str(error)
'Eggs must be less than 7, not {most}.'
>>> error.message.told({"Eggs": "Eier", "{label} must be less than {most}, not {value}.": "{most} {label}!"}.get)
'7 Eier!'
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

_PLACE = re.compile(r"\{(\w+)\}")
_DEEPEST = 8  # messages within messages, of those that are read from a file


@dataclass(frozen=True, init=False)
class Message:
    """One sentence or name, frozen; it pickles, and turns into plain values and back.

    Parameters
    ----------
    template : in English, with {places}: the key under which a language has its own.
    values : what stands at the places. A `Message` is said in the reader's language too (`Message("Seed")`, a name);
        anything else is shown as it is, braces and all: numbers, and whatever somebody typed.
    """

    template: str
    values: Mapping[str, object]

    def __init__(self, template: str, /, **values: object) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "values", values)

    def __str__(self) -> str:
        """In English."""
        return self.told(lambda template: template)

    def told(self, translated: Callable[[str], str | None]) -> str:
        """In the language that `translated` gives a template's text in; in English where it gives none."""
        values = {
            name: value.told(translated) if isinstance(value, Message) else value for name, value in self.values.items()
        }
        return filled(translated(self.template) or self.template, values)

    def to_plain(self) -> dict[str, Any]:
        """Plain values, ready for `json.dumps`; `from_plain` is the inverse."""
        return {"template": self.template, "values": {name: _plain(value) for name, value in self.values.items()}}

    @classmethod
    def from_plain(cls, plain: object, deepest: int = _DEEPEST) -> Self:
        """Message from what `to_plain` made, or from a finished sentence, which is its own template.

        Raises
        ------
        ValueError
            For anything else.
        """
        if isinstance(plain, str):
            return cls(plain)
        parts = dict(plain) if isinstance(plain, Mapping) and deepest > 0 else {}
        template, values = parts.pop("template", None), parts.pop("values", None)
        if not isinstance(template, str) or not isinstance(values, Mapping) or parts:
            raise MessageError("This is not a message: {text}.", text=str(plain)[:80])
        return cls(
            template,
            **{
                name: cls.from_plain(value, deepest - 1) if isinstance(value, Mapping) else value
                for name, value in values.items()
            },
        )


class MessageError(ValueError):
    """An error that people read: a sentence that says what is wrong, and where possible what to do.

    Parameters
    ----------
    template : as of a `Message`, or one that is made already.
    values : as of a `Message`.

    Attributes
    ----------
    message : the record; `str` of the error is the same in English.
    """

    def __init__(self, template: str | Message, /, **values: object) -> None:
        self.message = template if isinstance(template, Message) else Message(template, **values)
        super().__init__(str(self.message))


def message_of(error: Exception) -> Message:
    """The record of an error; of one that is not ours, its own words, which no language has."""
    return error.message if isinstance(error, MessageError) else Message("{error}", error=str(error))


def joined(parts: Iterable[Message], between: str = " ") -> Message:
    """Several messages as one.

    >>> str(joined([Message("Two."), Message("{count}.", count=3)]))
    'Two. 3.'
    """
    named = {f"part_{number}": part for number, part in enumerate(parts, start=1)}
    return Message(between.join(f"{{{name}}}" for name in named), **named)


def filled(text: str, values: Mapping[str, object]) -> str:
    """The text with its places filled, in one pass: braces within a value are no places.

    A place without a value stays as it stands.

    >>> filled("{a} {b} {c}", {"a": 1, "b": "{a}"})
    '1 {a} {c}'
    """
    return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), text)


def _plain(value: object) -> object:
    if isinstance(value, Message):
        return value.to_plain()
    as_it_is = value is None or isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value))
    return value if as_it_is else str(value)
