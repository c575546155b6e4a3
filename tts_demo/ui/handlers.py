"""What the page's controls do: each handler turns inputs into a call below and its answer into outputs."""

import html
from collections.abc import Iterator
from typing import Any

import gradio as gr

from tts_demo import corpus
from tts_demo.config import RunConfig, choose
from tts_demo.corpus import CorpusError
from tts_demo.engine import Engine, EngineError
from tts_demo.events import Event
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import SettingError, describe
from tts_demo.text import TextError
from tts_demo.ui import clips, session
from tts_demo.ui.clips import Kind
from tts_demo.ui.session import Session, Visitor

AMOUNTS: dict[str, float | None] = {
    "1 minute": 60.0, "3 minutes": 180.0, "6 minutes": 360.0, "12 minutes": 720.0, "all": None,
}  # fmt: skip
USUAL_RATE = "usual"  # the optimizer's own
_WATCH_SECONDS = 0.1


def config_of(
    regularizer: str,
    strength: Any,
    strength_of: str,
    amount: str,
    model: str,
    units: Any,
    loss: str,
    optimizer: str,
    updates: Any,
    rate: Any,
    seed: Any,
) -> RunConfig:
    """The run that the controls describe; raises `SettingError` for a value that no run could use.

    `strength_of` is the regularizer that the strength was shown for. Who picks another one and presses Train before
    its strength appears gets the usual one.
    """
    settings = {}
    if "strength" in describe(REGULARIZERS[regularizer].Settings) and strength_of == regularizer:
        settings["strength"] = number(strength, "Strength")
    size = {"units": number(units, "Units")} if "units" in describe(MODELS[model].Settings) else {}
    return RunConfig(
        speech_seconds=AMOUNTS[amount],
        model=choose("model", model, **size),
        loss=loss,
        optimizer=optimizer,
        regularizers=(choose("regularizer", regularizer, **settings),),
        updates=number(updates, "Updates"),
        learning_rate=None if rate == USUAL_RATE else number(rate, "Learning rate"),
        seed=number(seed, "Seed"),
    )


def number(value: Any, label: str) -> Any:
    """A number from a control that also takes typed text; raises `SettingError`."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        if value is None or value == "":
            raise SettingError(f"{label} is empty: please give a number.") from None
        raise SettingError(f"{label} must be a number, not {str(value)[:40]!r}.") from None
    return int(found) if found.is_integer() else found


class Handlers:
    """The handlers of one page; `engine` is where its runs go on."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def train(self, visitor: Visitor, twin: bool, prompt: str, kind: Kind, written: str, *inputs: Any) -> Iterator:
        """Start what the controls describe, its twin too if asked for, and show it until it is over."""
        try:
            config = config_of(*inputs)
            voice = corpus.load(config.corpus)
            for one in (config, session.twin_of(config, prompt)) if twin else (config,):
                met = one.keep_in[0] if one.keep_in else ""
                run_id = self.engine.submit(one)
                visitor.session = session.added(visitor.session, run_id, session.label_of(one, voice), met)
        except (SettingError, EngineError, CorpusError) as error:
            yield {"status": alert(str(error))}
            return
        yield from self.watch(visitor, kind, prompt, written)

    def resume(self, visitor: Visitor, kept: Any, kind: Kind, prompt: str, written: str) -> Iterator:
        """What a page just loaded shows: a sentence, and the runs that this browser started before a reload."""
        before = session.from_plain(kept, self.engine)
        visitor.session = session.together(before, visitor.session)
        yield self.listen(visitor, kind, prompt, written)
        if visitor.session:
            yield from self.watch(visitor, kind, prompt, written)

    def watch(self, visitor: Visitor, kind: Kind, prompt: str, written: str) -> Iterator:
        """Show the session's runs until all are over, then let them be heard; a newer stream takes over."""
        visitor.newest_stream += 1
        number, now = visitor.newest_stream, visitor.session
        yield {"kept": session.to_plain(now), "busy": True} | self._curves(now)
        counts = dict.fromkeys((experiment.run_id for experiment in now), 0)
        while going := [run_id for run_id in counts if session.finished(self._events(run_id)) is None]:
            if visitor.newest_stream != number:
                return
            for run_id in going:  # asking renews each run's lease
                try:
                    fresh = self.engine.events_after(run_id, counts[run_id], timeout=_WATCH_SECONDS)
                except EngineError:
                    fresh = []
                counts[run_id] += len(fresh)
            yield {"busy": True} | self._curves(now)
        yield {"busy": False} | self._curves(now)
        yield self.listen(visitor, kind, prompt, written)

    def stop(self, visitor: Visitor) -> None:
        """End every run of the session that is not over."""
        for experiment in visitor.session:
            try:
                self.engine.end(experiment.run_id)
            except EngineError:
                continue

    def listen(self, visitor: Visitor, kind: Kind, prompt: str, written: str) -> dict:
        """The player's clips for the chosen sentence."""
        try:
            return {"player": clips.player_value(self.engine, visitor.session, kind, prompt, written), "said": ""}
        except TextError as error:
            return {"said": alert(str(error))}

    def _curves(self, now: Session) -> dict:
        return {"chart": session.chart(self.engine, now), "status": session.status(self.engine, now)}

    def _events(self, run_id: str) -> list[Event]:
        try:
            return self.engine.events_after(run_id, 0, timeout=0)
        except EngineError:
            return []


def describe_regularizer(name: str) -> tuple[Any, str, str]:
    """The strength control, the regularizer that it is for, and the words about it."""
    regularizer = REGULARIZERS[name]
    settings = describe(regularizer.Settings)
    family = "" if regularizer.family == "none" else f"**{regularizer.family}** · "
    formula = "" if regularizer.formula == "0" else f"\n\n$${regularizer.formula}$$"
    words = f"{family}{regularizer.sentence}{formula}"
    if "strength" not in settings:
        return gr.update(visible=False), name, words
    description, usual = settings["strength"]
    return (
        gr.update(
            visible=True,
            label=description.label,
            info=description.help,
            choices=_steps(description, isinstance(usual, int)),
            value=f"{usual:g}",
        ),
        name,
        words,
    )


def _steps(description: Any, whole: bool) -> list[str]:
    """Strengths to pick from: 1, 3, 10 ... on a logarithmic scale, ten steps on a linear one."""
    low, high = description.minimum, description.maximum
    if whole:
        return [str(number) for number in range(low, high + 1)]
    if description.scale == "linear":
        return [f"{low + (high - low) * step / 10:.3g}" for step in range(11)]
    floor = low or high * 1e-6
    values = [digit * 10.0**power for power in range(-7, 2) for digit in (1, 3)]
    return [f"{value:g}" for value in values if floor <= value * 1.0001 and value <= high * 1.0001]


def alert(message: str) -> str:
    """A sentence that stands out, escaped: it may quote what somebody typed."""
    return f'<span class="hear-alert" role="alert">{html.escape(message)}</span>'
