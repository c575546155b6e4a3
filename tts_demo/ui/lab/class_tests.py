"""A blind test for a whole class: everybody takes it in a browser of their own, and the teacher sees all results.

Each pupil has an own plan (`listening.draw_plan`), so neighbours hear other sentences in another order, with A and X
tossed anew. The key stays here until a trial is answered, and is never told before the last one. What cannot be written
down is kept in memory and written as soon as that works: a full disk costs nobody the test, nor the own result.
"""

import json
import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Any

from tts_demo import listening
from tts_demo.listening import Choice, ListeningError, Offer, Plan, check_choice, draw_plan, is_hit
from tts_demo.ui.lab.blind_tests import ClipMaker, checked, result_view, trial_clips, trial_view
from tts_demo.ui.lab.class_file import ClassClosed, StoreError
from tts_demo.ui.lab.class_plans import OUTPUTS, PRACTICE, code_of, names_of, plan_of, practice_plan
from tts_demo.ui.lab.class_sounds import ClassSounds, packed, unpacked
from tts_demo.ui.lab.class_store import ClassStore, KeptClass, KeptListener

_SENTENCES = 24  # of a class, besides the practice's: the more there are, the less one of them decides
_MOST_PUPILS = 2000  # kept in memory, those that were here last
_COLOURS = (0, 1)
_log = logging.getLogger(__name__)


class UnknownTicket(ListeningError):
    """A browser asks to go on with what nobody here knows."""


@dataclass(frozen=True)
class Made:
    """A new class: its pupils' code and its teacher's secret."""

    code: str
    secret: str


@dataclass
class _Pupil:
    """Somebody who listens, as this program knows it; `kept` are the trials whose answers are in the file."""

    of: KeptClass
    seed: int
    output: str
    joined: bool = False
    closed: bool = False
    answers: dict[int, Choice] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    plan: Plan | None = None
    refusal: StoreError | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def over(self) -> bool:
        """Whether all trials were answered."""
        return len(self.answers) > self.of.trials

    @property
    def all_kept(self) -> bool:
        """Whether nothing would be lost now."""
        return self.joined and self.kept >= self.answers.keys()


class ClassTests:
    """The tests of all classes; safe to use from several threads.

    Parameters
    ----------
    store : where they are kept.
    text_of : words of a sentence, by its id.
    """

    def __init__(self, store: ClassStore, text_of: Callable[[str], str]) -> None:
        self.store, self.text_of = store, text_of
        self._pupils: OrderedDict[str, _Pupil] = OrderedDict()
        self._sounds = ClassSounds(store.sounds)
        self._lock = threading.Lock()

    # ---- a teacher begins

    def make(
        self, offer: Offer, systems: tuple[str, str], names: Mapping[str, Sequence[str]], sentences: Sequence[str],
        clip: ClipMaker,
    ) -> Made:  # fmt: skip
        """Make a class: every clip now, so that all of its pupils hear the same, whatever becomes of the runs.

        Parameters
        ----------
        offer : how many trials.
        systems : the two that are compared, as `clip` knows them.
        names : of the two for people, by language.
        sentences : to draw from.
        clip : as for `BlindTests`.

        Raises
        ------
        ListeningError
            For what is no test, and for clips that cannot be made.
        StoreError
            Where it cannot be kept.
        """
        draw_plan(offer.kind, offer.trials, 0, systems, sentences)  # says what is wrong
        if len(sentences) < 2:
            raise ListeningError("A blind test needs at least one sentence, and each only once.")
        drawn = SystemRandom().sample(list(sentences), min(_SENTENCES + 1, len(sentences)))
        try:
            sounds = {
                (sentence, index): packed(checked(clip(system, sentence)))
                for sentence in drawn
                for index, system in enumerate(systems)
            }
        except (ValueError, OSError):
            _log.exception("A class's clips could not be made")
            raise ListeningError("The clips of this class could not be made: please choose two other voices.") from None
        secret = secrets.token_urlsafe(24)
        return Made(self.store.add_class(secret, offer.trials, drawn[0], json.dumps(names), sounds), secret)

    # ---- a pupil takes part

    def about(self, code: object) -> dict[str, Any]:
        """What a pupil sees before the beginning; raises `StoreError`."""
        found = self.store.class_of_code(code_of(code))
        return {"view": "closed" if found.closed else "ask", "trials": found.trials}

    def begin(self, code: object, output: object) -> str:
        """The ticket of a new pupil; raises `StoreError` where there is no such class, or no place in it."""
        found = self.store.class_of_code(code_of(code))
        if output not in OUTPUTS:
            raise ListeningError("Please say whether you listen with headphones or with speakers.")
        if found.closed:
            raise ClassClosed
        ticket = secrets.token_urlsafe(24)
        pupil = _Pupil(found, secrets.randbelow(listening.MAX_SEED), str(output))
        try:
            self.store.add_listener(found.id, ticket, pupil.seed, pupil.output)
            pupil.joined = True
        except ClassClosed:
            raise
        except StoreError as error:
            self._sounds.of(found.id)  # with them the test goes on without the file
            pupil.refusal = error
        self._remember(ticket, pupil)
        return ticket

    def answer(self, ticket: object, number: object, choice: object, language: str) -> dict[str, Any]:
        """Take an answer, trial 0 being the practice, and show what comes next: a view of `view`.

        The same answer once more changes nothing.

        Raises
        ------
        ListeningError
            For no answer, one out of turn, or another one than before.
        StoreError
            For no ticket.
        """
        taken = check_choice(choice)
        pupil = self._pupil(ticket)
        with pupil.lock:
            if type(number) is not int or not PRACTICE <= number <= pupil.of.trials:
                raise ListeningError("This test has the trials 1 to {trials} and no other.", trials=pupil.of.trials)
            if number > len(pupil.answers):
                raise ListeningError(
                    "Trial {first} comes before trial {second}.", first=len(pupil.answers), second=number
                )
            if pupil.answers.setdefault(number, taken) != taken:
                raise ListeningError(
                    "Trial {number} has been answered already: the first answer counts.", number=number
                )
            self._write(str(ticket), pupil)
            return self._view(pupil, language)

    def view(self, ticket: object, language: str) -> dict[str, Any]:
        """Where a pupil stands; raises `StoreError` for no ticket.

        "view" is "practice" or "trial" (with "trial", a `TrialView`), "practised" (with "right", "x" and the first
        "trial"), "result" (with "result", a `ResultView`), or "closed" (with "right" and "answered"). "kept" is whether
        all answers are in the file, "alert" why not.
        """
        pupil = self._pupil(ticket)
        with pupil.lock:
            self._write(str(ticket), pupil)
            if not pupil.over:
                try:
                    pupil.closed = self.store.class_of_id(pupil.of.id).closed
                except StoreError as error:  # what was begun goes on without the file
                    _log.warning("Whether a class is closed is not known: %s", error)
            return self._view(pupil, language)

    # ---- a teacher looks

    def plan_of(self, found: KeptClass, seed: int) -> Plan:
        """A pupil's plan, by the seed; raises `StoreError`."""
        return plan_of(found, seed, {sentence for sentence, _ in self._sounds.of(found.id)})

    def overview(self, secret: object) -> tuple[KeptClass, list[KeptListener]]:
        """A class and everybody who began; raises `StoreError`."""
        found = self.store.class_of_secret(str(secret))
        with self._lock:
            waiting = [(ticket, pupil) for ticket, pupil in self._pupils.items() if pupil.of.id == found.id]
        for ticket, pupil in waiting:
            with pupil.lock:
                self._write(ticket, pupil)
        return found, self.store.listeners(found.id)

    def close(self, secret: object) -> None:
        """Take no more answers; raises `StoreError`."""
        self.overview(secret)  # writes what waits
        self.store.close(str(secret))

    def delete(self, secret: object) -> None:
        """Forget a class; raises `StoreError`."""
        found = self.store.class_of_secret(str(secret))
        self.store.delete(str(secret))
        self._sounds.forget(found.id)
        with self._lock:
            gone = [ticket for ticket, pupil in self._pupils.items() if pupil.of.id == found.id]
            for ticket in gone:
                del self._pupils[ticket]

    # ---- inside

    def _view(self, pupil: _Pupil, language: str) -> dict[str, Any]:
        shown: dict[str, Any] = {"kept": pupil.all_kept}
        if pupil.refusal and not pupil.all_kept:
            shown["alert"] = pupil.refusal.message
        count = len(pupil.answers)
        pupil.plan = plan = pupil.plan or self.plan_of(pupil.of, pupil.seed)
        if pupil.over:
            names = names_of(pupil.of, language)
            answers = [pupil.answers[number] for number in range(1, pupil.of.trials + 1)]
            result = result_view("class", plan, answers, names, _COLOURS, self.text_of)
            return {**shown, "view": "result", "result": result}
        if pupil.closed:
            given = [pupil.answers[number] for number in range(1, count)]
            right = sum(is_hit(trial, choice) for trial, choice in zip(plan.trials, given, strict=False))
            return {**shown, "view": "closed", "right": right, "answered": len(given), "trials": pupil.of.trials}
        practice = practice_plan(pupil.of, pupil.seed)
        if count == PRACTICE:
            return {**shown, "view": "practice", "trial": self._trial("practice", pupil.of.id, practice, 1)}
        shown["trial"] = self._trial("class", pupil.of.id, plan, count)
        if count > 1:
            return {**shown, "view": "trial"}
        (trial,) = practice.trials
        x = "A" if is_hit(trial, "A") else "B"
        return {**shown, "view": "practised", "right": is_hit(trial, pupil.answers[PRACTICE]), "x": x}

    def _trial(self, test: str, class_id: int, plan: Plan, number: int) -> dict[str, Any]:
        sounds, sentence = self._sounds.of(class_id), plan.trials[number - 1].sentence
        voices = [unpacked(sounds[sentence, system]) for system in (0, 1)]
        return {**trial_view(test, plan, number, trial_clips(plan, number, voices))}

    def _pupil(self, ticket: object) -> _Pupil:
        """Whoever has a ticket: from memory, or else, as after a restart, from the file."""
        with self._lock:
            if isinstance(ticket, str) and ticket in self._pupils:
                self._pupils.move_to_end(ticket)
                return self._pupils[ticket]
        found = self.store.listener(str(ticket))
        if found is None:
            raise UnknownTicket("This browser has not begun the test of a class: please open the class's link again.")
        of = self.store.class_of_id(found.class_id)
        answers = dict(found.answers)
        pupil = _Pupil(of, found.seed, found.output, True, of.closed, answers, set(answers))
        return self._remember(str(ticket), pupil)

    def _remember(self, ticket: str, pupil: _Pupil) -> _Pupil:
        with self._lock:
            known = self._pupils.setdefault(ticket, pupil)
            while len(self._pupils) > _MOST_PUPILS:
                self._pupils.popitem(last=False)
            return known

    def _write(self, ticket: str, pupil: _Pupil) -> None:
        """Write what is not in the file yet; the pupil's lock is held. Why it failed, is kept for the page."""
        waiting = [(number, choice) for number, choice in pupil.answers.items() if number not in pupil.kept]
        if pupil.joined and not waiting:
            return
        try:
            if not pupil.joined:
                self.store.add_listener(pupil.of.id, ticket, pupil.seed, pupil.output)
                pupil.joined = True
            self.store.add_answers(ticket, waiting)
            pupil.kept |= {number for number, _ in waiting}
            pupil.refusal = None
        except ClassClosed as error:
            pupil.refusal = error
            if not pupil.over:  # an answer that came too late is none
                pupil.closed = True
                pupil.answers = {number: pupil.answers[number] for number in sorted(pupil.kept)}
        except StoreError as error:
            pupil.refusal = error
