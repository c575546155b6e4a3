"""What a run is called: what it was trained with, from its config and what happened in it.

The page, its files and the command line all say it in these words.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus
from tts_demo.events import Event, StrengthChanged
from tts_demo.losses import LOSSES
from tts_demo.messages import Message, joined
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import Choice, describe

_MOST_TOLD = 3  # changes of one strength; of more, how many there were and the last


def label_of(config: RunConfig, voice: Corpus, events: Iterable[Event] = ()) -> Message:
    """A run's name in a few words: its model if it is no usual one, what it was trained with, and whose twin it is."""
    label = trained_with(config, events)
    if config.model.name != RunConfig().model.name:
        model = MODELS[config.model.name]
        own = Message(model.label)
        label = Message("{model}: {label}", model=own, label=label) if model.gradients else own
    if config.keep_in:
        words = " ".join(voice[config.keep_in[0]].text.split()[:2])
        label = Message("{label}, twin trained on “{words} …”", label=label, words=words)
    return label


def trained_with(config: RunConfig, events: Iterable[Event] = ()) -> Message:
    """Each regularizer of a run with its strength, and how that was changed while the run went on.

    >>> from tts_demo.config import choose
    >>> config = RunConfig(regularizers=(choose("regularizer", "dropout", strength=0.1), choose("regularizer", "l2")))
    >>> str(trained_with(config, [StrengthChanged(150, "dropout", 0.9)]))
    'Dropout 0.1 → 0.9 at update 150 + L2 0.0003'
    """
    told = changes(config, events)
    names = [
        _with_changes(choice, [change for change in told if change.regularizer == choice.name])
        for choice in config.regularizers
    ]
    return joined(names, " + ") if names else Message("No regularizer")


def settings_of(config: RunConfig) -> dict[str, Message]:
    """A run's settings in a few words each, less its regularizers, by what they are of: those of its kind first.

    >>> from tts_demo.config import RunConfig
    >>> " · ".join(str(each) for each in settings_of(RunConfig(seed=3)).values())
    '180 s · Feed-forward network 256 · 600 updates · Adam · seed 3'
    """
    entry, default = MODELS[config.model.name], RunConfig()
    seconds, model = config.speech_seconds, Message(entry.label)
    size, defaults = config.model.settings.to_mapping(), entry.Settings().to_mapping()
    told = {"amount": Message("all speech") if seconds is None else Message("{seconds} s", seconds=f"{seconds:g}")}
    told["model"] = Message("{model} {units}", model=model, units=size["units"]) if "units" in size else model
    for name, (description, _) in describe(config.model.settings).items():
        if name != "units" and size[name] != defaults[name]:
            told[name] = Message("{label}: {value}", label=Message(description.label), value=str(size[name]))
    if entry.gradients:
        told["updates"] = Message("{count} {what}", count=config.updates, what=Message("updates"))
        told["optimizer"] = Message(OPTIMIZERS[config.optimizer].label)
    if config.rate != config.default_rate:
        told["rate"] = Message("{what} {rate}", what=Message("learning rate"), rate=f"{config.rate:g}")
    if config.loss != default.loss:
        told["loss"] = Message(LOSSES[config.loss].label)
    return told | {"seed": Message("{what} {seed}", what=Message("seed"), seed=config.seed)}


def apart(
    names: Sequence[str], configs: Sequence[RunConfig | None], say: Callable[[Message], str] = str
) -> list[str]:  # fmt: skip
    """Names that tell runs apart: those of one name with the settings in which they differ, or with numbers.

    Parameters
    ----------
    names : of each run.
    configs : of each run; None where it is not known any more.
    say : a message in the language of the names.

    >>> from tts_demo.config import RunConfig
    >>> apart(["L2 0.1", "L1 0.1", "L2 0.1"], [RunConfig(), RunConfig(), RunConfig(seed=5)])
    ['L2 0.1, seed 0', 'L1 0.1', 'L2 0.1, seed 5']
    >>> apart(["L2 0.1", "L2 0.1"], [RunConfig(), RunConfig()])
    ['L2 0.1 (1)', 'L2 0.1 (2)']
    """
    told = [
        {} if config is None else {name: say(one) for name, one in settings_of(config).items()} for config in configs
    ]
    called = []
    for name, own in zip(names, told, strict=True):
        alike = [other for other, its in zip(told, names, strict=True) if its == name and other]
        for what, text in own.items():
            if any(other.get(what) != text for other in alike):
                name = say(Message("{name}, {what}", name=name, what=text))
        called.append(name)
    many, seen = Counter(called), Counter[str]()
    for place, name in enumerate(called):
        seen[name] += 1
        if many[name] > 1:
            called[place] = f"{name} ({seen[name]})"
    return called


def with_strength(name: str, strength: float) -> Message:
    """A regularizer, by its name, and its strength: "Dropout 0.1"."""
    return Message("{name} {strength}", name=Message(REGULARIZERS[name].label), strength=f"{strength:g}")


def _with_changes(choice: Choice, told: Sequence[StrengthChanged]) -> Message:
    text = with_strength(choice.name, _strength(choice))
    if len(told) > _MOST_TOLD:
        return Message(
            "{before} → … → {value} at update {step} (the last of {count} changes)",
            before=text, value=f"{told[-1].strength:g}", step=told[-1].step, count=len(told),
        )  # fmt: skip
    for change in told:
        now = f"{change.strength:g}"
        text = Message("{before} → {value} at update {step}", before=text, value=now, step=change.step)
    return text


def changes(config: RunConfig, events: Iterable[Event]) -> list[StrengthChanged]:
    """The changes of strength that made a difference to a run: of several after one update, the last counts."""
    last = {(event.step, event.regularizer): event for event in events if isinstance(event, StrengthChanged)}
    now = {choice.name: _strength(choice) for choice in config.regularizers}
    told = []
    for event in last.values():
        if event.strength != now[event.regularizer]:
            now[event.regularizer] = event.strength
            told.append(event)
    return told


def strengths_at(config: RunConfig, events: Iterable[Event], step: int) -> dict[str, float]:
    """The strength of each regularizer, by its name, that was in force when the weights of this update were made."""
    now = {choice.name: _strength(choice) for choice in config.regularizers}
    return now | {change.regularizer: change.strength for change in changes(config, events) if change.step < step}


def _strength(choice: Choice) -> float:
    return choice.settings.to_mapping()["strength"]
