"""What became of a finished run, in sentences, from its config and events alone: for page and command line.

A run that was ruined by its strength has done all its updates like any other. Two things together tell it: both losses
ended hardly below those of the untrained network, so that not even its training speech was learned, and a regularizer
is stronger than what is known to be usable. (A short run, a low rate or another loss than the squared
error may end there too, with nothing too strong: of those nothing is said.)
"""

from collections.abc import Sequence

from tts_demo.config import RunConfig
from tts_demo.events import SENTENCES, Event, Finished, Progress, points_of
from tts_demo.labels import strengths_at, with_strength
from tts_demo.messages import Message
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.strengths import default_strength, usable

HARDLY = 1 / 3  # of the untrained network's losses: chosen by what is measured in docs/lesson.md
_LONG_ENOUGH = 50  # updates: before that hardly anything is learned, whatever the strength
_RECENT = 4  # evaluations before the last one: over these a run is still improving, or is not
_IMPROVING = 0.02  # of the validation loss before them: the least by which it has fallen then
_AT_ITS_END = ("completed", "early_stopped", "time_limit")  # reasons after which a run had its time to learn


def sentences(config: RunConfig, events: Sequence[Event]) -> list[Message]:
    """How a run ended and what its losses say; the last event is `Finished`."""
    end = events[-1]
    assert isinstance(end, Finished), end
    told = _too_strong(config, events, end)
    if told:
        return told if end.reason == "completed" else [end.message, *told]
    return [end.message, *_learned(config, events, end), *_still_improving(config, events, end)]


def _too_strong(config: RunConfig, events: Sequence[Event], end: Finished) -> list[Message]:
    """Which strengths ruined the run and which are usable; nothing where none did."""
    first = next((event for event in events if isinstance(event, Progress) and event.validation_loss), None)
    # another loss falls less however well a network learns, and at a low rate every one falls less
    if (
        config.loss != "mse"
        or config.rate < config.default_rate
        or end.reason not in _AT_ITS_END
        or end.step < _LONG_ENOUGH
        or not (first and first.training_loss and first.validation_loss)
    ):
        return []
    if end.training_loss is None or end.validation_loss is None:
        return []
    fallen = 1 - end.validation_loss / first.validation_loss
    culprits = [
        sentence
        for name, strength in strengths_at(config, events, end.step).items()
        for sentence in _beyond(name, strength, config.optimizer)
    ]
    if max(fallen, 1 - end.training_loss / first.training_loss) >= HARDLY or not culprits:
        return []
    if round(100 * fallen) <= 0:
        return [Message("Validation loss ended no lower than that of the untrained network."), *culprits]
    little = f"{100 * fallen:.0f}"
    return [
        Message("Validation loss ended only {fallen} % below that of the untrained network.", fallen=little),
        *culprits,
    ]


def _beyond(name: str, strength: float, optimizer: str) -> list[Message]:
    """What is said of a strength beyond what is usable; nothing within."""
    entry, most = REGULARIZERS[name], usable(name, optimizer)
    if most is None or (strength >= most if entry.too_strong == "minimum" else strength <= most):
        return []
    by, limit, often = Message(OPTIMIZERS[optimizer].label), f"{most:g}", f"{default_strength(name, optimizer):g}"
    range_ = (
        Message(
            "With {optimizer}, strengths of about {least} and more are usable, and {default} is the default.",
            optimizer=by, least=limit, default=often,
        )
        if entry.too_strong == "minimum"
        else Message(
            "With {optimizer}, strengths up to about {most} are usable, and {default} is the default.",
            optimizer=by, most=limit, default=often,
        )
    )  # fmt: skip
    return [Message("{name} is probably too strong.", name=with_strength(name, strength)), range_]


def _learned(config: RunConfig, events: Sequence[Event], end: Finished) -> list[Message]:
    """What the losses say where no strength is to blame; nothing where that is not worth a sentence."""
    measured = sum(isinstance(event, Progress) and event.validation_loss is not None for event in events)
    measured += end.validation_loss is not None and end.step > 0
    if end.best_step == 0 and measured > 1 and end.reason != "diverged":
        return [
            Message("It has learned nothing: its validation loss was best before the first update."),
            Message("The learning rate is probably too high, or the regularizer too strong.")
            if config.regularizers
            else Message("The learning rate is probably too high."),
        ]
    rise = f"{100 * (end.rise or 0):.0f} %"
    return [] if rise == "0 %" else [Message("Validation loss ended {rise} above its best.", rise=rise)]


def _still_improving(config: RunConfig, events: Sequence[Event], end: Finished) -> list[Message]:
    """What is said where validation loss was still falling; nothing of trees, whose own settings say when they end."""
    measured = [loss for _, _, loss in points_of(events) if loss is not None]
    if end.reason not in SENTENCES or len(measured) <= _RECENT or not MODELS[config.model.name].gradients:
        return []
    last, before = measured[-1], measured[-1 - _RECENT]
    if last > min(measured) or last > (1 - _IMPROVING) * before:
        return []
    return [Message("It was still improving when it ended: more updates might help.")]
