"""Strengths that suit a regularizer under an optimizer: the default, and the strongest that is still usable.

A penalty is part of the loss, and one λ is the same loss whoever minimises it; bounds, shares and noise are measured on
weights, units and targets, which no learning rate changes. But what takes its own step beside the gradient's (weight
decay, the proximal ones: `times_rate`) takes off η λ at each update, and has to be weighed against the gradient's step.
Adam and its kin divide the gradient by its size: their steps are about as long as η, so one λ suits them all. The steps
of gradient descent are η times the gradient, which is small, and its default η is a hundred times Adam's. There the
default λ is the one that takes off a tenth of what Adam's does at an update, as its weights move less in one:

    λ = λ of Adam · 0.1 · (η of Adam / η of the optimizer)

with the default η, rounded to two digits and held within the setting's range. docs/lesson.md says what came of it.
What a λ computes is the same under all of them.

>>> [default_strength("l1_proximal", optimizer) for optimizer in ("adam", "rmsprop", "momentum", "sgd")]
[0.2, 0.2, 0.0006, 0.0002]
"""

import math

from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import Description, describe

_FOR_WHOM = "adam"  # the optimizer that the defaults of the regularizers' settings are meant for
_OF_DESCENT = 0.1  # what gradient descent is to take off at an update, of what Adam does
_A_QUARTER_MORE = 1.25
_FEWEST = 8  # strengths to choose from: a curve of fewer points hides where its valley is
_WEAKEST = 300  # the default over the weakest that is offered, where a strength may be 0: it does next to nothing
_DIGITS = ((1, 3), (1, 2, 5), (1, 2, 3, 5, 7), (1, 1.5, 2, 3, 4, 5, 7))  # of each power of ten, the coarsest first


def default_strength(regularizer: str, optimizer: str) -> float | None:
    """The strength to take where nobody gave one; None for a regularizer that has none."""
    entry = REGULARIZERS[regularizer]
    settings = describe(entry.Settings)
    if "strength" not in settings:
        return None
    description, default = settings["strength"]
    if not entry.times_rate:
        return default
    by = OPTIMIZERS[optimizer]
    if by.divides:
        return default
    return _within(default * _OF_DESCENT * OPTIMIZERS[_FOR_WHOM].learning_rate / by.learning_rate, description)


def offered(regularizer: str, optimizer: str) -> list[float]:
    """Strengths to choose from, ascending: round ones from next to nothing to the strongest, the default among them.

    They are what the page's list offers, what a strength curve goes over and what is recorded. Empty for a regularizer
    that has none.

    >>> offered("dropout", "adam")
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    """
    default = default_strength(regularizer, optimizer)
    if default is None:
        return []
    description, _ = describe(REGULARIZERS[regularizer].Settings)["strength"]
    low, high = description.minimum, description.maximum
    assert low is not None and high is not None, description
    if description.scale == "linear" and not isinstance(default, int):
        tenths = [step / 10 for step in range(1, 10)]
        return sorted({value for value in tenths if low < value < high} | {default, high})
    ends = {high} | ({low} if low else set())
    floor = 0.9 * (low or default / _WEAKEST)  # a round one may be a little less
    whole = isinstance(default, int)
    found: list[float] = []
    for digits in _DIGITS:
        scale = [float(f"{digit}e{power}") for power in range(-8, 3) for digit in digits]
        found = sorted({value for value in scale if floor <= value <= high} | ends | {default})
        found = [value for value in found if low <= value and (not whole or value == round(value))]
        if len(found) >= _FEWEST:
            break
    return [type(default)(value) for value in found]


def usable(regularizer: str, optimizer: str) -> float | None:
    """A strength that is certainly not too strong; None where none is.

    The strongest that docs/lesson.md found to help, where it stands in the regularizer's record. Else a quarter more
    than the default: 1.25 times a penalty, a step or the size of noise, four fifths of a bound; of a share of units
    or targets, one that leaves four fifths of what the default does. (Of weight noise, twice the default ruins a
    run.) So this says where to look, and not where it ends.
    """
    entry = REGULARIZERS[regularizer]
    found = default_strength(regularizer, optimizer)
    if found is None or entry.too_strong is None:
        return None
    description, default = describe(entry.Settings)["strength"]
    if entry.usable is not None:
        strong = entry.usable * found / default
    elif entry.too_strong == "minimum":
        strong = found / _A_QUARTER_MORE
    elif description.scale == "linear":
        strong = 1 - (1 - found) / _A_QUARTER_MORE
    else:
        strong = found * _A_QUARTER_MORE
    return _within(strong, description)


def _within(strength: float, description: Description) -> float:
    """A strength rounded to two digits, within the setting's range."""
    return float(min(max(float(f"{strength:.2g}"), description.minimum or 0), description.maximum or math.inf))
