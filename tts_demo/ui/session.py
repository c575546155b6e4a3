"""What one visitor has trained: a few experiments, each a run of the engine with a name and a colour."""

import html
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tts_demo import corpus, evaluation, labels, outcome
from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus
from tts_demo.engine import Engine, EngineError
from tts_demo.events import Event, Progress, Started, finished, points_of
from tts_demo.gallery import RUNS, Gallery
from tts_demo.losses import LOSSES
from tts_demo.messages import joined
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.run_times import may_end_sooner
from tts_demo.runs import RunError
from tts_demo.settings import SettingError
from tts_demo.ui.language import Language
from tts_demo.ui.loss_chart import ChartRun, ChartValue
from tts_demo.ui.runs_table import RunRow, RunsTableValue

MOST_EXPERIMENTS = 6  # as many as the chart has colours that stay apart
_LONGEST_LABEL = 80  # characters that the browser may bring back
RECORDED = "recorded-"  # begins the ids of runs that came with the page
_EXPECTED = 0.1  # of a run's updates: how much the time that was expected counts beside its own pace
CHALLENGE = (RECORDED + "out", RECORDED + "remedy")  # whom a challenge that was passed on asks to tell apart


@dataclass(frozen=True)
class Experiment:
    """One run that a visitor started; everything else about it is the engine's to tell.

    Its label is what it was asked to be trained with, in English, unless the visitor called it something: what the page
    shows is `name_of`.
    """

    run_id: str
    label: str
    colour: int
    met: str = ""  # the prompt that it learned besides the usual ones, if it is a twin
    recorded: bool = False  # came with the page: makes room as soon as the visitor trains


Session = tuple[Experiment, ...]


class Labelled(Protocol):
    """A run with the label that it began with, or that its visitor gave it."""

    @property
    def label(self) -> str:
        """In English, unless it is the visitor's own."""


@dataclass
class Visitor:
    """One open page: its session, and what is looked at.

    Events of a page may overlap (a reload and a click on Train): all of them share this object.
    """

    session: Session = ()
    looked_into: str = ""  # the run inside which the visitor looks; the newest where it is none of the session's
    looks: bool = False  # whether the view into a run is open
    moment: int | None = None  # of the training, at which clips are heard; the last where it is None
    alert: str = ""  # what was wrong with the link, as HTML, until something is trained
    compared: tuple[str, str] | tuple[()] = ()  # the two that a challenge asks to tell apart
    stage: int = 0  # counts what the rest of the page has to follow: runs begun, evaluations, snapshots, ends
    offered: tuple[tuple[str, str], ...] = ()  # runs that can be chosen from, as last shown: ids and names
    follows: int = 0  # counts how often the rest of the page was asked to follow
    followed: int = 0  # the newest of these that was answered
    asked: int = 0  # the page's newest question about the time that a run will take
    asks_again: bool = False  # whether the page asks that again and again, as the workers are not warm yet
    described: tuple[str, str, str] | tuple[()] = ()  # regularizer, model and optimizer that strength and words are for
    wishes: int = 0  # counts what the player was asked for: an answer that comes late does not replace a newer one
    lost: tuple[Any, ...] = ()  # runs that the browser kept and the engine has forgotten, see `kept_runs`
    deleted: tuple[str, ...] = ()  # ids of runs that were deleted on this page
    spoken: tuple[tuple[str, str, int], ...] | None = None  # whose clips were last made: id, name, snapshots

    def inside(self) -> "Experiment | None":
        """The run to look into."""
        chosen = [experiment for experiment in self.session if experiment.run_id == self.looked_into]
        return next(iter(chosen or self.session[-1:]), None)

    def proposed(self) -> tuple[str, str]:
        """Whom to compare blindly where nobody has chosen: whom a challenge names, or else two of the newest."""
        known = {experiment.run_id for experiment in self.session}
        return self.compared if self.compared and known.issuperset(self.compared) else apart(self.session)


def apart(now: Session) -> tuple[str, str]:
    """Whom to compare blindly at first: the newest run, and the newest before it that is nobody's twin."""
    if not now:
        return "recording", "recording"
    others = [one for one in now[:-1] if not one.met] or list(now[:-1])
    return (others[-1].run_id if others else "recording"), now[-1].run_id


def added(session: Session, run_id: str, label: str, met: str = "") -> Session:
    """The session with one more experiment, without the recorded ones, nor the oldest where there are too many."""
    session = tuple(experiment for experiment in session if not experiment.recorded)[-(MOST_EXPERIMENTS - 1) :]
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


def beside(recorded: Session, session: Session, wanted: Collection[str]) -> Session:
    """The session after those of the recorded runs that are wanted, in free colours while there are any."""
    known = {experiment.run_id for experiment in session}
    both = session
    for experiment in reversed(recorded):
        if experiment.run_id in wanted and experiment.run_id not in known:
            taken = {other.colour for other in both}
            free = (colour for colour in range(MOST_EXPERIMENTS) if colour not in taken)
            colour = experiment.colour if experiment.colour not in taken else next(free, experiment.colour)
            both = (replace(experiment, colour=colour), *both)
    return both


def recorded(gallery: Gallery | None, voice: Corpus) -> Session:
    """The recorded lesson's runs, as they are drawn before anybody has trained anything."""
    if gallery is None:
        return ()
    return tuple(
        Experiment(
            RECORDED + name, str(labels.label_of(gallery.runs[name].config, voice)), colour,
            gallery.twin.prompt if name == "in" else "", True,
        )
        for colour, name in enumerate(RUNS)
    )  # fmt: skip


def renamed(session: Session, run_id: str, label: str) -> Session:
    """The session with another name for one run."""
    return tuple(
        replace(experiment, label=label) if experiment.run_id == run_id else experiment for experiment in session
    )


def without(session: Session, run_id: str) -> Session:
    """The session less one run."""
    return tuple(experiment for experiment in session if experiment.run_id != run_id)


def from_plain(plain: Any, engine: Engine) -> Session:
    """The session that the browser kept, less the runs that are gone and whatever is not ours."""
    session: Session = ()
    for item in plain if isinstance(plain, list) else ():
        try:
            run_id, label, colour, met, *_ = item
            engine.place(run_id)
            if run_id.startswith(RECORDED):
                continue
            if not isinstance(label, str) or not isinstance(met, str) or colour not in range(MOST_EXPERIMENTS):
                continue
        except (EngineError, TypeError, ValueError):
            continue
        session = (*session, Experiment(run_id, label[:_LONGEST_LABEL], colour, met[:_LONGEST_LABEL]))
    return session[:MOST_EXPERIMENTS]


def name_of(
    engine: Engine, experiment: Experiment, language: Language, events: Sequence[Event] | None = None
) -> str:  # fmt: skip
    """What a run is called on the page: what it was trained with so far, or what its visitor called it.

    A name of the visitor's own does not hide that a strength was changed: that is told after it. `events` are the run's
    where they are known already.
    """
    events = events_of(engine, experiment) if events is None else events
    if events is None:
        return experiment.label
    config = engine.config(experiment.run_id)
    if _has_own_name(experiment, config) and labels.changes(config, events):
        trained = language.sentence(labels.trained_with(config, events))
        return language("{name}, trained with {trained}", name=experiment.label, trained=trained)
    return short_name(experiment, config, events, language)


def short_name(experiment: Labelled, config: RunConfig, events: Sequence[Event], language: Language) -> str:
    """What a run is called, without the changes of a strength where its visitor has called it something."""
    if _has_own_name(experiment, config):
        return experiment.label
    return language.sentence(labels.label_of(config, corpus.load(config.corpus), events))


def _has_own_name(experiment: Labelled, config: RunConfig) -> bool:
    """Whether its visitor has called it something: its label is not the one that it began with."""
    usual = str(labels.label_of(config, corpus.load(config.corpus)))
    return experiment.label[:_LONGEST_LABEL] != usual[:_LONGEST_LABEL]


def twin_of(config: RunConfig, prompt: str) -> RunConfig:
    """The same run with one more prompt to learn."""
    return replace(config, keep_in=(*config.keep_in, prompt))


def chart(engine: Engine, session: Session, language: Language) -> ChartValue | None:
    """What the loss chart shows of the session; None where there is nothing yet."""
    drawn = [
        _chart_run(engine, experiment, events, language)
        for experiment in session
        if (events := events_of(engine, experiment)) is not None
    ]
    return {"runs": drawn} if drawn else None


def events_of(engine: Engine, experiment: Experiment) -> list[Event] | None:
    """What has happened in a run so far; None where the engine has forgotten it."""
    try:
        return engine.events_after(experiment.run_id, 0, timeout=0)
    except EngineError:
        return None


def stage_of(events: Sequence[Event]) -> int:
    """How many stages a run has passed: its beginning, snapshots, changes of strength, its end."""
    return sum(not isinstance(event, Progress) for event in events)


def last_losses(events: Sequence[Event]) -> tuple[float | None, float | None]:
    """Training and validation loss that a run ended with; as last measured where a Stop came between two evaluations.

    None before the end, and where nothing was measured.
    """
    end = finished(events)
    if end is None:
        return None, None
    if end.validation_loss is not None:
        return end.training_loss, end.validation_loss
    return points_of(events)[-1][1:] if points_of(events) else (None, None)


def _chart_run(engine: Engine, experiment: Experiment, events: Sequence[Event], language: Language) -> ChartRun:
    end = finished(events)
    started = [event for event in events[:1] if isinstance(event, Started)]
    over = "recorded" if experiment.recorded else end.reason if end else ""
    return {
        "id": experiment.run_id,
        "label": name_of(engine, experiment, language, events),
        "colour": experiment.colour,
        "state": over or ("running" if started else "queued"),
        "points": points_of(events),
        "updates": started[0].total_updates if started else 1,
        "marks": [
            (change.step, f"{language(REGULARIZERS[change.regularizer].label)} {change.strength:g}")
            for change in labels.changes(engine.config(experiment.run_id), events)
        ],
    }


def status(engine: Engine, session: Session, language: Language) -> str:
    """A line on each experiment that is not over, or else on the newest one and on what it is the twin of."""
    if session and all(experiment.recorded for experiment in session):
        return f"<div>{language('These runs were recorded. Press Train for one of your own.')}</div>"
    newest = session[-2:] if session and session[-1].met else session[-1:]
    going, over = [], []
    for experiment in session:
        events = events_of(engine, experiment)
        if events is None or experiment.recorded:
            continue
        end = finished(events)
        told = "" if end else f' data-run="{html.escape(experiment.run_id)}" data-stage="{stage_of(events)}"'
        said = html.escape(said_of(engine, experiment.run_id, language))
        line = f"<div>{html.escape(name_of(engine, experiment, language, events))}: <span{told}>{said}</span></div>"
        if end is None:
            going.append(line)
        elif experiment in newest:
            over.append(line)
    return "".join(going or over)


def said_of(engine: Engine, run_id: str, language: Language) -> str:
    """How far a run is, or how it ended; "" where the engine has forgotten it."""
    try:
        events = engine.events_after(run_id, 0, timeout=0)
        place, config = engine.place(run_id), engine.config(run_id)
    except EngineError:
        return ""
    if finished(events):
        return language.sentence(joined(outcome.sentences(config, events)))
    measured = [event for event in events if isinstance(event, Progress)]
    if not measured or not isinstance(events[0], Started):
        return language("waiting; {place} before it in the queue.", place=place) if place else language("starting …")
    step, total = measured[-1].step, events[0].total_updates
    left = seconds_left(measured, total, engine.promised_seconds(run_id))
    if left is None:
        return language("update {step} of {total}", step=step, total=total)
    texts = {"step": step, "total": total, "left": f"{left:.0f}"}
    if may_end_sooner(config):
        return language("update {step} of {total}, at most about {left} s left", **texts)
    return language("update {step} of {total}, about {left} s left", **texts)


def seconds_left(measured: Sequence[Progress], total: int, expected: float | None) -> float | None:
    """Of a run that goes on, from its own pace; at first from what was expected before it began. None at its start."""
    spent, steps = measured[-1].seconds - measured[0].seconds, float(measured[-1].step)
    if expected is not None:  # weighs less and less beside the run's own pace
        spent, steps = spent + _EXPECTED * expected, steps + _EXPECTED * total
    return (total - measured[-1].step) * spent / steps if steps else None


def table(engine: Engine, session: Session, language: Language, measured: bool = False) -> RunsTableValue:
    """A row on each run: what was asked for, and what came of it; distortion only if wanted, as it takes a while."""
    rows = []
    for experiment in session:
        events = events_of(engine, experiment)
        if events is not None:
            rows.append(_row(engine, experiment, events, language, measured))
    return {"runs": rows}


def _row(engine: Engine, experiment: Experiment, events: Sequence[Event], language: Language, measured: bool) -> RunRow:
    end = finished(events)
    evaluated = [event for event in events if isinstance(event, Progress) and event.validation_loss is not None]
    last = evaluated[-1] if evaluated else None
    # a run may have gone back to earlier weights
    final = next((event for event in evaluated if end and event.step == end.step), last)
    training_loss, validation_loss = last_losses(events)
    best = min((loss for _, _, loss in points_of(events) if loss is not None), default=None)
    config = engine.config(experiment.run_id)
    try:
        query = config.to_query()
    except SettingError:  # too many prompts for a link
        query = ""
    own = _has_own_name(experiment, config)
    trained = [language.sentence(labels.trained_with(config, events))] if own else []
    return {
        "id": experiment.run_id,
        "label": short_name(experiment, config, events, language),
        "colour": experiment.colour,
        "state": "recorded" if experiment.recorded else end.reason if end else "running" if events else "queued",
        "settings": " · ".join([*trained, settings_of(config, language)]),
        "best": best,
        "final": validation_loss,
        "gap": None if validation_loss is None or training_loss is None else validation_loss - training_loss,
        "rise": None if validation_loss is None or not best else validation_loss / best - 1,
        "distortion": distortion(engine, experiment) if measured and end else None,
        "zeros": final.zeros if final else None,
        "seconds": end.seconds if end else last.seconds if last else None,
        "query": query,
        "recorded": experiment.recorded,
    }


def settings_of(config: RunConfig, language: Language) -> str:
    """A run's settings in a few words, less its regularizers."""
    seconds = config.speech_seconds
    amount = language("all speech") if seconds is None else language("{seconds} s", seconds=f"{seconds:g}")
    model = language(MODELS[config.model.name].label)
    size, usually = config.model.settings.to_mapping(), MODELS[config.model.name].Settings().to_mapping()
    words = [amount, f"{model} {size['units']}" if "units" in size else model]
    if size.get("neighbours") != usually.get("neighbours"):
        words.append(language("neighbours: {count}", count=size["neighbours"]))
    if MODELS[config.model.name].gradients:
        words += [f"{config.updates} {language('updates')}", f"{language(OPTIMIZERS[config.optimizer].label)}"]
    if config.rate != config.usual_rate:
        words.append(f"{language('learning rate')} {config.rate:g}")
    if config.loss != RunConfig().loss:
        words.append(language(LOSSES[config.loss].label))
    return " · ".join([*words, f"{language('seed')} {config.seed}"])


def distortion(engine: Engine, experiment: Experiment) -> float | None:
    """Mel-cepstral distortion in dB of a finished run's last weights on the validation sentences; None without any."""
    try:
        run = engine.run(experiment.run_id)
        found = evaluation.held_out(run)
        own = [found[prompt.id] for prompt in corpus.load(run.config.corpus).split("validation")]
    except (EngineError, RunError, KeyError):
        return None
    return sum(one.mcd_db * one.speech_frames for one in own) / sum(one.speech_frames for one in own)
