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

Scale = Literal["linear", "log"]


class SettingError(ValueError):
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
                raise SettingError(f"There is no setting named {str(name)[:40]!r} here.")
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
    if value is None and description.optional:
        return None
    if description.choices:
        if value not in description.choices:
            raise SettingError(
                f"{description.label} must be one of {', '.join(description.choices)}, not {_shown(value)}."
            )
        return value
    whole = item.type is int
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SettingError(f"{description.label} must be a number, not {_shown(value)}.")
    if abs(value) > 1e300 or not math.isfinite(value):
        raise SettingError(f"{description.label} must be a finite number of a usual size, not {_shown(value)}.")
    if whole and value != int(value):
        raise SettingError(f"{description.label} must be a whole number, not {value:g}.")
    low, high = description.minimum, description.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise SettingError(f"{description.label} must be {_range(low, high, description.unit)}, not {value:g}.")
    return int(value) if whole else float(value)


def _range(low: float | None, high: float | None, unit: str) -> str:
    unit = f" {unit}" if unit else ""
    if low is None:
        return f"at most {high:g}{unit}"
    if high is None:
        return f"at least {low:g}{unit}"
    return f"from {_number(low)} to {_number(high)}{unit}"


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
