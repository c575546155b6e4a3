"""What the page's controls do: each handler turns what it is given by name into a call below and answers a `Change`."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from tts_demo import labels
from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus, CorpusError
from tts_demo.engine import Engine, EngineError
from tts_demo.events import finished
from tts_demo.lesson import LESSON
from tts_demo.recorded_lesson import RecordedLesson
from tts_demo.recorded_runs import NOTHING, RecordedRuns
from tts_demo.settings import SettingError
from tts_demo.text import TextError
from tts_demo.ui.components.loss_chart import ChartValue
from tts_demo.ui.components.player import chosen_moment
from tts_demo.ui.components.strength_curve import NO_CURVE, StrengthCurveValue
from tts_demo.ui.lab import blind_handlers, clips, kept_runs, links, run_lines, run_rows, session, sweeping
from tts_demo.ui.lab.changes import Change, Show
from tts_demo.ui.lab.choosing import Choosing
from tts_demo.ui.lab.controls import Chosen
from tts_demo.ui.lab.links import Link, View
from tts_demo.ui.lab.run_lines import StatusLine, alert, note
from tts_demo.ui.lab.sentences import Known, Wanted
from tts_demo.ui.lab.session import CHALLENGE
from tts_demo.ui.lab.visitor import Begun, Visitor, Wish
from tts_demo.ui.locales.catalog import Language

_NEARLY = 0.9  # of a run's updates: what is said later is said by the finished network
# parts of a link that speak of the page and not of a run
_BEFORE_THE_PAGE = ("lab", "lesson", "challenge", "course", *links.PARTS)


class Handlers:
    """The handlers of one page.

    Parameters
    ----------
    engine : Engine
        Where the page's runs go on.
    language : Language
        That the page speaks.
    voice : Corpus
        Whose sentences are heard.
    lesson : RecordedLesson, optional
        The recorded lesson, whose runs are drawn before anybody has trained anything.
    recorded : RecordedRuns
        What can be seen and heard without training.
    """

    def __init__(
        self, engine: Engine, language: Language, voice: Corpus, lesson: RecordedLesson | None = None,
        recorded: RecordedRuns = NOTHING,
    ) -> None:  # fmt: skip
        self.engine, self.language, self.voice = engine, language, voice
        self.choosing = Choosing(engine, language)
        self._known = Known.of(lesson)
        self._recorded = session.recorded(lesson, voice)
        self.recorded = session.ids_of(lesson, recorded)

    def train(self, visitor: Visitor, wanted: Wanted, chosen: Chosen, twin: bool) -> Change:
        """Start what was chosen, and its twin too if asked for: it meets the sentence that is wanted for one."""
        begun: list[Begun] = []
        refusal: Exception | None = None
        try:
            config = chosen.config()
            both = [config, session.twin_of(config, wanted.twin)] if twin else [config]
            named = [str(labels.label_of(one, self.voice)) for one in both]
            runs = self.engine.submit_together(both, visitor.key)
            begun = list(map(Begun, runs, named, ("", wanted.twin)))
        except (SettingError, EngineError, CorpusError) as error:
            refusal = error
        visitor.began(begun)
        if refusal:
            return self.refused(visitor, refusal)
        visitor.turn_to_the_newest()
        return self.curves(visitor)

    def arrive(self, visitor: Visitor, kept: Any, wanted: Wanted, query: Mapping[str, Sequence[str]]) -> Change:
        """What a page just loaded shows: what its link says, a sentence, and the runs of before a reload."""
        asked = {name: values for name, values in query.items() if name not in _BEFORE_THE_PAGE}
        kept = kept if isinstance(kept, dict) else {}  # from a browser, so anything at all
        before, lost = session.from_plain(kept.get("runs"), self.engine), kept_runs.lost(kept.get("runs"), self.engine)
        curve = sweeping.from_plain(kept.get("sweep"), self.engine)
        if curve:  # or else one may just have begun
            visitor.began_sweep(curve)
        view, wrong = self._view(query)
        challenged = "challenge" in query or view.embed == "challenge"
        visitor.arrive(before, lost, self._recorded, CHALLENGE if challenged else ())
        self._renew_leases(visitor)
        for run_id in (*(one.run_id for one in before), *(curve.runs if curve else ())):
            with contextlib.suppress(EngineError):  # forgotten just now
                visitor.is_known(self.engine.visitor(run_id))
        lab = challenged or not {"lab", "course", *links.PARTS}.isdisjoint(query) or bool(asked)
        lab = lab or (bool(before or lost) and "lesson" not in query)
        change: Change = {"tab": "lab" if lab else "lesson"} | self.listen(visitor, wanted)
        change |= {"tested": Show(open=True)} if challenged else {}
        alerts = [*wrong, *([note(kept_runs.sentence(lost, self.language))] if lost else [])]
        if curve is None and isinstance(kept.get("sweep"), dict):
            gone = "Your strength curve is gone: the server was restarted, or needed its room."
            alerts.append(note(self.language(gone)))
        visitor.link = Link(view)
        try:
            # RunConfig reads the link as it was written
            config = RunConfig.from_query(_as_written(asked)) if asked else visitor.link.at_first()
            visitor.link = Link(view, config)
            change |= self.choosing.settings(visitor, config) if config != LESSON or asked else {}
        except SettingError as error:
            alerts.append(alert(self._sentence(error)))
        change = visitor.link.shown(change)
        if alerts:
            visitor.alerts = tuple(alerts)
            change |= {"status": alerts}
        return change

    def curves(self, visitor: Visitor) -> Change:
        """Curves and states of the session's runs as they are now, and whether any of them goes on.

        `stage` tells the rest of the page that there is something to follow (a run begun, a snapshot, an end); see
        `follow`. What happens between two stages comes another way, see `live`. Nothing where somebody has asked anew
        before this was ready: a page must not be told that it is idle after its click on Train was answered.
        """
        self._renew_leases(visitor)
        number = visitor.stages.ask()
        change = {
            "chart": self._chart(visitor),
            "status": self._status(visitor),
            "busy": self.busy(visitor),
            "stage": number,
        }
        return change if visitor.stages.is_newest(number) else {}

    def follow(self, visitor: Visitor, wanted: Wanted) -> Change:
        """The rest of the page after a change of the curves: the table, what can be chosen, clips and insides."""
        self._renew_leases(visitor)
        wanted = visitor.wanted or wanted
        number, now = visitor.follows.ask(), visitor.session
        visitor.followed.replace(now)
        change: Change = {}
        names = session.names_of(self.engine, now, self.language)
        offered = tuple((one.run_id, names[one.run_id].full) for one in now)
        if visitor.offered.replace((offered, tuple(map(self.over, now)), visitor.proposed())):
            change |= self._choices(visitor, offered)
        spoken = tuple((*named, len(self._worth_hearing(one))) for named, one in zip(offered, now, strict=True))
        if visitor.spoken.replace(spoken):
            change |= self._heard(visitor, visitor.wish(), wanted) | self.inside(visitor, wanted)
        # last, as clips take seconds: gradio may run two of these at once, and the older must not end with what it saw
        over = not self.busy(visitor)
        twin = now[-1].run_id if over and now and now[-1].twin_prompt and not now[-1].recorded else ""
        if twin and wanted.kind == "unseen" and visitor.twin_heard.replace(twin):
            change |= {"kind": "twin"}  # what only the twin learned is where overfitting is heard
        change |= self.curve(visitor)
        told = {"kept": kept_runs.value(self.engine, now, visitor.deleted, visitor.sweep)}
        told |= self.table(visitor, measured=over)
        return told | change if visitor.follows.answer(number) else change

    def stop(self, visitor: Visitor) -> Change:
        """End every run of the page that is not over, and say so: its last measurements take a moment."""
        for run_id in visitor.sweep.runs if visitor.sweep else ():
            with contextlib.suppress(EngineError):
                self.engine.end(run_id)
        for experiment in visitor.session:
            if not experiment.recorded:
                with contextlib.suppress(EngineError):  # forgotten just now
                    self.engine.end(experiment.run_id)
        status = self._status(visitor)
        # a line with runs asks on, and what comes then is without the note; where all is over, nothing would remove it
        asks = any(line.run or line.others for line in status)
        return {"status": [note(self.language("Stopping …")), *status]} if asks else {}

    def preview(self, visitor: Visitor, chosen: Chosen) -> Change:
        """Show the recorded run of what is chosen, where there is one; nothing while a run of the page goes on.

        The chart alone, which is small: `follow_preview` brings the rest. What is said in the status line stays: that
        Train was refused, say.
        """
        if self.busy(visitor):
            return {}
        try:
            config = chosen.config()
        except (SettingError, CorpusError):  # Train says what is wrong with it
            return {}
        if not visitor.preview(self.recorded_run(config)):
            return {}
        return {"chart": self._chart(visitor)}

    def follow_preview(self, visitor: Visitor, wanted: Wanted) -> Change:
        """The rest of the page after a preview, where that has changed the session; and its curve in any case.

        The preview came past gradio's queue. What waited there may have overtaken it, and a curve that is not open yet
        shows whatever came last; so it comes once more, this way.
        """
        told = visitor.curves.last()
        again = {"curve": told} if told else {}
        return again | (self.follow(visitor, wanted) if visitor.followed.replace(visitor.session) else {})

    def recorded_run(self, config: RunConfig) -> session.Experiment | None:
        """The recorded run with these settings; None without one."""
        run_id = self.recorded.get(config)
        if run_id is None:
            return None
        label, bare = str(labels.label_of(config, self.voice)), not clips.snapshots(self.engine, run_id)
        return session.Experiment(run_id, label, 0, recorded=True, clips_only=bare)

    def change_strength(self, visitor: Visitor, chosen: Chosen) -> Change:
        """Give the runs that go on another strength of the regularizer that they have."""
        change: Change = {"default_of": chosen.still_default()}
        try:
            for experiment in visitor.session:
                if not self.over(experiment):
                    self.engine.set_strength(experiment.run_id, chosen.regularizer, float(chosen.strength or ""))
        except (SettingError, EngineError) as error:
            return change | self.refused(visitor, error)
        except ValueError:
            pass  # Train says what is wrong with it
        return change

    def curve(self, visitor: Visitor) -> Change:
        """The strength curve, where it is another than was told last."""

        def curve() -> StrengthCurveValue:
            recorded = visitor.recorded_curve
            if recorded:
                return sweeping.recorded_value(recorded, self.recorded, visitor.session, self.language)
            return sweeping.value(self.engine, visitor.sweep, visitor.session, self.language) or NO_CURVE

        told = visitor.curves.changed(curve)
        return {"curve": told} if told else {}

    def busy(self, visitor: Visitor) -> bool:
        """Whether a run of the page goes on."""
        return not all(map(self.over, visitor.session)) or bool(sweeping.unfinished(self.engine, visitor.sweep))

    def refused(self, visitor: Visitor, error: Exception) -> Change:
        """What went wrong, beside the lines of the runs."""
        return {"status": [alert(self._sentence(error)), *self._status(visitor)]}

    def told(self, visitor: Visitor, said: str) -> Change:
        """A sentence beside the lines of the runs."""
        return {"status": [note(said), *self._status(visitor)]}

    def over(self, experiment: session.Experiment) -> bool:
        """Whether a run is over, or forgotten."""
        events = session.events_of(self.engine, experiment)
        return events is None or finished(events) is not None

    # ---- listening and looking

    def listen(self, visitor: Visitor, wanted: Wanted) -> Change:
        """The player's clips for the chosen sentence, as the networks say it in the end."""
        visitor.wanted = wanted
        return self._heard(visitor, visitor.wish_at(None), wanted)

    def listen_and_look(self, visitor: Visitor, wanted: Wanted) -> Change:
        """Another sentence, heard and looked at."""
        return self.listen(visitor, wanted) | self.inside(visitor, wanted)

    def listen_at(self, visitor: Visitor, wanted: Wanted, data: object) -> Change:
        """The same clips as the networks said them at a moment of their training, which the player's slider sends."""
        try:
            moment = chosen_moment(data, clips.moments(self.engine, visitor.session))
        except ValueError as error:
            return {"said": self._sentence(error)}
        visitor.wanted = wanted
        return self._heard(visitor, visitor.wish_at(moment), wanted)

    def _heard(self, visitor: Visitor, wish: Wish, wanted: Wanted) -> Change:
        """What the player shows; nothing where something newer was wished for before this was ready."""
        try:
            value = clips.player_value(
                self.engine, wish.session, self.voice, wanted, self.language, wish.moment, self._known
            )
            change = {"player": value, "said": ""}
        except (TextError, SettingError) as error:
            change = {"said": self._sentence(error)}
        return change if visitor.wishes.is_newest(wish.number) else {}

    def inside(self, visitor: Visitor, wanted: Wanted) -> Change:
        """Weights, spectrogram and F0 of the run that is looked into; nothing new while nobody looks."""
        if not visitor.looks:
            return {}
        chosen = visitor.inside()
        if chosen is None:
            return {"inside": None}
        value = clips.inside_of(self.engine, visitor.session, chosen, self.voice, wanted, self.language, self._known)
        return {"inside": value}

    def open_view(self, visitor: Visitor, wanted: Wanted) -> Change:
        """Open the view into a run."""
        visitor.looks = True
        return self.inside(visitor, wanted)

    def close_view(self, visitor: Visitor) -> Change:
        """Close it: nothing is made for it any more."""
        visitor.looks = False
        return {}

    def look_into(self, visitor: Visitor, look: str | None, wanted: Wanted) -> Change:
        """Look into another run of the session."""
        visitor.look_into(look or "")
        return self.inside(visitor, wanted)

    # ---- parts

    def _chart(self, visitor: Visitor) -> ChartValue:
        value: ChartValue = visitor.charts.numbered(
            lambda: session.chart(self.engine, visitor.session, self.language) or {"runs": []}
        )
        return value

    def _view(self, query: Mapping[str, Sequence[str]]) -> tuple[View, list[StatusLine]]:
        """What a link says of the page: nothing, and what is wrong with it, where it names what is not known."""
        try:
            return View.of(query), []
        except SettingError as error:
            return View(), [alert(self._sentence(error))]

    def _renew_leases(self, visitor: Visitor) -> None:
        """The visitor's page is open: its runs may go on."""
        for experiment in visitor.session:
            with contextlib.suppress(EngineError):  # forgotten just now
                self.engine.renew_lease(experiment.run_id)
        for run_id in visitor.sweep.runs if visitor.sweep else ():
            with contextlib.suppress(EngineError):
                self.engine.renew_lease(run_id)

    def _status(self, visitor: Visitor) -> list[StatusLine]:
        curve = sweeping.line(self.engine, visitor.sweep, self.language)
        lines = run_lines.status(self.engine, visitor.session, self.language)
        return [*visitor.alerts, *curve, *([] if curve and not any(one.run for one in lines) else lines)]

    def table(self, visitor: Visitor, measured: bool = False) -> Change:
        """The table of runs, those that are lost too; distortion only if wanted, as it takes a while."""
        shown = run_rows.table(self.engine, visitor.session, self.language, measured)
        return {"runs": {**shown, "runs": [*shown["runs"], *kept_runs.rows(visitor.lost, self.language)]}}

    def _choices(self, visitor: Visitor, offered: Sequence[tuple[str, str]]) -> Change:
        """What can be chosen among the runs, given by id and name: to look into, and to compare blindly."""
        runs = [(name, run_id) for run_id, name in offered]
        known = blind_handlers.systems(self.engine, visitor.session, self.language)
        systems = [(name, system) for system, name in known.items()]
        first, second = visitor.proposed()
        inside = visitor.inside()
        return {
            "look": Show(choices=runs, value=inside.run_id if inside else None),
            "first": Show(choices=systems, value=first),
            "second": Show(choices=systems, value=second),
        }

    def _worth_hearing(self, experiment: session.Experiment) -> list[int]:
        """Snapshots at which the player says its sentence anew by itself; the slider offers all of them."""
        kept = clips.heard_at(self.engine, experiment.run_id)
        if self.over(experiment):
            return kept
        updates = self.engine.config(experiment.run_id).updates
        return [step for step in kept if clips.SPEAKS <= step <= _NEARLY * updates]

    def _sentence(self, error: Exception) -> str:
        return self.language.sentence(error)


def buttons(busy: bool) -> Change:
    """Train can be pressed while no run goes on, Stop while one does."""
    waits = Show(interactive=not busy)
    return {"train": waits, "sweep": waits, "stop": Show(interactive=busy)}


def rows_of(kind: str) -> Change:
    """The row of controls that belongs to a kind of sentence."""
    return {"typed": Show(visible=kind == "typed"), "which": Show(visible=kind in ("seen", "unseen"))}


def _as_written(query: Mapping[str, Sequence[str]]) -> str:
    return urlencode([(name, value) for name, values in query.items() for value in values], errors="replace")
