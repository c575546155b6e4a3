"""What a run is called: what it was trained with, from its config and what happened in it.

The page, its files and the command line all say it in these words.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus
from tts_demo.events import Event, StrengthChanged
from tts_demo.messages import Message, joined
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import Choice

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


def numbers(names: Sequence[str]) -> list[int]:
    """Which one of the runs of its name each is, from 1; 0 where it is the only one.

    >>> numbers(["L2 0.1", "L1 0.1", "L2 0.1"])
    [1, 0, 2]
    """
    many, seen = Counter(names), Counter[str]()
    found = []
    for name in names:
        seen[name] += 1
        found.append(seen[name] if many[name] > 1 else 0)
    return found


def numbered(name: str, number: int) -> str:
    """A name with its number, if it has one.

    >>> numbered("L2 0.1", 2), numbered("L1 0.1", 0)
    ('L2 0.1 (2)', 'L1 0.1')
    """
    return f"{name} ({number})" if number else name


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
