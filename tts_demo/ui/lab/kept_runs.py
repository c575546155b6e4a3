"""What a browser keeps of its visitor's runs: a reload finds them again, and so do all of its tabs.

The server forgets its runs when it is restarted. The browser keeps the settings of each, so that what is gone can be
said, and be run again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from tts_demo import corpus, labels
from tts_demo.config import RunConfig
from tts_demo.corpus import CorpusError
from tts_demo.engine import Engine, EngineError
from tts_demo.settings import SettingError
from tts_demo.ui.components.kept_runs import KeptValue
from tts_demo.ui.components.runs_table import RunRow
from tts_demo.ui.lab import run_rows, session, sweeping
from tts_demo.ui.lab.session import MOST_EXPERIMENTS, Session
from tts_demo.ui.lab.sweeping import LiveSweep
from tts_demo.ui.locales.catalog import Language


@dataclass(frozen=True)
class LostRun:
    """A run that the browser kept and the engine has forgotten."""

    run_id: str
    label: str
    colour: int
    config: RunConfig


def value(engine: Engine, now: Session, deleted: Collection[str], sweep: LiveSweep | None = None) -> KeptValue:
    """What the browser shall keep of a session, and of the strength curve."""
    rows = []
    for one in now:
        if not one.recorded:
            try:
                query = engine.config(one.run_id).to_query()
            except EngineError:  # forgotten just now
                continue
            except SettingError:  # too many prompts for a link: a reload finds the run, a restart not its settings
                query = None
            rows.append([one.run_id, one.label, one.colour, one.twin_prompt, query])
    return {"runs": rows, "deleted": list(deleted), "sweep": sweeping.to_plain(sweep)}


def lost(plain: Any, engine: Engine) -> tuple[LostRun, ...]:
    """The runs that the browser kept and the engine no longer has, less whatever is not ours."""
    found: tuple[LostRun, ...] = ()
    for item in plain if isinstance(plain, list) else ():
        try:
            run_id, label, colour, _, query = item
            if not isinstance(run_id, str) or not isinstance(label, str) or colour not in range(MOST_EXPERIMENTS):
                continue
            config = RunConfig.from_query(query)
            labels.label_of(config, corpus.load(config.corpus))  # names prompts that the corpus may no longer have
        except (SettingError, CorpusError, TypeError, ValueError, AttributeError):
            continue
        try:
            engine.queue_position(run_id)
        except EngineError:
            found = (*found, LostRun(run_id[:80], label[:80], colour, config))
    return found[:MOST_EXPERIMENTS]


def sentence(gone: Sequence[LostRun], language: Language) -> str:
    """What has become of them."""
    if len(gone) == 1:
        return language(
            "One of your runs is gone: the server was restarted, or needed its room. Its settings are in the table of "
            "runs, to be used again."
        )
    return language(
        "{count} of your runs are gone: the server was restarted, or needed their room. Their settings are in the "
        "table of runs, to be used again.",
        count=len(gone),
    )


def rows(gone: Sequence[LostRun], language: Language) -> list[RunRow]:
    """Their rows in the table of runs."""
    return [
        {
            "id": one.run_id,
            "label": session.short_name(one, one.config, (), language),
            "suffix": "",
            "colour": one.colour,
            "state": "lost",
            "settings": run_rows.settings_of(one.config, language),
            "best": None,
            "final": None,
            "gap": None,
            "rise": None,
            "distortion": None,
            "zeros": None,
            "seconds": None,
            "query": one.config.to_query(),
            "recorded": False,
        }
        for one in gone
    ]
