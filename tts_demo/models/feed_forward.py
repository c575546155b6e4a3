"""Feed-forward networks: each phone by itself, from what is said of it and of its neighbours."""

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from tts_demo.losses import Loss
from tts_demo.models.base import Network, neighbours_setting, units_setting
from tts_demo.settings import SettingsBase, setting
from tts_demo.sites import Site


class FeedForward(Network):
    """Feed-forward network (Zen, Senior & Schuster 2013, the first deep networks of this field)."""

    name: ClassVar[str] = "feed_forward"
    label: ClassVar[str] = "Feed-forward network"
    rate_factor: ClassVar[float] = 3.0
    sentence: ClassVar[str] = "Looks at one phone and its neighbours at a time, and knows nothing of the rest."

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """Size of the network."""

        units: int = units_setting(256)
        layers: int = setting(2, "Layers", minimum=1, maximum=4, help="Hidden layers, one on top of the other.")
        neighbours: int = neighbours_setting(3)

    def __init__(self, settings: Any, loss: Loss) -> None:
        super().__init__(settings, loss)
        units = settings.units
        self.layers = nn.ModuleList([nn.Linear(units, units) for _ in range(settings.layers - 1)])
        self.layer_sites = nn.ModuleList([Site("rectified") for _ in self.layers])
        self.end(units)

    def over_phones(self, hidden: Tensor, mask: Tensor) -> Tensor:
        for layer, site in zip(self.layers, self.layer_sites, strict=True):
            hidden = site(layer(hidden).relu(), mask)
        return hidden
