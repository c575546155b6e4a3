"""Stochastic regularizers: noise while training, none afterwards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from tts_demo.messages import Message
from tts_demo.regularizers.base import Context, Family, Regularizer
from tts_demo.settings import SettingsBase, setting
from tts_demo.sites import sites, state_sites, weights


class Dropout(Regularizer):
    """Each activation at the model's sites is zero with probability p; the others are scaled by 1 / (1 - p)."""

    name = "dropout"
    usable = 0.3
    label = "Dropout"
    family: ClassVar[Family] = "stochastic"
    formula = r"h_j \leftarrow \frac{m_j}{1 - p}\, h_j, \quad m_j \sim \mathrm{Bernoulli}(1 - p)"
    sentence = "At each moment a random part of the units is switched off, so none can rely on a particular other."
    reference = "Srivastava et al. 2014"
    too_strong = "maximum"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """p."""

        strength: float = setting(
            0.2, "Probability p", minimum=0, maximum=0.95, help="The fraction of units that is switched off."
        )

    def prepare(self, model: nn.Module, context: Context) -> None:
        def drop(activations: Tensor) -> Tensor:
            if self.strength == 0:
                return activations
            return activations * kept(self.mask_shape(activations), 1 - self.strength, context.generator)

        for site in sites(model).values():
            site.transforms.append(drop)

    def mask_shape(self, activations: Tensor) -> tuple[int, ...]:
        """Of a mask for activations [shape=(batch, time, units)]."""
        return activations.shape


def kept(shape: Sequence[int], probability: float, generator: torch.Generator) -> Tensor:
    """A mask of 1 / probability where something is kept and 0 elsewhere, at a third of the cost of `bernoulli_`.

    Sixteen random bits decide, so the probability is rounded to a multiple of 2**-16.
    """
    count = math.prod(shape)
    bits = torch.empty(-(-count // 4), dtype=torch.int64).random_(-(2**63), None, generator=generator)
    chances = min(max(round(probability * 2**16), 1), 2**16 - 1)
    return (bits.view(torch.int16)[:count].view(*shape) < chances - 2**15).float().mul_(2**16 / chances)


class VariationalDropout(Dropout):
    """Dropout with one mask for a whole sequence: a unit is off from its beginning to its end.

    At the inputs and outputs of the recurrent layers, as at every site; the path from one time step to the next inside
    a layer is left as it is.
    """

    name = "variational_dropout"
    usable = 0.3
    label = "Variational dropout"
    formula = r"h_{t,j} \leftarrow \frac{m_j}{1 - p}\, h_{t,j}, \quad m_j \sim \mathrm{Bernoulli}(1 - p)"
    sentence = "As dropout, but a unit that is switched off stays off for the whole sentence."
    reference = "Gal & Ghahramani 2016, without its masks on the recurrent path"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """p."""

        strength: float = setting(
            0.2, "Probability p", minimum=0, maximum=0.95, help="The fraction of units that is switched off."
        )

    def mask_shape(self, activations: Tensor) -> tuple[int, ...]:
        """One value for all of a sequence."""
        return len(activations), 1, activations.shape[2]


class Zoneout(Regularizer):
    """Each hidden unit keeps its last value with probability p instead of taking the new one; afterwards, the mixture.

    It acts on the hidden state itself, from one step to the next, so the recurrent layers run step by step.
    """

    name = "zoneout"
    label = "Zoneout"
    family: ClassVar[Family] = "stochastic"
    formula = (
        r"h_{t,j} \leftarrow z_{t,j}\, h_{t-1,j} + (1 - z_{t,j})\, \tilde h_{t,j},"
        r"\quad z_{t,j} \sim \mathrm{Bernoulli}(p)"
    )
    sentence = "At each moment a random part of the state stays as it was, so the network learns to keep information."
    reference = "Krueger et al. 2017, on the hidden state"
    too_strong = "maximum"
    acts_in_evaluation = True

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """p."""

        strength: float = setting(
            0.3, "Probability p", minimum=0, maximum=0.95, help="The fraction of hidden units that stay as they were."
        )

    def __init__(self, settings: SettingsBase) -> None:
        super().__init__(settings)
        self._generator: torch.Generator | None = None

    def prepare(self, model: nn.Module, context: Context) -> None:
        self._generator = context.generator
        self.act_in_evaluation(model)

    def before_forward(self, model: nn.Module, context: Context) -> None:
        self.act_in_evaluation(model)  # the strength may have been changed, from 0 or to it

    def act_in_evaluation(self, model: nn.Module) -> None:
        for site in state_sites(model).values():
            others = [transform for transform in site.transforms if transform != self._mix]
            # at 0 nothing is installed: the layers keep their fast way
            site.transforms = [*others, self._mix] if self.strength > 0 else others

    def _mix(self, before: Tensor, now: Tensor, training: bool) -> Tensor:
        if not training:
            return self.strength * before + (1 - self.strength) * now
        stay = torch.empty_like(now).bernoulli_(self.strength, generator=self._generator)
        return stay * before + (1 - stay) * now

    @classmethod
    def suits(cls, model: type[nn.Module], loss: str) -> Message | None:
        if getattr(model, "recurrent", False):
            return None
        return Message("{label} needs a model with a memory: choose the RNN.", label=Message(cls.label))


class QuickNormal:
    """Standard normal numbers at a third of the cost of torch's: 16 random bits choose one of 65536 quantiles.

    They lie within ±4.4, and have mean 0 and variance 1 to 1e-3.
    """

    _AT_ONCE = 2**16  # numbers: what they need fits into a core's cache

    def __init__(self) -> None:
        self._quantiles = torch.special.ndtri((torch.arange(2**16, dtype=torch.float64) + 0.5) / 2**16).float()
        self._bits = torch.empty(self._AT_ONCE // 4, dtype=torch.int64)
        self._chosen = torch.empty(self._AT_ONCE, dtype=torch.int32)
        self._drawn = torch.empty(self._AT_ONCE)

    def add_to_(self, numbers: Tensor, std: float, generator: torch.Generator) -> None:
        """Add noise of a standard deviation to contiguous numbers, in place."""
        for part in numbers.view(-1).split(self._AT_ONCE):
            bits, count = self._bits[: -(-len(part) // 4)], len(part)
            bits.random_(-(2**63), None, generator=generator)
            chosen = self._chosen[:count].copy_(bits.view(torch.int16)[:count]).add_(2**15)
            part.add_(torch.index_select(self._quantiles, 0, chosen, out=self._drawn[:count]), alpha=std)


class WeightNoise(Regularizer):
    """Gaussian noise of one size on every weight, drawn anew for each update."""

    name = "weight_noise"
    label = "Weight noise"
    family: ClassVar[Family] = "stochastic"
    formula = r"\theta_i + \varepsilon_i, \quad \varepsilon_i \sim \mathcal N(0, \sigma^2)"
    sentence = "Every weight trembles at each update, so only what is robust to noise can be learned."
    reference = "Graves 2011"
    caveat = "Seen in the curves, not heard: the gap shrinks by a quarter, but unseen sentences sound no better."
    too_strong = "maximum"
    on_weights = True

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """σ."""

        strength: float = setting(
            0.04,
            "Standard deviation σ",
            minimum=0,
            maximum=0.5,
            scale="log",
            help="Of the noise.",
        )

    def __init__(self, settings: SettingsBase) -> None:
        super().__init__(settings)
        self._trembling = False

    def prepare(self, model: nn.Module, context: Context) -> None:
        # kept from update to update: memory that is asked for anew costs three times what the noise itself does
        self._quiet = {name: torch.empty_like(weight.data) for name, weight in weights(model).items()}
        self._normal = QuickNormal()

    def before_forward(self, model: nn.Module, context: Context) -> None:
        self._trembling = self.strength > 0
        if not self._trembling:
            return
        for name, weight in weights(model).items():
            self._quiet[name].copy_(weight)
            self._normal.add_to_(weight.data, self.strength, context.generator)

    def take_noise_off(self, model: nn.Module, context: Context) -> None:
        if not self._trembling:
            return
        for name, weight in weights(model).items():
            weight.copy_(self._quiet[name])
