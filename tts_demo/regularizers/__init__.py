"""Regularizers: one class each, listed here and nowhere else."""

from tts_demo.regularizers.base import Context, Evaluation, Regularizer, Site, sites, weights
from tts_demo.regularizers.hard import WeightRange
from tts_demo.regularizers.soft import L2, ProximalL1
from tts_demo.regularizers.stochastic import Dropout


class NoRegularizer(Regularizer):
    """Nothing at all: what every other entry is compared with."""

    name = "none"
    label = "None"
    family = "none"
    formula = "0"
    sentence = "Nothing holds the network back: it may learn its training sentences by heart."
    reference = ""


REGULARIZERS: dict[str, type[Regularizer]] = {
    regularizer.name: regularizer for regularizer in (NoRegularizer, L2, ProximalL1, WeightRange, Dropout)
}

__all__ = ["REGULARIZERS", "Context", "Evaluation", "Regularizer", "Site", "sites", "weights"]
