"""Cells of the notebook, read as text by `cells.py`: how a network is measured, and one update of its weights."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from tts_demo.batches import epoch
from tts_demo.models.base import SLOPES_SHARE
from tts_demo.notebook.plain_network import Batch, Example, Loss, Network, collate
from tts_demo.notebook.plain_regularizers import Context, Regularizer


@torch.no_grad()
def mean_loss(model: Network, sentences: Sequence[Example], loss: Loss, feature_weights: Tensor) -> float:
    """Loss over all frames of some sentences: without noise, penalty and slopes, so that curves can be compared."""
    model.eval()
    total = frames = 0.0
    for sentence in sentences:
        batch = collate([sentence])
        count = batch.mask.sum().item()
        cost = loss.cost(model(batch)[..., : loss.outputs], batch.target, batch.mask, feature_weights, 0.0)
        total, frames = total + cost.item() * count, frames + count
    return total / frames


def slopes_cost(model: Network, predicted: Tensor, batch: Batch, feature_weights: Tensor) -> Tensor:
    """What training minimises besides the loss: the squared error of the slopes."""
    error = (predicted[..., model.outputs :] - batch.slopes / model.slope_std).square() @ feature_weights
    return SLOPES_SHARE * (error * batch.mask).sum() / batch.mask.sum()


def update(
    model: Network, batch: Batch, loss: Loss, feature_weights: Tensor, optimizer: torch.optim.Optimizer,
    regularizers: Mapping[str, Regularizer], context: Context,
) -> None:  # fmt: skip
    """One update of the weights, with what the regularizers do before, in and after it."""
    model.train()
    acting = list(regularizers.values())
    with torch.no_grad():
        for regularizer in acting:
            regularizer.before_forward(model, context)
    predicted = model(batch)
    smoothing = sum(regularizer.label_smoothing() for regularizer in acting)
    cost = loss.cost(predicted[..., : loss.outputs], batch.target, batch.mask, feature_weights, smoothing)
    cost = cost + slopes_cost(model, predicted, batch, feature_weights)
    for regularizer in acting:
        cost = cost + regularizer.penalty(model, context)
    optimizer.zero_grad()
    cost.backward()
    with torch.no_grad():
        for regularizer in reversed(acting):
            regularizer.after_backward(model, context)
        for regularizer in acting:
            regularizer.before_update(model, context)
    optimizer.step()
    with torch.no_grad():
        for regularizer in acting:
            regularizer.after_update(model, context)


def endless(items: Sequence[Example], batch_frames: int, random: np.random.Generator) -> Iterator[Batch]:
    """Random batches for training, epoch after epoch."""
    lengths = [len(item.frame_state) for item in items]
    while True:
        for group in epoch(lengths, batch_frames, random):
            yield collate([items[place] for place in group])
