"""What one visitor has trained: a few experiments, each a run of the engine with a name and a colour."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus
from tts_demo.engine import Engine, EngineError
from tts_demo.events import Event, Finished, Progress, Started
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.ui.loss_chart import ChartRun, ChartValue

MOST_EXPERIMENTS = 6  # as many as the chart has colours that stay apart


@dataclass(frozen=True)
class Experiment:
    """One run that a visitor started; everything else about it is the engine's to tell."""

    run_id: str
    label: str
    colour: int
    met: str = ""  # the prompt that it learned besides the usual ones, if it is a twin


Session = tuple[Experiment, ...]


@dataclass
class Visitor:
    """One open page: its session, and which of its streams shows it.

    Events of a page may overlap (a reload's stream and a click on Train): all of them share this object, and a stream
    that is no longer the newest one ends.
    """

    session: Session = ()
    newest_stream: int = 0


def added(session: Session, run_id: str, label: str, met: str = "") -> Session:
    """The session with one more experiment, without the oldest where there are too many."""
    session = session[-(MOST_EXPERIMENTS - 1) :]
    taken = {experiment.colour for experiment in session}
    colour = next(colour for colour in range(MOST_EXPERIMENTS) if colour not in taken)
    return (*session, Experiment(run_id, label, colour, met))


def together(before: Session, now: Session) -> Session:
    """One session of two, each run once, the oldest dropped where there are too many, colours kept where possible."""
    running = {experiment.run_id for experiment in now}
    both = (*(experiment for experiment in before if experiment.run_id not in running), *now)[-MOST_EXPERIMENTS:]
    merged: Session = ()
    for experiment in both:
        taken = {other.colour for other in merged}
        free = (colour for colour in range(MOST_EXPERIMENTS) if colour not in taken)
        merged += (replace(experiment, colour=next(free)) if experiment.colour in taken else experiment,)
    return merged


def to_plain(session: Session) -> list[list[Any]]:
    """What the browser keeps, so that a reload finds its runs again."""
    return [[experiment.run_id, experiment.label, experiment.colour, experiment.met] for experiment in session]


def from_plain(plain: Any, engine: Engine) -> Session:
    """The session that the browser kept, less the runs that are gone and whatever is not ours."""
    session: Session = ()
    for item in plain if isinstance(plain, list) else ():
        try:
            run_id, label, colour, met = item
            engine.place(run_id)
            if not isinstance(label, str) or not isinstance(met, str) or colour not in range(MOST_EXPERIMENTS):
                continue
        except (EngineError, TypeError, ValueError):
            continue
        session = (*session, Experiment(run_id, label[:80], colour, met[:80]))
    return session[:MOST_EXPERIMENTS]


def label_of(config: RunConfig, voice: Corpus) -> str:
    """A run's name in a few words: what it was trained with, and the twin's sentence if it met it."""
    names = [
        f"{REGULARIZERS[choice.name].label} {choice.settings.to_mapping()['strength']:g}"
        for choice in config.regularizers
    ]
    label = " + ".join(names) or "No regularizer"
    if config.model.name != RunConfig().model.name:
        label = f"{MODELS[config.model.name].label}: {label}" if MODELS[config.model.name].gradients else "HMM"
    if config.keep_in:
        label += ", twin that met “" + " ".join(voice[config.keep_in[0]].text.split()[:2]) + " …”"
    return label


def twin_of(config: RunConfig, prompt: str) -> RunConfig:
    """The same run with one more prompt to learn."""
    return replace(config, keep_in=(*config.keep_in, prompt))


def finished(events: Sequence[Event]) -> Finished | None:
    """How the run ended, if it has."""
    last = events[-1] if events else None
    return last if isinstance(last, Finished) else None


def chart(engine: Engine, session: Session) -> ChartValue | None:
    """What the loss chart shows of the session; None where there is nothing yet."""
    drawn: list[ChartRun] = []
    for experiment in session:
        try:
            events = engine.events_after(experiment.run_id, 0, timeout=0)
        except EngineError:
            continue
        drawn.append(_chart_run(experiment, events))
    return {"runs": drawn} if drawn else None


def _chart_run(experiment: Experiment, events: Sequence[Event]) -> ChartRun:
    end = finished(events)
    started = [event for event in events[:1] if isinstance(event, Started)]
    points: list[tuple[int, float | None, float | None]] = [
        (event.step, event.training_loss, event.validation_loss)
        for event in events
        if isinstance(event, Progress) and event.validation_loss is not None
    ]
    if end and points and end.validation_loss is not None and end.step > points[-1][0]:
        points.append((end.step, end.training_loss, end.validation_loss))
    return {
        "id": experiment.run_id,
        "label": experiment.label,
        "colour": experiment.colour,
        "state": end.reason if end else ("running" if started else "queued"),
        "points": points,
        "updates": started[0].total_updates if started else 1,
    }


def status(engine: Engine, session: Session) -> str:
    """A line on each experiment that is not over, or else on the newest one and on what it is the twin of."""
    newest = session[-2:] if session and session[-1].met else session[-1:]
    going, over = [], []
    for experiment in session:
        try:
            events = engine.events_after(experiment.run_id, 0, timeout=0)
        except EngineError:
            continue
        end = finished(events)
        line = f"<div>{html.escape(experiment.label)}: {_line(engine, experiment, events, end)}</div>"
        if end is None:
            going.append(line)
        elif experiment in newest:
            over.append(line)
    return "".join(going or over)


def _line(engine: Engine, experiment: Experiment, events: Sequence[Event], end: Finished | None) -> str:
    if end:
        rise = f" Validation loss ended {end.rise:.0%} above its best." if end.rise else ""
        return end.message + rise
    progress = [event for event in events if isinstance(event, Progress)]
    if not progress or not isinstance(events[0], Started):
        place = engine.place(experiment.run_id)
        return f"waiting; {place} before it in the queue." if place else "starting …"
    last, total = progress[-1], events[0].total_updates
    left = (total - last.step) * last.seconds / last.step if last.step else None
    return f"update {last.step} of {total}" + (f", about {left:.0f} s left" if left is not None else "")
