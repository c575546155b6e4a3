"""What a run measures of its network: mean loss, size and spread of the weights, what it looks at, dead units."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tts_demo.batches import Batch
from tts_demo.events import Histogram
from tts_demo.losses import Loss
from tts_demo.models import Network
from tts_demo.sites import Site, weights

HISTOGRAM_BINS = 41  # from the largest weight's size below zero to above; zeros are counted apart
_QUIET = 0.01  # a unit within [-1, 1] that never leaves this is dead; a rectified one if it never leaves 0


@dataclass(frozen=True)
class WeightFigures:
    """Of all weights that regularizers act on; nothing for a model that has none."""

    zeros: float | None  # share that is exactly zero
    largest_weight: float
    weight_norm: float | None  # Euclidean, of all of them together


@torch.no_grad()
def measure_weights(model: nn.Module) -> WeightFigures:
    """Zeros, size and norm of a model's weights."""
    found = list(weights(model).values())
    if not found:
        return WeightFigures(None, 0.0, None)
    zeros = sum((weight == 0).sum().item() for weight in found)
    norm = math.sqrt(sum(weight.square().sum().item() for weight in found))
    largest = max(weight.abs().max().item() for weight in found)
    return WeightFigures(zeros / sum(weight.numel() for weight in found), largest, norm)


def dead_units(measured: Iterable[Site]) -> float | None:
    """Share of units that did nothing in all speech of the last evaluation; None where no site tells."""
    dead = [
        site.peaks <= (_QUIET if site.range == "bounded" else 0.0)
        for site in measured
        if site.peaks is not None and site.range != "unbounded"
    ]
    return torch.cat(dead).float().mean().item() if dead else None


@torch.no_grad()
def histogram(weight: Tensor) -> Histogram:
    """How a layer's weights are spread, zeros apart."""
    largest = weight.abs().max().item()
    if not math.isfinite(largest) or largest == 0:
        return Histogram(0.0, (0,) * HISTOGRAM_BINS, int((weight == 0).sum()))
    zeros = int((weight == 0).sum())
    counts = torch.histc(weight, HISTOGRAM_BINS, -largest, largest).to(torch.int64)
    counts[HISTOGRAM_BINS // 2] -= zeros  # the bin in the middle
    return Histogram(largest, tuple(counts.tolist()), zeros)


@torch.no_grad()
def looks_at(model: nn.Module) -> dict[int, float]:
    """Share of the first layer's weights that each neighbour has, the one furthest before first.

    Neighbour k's is the sum of the squared weights of the inputs that are about phone k (0 is the phone itself, -1 the
    one before it), divided by the sum of all inputs' squared weights: the shares sum to 1. Nothing for a model without
    such a layer, nor where the weights are all zero or not finite.
    """
    if not isinstance(model, Network):
        return {}
    of_inputs = model.project.weight.double().square().sum(dim=0).tolist()  # doubles: no square is beyond their range
    sums = dict.fromkeys(sorted(set(model.inputs.places)), 0.0)
    for neighbour, squares in zip(model.inputs.places, of_inputs, strict=True):
        sums[neighbour] += squares
    total = sum(sums.values())
    return {neighbour: part / total for neighbour, part in sums.items()} if 0 < total < math.inf else {}


@torch.no_grad()
def mean_loss(model: nn.Module, prompts: Sequence[Batch], loss: Loss, feature_weights: Tensor) -> float:
    """Loss over all frames of some batches, in evaluation mode."""
    model.eval()
    total = frames = 0.0
    for batch in prompts:
        n = batch.mask.sum().item()
        total += loss.cost(model(batch)[..., : loss.outputs], batch.target, batch.mask, feature_weights, 0.0).item() * n
        frames += n
    return total / frames
