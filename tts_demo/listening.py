"""Blind listening tests between two systems: a plan drawn by a seed, the answers, exact statistics, a conclusion.

In an A/B trial one hears a sentence by both systems and says which is easier to understand. In an ABX trial one says
whether X is A or B. The number of trials is fixed beforehand and nobody sees a score before the last: whoever stops at
a good moment "proves" a difference in 16 % of tests where there is none (50 looks).

>>> plan = draw_plan("abx", 5, seed=1, systems=("run 1", "run 2"), sentences=("one", "two"))
>>> [trial.sentence for trial in plan.trials]
['one', 'two', 'one', 'two', 'one']
>>> outcome(plan, ["A", "B", "A", "A", "A"]).count
1
"""

import csv
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, get_args

from scipy.special import bdtr, bdtrc, betaincinv  # scipy.stats takes a second to import

from tts_demo.messages import Message, MessageError

Kind = Literal["ab", "abx"]
Choice = Literal["A", "B"]

SIGNIFICANT = 0.05  # greatest p that is called a difference
CONFIDENCE = 0.95
LISTENER = 0.75  # share of right answers that the power of a plan is stated for
MAX_TRIALS = 100
MAX_SEED = 2**53 - 1  # what a spreadsheet or a browser still reads exactly
_CHANCE = 0.5


class ListeningError(MessageError):
    """A blind test that cannot be, or an answer that cannot be taken; the message is a sentence for a listener."""


# ---- plan


@dataclass(frozen=True)
class Trial:
    """One trial: which sentence, and which of the two systems (0 or 1) hides behind A and X. B is the other one.

    `x` is None in an A/B trial.
    """

    sentence: str
    a: int
    x: int | None = None

    def system(self, place: str) -> int:
        """System (0 or 1) behind "A", "B" or "X"."""
        if place == "X" and self.x is not None:
            return self.x
        if place in ("A", "B"):
            return self.a if place == "A" else 1 - self.a
        raise ListeningError("There is no clip {place} in this trial.", place=repr(place))


@dataclass(frozen=True)
class Plan:
    """A test as it was drawn: the key to it, so it stays where the listener cannot look."""

    kind: Kind
    seed: int
    systems: tuple[str, str]
    trials: tuple[Trial, ...]


def draw_plan(kind: Kind, trials: int, seed: int, systems: Sequence[str], sentences: Sequence[str]) -> Plan:
    """Draw a test. The same arguments give the same plan, on every machine.

    Sentences are used as evenly as possible: counts differ by one at most, and no sentence follows itself unless it is
    the only one. A and X are tossed anew for each trial, not balanced: only independent tosses make the count of a
    guesser, and of someone who always presses the left button, binomial.

    Parameters
    ----------
    kind : "ab" or "abx"
    trials : 1 to 100
    seed : 0 to 2**53 - 1
    systems : two different names
    sentences : ids, all different

    Raises
    ------
    ListeningError
        Where one of these does not hold.
    """
    if kind not in get_args(Kind):
        raise ListeningError("A blind test is either A/B or ABX.")
    if type(trials) is not int or not 1 <= trials <= MAX_TRIALS:
        raise ListeningError("A blind test has 1 to {most} trials.", most=MAX_TRIALS)
    if type(seed) is not int or not 0 <= seed <= MAX_SEED:
        raise ListeningError("The seed of a blind test is a whole number from 0 to {most}.", most=MAX_SEED)
    if len(systems) != 2 or systems[0] == systems[1]:
        raise ListeningError("A blind test compares two different voices.")
    if not sentences or len(set(sentences)) != len(sentences):
        raise ListeningError("A blind test needs at least one sentence, and each only once.")
    toss = Random(seed).random  # the one generator whose numbers Python promises to keep
    order: list[str] = []
    while len(order) < trials:
        block = sorted(sentences, key=lambda _: toss())
        if order and block[0] == order[-1]:
            block.append(block.pop(0))
        order.extend(block)
    drawn = []
    for sentence in order[:trials]:
        a, x = int(toss() < _CHANCE), int(toss() < _CHANCE)
        drawn.append(Trial(sentence, a, x if kind == "abx" else None))
    return Plan(kind, seed, (systems[0], systems[1]), tuple(drawn))


# ---- statistics


@dataclass(frozen=True)
class Figures:
    """p of a count, and the 95 % interval of the rate behind it (`high` is 1 for ABX: a lower bound only)."""

    p: float
    low: float
    high: float


def figures(kind: Kind, count: int, trials: int) -> Figures:
    """Exact binomial p and Clopper-Pearson interval (Clopper and Pearson, 1934).

    ABX asks "better than guessing?": one-sided, p = P(K >= count), K ~ Binomial(trials, 1/2), and a lower bound.
    A/B asks "a preference, whichever?": both are two-sided.

    >>> figures("abx", 8, 10).p
    0.0546875
    """
    one_sided = kind == "abx"
    # a guesser is right half of the time: all outcomes weigh the same, and both tails
    extreme = count if one_sided else max(count, trials - count)
    p = sum(math.comb(trials, right) for right in range(extreme, trials + 1)) / 2**trials * (1 if one_sided else 2)
    tail = (1 - CONFIDENCE) / (1 if one_sided else 2)
    low = betaincinv(count, trials - count + 1, tail) if count else 0.0
    high = betaincinv(count + 1, trials - count, 1 - tail) if count < trials and not one_sided else 1.0
    return Figures(min(p, 1.0), float(low), float(high))


def needed(kind: Kind, trials: int) -> int | None:
    """Least number right (A/B: for the same system) with p <= 0.05; None where the trials are too few for any.

    >>> needed("abx", 16), needed("ab", 16), needed("abx", 4)
    (12, 13, None)
    """
    counts = range(trials // 2 + 1, trials + 1)
    return next((count for count in counts if figures(kind, count, trials).p <= SIGNIFICANT), None)


def power(kind: Kind, trials: int, rate: float = LISTENER) -> float:
    """Probability that a listener with this rate of right answers (A/B: of one preference) gets p <= 0.05.

    >>> round(power("abx", 16), 2)
    0.63
    """
    least = needed(kind, trials)
    if least is None:
        return 0.0
    other_end = bdtr(trials - least, trials, rate) if kind == "ab" else 0.0
    return float(bdtrc(least - 1, trials, rate) + other_end)


@dataclass(frozen=True)
class Offer:
    """A test that can be chosen: what it is called, and what one can expect of it."""

    id: str
    label: str
    kind: Kind
    trials: int

    @property
    def needed(self) -> int | None:
        """As `needed`."""
        return needed(self.kind, self.trials)

    @property
    def power(self) -> float:
        """As `power`, for a listener right 75 % of the time."""
        return power(self.kind, self.trials)


OFFERS = (
    Offer("abx5", "Can you hear overfitting? Five trials", "abx", 5),
    Offer("abx10", "ABX, ten trials", "abx", 10),
    Offer("abx16", "ABX, sixteen trials", "abx", 16),
    Offer("ab16", "Which is easier to understand? Sixteen trials", "ab", 16),
)


# ---- result


@dataclass(frozen=True)
class Result:
    """A finished test. `count`: right answers (ABX), or trials in which the first system was preferred (A/B)."""

    plan: Plan
    answers: tuple[Choice, ...]
    count: int
    figures: Figures

    @property
    def significant(self) -> bool:
        """Whether p <= 0.05."""
        return self.figures.p <= SIGNIFICANT


def check_choice(choice: object) -> Choice:
    """The answer, if it is one: "A" or "B"."""
    if choice == "A":
        return "A"
    if choice == "B":
        return "B"
    raise ListeningError("An answer is either A or B.")


def is_hit(trial: Trial, choice: Choice) -> bool:
    """Whether an answer counts: right (ABX), or for the first system (A/B)."""
    chosen = trial.system(choice)
    return chosen == (0 if trial.x is None else trial.x)


def outcome(plan: Plan, answers: Sequence[Choice]) -> Result:
    """The result of all answers, in the order of the trials.

    Raises
    ------
    ListeningError
        Before the last answer: there is no running score.
    """
    if len(answers) != len(plan.trials):
        raise ListeningError("The result comes after the last of the {trials} trials.", trials=len(plan.trials))
    given = tuple(check_choice(answer) for answer in answers)
    count = sum(is_hit(trial, answer) for trial, answer in zip(plan.trials, given, strict=True))
    return Result(plan, given, count, figures(plan.kind, count, len(given)))


CONCLUSIONS = {
    "abx heard": (
        "You can tell “{first}” from “{second}”: {count} of {trials} right. Someone who only guesses gets at least as "
        "many in {p} of such tests. With 95 % confidence you are right at least {low} of the time. This is about these "
        "two voices, these sentences and you, not about the regularizer in general."
    ),
    "abx not shown": (
        "{count} of {trials} right does not show that you can tell “{first}” from “{second}”: someone who only guesses "
        "gets at least as many in {p} of such tests. Nor does it show that they sound the same: someone who is right "
        "{listener} of the time passes a test of this length with a probability of {power}. This is about these two "
        "voices, these sentences and you, not about the regularizer in general."
    ),
    "ab preferred": (
        "“{first}” was easier to understand for you than “{second}”, in {count} of {trials} trials. Without a "
        "preference, a lead at least this large comes up in {p} of such tests. With 95 % confidence you prefer "
        "“{first}” {low} to {high} of the time. This is about these two voices, these sentences and you, not about the "
        "regularizer in general."
    ),
    "ab not shown": (
        "“{first}” in {count} of {trials} trials and “{second}” in the others: this does not show that one is easier "
        "to understand for you. Without a preference, a lead at least this large comes up in {p} of such tests. Nor "
        "does it show that they are the same: with 95 % confidence you prefer “{first}” {low} to {high} of the time. "
        "This is about these two voices, these sentences and you, not about the regularizer in general."
    ),
}  # templates: each is told whole, so that a language can order it as it likes


def conclusion(result: Result, names: tuple[str, str] | None = None) -> Message:
    """What may be concluded and what may not, in words; `names` are the systems' names for people."""
    first, second = names or result.plan.systems
    kind, count, trials, found = result.plan.kind, result.count, len(result.answers), result.figures
    low, high = found.low, found.high
    if kind == "ab" and count < trials - count:  # told from the side of the one that was preferred
        first, second, count, low, high = second, first, trials - count, 1 - high, 1 - low
    verdict = {("abx", True): "abx heard", ("abx", False): "abx not shown", ("ab", True): "ab preferred"}
    return Message(
        CONCLUSIONS[verdict.get((kind, result.significant), "ab not shown")],
        first=first, second=second, count=count, trials=trials, p=percent(found.p), low=percent(low),
        high=percent(high), listener=percent(LISTENER), power=percent(power(kind, trials)),
    )  # fmt: skip


def percent(share: float) -> Message:
    """A share for people: two figures below 10 %, and never a false "0 %".

    >>> [str(percent(share)) for share in (0.0384, 0.628, 0.00001, 0)]
    ['3.8 %', '63 %', 'less than 0.1 %', '0 %']
    """
    if 0 < share < 0.001:
        return Message("less than {value}", value="0.1 %")
    return Message("{number} %", number=f"{100 * share:.1f}" if 0 < share < 0.0995 else f"{100 * share:.0f}")


# ---- table and file


def rows(result: Result, names: tuple[str, str] | None = None) -> list[dict[str, Any]]:
    """Each trial with what was hidden, ready for a table: trial, sentence, a, b, x, answer, chosen, hit.

    `chosen` is the system that the answer means; `hit` is None for A/B, where no answer is wrong.
    """
    called = names or result.plan.systems
    return [
        {
            "trial": number,
            "sentence": trial.sentence,
            "a": called[trial.system("A")],
            "b": called[trial.system("B")],
            "x": "" if trial.x is None else called[trial.x],
            "answer": answer,
            "chosen": called[trial.system(answer)],
            "hit": None if trial.x is None else is_hit(trial, answer),
        }
        for number, (trial, answer) in enumerate(zip(result.plan.trials, result.answers, strict=True), 1)
    ]


# What a spreadsheet would take for a formula, full-width signs included; the loss chart's files have the same rule
# (csvText in loss_chart_export.js).
_FORMULA = re.compile(r"[\s\ufeff\x00-\x1f]*[=+\-@＝＋－＠]|[\t\r\n]")
COLUMNS = (
    "test", "seed", "trials", "trial", "sentence", "text", "a", "b", "x", "answer", "chosen", "right",
    "first", "second", "count", "p", "low", "high",
)  # fmt: skip


def to_csv(
    result: Result, names: tuple[str, str] | None = None, text_of: Callable[[str], str] = lambda sentence: ""
) -> str:  # fmt: skip
    """The test as CSV, a trial a line; what holds for the whole test (seed, result) stands in every line.

    `sentence` is a sentence's id and `text` its words, which `text_of` knows. Names were typed by people: one that a
    spreadsheet would run as a formula gets an apostrophe in front of it.
    """
    first, second = names or result.plan.systems
    shared = {
        "test": result.plan.kind, "seed": result.plan.seed, "trials": len(result.answers), "first": first,
        "second": second, "count": result.count, "p": repr(result.figures.p), "low": repr(result.figures.low),
        "high": repr(result.figures.high),
    }  # fmt: skip
    file = io.StringIO()
    table = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
    table.writeheader()
    for row in rows(result, names):
        hit = row.pop("hit")
        row["text"] = text_of(row["sentence"])
        cells = {**shared, **row, "right": "" if hit is None else "yes" if hit else "no"}
        table.writerow({name: harmless(cell) for name, cell in cells.items()})
    return file.getvalue()


def harmless(cell: object) -> object:
    """A cell of a table that a spreadsheet takes for what it is: a text that it would run gets an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell
