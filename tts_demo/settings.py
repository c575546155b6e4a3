"""Settings that describe themselves: sliders, help texts, checks and links are all made from these records.

>>> @dataclass(frozen=True)
... class Example(SettingsBase):
...     units: int = setting(256, "Units", minimum=16, maximum=512, scale="log", help="Width of the network.")
>>> Example().units
256
>>> Example(units=4)
Traceback (most recent call last):
tts_demo.settings.SettingError: Units must be from 16 to 512, not 4.
"""

import math
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any, Literal, Self

from tts_demo.messages import Message, MessageError

Scale = Literal["linear", "log"]


class SettingError(MessageError):
    """A setting out of its range; the message is a sentence for a learner."""


@dataclass(frozen=True)
class Description:
    """What a slider, a help text or a check needs to know of one number."""

    label: str
    minimum: float | None = None
    maximum: float | None = None
    scale: Scale = "linear"
    unit: str = ""
    help: str = ""
    optional: bool = False  # None is allowed
    choices: tuple[str, ...] = ()


def setting(default: Any, label: str, **description: Any) -> Any:
    """Dataclass field that carries a `Description`; the keywords are that record's fields."""
    return field(default=default, metadata={"description": Description(label, **description)})


def describe(settings: "type[SettingsBase] | SettingsBase") -> dict[str, tuple[Description, Any]]:
    """Each described field's name with its description and default, in the order of their definition."""
    described = {}
    for item in fields(settings):
        if "description" in item.metadata:
            described[item.name] = (item.metadata["description"], item.default)
    return described


@dataclass(frozen=True)
class SettingsBase:
    """Base of every record of settings: checks itself when it is made.

    Raises
    ------
    SettingError
        If a value is of the wrong kind or outside its range.
    """

    def __post_init__(self) -> None:
        for item in fields(self):
            if "description" in item.metadata:
                object.__setattr__(self, item.name, _checked(item, getattr(self, item.name)))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Settings from JSON's plain values; a name that does not belong here is an error, not ignored."""
        known = {item.name for item in fields(cls) if item.init}
        for name in values:
            if name not in known:
                raise SettingError("There is no setting named {name} here.", name=repr(str(name)[:40]))
        return cls(**values)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Choice:
    """An entry of a registry together with its settings: ("l2", L2.Settings(strength=1e-4))."""

    name: str
    settings: SettingsBase


def _checked(item: Field, value: Any) -> Any:
    description: Description = item.metadata["description"]
    label = Message(description.label)
    if value is None and description.optional:
        return None
    if description.choices:
        if value not in description.choices:
            raise SettingError(
                "{label} must be one of {choices}, not {value}.",
                label=label, choices=", ".join(description.choices), value=_shown(value),
            )  # fmt: skip
        return value
    whole = item.type is int
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SettingError("{label} must be a number, not {value}.", label=label, value=_shown(value))
    if abs(value) > 1e300 or not math.isfinite(value):
        raise SettingError(
            "{label} must be a finite number of a usual size, not {value}.", label=label, value=_shown(value)
        )
    if whole and value != int(value):
        raise SettingError("{label} must be a whole number, not {value}.", label=label, value=f"{value:g}")
    low, high = description.minimum, description.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        allowed = _range(low, high, description.unit)
        raise SettingError("{label} must be {range}, not {value}.", label=label, range=allowed, value=f"{value:g}")
    return int(value) if whole else float(value)


def _range(low: float | None, high: float | None, unit: str) -> Message:
    ends = {"low": _number(low), "high": _number(high), "unit": Message(unit)}
    if low is None:
        return Message("at most {high} {unit}" if unit else "at most {high}", **ends)
    if high is None:
        return Message("at least {low} {unit}" if unit else "at least {low}", **ends)
    return Message("from {low} to {high} {unit}" if unit else "from {low} to {high}", **ends)


def _number(value: float | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
