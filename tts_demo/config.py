"""What a run is asked to do: one frozen record that checks itself and round-trips to JSON and to a link."""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from tts_demo import strengths
from tts_demo.corpus import CORPORA
from tts_demo.losses import LOSSES
from tts_demo.messages import Message
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import Choice, SettingError, SettingsBase, describe, setting

LINK_CHARACTERS = 500
_DEFAULT_MODEL = "feed_forward"
_PROMPTS_NAMED = 100


@dataclass(frozen=True)
class RunConfig(SettingsBase):
    """Everything that decides a run; two runs of one config on one machine give the same events.

    Raises
    ------
    SettingError
        On any value that a run could not use, in a sentence for a learner.

    Examples
    --------
    >>> config = RunConfig(updates=100, regularizers=(choose("regularizer", "l2", strength=1e-3),))
    >>> RunConfig.from_query(config.to_query()) == config
    True
    >>> config.to_query()
    'updates=100&l2.strength=0.001'
    """

    corpus: str = setting("asterisk", "Corpus", choices=tuple(CORPORA))
    speech_seconds: float | None = setting(
        180.0, "Amount of speech", minimum=10, maximum=7200, scale="log", unit="seconds", optional=True,
        help="How much speech the network trains on; all of it where this is empty.",
    )  # fmt: skip
    keep_in: tuple[str, ...] = ()  # prompts added to the training subset
    leave_out: tuple[str, ...] = ()  # prompts removed from it, with their near-duplicates
    model: Choice = field(default_factory=lambda: choose("model", _DEFAULT_MODEL))
    loss: str = setting("mse", "Loss", choices=tuple(LOSSES))
    optimizer: str = setting("adam", "Optimizer", choices=tuple(OPTIMIZERS))
    learning_rate: float | None = setting(
        None, "Learning rate η", minimum=1e-6, maximum=10, scale="log", optional=True,
        help="The size of a step; the optimizer's default where this is empty.",
    )  # fmt: skip
    regularizers: tuple[Choice, ...] = ()
    updates: int = setting(600, "Updates", minimum=1, maximum=20_000, scale="log", help="Number of weight updates.")
    target_validation_loss: float | None = setting(
        None, "Target validation loss", minimum=0, optional=True, help="End the run as soon as this is reached."
    )
    time_limit_seconds: float | None = setting(
        None, "Time limit", minimum=1, maximum=86_400, unit="seconds", optional=True, help="End the run after this."
    )
    seed: int = setting(0, "Seed", minimum=0, maximum=2**31 - 1, help="Where the random numbers begin.")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("keep_in", "leave_out"):
            object.__setattr__(self, name, _prompts(getattr(self, name)))
        chosen = tuple(choice for choice in self.regularizers if choice.name != "none")
        names = [choice.name for choice in chosen]
        if len(set(names)) < len(names):
            raise SettingError("The same regularizer cannot be chosen twice in one run.")
        object.__setattr__(self, "regularizers", chosen)
        model = MODELS[self.model.name]
        reasons = [model.suits(self.loss), *(REGULARIZERS[name].suits(model, self.loss) for name in names)]
        for name in names:
            for other in REGULARIZERS[name].conflicts & set(names):
                one, two = (Message(REGULARIZERS[both].label) for both in (name, other))
                reasons.append(
                    Message(
                        "{one} and {other} cannot hold together in one run: each one's step may undo the other's.",
                        one=one, other=two,
                    )
                )  # fmt: skip
        for reason in reasons:
            if reason is not None:
                raise SettingError(reason)

    @property
    def rate(self) -> float:
        """The learning rate: the one asked for, or the default of optimizer and model."""
        return self.default_rate if self.learning_rate is None else self.learning_rate

    @property
    def default_rate(self) -> float:
        """The learning rate that suits optimizer and model."""
        return OPTIMIZERS[self.optimizer].learning_rate * MODELS[self.model.name].rate_factor

    def to_mapping(self) -> dict[str, Any]:
        """Plain values, ready for JSON; `from_mapping` is its inverse."""
        plain = {name: getattr(self, name) for name in describe(self)}
        plain["keep_in"], plain["leave_out"] = list(self.keep_in), list(self.leave_out)
        plain["model"] = _choice_to_mapping(self.model)
        plain["regularizers"] = [_choice_to_mapping(choice) for choice in self.regularizers]
        return plain

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Config from plain values; what is not given is as usual, with this optimizer. Raises SettingError."""
        if not isinstance(values, Mapping):
            raise SettingError("A config must be a JSON object.")
        values = dict(values)
        if "model" in values:
            values["model"] = _choice_from_mapping("model", values["model"])
        if "regularizers" in values:
            if not isinstance(values["regularizers"], (list, tuple)):
                raise SettingError("The regularizers of a config must be a list.")
            optimizer = values.get("optimizer", describe(cls)["optimizer"][1])
            values["regularizers"] = tuple(
                _choice_from_mapping("regularizer", _with_strength(item, optimizer)) for item in values["regularizers"]
            )
        return super().from_mapping(values)

    @classmethod
    def from_json(cls, written: str | bytes) -> Self:
        """Config from a JSON text, or from a file's content in UTF-8 or UTF-16, with a byte-order mark or without.

        Raises
        ------
        SettingError
            If it is none.

        >>> RunConfig.from_json('{"seed": 3}'.encode("utf-16")).seed
        3
        """
        return cls.from_mapping(cls.json_to_mapping(written))

    @staticmethod
    def json_to_mapping(written: str | bytes) -> Any:
        """The plain values that a JSON text holds, and no others, not checked yet; as `from_json`."""
        try:
            if isinstance(written, bytes):
                written = written.decode(json.detect_encoding(written))
            return json.loads(written.removeprefix("\ufeff"))
        except UnicodeDecodeError:
            raise SettingError("This is not a config in JSON: it is no text in UTF-8 or UTF-16.") from None
        except (ValueError, RecursionError) as error:  # ValueError: no JSON, or a number of thousands of digits
            raise SettingError("This is not a config in JSON: {error}.", error=str(error)[:80]) from error

    def to_json(self) -> str:
        """Config as a JSON text."""
        return json.dumps(self.to_mapping(), indent=2)

    def to_query(self) -> str:
        """The part of a link after `?`: what differs from the usual, in a fixed order.

        Raises
        ------
        SettingError
            If it would be longer than 500 characters (many prompts kept in or left out).
        """
        default, pairs = RunConfig(), []
        for name in describe(self):
            value = getattr(self, name)
            if value != getattr(default, name):
                pairs.append((name, _to_text(value)))
        for name in ("keep_in", "leave_out"):
            pairs += [(name, prompt) for prompt in getattr(self, name)]
        if self.model.name != default.model.name:
            pairs.append(("model", self.model.name))
        pairs += _choice_to_pairs(self.model, "model", always=False)
        for choice in self.regularizers:
            pairs += _choice_to_pairs(choice, choice.name, always=True)
        query = urlencode(pairs)
        if len(query) >= LINK_CHARACTERS:
            raise SettingError("These settings name too many prompts for a link; save them as a config file.")
        return query

    @classmethod
    def from_query(cls, query: str) -> Self:
        """Config from the part of a link after `?`; raises SettingError, whatever the text."""
        values = cls.query_to_mapping(query)
        if "model" in values:
            values["model"] = {"name": _DEFAULT_MODEL} | values["model"]
        return cls.from_mapping(values)

    @classmethod
    def query_to_mapping(cls, query: str) -> dict[str, Any]:
        """The plain values that a link names, and no others; raises SettingError."""
        if len(query) >= LINK_CHARACTERS:
            raise SettingError("This link is too long to be one of this page's.")
        values: dict[str, Any] = {}
        model: dict[str, Any] = {}
        regularizers: dict[str, dict[str, Any]] = {}
        for name, text in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
            kind, _, part = name.partition(".")
            if name in ("keep_in", "leave_out"):
                values.setdefault(name, []).append(text)
            elif name == "model":
                model["name"] = text
            elif kind == "model":
                model[part] = _from_text(text)
            elif part and part != "name":
                regularizers.setdefault(kind, {"name": kind})[part] = _from_text(text)
            elif name in describe(cls):
                values[name] = _from_text(text)
            else:
                raise SettingError("The link has a part that is not known here: {name}.", name=repr(name[:40]))
        if model:
            values["model"] = model
        if regularizers:
            values["regularizers"] = list(regularizers.values())
        return values


def choose(kind: str, name: str, /, **settings: Any) -> Choice:
    """Entry of a registry ("model" or "regularizer") with its settings; raises SettingError.

    A strength that is not given is the default with Adam: only a whole config knows its optimizer (`from_mapping`).
    """
    registries: dict[str, Mapping[str, Any]] = {"model": MODELS, "regularizer": REGULARIZERS}
    registry = registries[kind]
    if not isinstance(name, str) or name not in registry:
        raise SettingError(
            "There is no {kind} named {name}; there is {names}.",
            kind=Message(kind), name=repr(str(name)[:40]), names=", ".join(registry),
        )  # fmt: skip
    return Choice(name, registry[name].Settings.from_mapping(settings))


def _choice_to_mapping(choice: Choice) -> dict[str, Any]:
    return {"name": choice.name} | choice.settings.to_mapping()


def _choice_from_mapping(kind: str, values: Any) -> Choice:
    if isinstance(values, Choice):
        return values
    if not isinstance(values, Mapping) or "name" not in values:
        raise SettingError(
            'A {kind} is written like {"name": "..."}, with its settings beside the name.', kind=Message(kind)
        )
    settings = {str(name): value for name, value in values.items() if name != "name"}
    if kind == "model" and "frames_per_step" in settings:
        raise SettingError("This comes from an earlier version, whose networks predicted frames: please train anew.")
    return choose(kind, values["name"], **settings)


def _with_strength(values: Any, optimizer: Any) -> Any:
    """A regularizer's plain values with the strength that is the default with the optimizer, where they have none."""
    if not isinstance(values, Mapping) or "strength" in values:
        return values
    name = values.get("name")
    if name not in tuple(REGULARIZERS) or optimizer not in tuple(OPTIMIZERS):  # what is wrong there is said elsewhere
        return values
    strength = strengths.default_strength(name, optimizer)
    return values if strength is None else {**values, "strength": strength}


def _choice_to_pairs(choice: Choice, prefix: str, always: bool) -> list[tuple[str, str]]:
    pairs = []
    for name, (_, default) in describe(choice.settings).items():
        value = getattr(choice.settings, name)
        if always or value != default:
            pairs.append((f"{prefix}.{name}", _to_text(value)))
    return pairs


def _prompts(named: Any) -> tuple[str, ...]:
    """Ids of prompts in a fixed order, each once; whether they exist is the corpus's to say."""
    if (
        isinstance(named, str)
        or not isinstance(named, Collection)
        or not all(isinstance(prompt, str) for prompt in named)
    ):
        raise SettingError("Prompts to keep in or leave out are a list of their names.")
    if len(named) > _PROMPTS_NAMED:
        raise SettingError("At most {count} prompts can be kept in or left out by name.", count=_PROMPTS_NAMED)
    return tuple(sorted(set(named)))


def _to_text(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def _from_text(text: str) -> Any:
    if text in ("none", "all"):
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if math.isfinite(number) and number == int(number) and abs(number) < 2**53 else number
