"""Optimizers by name, each with the learning rate that suits it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import nn

Parameters = Iterable[nn.Parameter]


@dataclass(frozen=True)
class Optimizer:
    """An entry of `OPTIMIZERS`: `make(parameters, learning_rate)` returns torch's optimizer."""

    name: str
    label: str
    formula: str
    learning_rate: float  # the default for an RNN; only that of Adam was searched, see docs/choices.md
    reference: str
    make: Callable[[Parameters, float], torch.optim.Optimizer]
    divides: bool  # whether it divides the gradient by its size, so that a step is about as long as the rate


def _sgd(parameters: Parameters, rate: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=rate)


def _momentum(parameters: Parameters, rate: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=rate, momentum=0.9)


def _rmsprop(parameters: Parameters, rate: float) -> torch.optim.Optimizer:
    return torch.optim.RMSprop(parameters, lr=rate)


def _adam(parameters: Parameters, rate: float) -> torch.optim.Optimizer:
    # one fused kernel an update takes a fifth of the time of many
    return torch.optim.Adam(parameters, lr=rate, fused=True)


def _adamw(parameters: Parameters, rate: float) -> torch.optim.Optimizer:
    # torch's own decay, of biases and normalisation parameters too; the regularizer of this name leaves those alone
    return torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01, fused=True)


OPTIMIZERS: dict[str, Optimizer] = {
    optimizer.name: optimizer
    for optimizer in (
        Optimizer(
            "adam",
            "Adam",
            r"\theta \leftarrow \theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \epsilon}",
            3e-3,
            "Kingma & Ba 2015",
            _adam,
            True,
        ),
        Optimizer(
            "adamw",
            "AdamW",
            r"\theta \leftarrow (1 - 0.01\,\eta)\,\theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \epsilon}",
            3e-3,
            "Loshchilov & Hutter 2019",
            _adamw,
            True,
        ),
        Optimizer(
            "rmsprop",
            "RMSprop",
            r"\theta \leftarrow \theta - \eta\,\frac{g}{\sqrt{v} + \epsilon}",
            5e-4,
            "Tieleman & Hinton 2012",
            _rmsprop,
            True,
        ),
        Optimizer(
            "sgd", "Gradient descent", r"\theta \leftarrow \theta - \eta\, g", 0.3, "Robbins & Monro 1951", _sgd, False
        ),
        Optimizer(
            "momentum",
            "Gradient descent with momentum",
            r"u \leftarrow 0.9\,u + g,\quad \theta \leftarrow \theta - \eta\, u",
            0.1,
            "Polyak 1964; Sutskever et al. 2013",
            _momentum,
            False,
        ),
    )
}
