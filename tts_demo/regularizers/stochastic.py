"""Stochastic regularizers: noise while training, none afterwards."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from tts_demo.regularizers.base import Context, Family, Regularizer, sites
from tts_demo.settings import SettingsBase, setting


class Dropout(Regularizer):
    """Each activation at the model's sites is zero with probability p; the others are scaled by 1 / (1 - p)."""

    name = "dropout"
    label = "Dropout"
    family: ClassVar[Family] = "stochastic"
    formula = r"h_j \leftarrow \frac{m_j}{1 - p}\, h_j, \quad m_j \sim \mathrm{Bernoulli}(1 - p)"
    sentence = "At each update a random part of the units is switched off, so none can rely on a particular other."
    reference = "Srivastava et al. 2014"
    too_strong = "maximum"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """p."""

        strength: float = setting(
            0.3, "Probability p", minimum=0, maximum=0.95, help="The share of units that is switched off."
        )

    def prepare(self, model: nn.Module, context: Context) -> None:
        def drop(activations: Tensor) -> Tensor:
            keep = 1 - self.strength
            if keep == 1:
                return activations
            mask = torch.empty_like(activations).bernoulli_(keep, generator=context.generator)
            return activations * mask.div_(keep)

        for site in sites(model).values():
            site.transforms.append(drop)
