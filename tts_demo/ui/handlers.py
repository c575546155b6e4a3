"""What the page's controls do: each handler turns inputs into a call below and its answer into outputs."""

import atexit
import contextlib
import html
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from tts_demo import corpus, labels, runs
from tts_demo.config import RunConfig
from tts_demo.corpus import CorpusError
from tts_demo.engine import Engine, EngineError
from tts_demo.events import finished
from tts_demo.gallery import Gallery
from tts_demo.lesson import LESSON
from tts_demo.run_times import may_end_sooner
from tts_demo.settings import SettingError
from tts_demo.text import TextError
from tts_demo.ui import clips, kept_runs, session
from tts_demo.ui.experiment import PRESETS, config_of, described, values_of
from tts_demo.ui.language import Language
from tts_demo.ui.player import chosen_moment
from tts_demo.ui.runs_table import action_of
from tts_demo.ui.sentences import Known, Wanted
from tts_demo.ui.session import CHALLENGE, Visitor

_SPEAKS = 80  # updates, before which a network hums: such snapshots are for the training slider
_NEARLY = 0.9  # of a run's updates: what is said later is said by the finished network
_NO_ROOM = "The file could not be made: the disk of this server may be full."
_BEFORE_THE_PAGE = ("lab", "lesson", "challenge")  # parts of a link that speak of the page and not of a run


class Handlers:
    """The handlers of one page.

    Parameters
    ----------
    engine : Engine
        Where the page's runs go on.
    language : Language
        That the page speaks.
    gallery : Gallery, optional
        The recorded lesson, whose runs are drawn before anybody has trained anything.
    """

    def __init__(self, engine: Engine, language: Language, gallery: Gallery | None = None) -> None:
        self.engine = engine
        self.language = language
        self.voice = corpus.load(RunConfig().corpus)
        self._files = Path(tempfile.mkdtemp(prefix="tts_demo-files-"))
        atexit.register(shutil.rmtree, self._files, ignore_errors=True)
        self._known = Known.of(gallery)
        self._recorded = session.recorded(gallery, self.voice)

    # ---- runs

    def train(self, visitor: Visitor, twin: bool, heard: tuple, base: Mapping, controls: Mapping) -> dict:
        """Start what the controls describe, and its twin too if asked for.

        `heard` is what the player shall say, as `Wanted` has it.
        """
        try:
            config = config_of(base, controls)
            for one in (config, session.twin_of(config, heard[1])) if twin else (config,):
                met = heard[1] if one is not config else ""
                label = str(labels.label_of(one, self.voice))
                run_id = self.engine.submit(one)
                visitor.session = session.added(visitor.session, run_id, label, met)
        except (SettingError, EngineError, CorpusError) as error:
            return {"status": self._alert(error) + self._status(visitor)}
        visitor.looked_into, visitor.moment, visitor.alert = "", None, ""
        return self.curves(visitor)

    def arrive(self, visitor: Visitor, kept: Any, heard: tuple, query: Mapping) -> dict:
        """What a page just loaded shows: what its link says, a sentence, and the runs of before a reload."""
        asked = {name: value for name, value in query.items() if name not in _BEFORE_THE_PAGE}
        before = session.from_plain(kept, self.engine)
        visitor.lost = kept_runs.lost(kept, self.engine)
        visitor.session = session.together(before, visitor.session) or self._recorded
        challenged = "challenge" in query
        if challenged:
            visitor.session = session.beside(self._recorded, visitor.session, CHALLENGE)
            visitor.compared = CHALLENGE
        lab = challenged or "lab" in query or bool(asked) or (bool(before or visitor.lost) and "lesson" not in query)
        change = {"place": "lab" if lab else "lesson"} | self.listen(visitor, *heard)
        change |= {"challenged": True} if challenged else {}
        if visitor.lost:
            visitor.alert = f"<div>{html.escape(kept_runs.sentence(visitor.lost, self.language))}</div>"
        try:
            # RunConfig reads the link as it was written
            config = RunConfig.from_query(_as_written(asked)) if asked else None
            change |= self._settings(visitor, config) if config else {}
        except SettingError as error:
            visitor.alert += self._alert(error)
        change |= {"status": visitor.alert} if visitor.alert else {}
        return change

    def curves(self, visitor: Visitor) -> dict:
        """Curves and states of the session's runs as they are now, and whether any of them goes on.

        `stage` tells the rest of the page that there is something to follow (a run begun, a snapshot, an end); see
        `follow`. What happens between two stages comes another way, see `live`. Nothing where somebody has asked anew
        before this was ready: a page must not be told that it is idle after its click on Train was answered.
        """
        visitor.stage += 1
        number = visitor.stage
        change = {
            "chart": session.chart(self.engine, visitor.session, self.language),
            "status": self._status(visitor),
            "busy": not all(self._over(experiment) for experiment in visitor.session),
            "stage": number,
        }
        return change if visitor.stage == number else {}

    def follow(self, visitor: Visitor, *heard: Any) -> dict:
        """The rest of the page after a change of the curves: the table, what can be chosen, clips and insides."""
        visitor.follows += 1
        number, now = visitor.follows, visitor.session
        change: dict = {}
        offered = tuple((one.run_id, self._name(one)) for one in now)
        if visitor.offered != offered:
            visitor.offered = offered
            change |= self._choices(visitor)
        spoken = tuple((*named, len(self._worth_hearing(one))) for named, one in zip(offered, now, strict=True))
        if visitor.spoken != spoken:
            visitor.spoken = spoken
            change |= self._heard(visitor, *heard) | self.inside(visitor, *heard)
        # last, as clips take seconds: gradio may run two of these at once, and the older must not end with what it saw
        over = all(self._over(experiment) for experiment in now)
        told = {"kept": kept_runs.value(self.engine, now, visitor.deleted)} | self._table(visitor, measured=over)
        if visitor.followed > number:
            return change
        visitor.followed = number
        return told | change

    def stop(self, visitor: Visitor) -> None:
        """End every run of the session that is not over."""
        for experiment in visitor.session:
            if experiment.recorded:
                continue
            try:
                self.engine.end(experiment.run_id)
            except EngineError:
                continue

    def change_strength(self, visitor: Visitor, regularizer: str, strength: str) -> dict:
        """Give the runs that go on another strength of the regularizer that they have."""
        try:
            for experiment in visitor.session:
                if not self._over(experiment):
                    self.engine.set_strength(experiment.run_id, regularizer, float(strength))
        except (SettingError, EngineError) as error:
            return {"status": self._alert(error) + self._status(visitor)}
        except (TypeError, ValueError):
            return {}  # Train says what is wrong with it
        return {}

    def described(
        self, visitor: Visitor, name: str, strength_of: str, usual_of: str, model: str, optimizer: str
    ) -> tuple[Any, Any, Any, Any]:
        """Strength control and words after somebody has picked a regularizer, a model or an optimizer.

        Nothing new where they are of these already: gradio tells of a pick twice, the second time when the list is
        left, and somebody may have typed a strength before that is answered.
        """
        if visitor.described == (name, model, optimizer):
            return (gr.skip(),) * 4
        visitor.described = (name, model, optimizer)
        return described(self.language, name, strength_of, usual_of, model, optimizer)

    def preset(self, visitor: Visitor, label: str, twin: bool = True) -> dict:
        """The controls' values for a preset."""
        return self._settings(visitor, next(preset for preset in PRESETS if preset.label == label).config(), twin)

    def act(self, visitor: Visitor, data: object, twin: bool = True) -> dict:
        """What a button of the runs table asks for: another name, delete, the settings again, the run as a file."""
        lost = {one.run_id: one.config for one in visitor.lost}
        mine = [*(one.run_id for one in visitor.session if not one.recorded), *lost]
        recorded = [one.run_id for one in visitor.session if one.recorded]
        try:
            action = action_of(data, mine, recorded)
            if action.kind == "reuse":
                return self._settings(visitor, lost.get(action.run) or self.engine.config(action.run), twin)
            if action.kind == "download":
                return {"file": gr.update(value=str(self._zipped(action.run)), visible=True)}
            if action.kind == "rename":
                visitor.session = session.renamed(visitor.session, action.run, action.text)
            else:
                with contextlib.suppress(EngineError):  # it may be gone already
                    self.engine.end(action.run)
                visitor.session = session.without(visitor.session, action.run)
                visitor.lost = tuple(one for one in visitor.lost if one.run_id != action.run)
                visitor.deleted = (*visitor.deleted, action.run)
        except (ValueError, OSError) as error:
            said = self.language.sentence(error) if isinstance(error, ValueError) else self.language(_NO_ROOM)
            return {"runs": {**self._table(visitor)["runs"], "alert": said}}
        return self.curves(visitor)

    def _zipped(self, run_id: str) -> Path:
        """A finished run's folder as a ZIP file, made once; raises `EngineError`, OSError."""
        folder = self.engine.run(run_id).directory
        if folder.suffix == runs.PARTIAL:
            raise EngineError("This run is still going on: it can be downloaded when it is over.")
        made = self._files / f"hear-overfitting-{run_id}"
        if not made.with_suffix(".zip").exists():
            shutil.make_archive(str(made), "zip", folder)
        return made.with_suffix(".zip")

    def predicted(self, visitor: Visitor, number: int, base: Mapping, timed: Mapping, twin: bool = True) -> dict:
        """How long this machine will take for such a run, its twin beside it if there is one, in words.

        `timed` has the values of those controls on which the time depends, and no others: whatever is wrong with the
        rest, Train says. `number` counts the page's questions: a preset changes many controls, each of them asks, and
        the questions may arrive in another order than they were asked in. Nothing for one that a later one overtook.

        The first visitor comes before the workers are warm: the page is told to ask again.
        """
        if number < visitor.asked:
            return {}
        visitor.asked = number
        warm = self.engine.expected_seconds([LESSON]) is not None
        again = {"again_soon": gr.update(active=not warm)} if warm is visitor.asks_again else {}
        visitor.asks_again = not warm
        size = {"model": base["model"]} if "model" in base else {}
        for rest in (dict(base), size) if warm else ():
            with contextlib.suppress(SettingError):
                return again | self._predicted(config_of(rest, values_of(LESSON) | dict(timed)), twin)
        return again | {"predicted": ""}

    def _predicted(self, config: RunConfig, twin: bool) -> dict:
        """The words, once a worker has measured this machine."""
        expected = self.engine.expected_seconds([config] * (2 if twin else 1))
        if expected is None:
            return {}
        seconds = f"{float(f'{expected:.2g}'):g}"
        if may_end_sooner(config):
            return {"predicted": self.language("at most about {seconds} s on this machine", seconds=seconds)}
        return {"predicted": self.language("about {seconds} s on this machine", seconds=seconds)}

    def _settings(self, visitor: Visitor, config: RunConfig, twin: bool = True) -> dict:
        """What the controls show of a run, how long it will take, and the preset that it is, if it is one."""
        values = values_of(config)
        visitor.described = (values["regularizer"], values["model"], values["optimizer"])
        preset = next((preset.label for preset in PRESETS if preset.config() == config), None)
        settings = {"controls": values, "base": config.to_mapping(), "preset": preset}
        return settings | self._predicted(config, twin)

    # ---- listening and looking

    def listen(self, visitor: Visitor, *heard: Any) -> dict:
        """The player's clips for the chosen sentence, as the networks say it in the end."""
        visitor.moment = None
        return self._heard(visitor, *heard)

    def listen_at(self, visitor: Visitor, event: gr.EventData, *heard: Any) -> dict:
        """The same clips as the networks said them at a moment of their training."""
        try:
            visitor.moment = chosen_moment(event, clips.moments(self.engine, visitor.session))
        except ValueError as error:
            return {"said": self._alert(error)}
        return self._heard(visitor, *heard)

    def _heard(self, visitor: Visitor, *heard: Any) -> dict:
        """What the player shows; nothing where something newer was wished for before this was ready."""
        visitor.wishes += 1
        number = visitor.wishes
        try:
            value = clips.player_value(
                self.engine, visitor.session, Wanted(*heard), self.language, visitor.moment, self._known
            )
            change = {"player": value, "said": ""}
        except (TextError, SettingError) as error:
            change = {"said": self._alert(error)}
        return change if visitor.wishes == number else {}

    def inside(self, visitor: Visitor, *heard: Any) -> dict:
        """Weights, spectrogram and F0 of the run that is looked into; nothing new while nobody looks."""
        if not visitor.looks:
            return {}
        chosen = visitor.inside()
        if chosen is None:
            return {"inside": None}
        return {
            "inside": clips.inside_of(self.engine, visitor.session, chosen, Wanted(*heard), self.language, self._known)
        }

    def look(self, visitor: Visitor, looks: bool, *heard: Any) -> dict:
        """Open or close the view into a run."""
        visitor.looks = looks
        return self.inside(visitor, *heard)

    def look_into(self, visitor: Visitor, run_id: str, *heard: Any) -> dict:
        """Look into another run of the session."""
        visitor.looked_into = run_id or ""
        return self.inside(visitor, *heard)

    # ---- parts

    def _status(self, visitor: Visitor) -> str:
        return visitor.alert + session.status(self.engine, visitor.session, self.language)

    def _table(self, visitor: Visitor, measured: bool = False) -> dict:
        shown = session.table(self.engine, visitor.session, self.language, measured)
        return {"runs": {**shown, "runs": [*shown["runs"], *kept_runs.rows(visitor.lost, self.language)]}}

    def _choices(self, visitor: Visitor) -> dict:
        """What can be chosen among the session's runs: to look into, and to compare blindly."""
        runs = [(self._name(one), one.run_id) for one in visitor.session]
        systems = [*runs, (self.language("Recording"), "recording")]
        first, second = visitor.proposed()
        inside = visitor.inside()
        return {
            "look": gr.update(choices=runs, value=inside.run_id if inside else None),
            "first": gr.update(choices=systems, value=first),
            "second": gr.update(choices=systems, value=second),
        }

    def _name(self, experiment: session.Experiment) -> str:
        return session.name_of(self.engine, experiment, self.language)

    def _over(self, experiment: session.Experiment) -> bool:
        events = session.events_of(self.engine, experiment)
        return events is None or finished(events) is not None

    def _worth_hearing(self, experiment: session.Experiment) -> list[int]:
        """Snapshots at which the player says its sentence anew by itself; the slider offers all of them."""
        kept = clips.snapshots(self.engine, experiment.run_id)
        if self._over(experiment):
            return kept
        updates = self.engine.config(experiment.run_id).updates
        return [step for step in kept if _SPEAKS <= step <= _NEARLY * updates]

    def _alert(self, error: Exception) -> str:
        return alert(self.language.sentence(error))


def _as_written(query: Mapping[str, Any]) -> str:
    return urlencode([(name, value) for name, values in query.items() for value in values], errors="replace")


def alert(message: str) -> str:
    """A sentence that stands out, escaped: it may quote what somebody typed."""
    return f'<span class="hear-alert" role="alert">{html.escape(message)}</span>'
