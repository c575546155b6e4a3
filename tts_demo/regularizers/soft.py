"""Soft regularizers: a penalty is added to the loss, or its proximal step is taken after the update."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from tts_demo.regularizers.base import Context, Family, Regularizer, weights
from tts_demo.settings import SettingsBase, setting


class L2(Regularizer):
    """Sum of squared weights, as the source article writes it: no factor ½, so the gradient is 2 λ θ."""

    name = "l2"
    label = "L2"
    family: ClassVar[Family] = "soft"
    formula = r"\lambda \sum_i \theta_i^2"
    sentence = "Every weight pays for its square, so large weights shrink most and none becomes exactly zero."
    reference = "Goodfellow, Bengio & Courville 2016, Deep Learning, 7.1"
    too_strong = "maximum"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """λ."""

        strength: float = setting(
            1e-4, "Strength λ", minimum=0, maximum=1e-2, scale="log", help="What one unit of squared weight costs."
        )

    def penalty(self, model: nn.Module, activations: Mapping[str, Tensor], context: Context) -> Tensor | None:
        if self.strength == 0:
            return None
        return self.strength * torch.stack([weight.square().sum() for weight in weights(model).values()]).sum()


class ProximalL1(Regularizer):
    """Sum of absolute weights by its proximal step: after each update every weight moves η λ towards zero."""

    name = "l1_proximal"
    label = "L1, proximal"
    family: ClassVar[Family] = "soft"
    formula = r"\theta_i \leftarrow \operatorname{sign}(\theta_i)\,\max(|\theta_i| - \eta\lambda,\; 0)"
    sentence = "Every weight pays for its size and moves towards zero by the same step; those that arrive stay there."
    reference = "Beck & Teboulle 2009; Tibshirani 1996"
    too_strong = "maximum"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """λ; η is the learning rate of the update."""

        strength: float = setting(
            0.03, "Strength λ", minimum=0, maximum=1, scale="log", help="What one unit of absolute weight costs."
        )

    def after_update(self, model: nn.Module, context: Context) -> None:
        threshold = context.learning_rate * self.strength
        if threshold == 0:
            return
        for weight in weights(model).values():
            # x - clamp(x, -t, t) is soft thresholding: exactly zero for whatever lies within the threshold
            weight.sub_(weight.clamp(-threshold, threshold))
