"""Cells of the notebook, read as text by `cells.py`: sentences as networks see them, and what all networks share."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from tts_demo.acoustics import N_FEATURES
from tts_demo.states import N_STATES, slopes_of, states_of


class Example(NamedTuple):
    """One sentence as the network sees it."""

    inputs: Tensor  # what is told of each phone [shape=(phones, width)]
    frame_state: Tensor  # which state a frame belongs to: 5 * phone + state [shape=(frames,)]
    target: Tensor  # normalised features [shape=(frames, 43)]
    slopes: Tensor  # how they change [shape=(frames, 43)]


class Batch(NamedTuple):
    """Several sentences, padded at their ends."""

    inputs: Tensor  # [shape=(batch, phones, width)]
    phone_mask: Tensor  # 1 for a phone, 0 for padding [shape=(batch, phones)]
    frame_state: Tensor  # [shape=(batch, frames)]
    target: Tensor  # [shape=(batch, frames, 43)]
    slopes: Tensor  # [shape=(batch, frames, 43)]
    mask: Tensor  # 1 for a frame, 0 for padding [shape=(batch, frames)]


def read(data: Any, split: str) -> list[Example]:
    """All sentences of "training" or "validation"."""
    ends = np.cumsum(data[f"{split}_phones"])[:-1]
    features = (data[f"{split}_features"].astype(np.float32) - data["mean"]) / data["std"]
    found, first = [], 0
    for inputs, lasting in zip(
        np.split(data[f"{split}_inputs"], ends), np.split(data[f"{split}_durations"], ends), strict=True
    ):
        durations = lasting.astype(np.int64)
        frames = features[first : first + durations.sum()]
        first += len(frames)
        state = np.repeat(np.arange(len(durations)), durations) * N_STATES + states_of(durations)
        found.append(Example(*map(torch.from_numpy, (inputs, state, frames, slopes_of(frames)))))
    return found


def collate(chosen: Sequence[Example]) -> Batch:
    """One batch of some sentences."""
    parts = [list(part) for part in zip(*chosen, strict=True)]
    inputs, frame_state, target, slopes = (pad_sequence(part, batch_first=True) for part in parts)
    phones, frames = (torch.tensor([len(one) for one in part]) for part in parts[:2])
    phone_mask = (torch.arange(inputs.shape[1]) < phones[:, None]).float()
    mask = (torch.arange(target.shape[1]) < frames[:, None]).float()
    return Batch(inputs, phone_mask, frame_state, target, slopes, mask)


class Site(nn.Module):
    """A place in the network where regularizers watch the activations, or disturb them while it trains."""

    def __init__(self, activation_range: str = "unbounded") -> None:
        super().__init__()
        self.range = activation_range  # "bounded": from -1 to 1; "rectified": 0 or more
        self.transforms: list[Callable[[Tensor], Tensor]] = []
        self.last: tuple[Tensor, Tensor] | None = None  # what passed, and its mask

    def forward(self, activations: Tensor, mask: Tensor) -> Tensor:
        """Activations [shape=(batch, phones, units)] with the mask [shape=(batch, phones)] -> the same, disturbed."""
        if self.training:
            self.last = activations, mask
            for transform in self.transforms:
                activations = transform(activations)
        return activations


class Loss(NamedTuple):
    """How many numbers a frame the network predicts, and what they cost.

    `cost(predicted, target, mask, weights, label_smoothing)` is the mean over all frames that are not padding;
    `weights` says how much each feature counts.
    """

    outputs: int
    cost: Callable[[Tensor, Tensor, Tensor, Tensor, float], Tensor]


class Network(nn.Module):
    """What all networks share: a first layer, the layers of a kind of network, an output layer.

    It tells of each phone's five states what its frames are like, and how they change (their slopes).
    """

    slope_std: Tensor
    output: nn.Linear

    def __init__(self, settings: Any, loss: Loss) -> None:
        super().__init__()
        self.outputs = loss.outputs
        self.project = nn.Linear(settings.inputs, settings.units)
        self.project_site = Site("rectified")
        self.register_buffer("variance", torch.ones(2, N_FEATURES))  # for the sound only
        self.register_buffer("slope_std", torch.ones(N_FEATURES))

    def end(self, width: int) -> None:
        """Add the output layer."""
        self.output = nn.Linear(width, N_STATES * (self.outputs + N_FEATURES))

    def over_phones(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """The layers of a kind of network: [shape=(batch, phones, units)] -> [shape=(batch, phones, width)]."""
        raise NotImplementedError

    def forward(self, batch: Batch) -> Tensor:
        """What is predicted of each frame, its slopes last [shape=(batch, frames, outputs + 43)]."""
        hidden = self.project_site(self.project(batch.inputs).relu(), batch.phone_mask)
        told = self.output(self.over_phones(hidden, batch.phone_mask))
        told = told.unflatten(-1, (N_STATES, -1)).flatten(1, 2)  # [shape=(batch, 5 * phones, outputs + 43)]
        return told.gather(1, batch.frame_state[..., None].expand(-1, -1, told.shape[-1]))
