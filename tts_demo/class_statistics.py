"""What the ABX tests of a whole class show together: one listener's k of n, all of them against guessing, and pooled.

The answers of a class are no n x k tosses of one coin: a listener's answers are alike, and so are the answers to one
sentence. Both are random here (Clark, 1973): what is concluded is meant for other listeners and other sentences, too.
So the variance of the share of right answers is estimated by listeners and by sentences at once (two-way clusters:
Cameron, Gelbach and Miller, 2011), and says how many independent answers the class's are worth; that number goes into
the exact binomial p and bound (Korn and Graubard, 1998). docs/choices.md has the simulation behind it.

>>> answers = [Answer(f"listener {i}", f"sentence {j}", (i * j) % 5 != 1) for i in range(12) for j in range(6)]
>>> found = pooled(answers)
>>> found.right, found.answers, round(found.worth, 1), round(found.low, 2)
(63, 72, 43.1, 0.76)
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincinv, stdtrit  # scipy.stats takes a second to import

from tts_demo import listening
from tts_demo.listening import CONFIDENCE, SIGNIFICANT, percent
from tts_demo.messages import Message, joined

FEWEST = 5  # listeners and sentences; with fewer, a variance between them is a guess
_CHANCE = 0.5


@dataclass(frozen=True)
class Answer:
    """One answer in an ABX trial: whose, to which sentence, and whether it was right."""

    listener: str
    sentence: str
    right: bool


# ---- each listener


@dataclass(frozen=True)
class Bar:
    """Listeners with this many right answers: so many were there, and so many would be if all of them guessed."""

    right: int
    listeners: int
    guessing: float


def histogram(counts: Sequence[int], trials: int) -> list[Bar]:
    """Listeners by their number of right answers, beside Binomial(trials, 1/2).

    >>> histogram([2, 1], 2)
    [Bar(right=0, listeners=0, guessing=0.5), Bar(right=1, listeners=1, guessing=1.0), Bar(right=2, listeners=1, guessing=0.5)]
    """  # noqa: E501
    found = Counter(counts)
    return [Bar(right, found[right], len(counts) * math.comb(trials, right) / 2**trials) for right in range(trials + 1)]


# ---- all of them


@dataclass(frozen=True)
class Pooled:
    """The class as a sample of listeners and of sentences.

    Attributes
    ----------
    listeners, sentences, answers, right : how many there are
    worth : independent answers that these are worth, at most `answers`
    p : of as many right answers or more if everybody guessed, one-sided
    low, high : bounds of the rate behind it, each with 95 % confidence
    """

    listeners: int
    sentences: int
    answers: int
    right: int
    worth: float
    p: float
    low: float
    high: float

    @property
    def rate(self) -> float:
        """Share of right answers."""
        return self.right / self.answers

    @property
    def significant(self) -> bool:
        """Whether p <= 0.05."""
        return self.p <= SIGNIFICANT


def pooled(answers: Sequence[Answer]) -> Pooled | None:
    """The pooled analysis; None for fewer than five listeners or five sentences."""
    who = np.unique([answer.listener for answer in answers], return_inverse=True)[1]
    what = np.unique([answer.sentence for answer in answers], return_inverse=True)[1]
    right = np.array([answer.right for answer in answers], float)
    groups = (len(set(who.tolist())), len(set(what.tolist())))
    if min(groups) < FEWEST:
        return None
    count, total = int(right.sum()), len(answers)
    # fewer degrees of freedom than answers: a t quantile's square is what they cost (Korn and Graubard, 1998)
    tails = stdtrit(np.array([total - 1, min(groups) - 1]), CONFIDENCE)
    worth = total / design_effect(right, who, what) * float(tails[0] / tails[1]) ** 2
    share = count / total * worth
    return Pooled(
        *groups, total, count, worth,
        # P(K >= share), K ~ Binomial(worth, 1/2), for numbers that are not whole
        p=float(betainc(share, worth - share + 1, _CHANCE)) if count else 1.0,
        low=float(betaincinv(share, worth - share + 1, 1 - CONFIDENCE)) if count else 0.0,
        high=float(betaincinv(share + 1, worth - share, CONFIDENCE)) if count < total else 1.0,
    )  # fmt: skip


def design_effect(right: np.ndarray, listeners: np.ndarray, sentences: np.ndarray) -> float:
    """How many times the variance of the share of right answers is that of independent answers; at least 1.

    Parameters
    ----------
    right : 0 or 1 for each answer [shape=(answers,)]
    listeners, sentences : number of each answer's listener and sentence, from 0 [shape=(answers,), dtype=int]
    """
    rate = right.mean()
    independent = rate * (1 - rate) / len(right)
    if independent == 0:  # all right, or all wrong: nothing differs from anything
        return 1.0
    by_listener, by_sentence = _variance(right, listeners), _variance(right, sentences)
    both = _variance(right, listeners * (sentences.max() + 1) + sentences)
    # the sum may fall below either of its parts by chance
    variance = max(by_listener + by_sentence - both, by_listener, by_sentence)
    return max(1.0, float(variance / independent))


def _variance(right: np.ndarray, groups: np.ndarray) -> float:
    """Variance of the mean where answers of one group go together (Liang and Zeger, 1986), for that many groups."""
    count = len(np.unique(groups))
    sums = np.bincount(groups, right - right.mean())
    return float((sums**2).sum() / len(right) ** 2 * count / (count - 1))


# ---- in words

CONCLUSIONS = {
    "heard": (
        "This class can tell “{first}” from “{second}”: {right} of {answers} answers right, {rate}. Where pupils can "
        "only guess, as many or more are right in {p} of such classes. With 95 % confidence, pupils like these are "
        "right at least {low} of the time with sentences like these."
    ),
    "not shown": (
        "{right} of {answers} answers right, {rate}: this does not show that the class can tell “{first}” from "
        "“{second}”. Where pupils can only guess, as many or more are right in {p} of such classes. Nor does it show "
        "that nobody hears a difference: with 95 % confidence, pupils like these are right at most {high} of the time "
        "with sentences like these."
    ),
    "too few": (
        "For a conclusion about the class it takes at least {fewest} pupils who have answered all trials, and "
        "{fewest} sentences."
    ),
    "worth": (
        "The answers of one pupil go together, and so do those to one sentence: these {answers} are worth {worth} "
        "independent ones."
    ),
    "single": (
        "Alone, {count} of {listeners} pupils got the {needed} of {trials} right that a single test asks for; if all "
        "guessed, {expected} would on average."
    ),
    "limits": (
        "All this is about these two voices and not about the regularizer in general, and about the practice, the "
        "headphones or speakers, and the room that this class had."
    ),
}  # templates: each is told whole, so that a language can order it as it likes


def conclusion(found: Pooled | None, counts: Sequence[int], trials: int, names: tuple[str, str]) -> Message:
    """What may be concluded of a class and what may not, in words.

    Parameters
    ----------
    found : the pooled analysis of all listeners who finished
    counts : right answers of each of them, of `trials`
    names : of the two voices, for people
    """
    needed = listening.needed("abx", trials)
    parts = []
    if found is None:
        parts.append(Message(CONCLUSIONS["too few"], fewest=FEWEST))
    else:
        parts += [
            Message(
                CONCLUSIONS["heard" if found.significant else "not shown"],
                first=names[0], second=names[1], right=found.right, answers=found.answers, rate=percent(found.rate),
                p=percent(found.p), low=percent(found.low), high=percent(found.high),
            ),
            Message(CONCLUSIONS["worth"], answers=found.answers, worth=f"{found.worth:.0f}"),
        ]  # fmt: skip
    if needed is not None and counts:
        passed = sum(count >= needed for count in counts)
        expected = len(counts) * listening.figures("abx", needed, trials).p
        single = Message(
            CONCLUSIONS["single"],
            count=passed, listeners=len(counts), needed=needed, trials=trials, expected=f"{expected:.1f}",
        )  # fmt: skip
        parts.append(single)
    return joined([*parts, Message(CONCLUSIONS["limits"])])
