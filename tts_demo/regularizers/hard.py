"""Hard regularizers: a constraint that holds after every update and at the start, whatever the loss wants."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from tts_demo.regularizers.base import Context, Family, Regularizer, weights
from tts_demo.settings import SettingsBase, setting


class WeightRange(Regularizer):
    """Projection onto the box |θ_i| ≤ c: clip."""

    name = "weight_range"
    label = "Weight range"
    family: ClassVar[Family] = "hard"
    formula = r"|\theta_i| \le c"
    sentence = "No weight may be larger than c: after each update, whatever went beyond is brought back to the border."
    reference = "the source article, 2.1; as clipping in Arjovsky, Chintala & Bottou 2017"
    too_strong = "minimum"
    off_at_zero = False

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """c."""

        strength: float = setting(
            0.05, "Bound c", minimum=0.01, maximum=1, scale="log", help="The largest size that a weight may have."
        )

    def prepare(self, model: nn.Module, context: Context) -> None:
        with torch.no_grad():
            self.after_update(model, context)

    def after_update(self, model: nn.Module, context: Context) -> None:
        for weight in weights(model).values():
            weight.clamp_(-self.strength, self.strength)
