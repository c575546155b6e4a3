"""Soft regularizers: a penalty is added to the loss, or its proximal step is taken with the update."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from tts_demo.regularizers.base import Context, Family, Regularizer
from tts_demo.settings import SettingsBase, setting
from tts_demo.sites import Watched, units, weights

_TINY = 1e-30


class Soft(Regularizer):
    """What pulls at all weights, the more the greater its strength."""

    family: ClassVar[Family] = "soft"
    too_strong = "maximum"
    on_weights = True


class RateStep(Soft):
    """A step of its own beside the gradient's, as long as the learning rate is large."""

    symbols = "η is the learning rate."
    times_rate = True


class L2(Soft):
    """Sum of squared weights, as the source article writes it: no factor ½, so the gradient is 2 λ θ."""

    name = "l2"
    usable = 1e-3
    label = "L2"
    formula = r"\lambda \sum_i \theta_i^2"
    sentence = "Every weight pays for its square, large ones far more than small ones; hardly any becomes exactly zero."
    reference = "Goodfellow, Bengio & Courville 2016, Deep Learning, 7.1"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """λ."""

        strength: float = setting(
            3e-4, "Strength λ", minimum=0, maximum=1e-2, scale="log", help="What one unit of squared weight costs."
        )

    def penalty(self, model: nn.Module, activations: Mapping[str, Watched], context: Context) -> Tensor | None:
        if self.strength == 0:
            return None
        squares = [_dot_itself(weight) for weight in weights(model).values()]
        # 2 θ·c - c·c with c = θ held constant is θ², and so is its gradient
        return self.strength * torch.stack([2 * product - product.detach() for product in squares]).sum()


def _dot_itself(weight: Tensor) -> Tensor:
    """Product of a weight with itself held constant: the gradient takes one pass through memory instead of three."""
    flat = weight.flatten()
    return torch.dot(flat, flat.detach())


class WeightDecay(RateStep):
    """Decoupled weight decay in torch's order: weights shrink by 1 - η λ, then the optimizer takes its step.

    For gradient descent without momentum a decay of 2 λ is L2 with λ; for Adam, which divides a penalty's gradient by
    the size of gradients like any other, it is not.
    """

    name = "weight_decay"
    usable = 6
    label = "Weight decay"
    formula = r"\theta_i \leftarrow (1 - \eta\lambda)\,\theta_i"
    sentence = "At each update every weight loses the same share of itself, whatever the gradient says."
    reference = "Loshchilov & Hutter 2019"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """λ, the default with Adam; η is the learning rate of the update."""

        strength: float = setting(
            3.0, "Strength λ", minimum=0, maximum=30, scale="log", help="Times η, the fraction lost at each update."
        )

    def before_update(self, model: nn.Module, context: Context) -> None:
        if self.strength == 0:
            return
        for weight in weights(model).values():
            weight.mul_(1 - context.learning_rate * self.strength)


class L1(Soft):
    """Sum of absolute weights by its subgradient: weights shrink, hover around zero and hardly ever are zero."""

    name = "l1"
    usable = 1e-4
    label = "L1"
    formula = r"\lambda \sum_i |\theta_i|"
    sentence = (
        "Every weight pays for its size; small ones are pulled to zero as hard as large ones, but steps jump over it."
    )
    reference = "Tibshirani 1996"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """λ."""

        strength: float = setting(
            3e-5, "Strength λ", minimum=0, maximum=1e-3, scale="log", help="What one unit of absolute weight costs."
        )

    def penalty(self, model: nn.Module, activations: Mapping[str, Watched], context: Context) -> Tensor | None:
        if self.strength == 0:
            return None
        norms = [torch.linalg.vector_norm(weight, ord=1) for weight in weights(model).values()]
        return self.strength * torch.stack(norms).sum()


def _soft_threshold_(weight: Tensor, threshold: float) -> None:
    # x - clamp(x, -t, t) is soft thresholding: exactly zero for whatever lies within the threshold
    weight.sub_(weight.clamp(-threshold, threshold))


class ProximalL1(RateStep):
    """Sum of absolute weights by its proximal step: after each update every weight moves η λ towards zero."""

    name = "l1_proximal"
    label = "L1, proximal"
    formula = r"\theta_i \leftarrow \operatorname{sign}(\theta_i)\,\max(|\theta_i| - \eta\lambda,\; 0)"
    sentence = "After each update every weight moves towards zero by the same step; small ones become exactly zero."
    reference = "Beck & Teboulle 2009; Tibshirani 1996"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """λ, the default with Adam; η is the learning rate of the update."""

        strength: float = setting(
            0.2, "Strength λ", minimum=0, maximum=1, scale="log", help="Times η, the step towards zero at each update."
        )

    def after_update(self, model: nn.Module, context: Context) -> None:
        threshold = context.learning_rate * self.strength
        if threshold == 0:
            return
        for weight in weights(model).values():
            _soft_threshold_(weight, threshold)


class ElasticNet(RateStep):
    """Absolute and squared weights together, by their joint proximal step: threshold, then shrink."""

    name = "elastic_net"
    label = "Elastic net"
    formula = (
        r"\theta_i \leftarrow \frac{\operatorname{sign}(\theta_i)\,\max(|\theta_i| - \eta\lambda,\; 0)}"
        r"{1 + 2\eta\lambda_2}"
    )
    sentence = "L1 makes weights zero and L2 holds the rest small: of weights that do the same, several may stay."
    symbols = "η is the learning rate; λ₂ is usually as large as λ."
    reference = "Zou & Hastie 2005; proximal step: Parikh & Boyd 2014, 6.5"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """λ, the default with Adam, and λ₂; η is the learning rate of the update."""

        strength: float = setting(
            0.15, "Strength λ", minimum=0, maximum=1, scale="log", help="Times η, the step towards zero at each update."
        )
        squared_share: float = setting(
            1.0, "λ₂ / λ", minimum=0, maximum=10, help="How strong the L2 part is, as a multiple of λ."
        )

    def after_update(self, model: nn.Module, context: Context) -> None:
        threshold = context.learning_rate * self.strength
        if threshold == 0:
            return
        shrink = 1 + 2 * threshold * self.settings.squared_share  # type: ignore[attr-defined]
        for weight in weights(model).values():
            _soft_threshold_(weight, threshold)
            weight.div_(shrink)


class GroupSparsity(RateStep):
    """Norm of each unit's incoming weights, times the root of their number, by its proximal step: whole units go."""

    name = "group_sparsity"
    label = "Group sparsity"
    formula = (
        r"\theta_g \leftarrow \max\!\left(1 - \frac{\eta\lambda\sqrt{n_g}}{\lVert\theta_g\rVert_2},\; 0\right)\theta_g"
    )
    symbols = "g is a unit, n_g the number of its incoming weights, η the learning rate."
    sentence = "After each update each unit's weights shrink together; a unit that helps too little loses all at once."
    reference = "Yuan & Lin 2006"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """λ, the default with Adam; η is the learning rate of the update."""

        strength: float = setting(
            0.1,
            "Strength λ",
            minimum=0,
            maximum=1,
            scale="log",
            help="Times η and the root of n_g, what a unit's norm loses at each update.",
        )

    def after_update(self, model: nn.Module, context: Context) -> None:
        threshold = context.learning_rate * self.strength
        if threshold == 0:
            return
        for layer in units(model).values():
            norms = layer.norms()
            # a norm of 0 divides to infinity, and its units stay at 0
            layer.scale_((1 - threshold * layer.size**0.5 / norms).clamp(min=0))


class L1AsPrinted(Soft):
    """What the source article's code for "L1" computes, as evidently meant: the sum of the matrices' Euclidean norms.

    It is no L1: each matrix is one group, and no weight becomes zero before all of its matrix do. (As printed the code
    raises an error, and takes biases in, which are exempt here as everywhere.)
    """

    name = "l1_as_printed"
    label = "“L1” as printed"
    formula = r"\lambda \sum_W \lVert W \rVert_F"  # ‖·‖₂ of a matrix would be read as its largest singular value
    symbols = "The norm of a matrix W is the root of the sum of its squared weights."
    sentence = "What the article's code for L1 is meant to compute: each matrix pays for its length as a whole."
    reference = "the source article, 4.2"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """λ."""

        strength: float = setting(
            5e-3, "Strength λ", minimum=0, maximum=1e-1, scale="log", help="What one unit of a matrix's length costs."
        )

    def penalty(self, model: nn.Module, activations: Mapping[str, Watched], context: Context) -> Tensor | None:
        if self.strength == 0:
            return None
        squares = [_dot_itself(weight) for weight in weights(model).values()]
        # θ·c / |c| with c = θ held constant is the length, and its gradient θ / |θ|; 0 for a matrix of zeros
        lengths = [product / product.detach().sqrt().clamp(min=_TINY) for product in squares]
        return self.strength * torch.stack(lengths).sum()
