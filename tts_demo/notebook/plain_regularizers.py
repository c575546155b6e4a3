"""Cells of the notebook, read as text by `cells.py`: each regularizer in a few lines of plain torch.

Those of `tts_demo.regularizers` have the same names and do the same, fast; `tests/test_notebook.py` compares them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tts_demo.notebook.plain_network import Site
from tts_demo.regularizers.hard import largest
from tts_demo.sites import state_sites, units, weights


@dataclass
class Context:
    """Where the training stands."""

    learning_rate: float
    total_updates: int
    training_frames: int
    step: int = 0  # updates done, the one that goes on included


class Regularizer:
    """Does nothing: each regularizer fills in what it needs. Its `strength` may be changed at any time."""

    def __init__(self, **settings: Any) -> None:
        self.strength: Any = settings.pop("strength", 0.0)
        self.settings = settings

    def in_evaluation(self, model: nn.Module) -> None:
        """Make what acts outside training, too, part of a network."""

    def prepare(self, model: nn.Module, context: Context) -> None:
        """Before the first update."""

    def extra_parameters(self) -> list[nn.Parameter]:
        """What the optimizer trains besides the network."""
        return []

    def before_forward(self, model: nn.Module, context: Context) -> None:
        """Before the network predicts: noise on the weights."""

    def label_smoothing(self) -> float:
        """Share of each target that is spread over all classes."""
        return 0.0

    def penalty(self, model: nn.Module, context: Context) -> Tensor | float:
        """What is added to the loss."""
        return 0.0

    def after_backward(self, model: nn.Module, context: Context) -> None:
        """As soon as there are gradients: take the noise off."""

    def before_update(self, model: nn.Module, context: Context) -> None:
        """Before the optimizer's step."""

    def after_update(self, model: nn.Module, context: Context) -> None:
        """After the optimizer's step."""

    def hold(self, model: nn.Module) -> None:
        """Before the network is measured."""

    def should_stop(self, model: nn.Module, curve: Sequence[tuple[int, float, float]]) -> bool:
        """Whether to end, after a measurement: (update, training loss, validation loss), the last of `curve`."""
        return False


class L2(Regularizer):
    """Every weight pays for its square."""

    def penalty(self, model: nn.Module, context: Context) -> Tensor | float:
        return self.strength * sum(weight.square().sum() for weight in weights(model).values())


class WeightDecay(Regularizer):
    """Every weight loses the same share of itself at each update."""

    def before_update(self, model: nn.Module, context: Context) -> None:
        for weight in weights(model).values():
            weight.mul_(1 - context.learning_rate * self.strength)


class L1(Regularizer):
    """Every weight pays for its size."""

    def penalty(self, model: nn.Module, context: Context) -> Tensor | float:
        return self.strength * sum(weight.abs().sum() for weight in weights(model).values())


class ProximalL1(Regularizer):
    """Every weight moves towards zero by the same step, and stays there if it arrives."""

    def after_update(self, model: nn.Module, context: Context) -> None:
        step = context.learning_rate * self.strength
        for weight in weights(model).values():
            weight.copy_(weight.sign() * (weight.abs() - step).clamp(min=0))


class ElasticNet(Regularizer):
    """L1's step, then all weights shrink as under L2."""

    def after_update(self, model: nn.Module, context: Context) -> None:
        step = context.learning_rate * self.strength
        for weight in weights(model).values():
            weight.copy_(weight.sign() * (weight.abs() - step).clamp(min=0))
            weight.div_(1 + 2 * step * self.settings["squared_share"])


class GroupSparsity(Regularizer):
    """Each unit's incoming weights lose the same from their norm; a unit that has too little loses all."""

    def after_update(self, model: nn.Module, context: Context) -> None:
        step = context.learning_rate * self.strength
        if step == 0:
            return
        for layer in units(model).values():
            layer.scale_((1 - step * layer.size**0.5 / layer.norms()).clamp(min=0))


class KLWeights(Regularizer):
    """Each weight is a Gaussian (mean, deviation σ) that pays for its divergence from a prior around zero."""

    def prepare(self, model: nn.Module, context: Context) -> None:
        begin = torch.tensor(self.settings["initial_std"]).log().item()
        self.log_std = {name: nn.Parameter(torch.full_like(one, begin)) for name, one in weights(model).items()}

    def extra_parameters(self) -> list[nn.Parameter]:
        return list(self.log_std.values())

    def before_forward(self, model: nn.Module, context: Context) -> None:
        if self.strength == 0:
            return
        self.mean = {name: weight.clone() for name, weight in weights(model).items()}
        self.drawn = {name: torch.empty_like(weight).normal_() for name, weight in weights(model).items()}
        for name, weight in weights(model).items():
            weight.add_(self.log_std[name].exp() * self.drawn[name])

    def after_backward(self, model: nn.Module, context: Context) -> None:
        if self.strength == 0:
            return
        each, prior = self.strength / context.training_frames, self.settings["prior_std"]
        for name, weight in weights(model).items():
            assert weight.grad is not None
            std = self.log_std[name].exp()
            weight.copy_(self.mean[name])
            # KL = log(prior / σ) + (σ² + mean²) / (2 prior²) - ½, by its derivatives
            self.log_std[name].grad = weight.grad * self.drawn[name] * std + each * ((std / prior) ** 2 - 1)
            weight.grad += each * weight / prior**2


class KLSparsity(Regularizer):
    """Each unit pays for being more or less active than wanted."""

    def penalty(self, model: nn.Module, context: Context) -> Tensor | float:
        wanted, cost = self.settings["target_activation"], torch.zeros(())
        for site in model.modules():
            if isinstance(site, Site) and site.last is not None and site.range != "unbounded":
                activations, mask = site.last
                active = activations.abs() if site.range == "bounded" else activations / (1 + activations)
                found = (active * mask[..., None]).sum(dim=(0, 1)) / mask.sum()  # each unit's mean
                found = found.clamp(1e-6, 1 - 1e-6)
                divergence = wanted * (wanted / found).log() + (1 - wanted) * ((1 - wanted) / (1 - found)).log()
                cost = cost + divergence.sum()
        return self.strength * cost


class L1AsPrinted(Regularizer):
    """Each matrix pays for its length as a whole."""

    def penalty(self, model: nn.Module, context: Context) -> Tensor | float:
        return self.strength * sum(weight.norm() for weight in weights(model).values())


class Constraint(Regularizer):
    """What holds after each update, holds before the first one, too."""

    def prepare(self, model: nn.Module, context: Context) -> None:
        with torch.no_grad():
            self.after_update(model, context)


class WeightRange(Constraint):
    """No weight may be further from zero than the bound."""

    def after_update(self, model: nn.Module, context: Context) -> None:
        for weight in weights(model).values():
            weight.clamp_(-self.strength, self.strength)


class MaxNorm(Constraint):
    """The weights that lead into one unit may together be no longer than the bound."""

    def after_update(self, model: nn.Module, context: Context) -> None:
        for layer in units(model).values():
            layer.scale_((self.strength / layer.norms()).clamp(max=1))


class SpectralNorm(Constraint):
    """No matrix may stretch a vector more than so many times: larger singular values are set to the bound."""

    def after_update(self, model: nn.Module, context: Context) -> None:
        if context.step % 5 == 0:  # it takes longer than an update
            self.hold(model)

    @torch.no_grad()
    def hold(self, model: nn.Module) -> None:
        for weight in weights(model).values():
            left, values, right = torch.linalg.svd(weight.flatten(1), full_matrices=False)
            if values[0] > self.strength:
                weight.copy_((left * values.clamp(max=self.strength) @ right).view_as(weight))


class L0(Constraint):
    """Of each matrix only a share of the weights, the largest ones, is not zero."""

    ranked_for: Any = None  # the strength that the last ranking was made with

    def after_update(self, model: nn.Module, context: Context) -> None:
        if context.step % 5 == 0 or self.ranked_for != self.strength:
            at_once = self.settings["schedule"] == "at once"
            done = 1 if at_once else min((context.step + 4) / context.total_updates, 1)
            share = 1 - (1 - self.strength) * (1 - (1 - done) ** 3)
            self.kept = {name: largest(weight, share) for name, weight in weights(model).items()}
            self.ranked_for = self.strength
        for name, weight in weights(model).items():
            weight.mul_(self.kept[name])


class EarlyStopping(Regularizer):
    """End when the validation loss has not become better for some measurements; the best weights come back."""

    def should_stop(self, model: nn.Module, curve: Sequence[tuple[int, float, float]]) -> bool:
        losses = [validation for *_, validation in curve]
        best = losses.index(min(losses))
        if best == len(losses) - 1:
            self.best = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        stops = len(losses) - 1 - best >= self.strength
        if stops:
            model.load_state_dict(self.best)
        return stops


class Dropout(Regularizer):
    """At each phone a random part of the units is switched off; the others are scaled up."""

    def prepare(self, model: nn.Module, context: Context) -> None:
        for site in model.modules():
            if isinstance(site, Site):
                site.transforms.append(lambda h: functional.dropout(h, self.strength))


class VariationalDropout(Regularizer):
    """As dropout, but what is switched off stays off for the whole sentence."""

    def prepare(self, model: nn.Module, context: Context) -> None:
        for site in model.modules():
            if isinstance(site, Site):  # one mask for all phones
                site.transforms.append(lambda h: h * functional.dropout(torch.ones_like(h[:, :1]), self.strength))


class Zoneout(Regularizer):
    """A random part of the hidden state stays as it was; outside training, the state is a mixture of both."""

    def in_evaluation(self, model: nn.Module) -> None:
        for site in state_sites(model).values():
            site.transforms.append(self.mix)

    def mix(self, before: Tensor, now: Tensor, training: bool) -> Tensor:
        """The state of a step, from the one before and the new one."""
        if not training:
            return self.strength * before + (1 - self.strength) * now
        stay = torch.empty_like(now).bernoulli_(self.strength)
        return stay * before + (1 - stay) * now


class WeightNoise(Regularizer):
    """Every weight trembles while the gradient is computed."""

    def before_forward(self, model: nn.Module, context: Context) -> None:
        self.quiet = {name: weight.clone() for name, weight in weights(model).items()}
        for weight in weights(model).values():
            weight.add_(self.strength * torch.randn_like(weight))

    def after_backward(self, model: nn.Module, context: Context) -> None:
        for name, weight in weights(model).items():
            weight.copy_(self.quiet[name])


class LabelSmoothing(Regularizer):
    """The right class is told as less than certain: a share of it is spread over all classes."""

    def label_smoothing(self) -> float:
        return self.strength
