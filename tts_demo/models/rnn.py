"""Recurrent networks: Elman's, GRU, LSTM."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from tts_demo.losses import Loss
from tts_demo.models.base import Network, neighbours_setting, units_setting
from tts_demo.settings import SettingsBase, setting
from tts_demo.sites import Site, StateSite

_CELLS: dict[str, Any] = {"lstm": nn.LSTM, "gru": nn.GRU, "elman": nn.RNN}


class RecurrentLayer(nn.Module):
    """A recurrent layer of one direction or both that does not see the padding.

    The two directions are two networks of which one reads each sequence backwards from its own end, so an answer does
    not depend on the other sequences of a batch. (torch's packed sequences do the same without oneDNN's kernels, at a
    multiple of the time.)

    `forward` takes sequences [shape=(batch, time, width)] and their lengths int64 [shape=(batch,)], and returns
    [shape=(batch, time, units)], twice as many units for both directions.
    """

    def __init__(self, width: int, units: int, cell: str = "lstm", both: bool = True) -> None:
        super().__init__()
        self.ahead = _CELLS[cell](width, units, batch_first=True)
        self.behind = _CELLS[cell](width, units, batch_first=True) if both else None
        self.state_site = StateSite()

    def forward(self, sequences: Tensor, lengths: Tensor) -> Tensor:
        ahead = self._run(self.ahead, sequences)
        if self.behind is None:
            return ahead
        behind = self._run(self.behind, reversed_in_time(sequences, lengths))
        return torch.cat([ahead, reversed_in_time(behind, lengths)], dim=-1)

    def _run(self, network: nn.RNNBase, sequences: Tensor) -> Tensor:
        if self.state_site.transforms:
            return step_by_step(network, sequences, self.state_site)
        return network(sequences)[0]


def step_by_step(network: Any, sequences: Tensor, site: StateSite) -> Tensor:
    """What a one-layer LSTM, GRU or Elman network returns, its hidden state passing through `site` at each step.

    Parameters
    ----------
    network : nn.LSTM, nn.GRU or nn.RNN
    sequences : Tensor [shape=(batch, time, width)]
    site : StateSite

    Returns
    -------
    Tensor [shape=(batch, time, units)]
    """
    from_inputs = sequences @ network.weight_ih_l0.T + network.bias_ih_l0
    hidden = sequences.new_zeros(len(sequences), network.hidden_size)
    cell = hidden
    states: list[Tensor] = []
    for inputs in from_inputs.unbind(dim=1):
        recurrent = hidden @ network.weight_hh_l0.T + network.bias_hh_l0
        if isinstance(network, nn.LSTM):
            into, forget, candidate, out = (inputs + recurrent).chunk(4, dim=1)
            cell = forget.sigmoid() * cell + into.sigmoid() * candidate.tanh()
            new = out.sigmoid() * cell.tanh()
        elif isinstance(network, nn.GRU):
            (reset_x, update_x, new_x), (reset_h, update_h, new_h) = inputs.chunk(3, dim=1), recurrent.chunk(3, dim=1)
            update = (update_x + update_h).sigmoid()
            new = (1 - update) * (new_x + (reset_x + reset_h).sigmoid() * new_h).tanh() + update * hidden
        else:
            new = (inputs + recurrent).tanh()
        hidden = site(hidden, new)
        states.append(hidden)
    return torch.stack(states, dim=1)


class RNN(Network):
    """Recurrent network over phones (LSTM: Fan et al. 2014; over states: Zen & Sak 2015)."""

    name: ClassVar[str] = "rnn"
    label: ClassVar[str] = "RNN"
    sentence: ClassVar[str] = "Reads the sentence in both directions and remembers what it has read."
    recurrent: ClassVar[bool] = True

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """Kind and size of the network."""

        units: int = units_setting(256)
        layers: int = setting(1, "Layers", minimum=1, maximum=4, help="Recurrent layers, one on top of the other.")
        cell: str = setting("lstm", "Cell", choices=tuple(_CELLS), help="How a unit remembers and forgets.")
        directions: str = setting(
            "both", "Directions", choices=("both", "forward"), help="Whether it reads the sentence backwards too."
        )
        neighbours: int = neighbours_setting()

    def __init__(self, settings: Any, loss: Loss) -> None:
        both = settings.directions == "both"
        width = 2 * settings.units if both else settings.units
        super().__init__(settings, loss)
        widths: Sequence[int] = [settings.units] + [width] * (settings.layers - 1)
        self.layers = nn.ModuleList([RecurrentLayer(w, settings.units, settings.cell, both) for w in widths])
        self.layer_sites = nn.ModuleList([Site("bounded") for _ in widths])
        self.end(width)

    def over_phones(self, hidden: Tensor, mask: Tensor) -> Tensor:
        lengths = mask.sum(dim=1).to(torch.int64)
        for layer, site in zip(self.layers, self.layer_sites, strict=True):
            hidden = site(layer(hidden, lengths), mask)
        return hidden


def reversed_in_time(sequences: Tensor, lengths: Tensor) -> Tensor:
    """Each sequence [shape=(batch, time, units)] from its own end to its beginning; padding stays where it is."""
    time = torch.arange(sequences.shape[1])
    index = torch.where(time < lengths[:, None], lengths[:, None] - 1 - time, time)
    return sequences.gather(1, index[..., None].expand(-1, -1, sequences.shape[-1]))
