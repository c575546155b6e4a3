"""Blind tests that go on: the key stays here, the page gets what it may know and nothing else.

Nothing tells X from A and B. All clips of a trial have the same number of samples, and each carries ±1 of dither from
a generator of its own, so no two have the same bytes or hash, nor the bytes that the same clip has in another trial.
Both systems' clips are made for every trial, in the same order, so that the time it takes says nothing either.
Comparing the signals themselves is out of scope.
"""

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict

import numpy as np
import numpy.typing as npt

from tts_demo import listening
from tts_demo.acoustics import SAMPLE_RATE
from tts_demo.listening import Choice, Kind, ListeningError, Offer, Plan
from tts_demo.messages import Message, MessageError
from tts_demo.ui.components.player import wav_data_url

Samples = npt.NDArray[np.int16]
ClipMaker = Callable[[str, str], Samples]

CAPACITY = 500  # tests kept; each is a few kB, without sound
_PLACES = ("A", "B", "X")
_SHORTEST = SAMPLE_RATE // 10  # samples; with dither on so many, two clips are never alike by chance
_log = logging.getLogger(__name__)


class OfferView(TypedDict):
    """A test that can be chosen. `power` is a share from 0 to 1, `needed` None where no number would do."""

    id: str
    label: str
    kind: Kind
    trials: int
    needed: int | None
    power: float


class ChooseView(TypedDict):
    """Nothing goes on: what can be started. `alert` is a sentence about what has just gone wrong."""

    view: Literal["choose"]
    offers: list[OfferView]
    names: NotRequired[list[str]]
    alert: NotRequired[Message]


class TrialView(TypedDict):
    """What the page may know of a trial: `clips` are WAVs as data addresses by "A", "B" and, in ABX, "X"."""

    view: Literal["trial"]
    test: str
    kind: Kind
    number: int
    trials: int
    clips: dict[str, str]
    alert: NotRequired[Message]


class ResultView(TypedDict):
    """A finished test, everything uncovered: `systems` are the two, `colours` theirs on the loss chart, 0 to 5."""

    view: Literal["result"]
    test: str
    kind: Kind
    trials: int
    count: int
    p: float
    low: float
    high: float
    significant: bool
    conclusion: Message
    names: list[str]
    systems: list[str]
    colours: list[int]
    rows: list[dict[str, Any]]
    csv: str
    alert: NotRequired[Message]


BlindValue = ChooseView | TrialView | ResultView


def choose_view(offers: Sequence[Offer] = listening.OFFERS, names: tuple[str, str] | None = None) -> ChooseView:
    """What can be started, and between which two, if that is known."""
    view: ChooseView = {
        "view": "choose",
        "offers": [
            {"id": each.id, "label": each.label, "kind": each.kind, "trials": each.trials, "needed": each.needed,
             "power": each.power}
            for each in offers
        ],
    }  # fmt: skip
    if names:
        view["names"] = list(names)
    return view


def offer_of(data: object) -> Offer:
    """The offer that a `begin` event from the browser names; raises `ListeningError` for anything else."""
    wanted = data.get("offer") if isinstance(data, dict) else None
    for offer in listening.OFFERS:
        if offer.id == wanted:
            return offer
    raise ListeningError("There is no such listening test: please choose one of those offered.")


@dataclass
class _Test:
    plan: Plan
    name_of: Callable[[str], str]
    colours: tuple[int, int]
    answers: list[Choice] = field(default_factory=list)


class BlindTests:
    """The tests of all visitors, by ids that cannot be guessed; safe to use from several threads.

    Parameters
    ----------
    clip : gives the samples of a sentence by a system, int16 at 16 kHz [shape=(samples,)], loudness matched. May be
        slow; called outside of any lock. A `ValueError` or `OSError` of it ends in a sentence that names no system.
    text_of : words of a sentence, by its id, for the table and the file of the result.
    capacity : tests kept; of more, those go first that nobody has touched for longest.
    """

    def __init__(self, clip: ClipMaker, text_of: Callable[[str], str], capacity: int = CAPACITY) -> None:
        self._clip = clip
        self._text_of = text_of
        self._capacity = capacity
        self._tests: OrderedDict[str, _Test] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._tests)

    def start(
        self,
        kind: Kind,
        trials: int,
        seed: int | None,
        systems: tuple[str, str],
        sentences: Sequence[str],
        name_of: Callable[[str], str] = str,
        colours: tuple[int, int] = (0, 1),
    ) -> str:
        """Draw a test and return its id.

        Parameters
        ----------
        kind, trials, systems, sentences : as for `listening.draw_plan`, which raises `ListeningError`.
        seed : None draws one. A seed that the listener could know would be the key to the test.
        name_of : what people call a system, asked after the last trial: a run that goes on may change meanwhile.
        colours : of the two on the loss chart.
        """
        if seed is None:
            seed = secrets.randbelow(listening.MAX_SEED + 1)
        plan = listening.draw_plan(kind, trials, seed, systems, sentences)
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._tests[name] = _Test(plan, name_of, colours)
            while len(self._tests) > self._capacity:
                self._tests.popitem(last=False)
        return name

    def trial(self, test_id: object) -> TrialView:
        """The trial that waits for an answer.

        Raises
        ------
        ListeningError
            Unknown id; test over; clips that could not be made.
        """
        with self._lock:
            test = self._find(test_id)
            number = len(test.answers) + 1
        if number > len(test.plan.trials):
            raise ListeningError("This test is over: its result is ready.")
        clips = self._sounds(test.plan, number)
        return trial_view(str(test_id), test.plan, number, clips)

    def answer(self, test_id: object, number: object, choice: object) -> None:
        """Take the answer "A" or "B" to the trial of this number, from 1.

        The same answer once more changes nothing.

        Raises
        ------
        ListeningError
            Unknown id; not the trial that waits; another answer than before; junk.
        """
        taken = listening.check_choice(choice)
        with self._lock:
            test = self._find(test_id)
            if type(number) is not int or not 1 <= number <= len(test.plan.trials):
                raise ListeningError(
                    "This test has the trials 1 to {trials} and no other.", trials=len(test.plan.trials)
                )
            given = len(test.answers)
            if number <= given:
                if test.answers[number - 1] != taken:
                    raise ListeningError(
                        "Trial {number} has been answered already: the first answer counts.", number=number
                    )
            elif number > given + 1:
                raise ListeningError("Trial {first} comes before trial {second}.", first=given + 1, second=number)
            else:
                test.answers.append(taken)

    def result(self, test_id: object) -> ResultView:
        """The result; raises `ListeningError` before the last answer, and for an unknown id."""
        with self._lock:
            test = self._find(test_id)
            answers = tuple(test.answers)
        first, second = test.plan.systems
        names = (test.name_of(first), test.name_of(second))
        shown = result_view(str(test_id), test.plan, answers, names, test.colours, self._text_of)
        return {**shown, "systems": [first, second]}

    def view(self, test_id: object) -> TrialView | ResultView:
        """Where a test stands: its next trial, or its result; raises `ListeningError`."""
        with self._lock:
            test = self._find(test_id)
            over = len(test.answers) == len(test.plan.trials)
        return self.result(test_id) if over else self.trial(test_id)

    def goes_on(self, test_id: object) -> bool:
        """Whether a test of this id waits for an answer."""
        with self._lock:
            try:
                test = self._find(test_id)
            except ListeningError:
                return False
            return len(test.answers) < len(test.plan.trials)

    def systems(self, test_id: object) -> tuple[str, str]:
        """The two systems, for the curves beside a result; raises `ListeningError` before the last answer."""
        with self._lock:
            test = self._find(test_id)
            if len(test.answers) < len(test.plan.trials):
                raise ListeningError("Which two these were is revealed after the last trial.")
            return test.plan.systems

    # ---- what the page's events and loads come to; these never raise

    def answered(self, data: object) -> BlindValue:
        """What the page shows after an `answer` event: `data` is the event's, from a browser, so anything at all."""
        given = data if isinstance(data, dict) else {}
        try:
            self.answer(given.get("test"), given.get("trial"), given.get("choice"))
        except ListeningError as error:
            shown = self.resumed(given.get("test"))
            shown.setdefault("alert", error.message)
            return shown
        return self.resumed(given.get("test"))

    def resumed(self, test_id: object) -> BlindValue:
        """What the page shows for the id that a browser kept: the test, or the offers, and why."""
        if not test_id:
            return choose_view()
        try:
            return self.view(test_id)
        except ListeningError as error:
            return {**choose_view(), "alert": error.message}

    # ---- inside

    def _find(self, test_id: object) -> _Test:
        """A test, marked as used just now; the lock must be held."""
        if not isinstance(test_id, str) or test_id not in self._tests:
            raise ListeningError("This listening test is not kept here any more: please start another one.")
        self._tests.move_to_end(test_id)
        return self._tests[test_id]

    def _sounds(self, plan: Plan, number: int) -> dict[str, Samples]:
        """Clips of a trial by place, of equal length, each with its own dither: the same each time it is asked for."""
        trial = plan.trials[number - 1]
        try:
            voices = [checked(self._clip(system, trial.sentence)) for system in plan.systems]
        except (ValueError, OSError):
            _log.exception("A blind test's clips of sentence %s could not be made", trial.sentence)
            # No more than that: the error's own words may name the run that it happened to.
            raise ListeningError("The clips of this trial could not be made: please start another test.") from None
        return trial_clips(plan, number, voices)


def trial_clips(plan: Plan, number: int, voices: Sequence[Samples]) -> dict[str, Samples]:
    """Clips of a trial by place, of equal length, each with its own dither: the same for the same plan and number.

    `voices` are the trial's sentence by the two systems of the plan.
    """
    trial = plan.trials[number - 1]
    length = max(_SHORTEST, *(len(voice) for voice in voices))
    clips = {}
    for place in _PLACES[: 2 if trial.x is None else 3]:
        dither = np.random.default_rng([plan.seed, number, _PLACES.index(place)]).integers(-1, 2, length)
        dither[: len(voices[trial.system(place)])] += voices[trial.system(place)]
        clips[place] = np.clip(dither, -32768, 32767).astype(np.int16)
    return clips


def trial_view(test_id: str, plan: Plan, number: int, clips: Mapping[str, Samples]) -> TrialView:
    """What the page may know of a trial."""
    return {
        "view": "trial",
        "test": test_id,
        "kind": plan.kind,
        "number": number,
        "trials": len(plan.trials),
        "clips": {place: wav_data_url(samples, SAMPLE_RATE) for place, samples in clips.items()},
    }


def result_view(
    test_id: str, plan: Plan, answers: Sequence[Choice], names: tuple[str, str], colours: tuple[int, int],
    text_of: Callable[[str], str],
) -> ResultView:  # fmt: skip
    """A finished test, without the two systems' ids; raises `ListeningError` before the last answer."""
    result = listening.outcome(plan, answers)
    table = [{**row, "sentence": text_of(row["sentence"])} for row in listening.rows(result, names)]
    return {
        "view": "result",
        "test": test_id,
        "kind": plan.kind,
        "trials": len(answers),
        "count": result.count,
        "p": result.figures.p,
        "low": result.figures.low,
        "high": result.figures.high,
        "significant": result.significant,
        "conclusion": listening.conclusion(result, names),
        "names": list(names),
        "systems": [],
        "colours": list(colours),
        "rows": table,
        "csv": listening.to_csv(result, names, text_of),
    }


def checked(samples: Samples) -> Samples:
    """Samples, if they are a clip; raises `MessageError`."""
    if samples.dtype != np.int16 or samples.ndim != 1 or not len(samples):
        raise MessageError(
            "A clip is one row of int16 samples, not {kind} of shape {shape}.", kind=samples.dtype, shape=samples.shape
        )
    return samples
