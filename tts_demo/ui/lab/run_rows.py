"""The rows of the runs table: what was asked of each run of a session, and what came of it."""

from collections.abc import Sequence

from tts_demo import corpus, evaluation, labels
from tts_demo.config import RunConfig
from tts_demo.engine import Engine, EngineError
from tts_demo.events import Event, Progress, finished, points_of
from tts_demo.runs import RunError
from tts_demo.settings import SettingError
from tts_demo.ui.components.runs_table import RunRow, RunsTableValue
from tts_demo.ui.lab.run_states import state_of
from tts_demo.ui.lab.session import Experiment, Name, Session, events_of, has_own_name, names_of
from tts_demo.ui.locales.catalog import Language


def table(engine: Engine, now: Session, language: Language, measured: bool = False) -> RunsTableValue:
    """A row on each run: what was asked for, and what came of it; distortion only if wanted, as it takes a while."""
    names, rows = names_of(engine, now, language), []
    for experiment in now:
        events = events_of(engine, experiment)
        if events is not None:
            rows.append(_row(engine, experiment, events, names[experiment.run_id], language, measured))
    return {"runs": rows}


def _row(
    engine: Engine, experiment: Experiment, events: Sequence[Event], name: Name, language: Language, measured: bool
) -> RunRow:  # fmt: skip
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
    trained = [language.sentence(labels.trained_with(config, events))] if has_own_name(experiment, config) else []
    return {
        "id": experiment.run_id,
        "label": name.short,
        "suffix": name.suffix,
        "colour": experiment.colour,
        "state": state_of(events, experiment.recorded),
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
    return " · ".join(language.sentence(each) for each in labels.settings_of(config).values())


def distortion(engine: Engine, experiment: Experiment) -> float | None:
    """Mel-cepstral distortion in dB of a finished run's last weights on the validation sentences; None without any."""
    try:
        run = engine.run(experiment.run_id)
        found = evaluation.held_out(run)
        own = [found[prompt.id] for prompt in corpus.load(run.config.corpus).split("validation")]
    except (EngineError, RunError, KeyError):
        return None
    return sum(one.mcd_db * one.speech_frames for one in own) / sum(one.speech_frames for one in own)


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
