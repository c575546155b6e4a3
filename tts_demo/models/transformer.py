"""Attention over all phones of a sentence."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from tts_demo.losses import Loss
from tts_demo.models.base import Network, neighbours_setting, units_setting
from tts_demo.settings import SettingError, SettingsBase, setting
from tts_demo.sites import Site

POSITIONS_SCALE = 0.1  # as large as what is said of a phone, or attention sees little else
_WIDER = 4  # the feed-forward part has four times the units


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward part, each added to what came in after normalising it (Xiong et al. 2020).

    `forward` takes and returns [shape=(batch, steps, units)] with a mask [shape=(batch, steps)].
    """

    def __init__(self, units: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm, self.forward_norm = nn.LayerNorm(units), nn.LayerNorm(units)
        self.query_key_value = nn.Linear(units, 3 * units)
        self.attended = nn.Linear(units, units)
        self.wide = nn.Linear(units, _WIDER * units)
        self.narrow = nn.Linear(_WIDER * units, units)
        self.attended_site, self.wide_site = Site("unbounded"), Site("rectified")

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        split = self.query_key_value(self.attention_norm(hidden)).unflatten(-1, (3, self.heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each [shape=(batch, heads, steps, units // heads)]
        # padding is no key for anyone
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask.bool()[:, None, None, :])
        hidden = hidden + self.attended_site(self.attended(found.transpose(1, 2).flatten(2)), mask)
        wide = self.wide_site(self.wide(self.forward_norm(hidden)).relu(), mask)
        return hidden + self.narrow(wide)


class Transformer(Network):
    """Transformer encoder (Vaswani et al. 2017) with sines and cosines for positions."""

    name: ClassVar[str] = "transformer"
    label: ClassVar[str] = "Transformer"
    rate_factor: ClassVar[float] = 1 / 2
    sentence: ClassVar[str] = "Lets each phone of the sentence look at all others and choose what matters."

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """Size of the network."""

        units: int = units_setting(256)
        layers: int = setting(1, "Layers", minimum=1, maximum=4, help="Encoder layers, one on top of the other.")
        heads: int = setting(8, "Heads", minimum=1, maximum=8, help="Ways to attend, which share a layer's units.")
        neighbours: int = neighbours_setting()

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.units % (2 * self.heads):
                raise SettingError(
                    "{units} units cannot be dealt to {heads} heads in equal, even numbers.",
                    units=self.units, heads=self.heads,
                )  # fmt: skip

    def __init__(self, settings: Any, loss: Loss) -> None:
        super().__init__(settings, loss)
        self.layers = nn.ModuleList([EncoderLayer(settings.units, settings.heads) for _ in range(settings.layers)])
        self.norm = nn.LayerNorm(settings.units)
        self.end(settings.units)

    def over_phones(self, hidden: Tensor, mask: Tensor) -> Tensor:
        hidden = hidden + POSITIONS_SCALE * positions(hidden.shape[1], hidden.shape[2])
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return self.norm(hidden)


def positions(steps: int, units: int) -> Tensor:
    """Sines and cosines of each step's number at wavelengths from 2 pi to 10000 * 2 pi [shape=(steps, units)]."""
    rates = 10_000 ** (-torch.arange(0, units, 2) / units)
    angles = torch.arange(steps)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)
