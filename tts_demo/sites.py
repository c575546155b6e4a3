"""What a network shows of itself to regularizers and measures: places in it, its units, its weights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

ActivationRange = Literal["bounded", "rectified", "unbounded"]


@dataclass(frozen=True)
class Watched:
    """What passed a site in one update."""

    values: Tensor  # [shape=(batch, time, units)]
    mask: Tensor  # [shape=(batch, time)], 0 in the padding
    range: ActivationRange  # |h| <= 1 (tanh and its kin), h >= 0, or neither


class Site(nn.Module):
    """A named place in a network where activations [shape=(batch, time, units)] may be watched or disturbed.

    While training, it hands what passes through to the functions that regularizers installed; in evaluation it is
    the identity, and while `measuring` it keeps each unit's largest activation in `peaks`.
    """

    def __init__(self, activation_range: ActivationRange = "unbounded") -> None:
        super().__init__()
        self.range: ActivationRange = activation_range
        self.transforms: list[Callable[[Tensor], Tensor]] = []
        self.last: Watched | None = None
        self.measuring = False
        self.peaks: Tensor | None = None

    def forward(self, activations: Tensor, mask: Tensor) -> Tensor:
        if not self.training:
            if self.measuring:
                peaks = (activations * mask[..., None]).abs().amax(dim=(0, 1))
                self.peaks = peaks if self.peaks is None else torch.maximum(self.peaks, peaks)
            return activations
        self.last = Watched(activations, mask, self.range)  # before the noise: what the units themselves said
        for transform in self.transforms:
            activations = transform(activations)
        return activations


class StateSite(nn.Module):
    """A place on a recurrent layer's path from one step to the next, for functions of the state before and the new one.

    A layer whose site has `transforms` runs step by step and passes each new hidden state [shape=(batch, units)]
    through them, in evaluation too; without any it takes torch's fast way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.transforms: list[Callable[[Tensor, Tensor, bool], Tensor]] = []

    def forward(self, before: Tensor, now: Tensor) -> Tensor:
        for transform in self.transforms:
            now = transform(before, now, self.training)
        return now


def state_sites(model: nn.Module) -> dict[str, StateSite]:
    """Every state site of a model, by name."""
    return {name: module for name, module in model.named_modules() if isinstance(module, StateSite)}


@dataclass(frozen=True)
class Units:
    """The incoming weights of a layer's units: rows of a matrix, channels of a convolution, an embedding's vectors.

    All gates of one hidden unit of a recurrent layer belong together, with its input and its recurrent weights.
    """

    parts: tuple[Tensor, ...]  # views of the parameters, each [shape=(gates, units, inputs)]

    @property
    def size(self) -> int:
        """Weights a unit has."""
        return sum(part.shape[0] * part.shape[2] for part in self.parts)

    def norms(self) -> Tensor:
        """Euclidean norm of each unit's incoming weights [shape=(units,)]."""
        return torch.stack([part.square().sum(dim=(0, 2)) for part in self.parts]).sum(dim=0).sqrt()

    def scale_(self, factors: Tensor) -> None:
        """Multiply each unit's weights by its factor [shape=(units,)], in place; 1 leaves every bit as it is."""
        for part in self.parts:
            part.mul_(factors[None, :, None])


def units(model: nn.Module) -> dict[str, Units]:
    """The units of every layer, by the layer's name."""
    found: dict[str, Units] = {}
    for name, module in model.named_modules():
        own = {key: parameter for key, parameter in module.named_parameters(recurse=False) if parameter.ndim >= 2}
        if isinstance(module, nn.RNNBase):
            for layer in range(module.num_layers):
                parts = [own[f"weight_{kind}_l{layer}"].data for kind in ("ih", "hh")]
                views = tuple(part.view(-1, module.hidden_size, part.shape[1]) for part in parts)
                found[f"{name}.{layer}"] = Units(views)
        else:
            for key, parameter in own.items():
                found[f"{name}.{key}"] = Units((parameter.data.view(1, len(parameter), -1),))
    return found


def sites(model: nn.Module) -> dict[str, Site]:
    """Every site of a model, by name."""
    return {name: module for name, module in model.named_modules() if isinstance(module, Site)}


def weights(model: nn.Module) -> dict[str, nn.Parameter]:
    """What regularizers act on: matrices, kernels and embeddings. Biases and normalisation parameters are exempt."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.ndim >= 2}
