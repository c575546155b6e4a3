"""The strength curve on the page: trained, chosen among the recorded ones, and picked from."""

from dataclasses import replace

from tts_demo import labels
from tts_demo.config import RunConfig
from tts_demo.corpus import CorpusError
from tts_demo.engine import EngineError
from tts_demo.recorded_runs import RecordedRuns
from tts_demo.settings import SettingError
from tts_demo.sweeps import SweepError
from tts_demo.ui.components.strength_curve import picked
from tts_demo.ui.lab import hard_and_soft, session, sweeping
from tts_demo.ui.lab.changes import Change
from tts_demo.ui.lab.controls import Chosen
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.run_lines import note
from tts_demo.ui.lab.session import MOST_EXPERIMENTS
from tts_demo.ui.lab.visitor import Begun, Visitor


class CurveHandlers:
    """Answers to the events of the page's `StrengthCurve`.

    Parameters
    ----------
    runs : Handlers
        Of the page whose runs these are.
    recorded : RecordedRuns
        Whose curves are shown before anybody has trained one.
    """

    def __init__(self, runs: Handlers, recorded: RecordedRuns) -> None:
        self.runs, self.recorded = runs, [*recorded.curves.values()]

    def begin(self, visitor: Visitor, chosen: Chosen, over: str) -> Change:
        """Train a run for each point of a strength curve; nothing new while a run of the page goes on."""
        if self.runs.busy(visitor):
            return self.runs.curves(visitor)
        try:
            visitor.began_sweep(sweeping.begin(self.runs.engine, chosen.config(), over, visitor.key))
        except (SettingError, SweepError, EngineError, CorpusError) as error:
            return self.runs.refused(visitor, error)
        return self.runs.curves(visitor)

    def pick(self, visitor: Visitor, data: object) -> Change:
        """Put a point of the strength curve among the session's runs: to be heard, and drawn in the loss chart."""
        try:
            if change := self._pick_recorded(visitor, data):
                return change
            run_id = picked(data, visitor.sweep.runs if visitor.sweep else ())
            config = self.runs.engine.config(run_id)
            known = run_id in {experiment.run_id for experiment in visitor.session}
            gone = None if known else self._makes_room(visitor)
        except (ValueError, EngineError) as error:
            return self.runs.refused(visitor, error)
        if not known:
            visitor.began([Begun(run_id, str(labels.label_of(config, self.runs.voice)))])
        visitor.turn_to_the_newest()
        if gone:
            said = self.runs.language(
                "“{name}” made room: the page keeps {most} runs.", name=gone, most=MOST_EXPERIMENTS
            )
            visitor.alerts = (note(said),)
        return self.runs.curves(visitor)

    def _pick_recorded(self, visitor: Visitor, data: object) -> Change:
        """Put a recorded point among the session's runs; {} where no recorded curve has it.

        Another curve may be chosen by now than the one that was seen when the point was clicked: so any may have it.
        """
        chosen = visitor.recorded_curve
        for curve in (*([chosen] if chosen else []), *self.recorded):
            configs = {self.runs.recorded[config]: config for config in curve.configs()}
            try:
                run_id = picked(data, configs)
            except ValueError:
                continue
            for config in curve.heard_with(configs[run_id]):
                run = self.runs.recorded_run(config)
                assert run is not None, config
                visitor.add_recorded(run)
            return self.runs.curves(visitor)
        return {}

    def _makes_room(self, visitor: Visitor) -> str | None:
        """Take the oldest run that is over from a full page; its name. Raises `EngineError` where all of them go on."""
        now = visitor.session
        if sum(not one.recorded for one in now) < MOST_EXPERIMENTS:
            return None
        oldest = next((one for one in now if not one.recorded and self.runs.over(one)), None)
        if oldest is None:
            raise EngineError("All places are taken by runs that go on: stop one first.")
        name = session.names_of(self.runs.engine, now, self.runs.language)[oldest.run_id].full
        visitor.update_session(lambda before: session.without(before, oldest.run_id))
        return name

    def at_first(self, visitor: Visitor, question: int, chosen: Chosen, over: str) -> Change:
        """The visitor's own curve of before a reload, whatever the controls say; else a recorded one of theirs."""
        if not visitor.previews.answer(question):
            return {}
        return self.runs.curve(visitor) if visitor.sweep else self.choose(visitor, chosen, over)

    def show_chosen(self, visitor: Visitor, question: int, chosen: Chosen, over: str) -> Change:
        """What was recorded of what is chosen: its run and its curve, as they are drawn.

        `question` counts the page's questions: where several controls change at once, each of them asks, and what was
        asked first, when the last of them had not changed, may arrive last. Nothing for one that a later one overtook.
        """
        if not visitor.previews.answer(question):
            return {}
        return self.runs.preview(visitor, chosen) | self.choose(visitor, chosen, over)

    def choose(self, visitor: Visitor, chosen: Chosen, over: str) -> Change:
        """The recorded curve of what is chosen, unless the visitor's own is of that or still grows."""
        try:
            # the curve goes over all strengths; and that of the regularizer before stands there for a moment
            given = replace(chosen, strength_of="") if over == "strength" else chosen
            config: RunConfig | None = given.config()
        except (SettingError, CorpusError):  # Train says what is wrong with it
            config = None
        own = visitor.sweep
        if over == hard_and_soft.OVER:
            visitor.show_recorded(hard_and_soft.of(config, self.recorded) if config else None)
        elif sweeping.unfinished(self.runs.engine, own) or (config and own and own.sweep.is_of(config, over)):
            visitor.show_recorded(None)
        else:
            visitor.show_recorded(
                next((one for one in self.recorded if config and one.sweep.is_of(config, over)), None)
            )
        return self.runs.curve(visitor)
