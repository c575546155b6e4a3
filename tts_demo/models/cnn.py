"""Convolutions over phones, with growing distances between what they look at."""

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from tts_demo.losses import Loss
from tts_demo.models.base import Network, neighbours_setting, units_setting
from tts_demo.settings import SettingsBase, setting
from tts_demo.sites import Site

_KERNEL = 3


class CNN(Network):
    """Dilated residual convolutions (van den Oord et al. 2016, without causality): distances 1, 2, 4, 8 phones.

    What a convolution sees is normalised first, or it learns little by heart.
    """

    name: ClassVar[str] = "cnn"
    label: ClassVar[str] = "CNN"
    sentence: ClassVar[str] = "Looks around each phone, further with each layer, and at all phones at once."

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """Size of the network."""

        units: int = units_setting(256)
        layers: int = setting(
            4, "Layers", minimum=1, maximum=4, help="Convolutions, each looking twice as far as the last."
        )
        neighbours: int = neighbours_setting()

    def __init__(self, settings: Any, loss: Loss) -> None:
        super().__init__(settings, loss)
        units = settings.units
        self.layers = nn.ModuleList(
            [nn.Conv1d(units, units, _KERNEL, padding="same", dilation=2**n) for n in range(settings.layers)]
        )
        self.layer_norms = nn.ModuleList([nn.LayerNorm(units) for _ in self.layers])
        self.layer_sites = nn.ModuleList([Site("rectified") for _ in self.layers])
        self.norm = nn.LayerNorm(units)
        self.end(units)

    def over_phones(self, hidden: Tensor, mask: Tensor) -> Tensor:
        inside = mask[..., None]  # nothing of the padding may reach a sentence
        for layer, norm, site in zip(self.layers, self.layer_norms, self.layer_sites, strict=True):
            seen = norm(hidden) * inside
            hidden = hidden + site(layer(seen.transpose(1, 2)).transpose(1, 2).relu(), mask)
        return self.norm(hidden)
