"""What one visitor has trained: a few experiments, each a run of the engine with a name and a colour."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tts_demo import corpus, labels
from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus
from tts_demo.engine import Engine, EngineError
from tts_demo.events import Event, Progress, Started, points_of, training_mode_points
from tts_demo.recorded_lesson import RUNS, RecordedLesson
from tts_demo.recorded_runs import RecordedRuns
from tts_demo.regularizers import REGULARIZERS
from tts_demo.ui.components.loss_chart import ChartRun, ChartValue
from tts_demo.ui.lab.run_states import state_of
from tts_demo.ui.locales.catalog import Language

MOST_EXPERIMENTS = 6  # as many as the chart has colours that stay apart
_LONGEST_LABEL = 80  # characters that the browser may bring back
RECORDED = "recorded-"  # begins the ids of runs that came with the page
CHALLENGE = (RECORDED + "out", RECORDED + "regularized")  # whom a challenge that was passed on asks to tell apart


@dataclass(frozen=True)
class Experiment:
    """One run that a visitor started; everything else about it is the engine's to tell.

    Its label is what it was asked to be trained with, in English, unless the visitor called it something: what the page
    shows is in `names_of`.
    """

    run_id: str
    label: str
    colour: int
    twin_prompt: str = ""  # the prompt that it learned besides the usual ones, if it is a twin
    recorded: bool = False  # came with the page: makes room as soon as the visitor trains
    clips_only: bool = False  # it was recorded without its weights: it says a few sentences, and no others


Session = tuple[Experiment, ...]


class Labelled(Protocol):
    """A run with the label that it began with, or that its visitor gave it."""

    @property
    def label(self) -> str:
        """In English, unless it is the visitor's own."""


def apart(now: Session) -> tuple[str, str]:
    """Whom to compare blindly at first: the newest run, and the newest before it that is nobody's twin."""
    now = tuple(one for one in now if not one.clips_only)
    if not now:
        return "recording", "recording"
    others = [one for one in now[:-1] if not one.twin_prompt] or list(now[:-1])
    return (others[-1].run_id if others else "recording"), now[-1].run_id


def added(session: Session, run_id: str, label: str, twin_prompt: str = "") -> Session:
    """The session with one more experiment, without the recorded ones, nor the oldest where there are too many."""
    session = tuple(experiment for experiment in session if not experiment.recorded)[-(MOST_EXPERIMENTS - 1) :]
    taken = {experiment.colour for experiment in session}
    colour = next(colour for colour in range(MOST_EXPERIMENTS) if colour not in taken)
    return (*session, Experiment(run_id, label, colour, twin_prompt))


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


def recorded(lesson: RecordedLesson | None, voice: Corpus) -> Session:
    """The recorded lesson's runs, as they are drawn before anybody has trained anything."""
    if lesson is None:
        return ()
    return tuple(
        Experiment(
            RECORDED + name, str(labels.label_of(lesson.runs[name].config, voice)), colour,
            lesson.twin.prompt if name == "in" else "", True,
        )
        for colour, name in enumerate(RUNS)
    )  # fmt: skip


def ids_of(lesson: RecordedLesson | None, others: RecordedRuns) -> dict[RunConfig, str]:
    """Ids of all recorded runs, by their settings; the lesson's own come first, as they have their weights."""
    named = {**others.runs, **(lesson.runs if lesson else {})}
    return {run.config: RECORDED + name for name, run in named.items()}


def with_recorded(now: Session, one: Experiment | None, instead: str = "") -> Session:
    """The session with one more recorded run, in the place of another recorded one.

    Where there is no colour left, the oldest recorded run makes room; without any it stays as it is.
    """
    kept = tuple(each for each in now if not (each.recorded and each.run_id == instead))
    if one is None or one.run_id in {each.run_id for each in kept}:
        return kept
    if len({each.colour for each in kept}) == MOST_EXPERIMENTS:
        oldest = next((each for each in kept if each.recorded), None)
        if oldest is None:
            return kept
        kept = without(kept, oldest.run_id)
    taken = {each.colour for each in kept}
    return (*kept, replace(one, colour=next(colour for colour in range(MOST_EXPERIMENTS) if colour not in taken)))


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
            run_id, label, colour, twin_prompt, *_ = item
            engine.queue_position(run_id)
            if run_id.startswith(RECORDED):
                continue
            if not isinstance(label, str) or not isinstance(twin_prompt, str) or colour not in range(MOST_EXPERIMENTS):
                continue
        except (EngineError, TypeError, ValueError):
            continue
        session = (*session, Experiment(run_id, label[:_LONGEST_LABEL], colour, twin_prompt[:_LONGEST_LABEL]))
    return session[:MOST_EXPERIMENTS]


@dataclass(frozen=True)
class Name:
    """What the page calls a run.

    Attributes
    ----------
    short : what it was trained with so far, or what its visitor called it.
    suffix : what tells it from the others of that name: the settings in which they differ, or a number; "" without any.
    full : both, and what a run with a name of its own was trained with where a strength was changed meanwhile.
    """

    short: str
    suffix: str
    full: str


def names_of(engine: Engine, now: Session, language: Language) -> dict[str, Name]:
    """What each run of a session is called on the page, by its id: chart, clips, table and lists say the same."""
    shorts: list[str] = []
    trained: list[str] = []
    configs: list[RunConfig | None] = []
    for experiment in now:
        try:
            config, events = engine.config(experiment.run_id), engine.events_after(experiment.run_id, 0, timeout=0)
        except EngineError:  # forgotten
            shorts, trained, configs = [*shorts, experiment.label], [*trained, ""], [*configs, None]
            continue
        configs.append(config)
        shorts.append(short_name(experiment, config, events, language))
        # a name of the visitor's own does not hide that a strength was changed
        changed = has_own_name(experiment, config) and labels.changes(config, events)
        trained.append(language.sentence(labels.trained_with(config, events)) if changed else "")
    names = {}
    called = labels.apart(shorts, configs, language.sentence)
    for experiment, short, full, what in zip(now, shorts, called, trained, strict=True):
        suffix = full.removeprefix(short)
        if what:
            full = language("{name}, trained with {trained}", name=full, trained=what)
        names[experiment.run_id] = Name(short, suffix, full)
    return names


def short_name(experiment: Labelled, config: RunConfig, events: Sequence[Event], language: Language) -> str:
    """What a run is called, without the changes of a strength where its visitor has called it something."""
    if has_own_name(experiment, config):
        return experiment.label
    return language.sentence(labels.label_of(config, corpus.load(config.corpus), events))


def has_own_name(experiment: Labelled, config: RunConfig) -> bool:
    """Whether its visitor has called it something: its label is not the one that it began with."""
    default = str(labels.label_of(config, corpus.load(config.corpus)))
    return experiment.label[:_LONGEST_LABEL] != default[:_LONGEST_LABEL]


def twin_of(config: RunConfig, prompt: str) -> RunConfig:
    """The same run with one more prompt to learn."""
    return replace(config, keep_in=(*config.keep_in, prompt))


def chart(engine: Engine, session: Session, language: Language) -> ChartValue | None:
    """What the loss chart shows of the session; None where there is nothing yet."""
    names = names_of(engine, session, language)
    drawn = [
        _chart_run(engine, experiment, events, names[experiment.run_id], language)
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


def about(config: RunConfig, experiment: Experiment) -> dict[str, Any]:
    """What was asked for, in plain values, for who follows what a visitor does: the course."""
    first = config.regularizers[0] if config.regularizers else None
    settings = first.settings.to_mapping() if first else {}
    return {
        "regularizer": first.name if first else "none", "strength": settings.get("strength"),
        "regularizers": len(config.regularizers), "model": config.model.name, **config.model.settings.to_mapping(),
        "seconds": config.speech_seconds, "loss": config.loss, "optimizer": config.optimizer, "seed": config.seed,
        "updates": config.updates, "twin": bool(config.keep_in), "recorded": experiment.recorded,
    }  # fmt: skip


def _chart_run(
    engine: Engine, experiment: Experiment, events: Sequence[Event], name: Name, language: Language
) -> ChartRun:  # fmt: skip
    started = [event for event in events[:1] if isinstance(event, Started)]
    return {
        "id": experiment.run_id,
        "label": name.full,
        "colour": experiment.colour,
        "state": state_of(events, experiment.recorded),
        "points": points_of(events),
        "batch": training_mode_points(events),
        "updates": started[0].total_updates if started else 1,
        "about": about(engine.config(experiment.run_id), experiment),
        "marks": [
            (change.step, f"{language(REGULARIZERS[change.regularizer].label)} {change.strength:g}")
            for change in labels.changes(engine.config(experiment.run_id), events)
        ],
    }
