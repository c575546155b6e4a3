"""Soft regularizers that are divergences: of weights from a prior, of activity from a wanted one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tts_demo.regularizers.base import Context
from tts_demo.regularizers.soft import Soft
from tts_demo.settings import SettingsBase, setting
from tts_demo.sites import Watched, weights


class KLWeights(Soft):
    """Weights as Gaussians that must not say more than a prior: Bayes by backpropagation.

    Every weight has a mean (the model's own parameter) and a standard deviation σ, both trained. Each update predicts
    with weights drawn from them; everything else (evaluation, snapshots) uses the means.
    """

    name = "kl_weights"
    usable = 0.05
    label = "KL on weights"
    formula = (
        r"\frac{\lambda}{N} \sum_i D_{\mathrm{KL}}\big(\mathcal N(\mu_i, \sigma_i^2)\,\big\|\,"
        r"\mathcal N(0, \sigma_0^2)\big),\qquad \theta_i \sim \mathcal N(\mu_i, \sigma_i^2)"
    )
    symbols = "N is the number of training frames; σ₀ is usually 0.1, and each σ_i begins at 0.01."
    sentence = "Each weight is a cloud, not a number, and pays for how far it departs from a vague guess around zero."
    reference = "Blundell et al. 2015"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """λ, σ₀ and the first σ; N is the number of training frames."""

        strength: float = setting(
            0.02, "Strength λ", minimum=0, maximum=1, scale="log", help="What one nat costs over all training frames."
        )
        prior_std: float = setting(
            0.1,
            "Prior's standard deviation σ₀",
            minimum=0.01,
            maximum=1,
            scale="log",
            help="How far apart the weights are expected to lie.",
        )
        initial_std: float = setting(
            0.01,
            "Initial standard deviation σ",
            minimum=1e-4,
            maximum=0.1,
            scale="log",
            help="Of each weight, before training.",
        )

    def __init__(self, settings: SettingsBase) -> None:
        super().__init__(settings)
        self._log_std: dict[str, nn.Parameter] = {}
        self._mean: dict[str, Tensor] = {}
        self._drawn: dict[str, Tensor] = {}  # standard normal
        self._charged: dict[str, Tensor] = {}  # the means as the penalty took them
        self._prior: float = settings.prior_std  # type: ignore[attr-defined]

    def prepare(self, model: nn.Module, context: Context) -> None:
        first = torch.tensor(self.settings.initial_std).log()  # type: ignore[attr-defined]
        for name, weight in weights(model).items():
            self._log_std[name] = nn.Parameter(torch.full_like(weight, first.item()))

    def extra_parameters(self) -> Sequence[nn.Parameter]:
        return tuple(self._log_std.values())

    def before_forward(self, model: nn.Module, context: Context) -> None:
        self._drawn = {}
        if self.strength == 0:
            return
        for name, weight in weights(model).items():
            self._mean[name] = weight.detach().clone()
            drawn = torch.empty_like(weight).normal_(generator=context.generator)
            self._drawn[name] = drawn
            weight.addcmul_(self._log_std[name].detach().exp(), drawn)

    def penalty(self, model: nn.Module, activations: Mapping[str, Watched], context: Context) -> Tensor | None:
        if self.strength == 0:
            return None
        terms = []
        for name, weight in weights(model).items():
            log_std = self._log_std[name]
            drawn = self._drawn.get(name)
            # the model holds the drawn weights now; less the noise they are the means, with the means' gradient
            mean = weight if drawn is None else weight - drawn * log_std.detach().exp()
            self._charged[name] = mean.detach()
            terms.append(gaussian_kl(mean, log_std, self._prior).sum())
        return self.strength / context.training_frames * torch.stack(terms).sum()

    def take_noise_off(self, model: nn.Module, context: Context) -> None:
        if not self._drawn:
            return
        for name, weight in weights(model).items():
            log_std = self._log_std[name]
            if weight.grad is not None and log_std.grad is not None:
                # the gradient of the mean's own penalty passed through the weight: it is none of the deviation's
                own = self.strength / context.training_frames * self._charged[name] / self._prior**2
                log_std.grad.add_((weight.grad - own) * self._drawn[name] * log_std.exp())
            weight.copy_(self._mean[name])

    def state(self) -> dict[str, Any]:
        return super().state() | {"log std": {name: log_std.detach() for name, log_std in self._log_std.items()}}

    def load_state(self, state: Mapping[str, Any], model: nn.Module) -> None:
        super().load_state(state, model)
        with torch.no_grad():
            for name, log_std in self._log_std.items():
                log_std.copy_(state["log std"][name])


def gaussian_kl(mean: Tensor, log_std: Tensor, prior_std: float) -> Tensor:
    """KL(N(mean, std²) || N(0, prior²)) of each weight, in nats.

    Parameters
    ----------
    mean, log_std : Tensor [shape=(...)]
    prior_std : float
    """
    variance_ratio = (2 * log_std).exp() / prior_std**2
    return 0.5 * (variance_ratio + (mean / prior_std).square() - 1 - variance_ratio.log())


class KLSparsity(Soft):
    """Units shall be active rarely: KL of a wanted mean activation ρ from each unit's own over the batch.

    Activation is |h| for units within [-1, 1] and h / (1 + h) for rectified ones; padding does not count, and units of
    neither kind are left alone.
    """

    name = "kl_sparsity"
    on_weights = False
    label = "KL sparsity"
    formula = r"\beta \sum_j D_{\mathrm{KL}}(\rho\,\|\,\hat\rho_j)"
    symbols = "ρ is usually 0.05; ρ̂_j is the batch's mean of |h_j|, for rectified units of h_j / (1 + h_j)."
    sentence = "Each unit pays for being more or less active than wanted, so that few are active at any one time."
    reference = "Ng 2011, Sparse autoencoder (CS294A lecture notes)"
    caveat = "It hardly helps here: most units of a rectified network are silent most of the time anyway."

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """β and ρ."""

        strength: float = setting(
            0.03, "Strength β", minimum=0, maximum=10, scale="log", help="What one nat of a unit's divergence costs."
        )
        target_activation: float = setting(
            0.05,
            "Target activation ρ",
            minimum=0.001,
            maximum=0.5,
            scale="log",
            help="Mean activation that costs nothing.",
        )

    def penalty(self, model: nn.Module, activations: Mapping[str, Watched], context: Context) -> Tensor | None:
        if self.strength == 0:
            return None
        terms = [
            bernoulli_kl(self.settings.target_activation, mean_activity(site)).sum()  # type: ignore[attr-defined]
            for site in activations.values()
            if site.range != "unbounded"
        ]
        return self.strength * torch.stack(terms).sum() if terms else None


def mean_activity(site: Watched) -> Tensor:
    """Mean activation of each unit over all that is not padding, between 0 and 1 [shape=(units,)]."""
    active = site.values.abs() if site.range == "bounded" else site.values / (1 + site.values)
    mask = site.mask[..., None].to(active.dtype)
    return (active * mask).sum(dim=(0, 1)) / mask.sum()


def bernoulli_kl(wanted: float, found: Tensor) -> Tensor:
    """KL(wanted || found) of two Bernoulli distributions, in nats; `found` is kept 1e-6 away from 0 and 1."""
    found = found.clamp(1e-6, 1 - 1e-6)
    p = torch.as_tensor(wanted, dtype=found.dtype)
    return p * (p / found).log() + (1 - p) * ((1 - p) / (1 - found)).log()
