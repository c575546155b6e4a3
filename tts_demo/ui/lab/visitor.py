"""Who has one page open: the session, and what is looked at. Events of a page overlap, and all of them share this."""

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tts_demo.recorded_runs import RecordedCurve
from tts_demo.ui.lab import session
from tts_demo.ui.lab.hard_and_soft import HardAndSoft
from tts_demo.ui.lab.kept_runs import LostRun
from tts_demo.ui.lab.links import Link
from tts_demo.ui.lab.run_lines import StatusLine
from tts_demo.ui.lab.sentences import Wanted
from tts_demo.ui.lab.session import Experiment, Session
from tts_demo.ui.lab.sweeping import LiveSweep


class Shared:
    """What several threads may use at once, under a lock of its own; a copy has another lock."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __getstate__(self) -> dict[str, Any]:
        with self._lock:
            return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._lock = threading.RLock()


class Latest(Shared):
    """Numbers questions whose answers take a while, and says which of them are still worth an answer."""

    def __init__(self) -> None:
        super().__init__()
        self._asked = self._answered = 0

    def ask(self) -> int:
        """The number of a new question, which is now the newest one."""
        with self._lock:
            self._asked += 1
            return self._asked

    def is_newest(self, number: int) -> bool:
        """Whether nobody has asked since."""
        with self._lock:
            return number == self._asked

    def answer(self, number: int) -> bool:
        """Whether no newer question was answered: then this one counts as answered."""
        with self._lock:
            if number < self._answered:
                return False
            self._answered = number
            return True


class Last(Shared):
    """What was told last, so that nothing is told twice."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self._value = value

    def replace(self, value: Any) -> bool:
        """Whether the value is another than the last one, which it is now."""
        with self._lock:
            differs, self._value = bool(self._value != value), value
            return differs


class InOrder(Shared):
    """Numbers the values that a part of the page is told: gradio's two ways to a page overtake one another."""

    def __init__(self) -> None:
        super().__init__()
        self._order = 0
        self._value: Any = None
        self._told: Any = None

    def numbered(self, make: Callable[[], Any]) -> Any:
        """The mapping that `make` returns, with its number as "order"."""
        with self._lock:  # held meanwhile, so that a greater number never saw an older page
            return self._tell(make())

    def changed(self, make: Callable[[], Any]) -> Any:
        """The same where it is another than the last one; None where it is not."""
        with self._lock:
            value = make()
            return self._tell(value) if value != self._value else None

    def _tell(self, value: Any) -> Any:
        self._order += 1
        self._value, self._told = value, {**value, "order": self._order}
        return self._told

    def last(self) -> Any:
        """What was told last, with its number; None before."""
        with self._lock:
            return self._told


@dataclass(frozen=True)
class Wish:
    """What the player was asked for: by whom, as they were at a moment of their training, the end where it is None."""

    number: int
    session: Session
    moment: int | None


@dataclass(frozen=True)
class Begun:
    """A run that the engine has just taken; `twin_prompt` is the one that it learns besides, if it is a twin."""

    run_id: str
    label: str
    twin_prompt: str = ""


class Visitor(Shared):
    """One open page. Whatever reads several of its parts, or writes one of what it has read, is a method with the lock.

    Parameters
    ----------
    now : Session
        The runs that the page begins with.
    looks : bool
        Whether the view into a run is open.

    Attributes
    ----------
    looks : whether the view into a run is open.
    wanted : the sentence that the visitor asked to hear last; None before. What follows by itself says that one: it may
        have waited since before another was asked for.
    link : what the page was opened with.
    alerts : what was wrong with the link, and what has become of earlier runs, until something is trained.
    stages : questions for what the rest of the page has to follow: runs begun, snapshots, ends.
    follows : how often the rest of the page was asked to follow.
    wishes : what the player was asked for.
    times : questions about the time that a run will take, which the page numbers.
    previews : questions for what was recorded of what is chosen, numbered as well.
    asks_again : whether the page asks for that again and again, as the workers are not warm yet.
    described : regularizer, model and optimizer that strength and words are for.
    offered : runs that can be chosen from: ids and names.
    spoken : whose clips were made: id, name, snapshots.
    twin_heard : the twin whose own sentence was chosen for its visitor.
    charts, curves : what the loss chart and the strength curve were told.
    """

    def __init__(self, now: Session = (), looks: bool = False) -> None:
        super().__init__()
        self._session = now
        self._key = ""
        self._looked_into = ""  # a run's id; the newest is looked into where it is none of the session's
        self._moment: int | None = None
        self._compared: tuple[str, str] | tuple[()] = ()  # the two that a challenge asks to tell apart
        self._proposed: tuple[str, str] | tuple[()] = ()  # the two that a step of the course proposes
        self._lost: tuple[LostRun, ...] = ()
        self._deleted: tuple[str, ...] = ()
        self._sweep: LiveSweep | None = None
        self._recorded_curve: RecordedCurve | HardAndSoft | None = None
        self._previewed = session.CHALLENGE[1]  # the recorded run of what is chosen: at first the lesson's remedy
        self.looks = looks
        self.wanted: Wanted | None = None
        self.link = Link()
        self.alerts: tuple[StatusLine, ...] = ()
        self.stages, self.follows, self.wishes = Latest(), Latest(), Latest()
        self.times, self.previews = Latest(), Latest()
        self.asks_again, self.described, self.offered, self.spoken = Last(False), Last(()), Last(()), Last(None)
        self.twin_heard, self.followed = Last(""), Last(())
        self.charts, self.curves = InOrder(), InOrder()

    @property
    def key(self) -> str:
        """Whose turn it is when this visitor's runs wait; nobody else knows it."""
        with self._lock:  # not made before somebody asks, as gradio copies one visitor for all pages
            self._key = self._key or secrets.token_hex(8)
            return self._key

    def is_known(self, key: str) -> None:
        """A browser that has come back, or has another tab: its runs say who it is."""
        with self._lock:
            self._key = key or self._key

    @property
    def session(self) -> Session:
        """The runs of the page, oldest first."""
        return self._session

    @property
    def lost(self) -> tuple[LostRun, ...]:
        """The runs that the browser kept and the engine has forgotten."""
        return self._lost

    @property
    def deleted(self) -> tuple[str, ...]:
        """Ids of the runs that were deleted on this page."""
        return self._deleted

    @property
    def sweep(self) -> LiveSweep | None:
        """The strength curve that was begun last."""
        return self._sweep

    @property
    def recorded_curve(self) -> RecordedCurve | HardAndSoft | None:
        """The recorded strength curve that is shown; None where that of the visitor's own is."""
        return self._recorded_curve

    def began_sweep(self, sweep: LiveSweep | None) -> None:
        """Show another strength curve from now on."""
        with self._lock:
            self._sweep, self._recorded_curve, self.alerts = sweep, None, ()

    def show_recorded(self, curve: RecordedCurve | HardAndSoft | None) -> None:
        """Show a recorded strength curve, or else the visitor's own."""
        with self._lock:
            self._recorded_curve = curve

    def preview(self, one: Experiment | None) -> bool:
        """Show the recorded run of what is chosen, in the place of the one before; whether that changes anything."""
        with self._lock:
            before, known = self._session, {each.run_id for each in self._session}
            self._session = session.with_recorded(before, one, self._previewed)
            if one is None or one.run_id not in known:  # what was there in its own right stays there
                self._previewed = one.run_id if one else ""
            if self._session == before:
                return False
            self._looked_into, self._moment = "", None
            return True

    def put_recorded(self, runs: Sequence[Experiment], proposed: tuple[str, str] | tuple[()] = ()) -> None:
        """Show these recorded runs, and no others, and propose two systems for a blind test."""
        with self._lock:
            self._session = tuple(one for one in self._session if not one.recorded)
            for one in runs:
                self._session = session.with_recorded(self._session, one)
            self._previewed, self._looked_into, self._moment = "", "", None
            self._proposed = proposed

    def add_recorded(self, one: Experiment) -> None:
        """Show a recorded run until something is trained."""
        with self._lock:
            self._session = session.with_recorded(self._session, one)
            self._looked_into, self._moment = "", None

    def update_session(self, change: Callable[[Session], Session]) -> None:
        """Make another session of the one that there is, with nothing between the two."""
        with self._lock:
            self._session = change(self._session)

    def arrive(
        self, before: Session, lost: tuple[LostRun, ...], recorded: Session, challenge: tuple[str, str] | tuple[()] = ()
    ) -> None:
        """The page was loaded: add the runs of before, or else the recorded ones; those of a challenge in any case."""
        with self._lock:
            self._lost = lost
            self._session = session.together(before, self._session) or recorded
            if challenge:
                self._session, self._compared = session.beside(recorded, self._session, challenge), challenge

    def began(self, runs: Sequence[Begun]) -> None:
        """Add runs that were begun together, one beside the other."""
        with self._lock:
            for run in runs:
                self._session = session.added(self._session, run.run_id, run.label, run.twin_prompt)
                self._deleted = tuple(run_id for run_id in self._deleted if run_id != run.run_id)

    def turn_to_the_newest(self) -> None:
        """Look into the newest run, hear all of them as they are in the end, and leave the alerts behind."""
        with self._lock:
            self._looked_into, self._moment, self.alerts = "", None, ()

    def delete(self, run_id: str) -> None:
        """Take a run from the page, be it lost or not."""
        with self._lock:
            self._session = session.without(self._session, run_id)
            self._lost = tuple(one for one in self._lost if one.run_id != run_id)
            self._deleted = (*self._deleted, run_id)

    def wish(self) -> Wish:
        """Ask for the clips anew, of the moment that is heard already."""
        with self._lock:
            return Wish(self.wishes.ask(), self._session, self._moment)

    def wish_at(self, moment: int | None) -> Wish:
        """Ask for the clips of another moment."""
        with self._lock:
            self._moment = moment
            return self.wish()

    def look_into(self, run_id: str) -> None:
        """Choose the run to look into, the newest for ""."""
        with self._lock:
            self._looked_into = run_id

    def inside(self) -> Experiment | None:
        """The run to look into."""
        with self._lock:
            chosen = [experiment for experiment in self._session if experiment.run_id == self._looked_into]
            return next(iter(chosen or self._session[-1:]), None)

    def challenged(self) -> tuple[str, str] | tuple[()]:
        """The two that a challenge asks to tell apart; () without one."""
        with self._lock:
            return self._compared

    def proposed(self) -> tuple[str, str]:
        """Whom to compare blindly where nobody has chosen: whom a step or a challenge names, or two of the newest."""
        with self._lock:
            known = {experiment.run_id for experiment in self._session}
            for pair in (self._proposed, self._compared):
                if pair and known.issuperset(system.partition("@")[0] for system in pair):
                    return pair
            return session.apart(self._session)
