"""The status lines: how far each run of a session is, and how it ended; and whatever else there is to say."""

from collections.abc import Sequence

from tts_demo import outcome
from tts_demo.engine import Engine, EngineError
from tts_demo.events import Progress, Started, finished
from tts_demo.messages import joined
from tts_demo.run_times import may_end_sooner
from tts_demo.ui.components.run_status import StatusLine
from tts_demo.ui.lab.session import Session, events_of, names_of, stage_of
from tts_demo.ui.locales.catalog import Language

_MINUTE = 99.5  # seconds: what is longer is told in minutes
_EXPECTED = 0.1  # of a run's updates: how much the time that was expected counts beside its own pace


def note(said: str) -> StatusLine:
    """A line that is worth knowing."""
    return StatusLine("note", said)


def alert(said: str) -> StatusLine:
    """A line on what went wrong."""
    return StatusLine("alert", said)


def status(engine: Engine, now: Session, language: Language) -> list[StatusLine]:
    """A line on each experiment that is not over, or else on the newest one and on what it is the twin of."""
    if now and all(experiment.recorded for experiment in now):
        return [note(language("These runs were recorded. Press Train for one of your own."))]
    newest = now[-2:] if now and now[-1].twin_prompt else now[-1:]
    names = names_of(engine, now, language)
    going, over = [], []
    for experiment in now:
        events = events_of(engine, experiment)
        if events is None or experiment.recorded:
            continue
        name, said = names[experiment.run_id].full, said_of(engine, experiment.run_id, language)
        if finished(events) is None:
            going.append(StatusLine("run", said, name, experiment.run_id, stage_of(events)))
        elif experiment in newest:
            over.append(StatusLine("run", said, name))
    return going or over


def said_of(engine: Engine, run_id: str, language: Language) -> str:
    """How far a run is, or how it ended; "" where the engine has forgotten it."""
    try:
        events = engine.events_after(run_id, 0, timeout=0)
        place, wait, config = engine.queue_position(run_id), engine.wait_seconds(run_id), engine.config(run_id)
    except EngineError:
        return ""
    if finished(events):
        return language.sentence(joined(outcome.sentences(config, events)))
    measured = [event for event in events if isinstance(event, Progress)]
    if not measured or not isinstance(events[0], Started):
        return waiting(place, wait, language) if place else language("starting …")
    step, total = measured[-1].step, events[0].total_updates
    left = seconds_left(measured, total, engine.promised_seconds(run_id))
    if left is None:
        return language("update {step} of {total}", step=step, total=total)
    texts = {"step": step, "total": total, "left": f"{left:.0f}"}
    if may_end_sooner(config):
        return language("update {step} of {total}, at most about {left} s left", **texts)
    return language("update {step} of {total}, about {left} s left", **texts)


def waiting(place: int, wait: float | None, language: Language) -> str:
    """Where in the queue a run is, and when it will probably begin."""
    if wait is None:
        return language("waiting; place {place} in the queue.", place=place)
    if wait < _MINUTE:
        return language(
            "waiting; place {place} in the queue, begins in about {wait} s.", place=place, wait=f"{wait:.0f}"
        )
    minutes = f"{wait / 60:.1f}"
    return language("waiting; place {place} in the queue, begins in about {wait} minutes.", place=place, wait=minutes)


def seconds_left(measured: Sequence[Progress], total: int, expected: float | None) -> float | None:
    """Of a run that goes on, from its own pace; at first from what was expected before it began. None at its start."""
    spent, steps = measured[-1].seconds - measured[0].seconds, float(measured[-1].step)
    if expected is not None:  # weighs less and less beside the run's own pace
        spent, steps = spent + _EXPECTED * expected, steps + _EXPECTED * total
    return (total - measured[-1].step) * spent / steps if steps else None
