"""The experiment's controls: from their values to a run's config and back, presets, and the words about each choice."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tts_demo.config import RunConfig, choose
from tts_demo.lesson import LESSON, lesson_for
from tts_demo.messages import Message
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS, Regularizer
from tts_demo.settings import Choice, SettingError, describe
from tts_demo.strengths import default_strength, offered
from tts_demo.ui.lab.changes import Change, Show
from tts_demo.ui.locales.catalog import Language

AMOUNTS: dict[str, float | None] = {
    "1 minute": 60.0, "2 minutes": 120.0, "3 minutes": 180.0, "6 minutes": 360.0, "12 minutes": 720.0, "all": None,
}  # fmt: skip
DEFAULT = "default"  # learning rate: that of optimizer and model; neighbours: those of the model
# On which the time of a run depends.
TIMED = ("regularizer", "amount", "model", "units", "neighbours", "loss", "updates")


@dataclass(frozen=True)
class Chosen:
    """What a visitor has chosen for an experiment: the values of the controls, which may be anything that was typed.

    Attributes
    ----------
    regularizer, model, loss, optimizer : names in their registries.
    strength : as typed or picked; None where the regularizer has none.
    strength_of : the regularizer that the strength was shown for.
    default_of : the optimizer whose default strength it is, "" where somebody chose it.
    amount : of speech, see `amount_of`.
    units, updates, seed : numbers.
    neighbours, rate : numbers, or `DEFAULT`.
    base : a config as a mapping: what a link said for which there is no control.
    """

    regularizer: str
    strength: str | None
    strength_of: str
    default_of: str
    amount: str
    model: str
    units: str
    neighbours: str
    loss: str
    optimizer: str
    updates: str
    rate: str
    seed: Any
    base: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, config: RunConfig) -> "Chosen":
        """What stands for a run: the inverse of `config`."""
        first = config.regularizers[0] if config.regularizers else Choice("none", REGULARIZERS["none"].Settings())
        strength = first.settings.to_mapping().get("strength")
        is_default = strength is None or strength == default_strength(first.name, config.optimizer)
        size, defaults = config.model.settings.to_mapping(), MODELS[config.model.name].Settings().to_mapping()
        as_default = size.get("neighbours") == defaults.get("neighbours")
        return cls(
            regularizer=first.name,
            strength=None if strength is None else written(strength),
            strength_of=first.name,
            default_of=config.optimizer if is_default else "",
            amount=amount_of(config.speech_seconds),
            model=config.model.name,
            units=str(size.get("units") or LESSON.model.settings.to_mapping()["units"]),
            neighbours=DEFAULT if as_default else str(size["neighbours"]),
            loss=config.loss,
            optimizer=config.optimizer,
            updates=str(config.updates),
            rate=DEFAULT if config.learning_rate is None else written(config.learning_rate),
            seed=config.seed,
            base=config.to_mapping(),
        )

    def config(self) -> RunConfig:
        """The run that the controls describe, on top of what a link said that has no control.

        Who picks another regularizer or optimizer and presses Train before its strength appears gets the default.

        Raises
        ------
        SettingError
            For a value that no run could use.
        """
        name, model, optimizer = self.regularizer, self.model, self.optimizer
        settings = dict(_of_kind(self.base.get("regularizers", ()), name))
        if "strength" in describe(REGULARIZERS[name].Settings) and self.strength_of == name:
            description, _ = describe(REGULARIZERS[name].Settings)["strength"]
            settings["strength"] = number(self.strength, description.label)
            if self.default_of != optimizer and _is_default(name, settings["strength"], self.default_of):
                del settings["strength"]
        others = [
            _following(item, self.base.get("optimizer", LESSON.optimizer), optimizer)
            for item in self.base.get("regularizers", ())[1:]
            if item["name"] != name
        ]
        size = dict(_of_kind([self.base["model"]] if "model" in self.base else [], model))
        if "units" in describe(MODELS[model].Settings):
            size["units"] = number(self.units, "Units")
        size.pop("neighbours", None)
        if "neighbours" in describe(MODELS[model].Settings) and self.neighbours != DEFAULT:
            size["neighbours"] = number(self.neighbours, "Neighbours")
        rate = self.rate
        return RunConfig.from_mapping(
            dict(self.base)
            | {
                "speech_seconds": speech_seconds(self.amount),
                "model": {"name": model} | size,
                "loss": self.loss,
                "optimizer": optimizer,
                "regularizers": [{"name": name} | settings, *others],
                "updates": number(self.updates, "Updates"),
                "learning_rate": None if rate == DEFAULT else number(rate, "Learning rate"),
                "seed": number(self.seed, "Seed"),
            }
        )

    def timed(self) -> tuple["Chosen", "Chosen"]:
        """The same as far as a run's time depends on it, else the lesson: with all of `base`, and with its model only.

        The second is for where something is wrong with the rest of `base`.
        """
        same = replace(Chosen.of(LESSON), **{name: getattr(self, name) for name in TIMED})
        size = {"model": self.base["model"]} if "model" in self.base else {}
        return replace(same, base=self.base), replace(same, base=size)

    def still_default(self) -> str:
        """`default_of` after somebody has picked or typed a strength: "" unless that is the default."""
        return self.default_of if _is_default(self.regularizer, self.strength, self.default_of) else ""


@dataclass(frozen=True)
class Preset:
    """An experiment that one click sets up: what it shows, and what differs from the lesson."""

    label: str
    regularizer: str | None = None
    strength: float | None = None
    lesson: RunConfig = LESSON

    def config(self) -> RunConfig:
        """The run it stands for."""
        chosen = {} if self.strength is None else {"strength": self.strength}
        regularizers = (choose("regularizer", self.regularizer, **chosen),) if self.regularizer else ()
        return replace(self.lesson, regularizers=regularizers)


OWN = "Your own settings"  # what the list of presets says of controls that are none of them
PRESETS = (
    Preset("No regularizer"),
    Preset("A good remedy: L2", "l2"),
    Preset("Small weight norms: max-norm", "max_norm"),
    Preset("Units switched off: dropout", "dropout"),
    Preset("Too much of a remedy", "dropout", 0.9),
    Preset("Few weights: L0 keeps 10 %", "l0", 0.1),
    Preset("More data: six minutes of speech", lesson=replace(LESSON, speech_seconds=360.0)),
    Preset("A smaller network", lesson=replace(LESSON, model=choose("model", LESSON.model.name, units=32))),
    Preset("It sees one neighbour", lesson=replace(LESSON, model=choose("model", LESSON.model.name, neighbours=1))),
    Preset("It sees eight neighbours", lesson=replace(LESSON, model=choose("model", LESSON.model.name, neighbours=8))),
    Preset("Another network: RNN", lesson=lesson_for("rnn")),
    Preset("Another network: CNN", lesson=lesson_for("cnn")),
    Preset("Another network: Transformer", lesson=lesson_for("transformer")),
    Preset("Before neural networks: HMM", lesson=replace(lesson_for("hmm"), speech_seconds=180.0)),
    Preset("The best voice: a random forest, all speech", lesson=replace(lesson_for("forest"), speech_seconds=None)),
)


def _of_kind(items: Any, name: str) -> dict[str, Any]:
    """Settings of the item of this name among some of a config, less its name."""
    for item in items:
        if item["name"] == name:
            return {key: value for key, value in item.items() if key != "name"}
    return {}


def _is_default(name: str, strength: Any, optimizer: str) -> bool:
    """Whether a control's strength is the one that is the default with that optimizer."""
    if optimizer not in OPTIMIZERS or (found := default_strength(name, optimizer)) is None:
        return False
    return str(strength) in (f"{found:g}", str(found))


def _following(item: Mapping[str, Any], before: str, now: str) -> Mapping[str, Any]:
    """A regularizer that has no control: a default strength of the optimizer before becomes that of the one now."""
    if before == now or "strength" not in item or item["strength"] != default_strength(item["name"], before):
        return item
    return {key: value for key, value in item.items() if key != "strength"}


def amount_of(seconds: float | None) -> str:
    """The choice for an amount of speech, "45 s" where it is none of the usual ones."""
    default = {value: label for label, value in AMOUNTS.items()}
    return default[seconds] if seconds in default or seconds is None else f"{written(seconds)} s"


def speech_seconds(amount: str) -> float | None:
    """The inverse of `amount_of`; raises `SettingError`."""
    if amount in AMOUNTS:
        return AMOUNTS[amount]
    return number(str(amount).removesuffix(" s"), "Amount of speech")


def written(value: float) -> str:
    """A number as a control shows it: short where that is exact, as a link's value is trained as it is."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)


def number(value: Any, label: str) -> Any:
    """A number from a control that also takes typed text; raises `SettingError`."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        if value is None or value == "":
            raise SettingError("{label} is empty: please give a number.", label=Message(label)) from None
        raise SettingError(
            "{label} must be a number, not {value}.", label=Message(label), value=repr(str(value)[:40])
        ) from None
    return int(found) if found.is_integer() else found


def described(language: Language, chosen: Chosen) -> Change:
    """Strength control, `strength_of`, words and `default_of` after another regularizer, model or optimizer was picked.

    A strength that somebody chose for this regularizer stays; else it becomes the default. What the control has
    already is not sent back to it.
    """
    name, optimizer = chosen.regularizer, chosen.optimizer
    strength, words = describe_regularizer(name, language, None, chosen.model, optimizer)
    change = {"strength_of": name, "words": words}
    if chosen.strength_of == name and chosen.default_of == optimizer:
        return change | {"default_of": optimizer}
    if chosen.strength_of == name and not chosen.default_of:
        strength.pop("value", None)
        return change | {"strength": strength, "default_of": ""}
    return change | {"strength": strength, "default_of": optimizer}


def describe_regularizer(
    name: str,
    language: Language,
    strength: str | None = None,
    model: str = LESSON.model.name,
    optimizer: str = LESSON.optimizer,
) -> tuple[Show, str]:
    """The strength control of a regularizer, at its default strength where none is given, and the words about it."""
    regularizer = REGULARIZERS[name]
    settings = describe(regularizer.Settings)
    words = _words(regularizer, language)
    # what it needs of the loss, Train says
    if MODELS[model].gradients and (reason := regularizer.suits(MODELS[model], "cross_entropy")):
        words += f"\n\n**{language.sentence(reason)}**"
    found = default_strength(name, optimizer)
    if found is None:
        if not MODELS[model].gradients:
            words = language(
                "Regularizers act on training by gradients, which this model does without: how far its trees may grow "
                "holds it back."
            )
        return Show(visible=False), words
    description, _ = settings["strength"]
    scale = (
        "Default: {default}. Less is stronger."
        if regularizer.family == "hard"
        else "Default: {default}. More is stronger."
    )
    shown = Show(
        visible=True,
        label=language(description.label),
        info=f"{language(description.help)} {language(scale, default=f'{found:g}')}",
        choices=[written(value) for value in offered(name, optimizer)],
        value=f"{found:g}" if strength is None else strength,
    )
    return shown, words


def _words(regularizer: type[Regularizer], language: Language) -> str:
    """Family, sentence and formula, with what its letters stand for, what it leaves alone, and where it comes from."""
    family = "" if regularizer.family == "none" else f"**{language(regularizer.family)}** · "
    formula = "" if regularizer.formula == "0" else f"\n\n$${regularizer.formula}$$"
    legend = f"\n\n{language(regularizer.symbols)}" if regularizer.symbols else ""
    if regularizer.on_weights:
        legend += f"\n\n{language('Biases and normalisation parameters are exempt.')}"
    caveat = f"\n\n*{language(regularizer.caveat)}*" if regularizer.caveat else ""
    source = f"\n\n{language('Source: {reference}', reference=language(regularizer.reference))}"
    return f"{family}{language(regularizer.sentence)}{formula}{legend}{caveat}{source if regularizer.reference else ''}"
