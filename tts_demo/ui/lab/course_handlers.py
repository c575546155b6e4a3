"""The course on the page: a step sets it up."""

from tts_demo.messages import MessageError
from tts_demo.settings import SettingError
from tts_demo.ui.lab import course
from tts_demo.ui.lab.changes import Change, Show
from tts_demo.ui.lab.controls import Chosen
from tts_demo.ui.lab.curve_handlers import CurveHandlers
from tts_demo.ui.lab.visitor import Visitor

SECTIONS = ("swept", "view", "tested")  # that a step may open: strength curve, inside the model, blind test


class CourseHandlers:
    """Answers to the events of the page's `Course`.

    Parameters
    ----------
    curves : CurveHandlers
        Of the same page.
    """

    def __init__(self, curves: CurveHandlers) -> None:
        self.curves, self.runs = curves, curves.runs

    def set_up(self, visitor: Visitor, data: object, twin: bool, over: str) -> Change:
        """Controls, recorded runs, sentence and sections as a step needs them; the visitor's own runs stay.

        `Handlers.follow` comes next.
        """
        try:
            wanted = course.setup(data["step"])  # type: ignore[index]
        except (KeyError, TypeError):
            return self.runs.refused(visitor, MessageError("The course has no such step."))
        try:
            change = self.runs.choosing.settings(visitor, wanted.config, twin)
        except SettingError as error:  # what the page's link holds does not go together with this step
            return self.runs.refused(visitor, error)
        found = [self.runs.recorded_run(config) for config in wanted.runs]
        ids = [(self.runs.recorded.get(config), step) for config, step in wanted.compare]
        pair = tuple(f"{run_id}@{step}" if step else str(run_id) for run_id, step in ids)
        visitor.put_recorded([one for one in found if one], pair if len(pair) == 2 else ())
        over = wanted.over or over
        change |= {"over": over} | self.curves.choose(visitor, Chosen.of(wanted.config), over)
        change |= {"kind": wanted.kind} if wanted.kind else {}
        change |= {name: Show(open=name in wanted.open) for name in SECTIONS}
        visitor.looks = "view" in wanted.open
        # no stage, which would let the page follow by itself: the course waits for all that follows
        return change | {name: value for name, value in self.runs.curves(visitor).items() if name != "stage"}
