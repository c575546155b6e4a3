"""Regularizers: one class each, listed here and nowhere else."""

from tts_demo.regularizers.base import Context, Evaluation, Regularizer
from tts_demo.regularizers.divergence import KLSparsity, KLWeights
from tts_demo.regularizers.hard import L0, EarlyStopping, MaxNorm, SpectralNorm, WeightRange
from tts_demo.regularizers.soft import (
    L1,
    L2,
    ElasticNet,
    GroupSparsity,
    L1AsPrinted,
    ProximalL1,
    WeightDecay,
)
from tts_demo.regularizers.stochastic import Dropout, VariationalDropout, WeightNoise, Zoneout
from tts_demo.regularizers.target import LabelSmoothing


class NoRegularizer(Regularizer):
    """Nothing at all: what every other entry is compared with."""

    name = "none"
    label = "None"
    family = "none"
    formula = "0"
    sentence = "Nothing holds the network back: it may learn its training sentences by heart."
    reference = ""


_ALL: tuple[type[Regularizer], ...] = (
    NoRegularizer,
    L2,
    WeightDecay,
    L1,
    ProximalL1,
    ElasticNet,
    GroupSparsity,
    KLWeights,
    KLSparsity,
    L1AsPrinted,
    WeightRange,
    MaxNorm,
    SpectralNorm,
    L0,
    EarlyStopping,
    Dropout,
    VariationalDropout,
    Zoneout,
    WeightNoise,
    LabelSmoothing,
)

REGULARIZERS: dict[str, type[Regularizer]] = {regularizer.name: regularizer for regularizer in _ALL}

__all__ = ["REGULARIZERS", "Context", "Evaluation", "Regularizer"]
