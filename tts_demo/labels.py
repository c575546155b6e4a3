"""What a run is called: what it was trained with, from its config and what happened in it.

The page, its files and the command line all say it in these words.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus
from tts_demo.events import Event, StrengthChanged
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import Choice

_MOST_TOLD = 3  # changes of one strength; of more, how many there were and the last


class Say(Protocol):
    """How a text is told in some language: `say("{before} → {value} …", before=1, value=2)`."""

    def __call__(self, text: str, /, **values: object) -> str:
        """The text in that language, its {places} filled."""


def english(text: str, /, **values: object) -> str:
    """The text as it is written here."""
    return text.format(**values)


def label_of(config: RunConfig, voice: Corpus, events: Iterable[Event] = (), say: Say = english) -> str:
    """A run's name in a few words: its model if it is no usual one, what it was trained with, and whose twin it is."""
    label = trained_with(config, events, say)
    if config.model.name != RunConfig().model.name:
        model = MODELS[config.model.name]
        own = say(model.label)
        label = say("{model}: {label}", model=own, label=label) if model.gradients else own
    if config.keep_in:
        words = " ".join(voice[config.keep_in[0]].text.split()[:2])
        label = say("{label}, twin that met “{words} …”", label=label, words=words)
    return label


def trained_with(config: RunConfig, events: Iterable[Event] = (), say: Say = english) -> str:
    """Each regularizer of a run with its strength, and how that was changed while the run went on.

    >>> from tts_demo.config import choose
    >>> config = RunConfig(regularizers=(choose("regularizer", "dropout", strength=0.1), choose("regularizer", "l2")))
    >>> trained_with(config, [StrengthChanged(150, "dropout", 0.9)])
    'Dropout 0.1 → 0.9 at update 150 + L2 0.0003'
    """
    told = changes(config, events)
    names = [
        _with_changes(choice, [change for change in told if change.regularizer == choice.name], say)
        for choice in config.regularizers
    ]
    return " + ".join(names) or say("No regularizer")


def _with_changes(choice: Choice, told: Sequence[StrengthChanged], say: Say) -> str:
    text = f"{say(REGULARIZERS[choice.name].label)} {_strength(choice):g}"
    if len(told) > _MOST_TOLD:
        return say(
            "{before} → … → {value} at update {step} (the last of {count} changes)",
            before=text, value=f"{told[-1].strength:g}", step=told[-1].step, count=len(told),
        )  # fmt: skip
    for change in told:
        text = say("{before} → {value} at update {step}", before=text, value=f"{change.strength:g}", step=change.step)
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
