"""What all models share, and what all networks do: answers about each phone in, five states of it out."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from tts_demo import text
from tts_demo.acoustics import N_FEATURES, VOICING
from tts_demo.batches import Batch, Example
from tts_demo.losses import Loss
from tts_demo.messages import Message
from tts_demo.models.questions import MOST_PLACES, about_phones
from tts_demo.settings import SettingsBase, setting
from tts_demo.sites import Site
from tts_demo.states import LEAST_VARIANCE, N_STATES, generate, std_within

SLOPES_SHARE = 0.3  # what the squared error of slopes counts beside that of features; see docs/voice.md
_LONGEST_PHONE = float(np.log1p(50))  # half a second: brings log durations to about 0 ... 1


class PhoneInputs(nn.Module):
    """All that `questions` and `timing` tell of each phone, for a whole batch; nothing in it is learned.

    `forward` returns [shape=(batch, phones, width)], zero in the padding. `places` says which neighbour, from
    -`neighbours` to `neighbours`, an input is about.
    """

    table: Tensor  # what is said of each kind of phone [shape=(kinds of phones, answers)]

    def __init__(self, neighbours: int) -> None:
        super().__init__()
        self.neighbours = neighbours
        self.register_buffer("table", torch.from_numpy(about_phones()), persistent=False)
        near = text.N_STRESSES + text.N_POSITIONS
        widths = {n: self.table.shape[1] + (near if abs(n) <= 1 else 0) for n in range(-neighbours, neighbours + 1)}
        self.places = [n for n, width in widths.items() for _ in range(width)] + [0, -1, 1, 0, 0]
        self.width = len(self.places)

    def forward(self, batch: Batch) -> Tensor:
        count, inside = batch.phones.shape[1], batch.phone_mask[..., None]
        reach = self.neighbours
        about = nn.functional.pad(self.table[batch.phones[..., 0]] * inside, (0, 0, reach, reach))
        # as beyond the ends of a sentence: a pause, without stress or place
        about[:, :reach] = about[:, reach + count :] = self.table[0]
        about[:, reach : reach + count] += (1 - inside) * self.table[0]
        stress = nn.functional.one_hot(batch.phones[..., 1], text.N_STRESSES)
        place = nn.functional.one_hot(batch.phones[..., 2], text.N_POSITIONS)
        marks = torch.cat([stress, place], dim=-1).float()
        outside = torch.zeros(marks.shape[-1])
        outside[0] = outside[text.N_STRESSES] = 1
        marks = torch.cat([outside.expand(len(marks), 1, -1), marks, outside.expand(len(marks), 1, -1)], dim=1)
        parts = []
        for offset in range(-reach, reach + 1):
            parts.append(about[:, reach + offset :][:, :count])
            if abs(offset) <= 1:
                parts.append(marks[:, 1 + offset :][:, :count])
        lasting = nn.functional.pad(batch.durations.float().log1p() / _LONGEST_PHONE, (1, 1))
        number = torch.arange(count).float().expand(len(marks), -1)
        from_end = batch.phone_mask.sum(dim=1, keepdim=True) - 1 - number
        timing = [lasting[:, 1:-1], lasting[:, :-2], lasting[:, 2:]]
        timing += [places.clamp(0, MOST_PLACES) / MOST_PLACES for places in (number, from_end)]
        return torch.cat([*parts, torch.stack(timing, dim=-1)], dim=-1) * inside


class AcousticModel(nn.Module):
    """Base of all models: phones with durations -> features, frame by frame.

    Class attributes describe it: `name` (as in links and files), `label`, `sentence` (for a learner), `Settings`;
    `gradients` says that it is trained by them, `recurrent` that it carries a hidden state from step to step,
    `rate_factor` by how much the optimizer's default learning rate is multiplied for it.

    Parameters
    ----------
    settings : SettingsBase
    loss : Loss
        Decides what is predicted for a frame, and how features are read from it.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    sentence: ClassVar[str]
    gradients: ClassVar[bool] = True
    recurrent: ClassVar[bool] = False
    rate_factor: ClassVar[float] = 1.0
    Settings: ClassVar[type[SettingsBase]] = SettingsBase

    def __init__(self, settings: Any, loss: Loss) -> None:
        super().__init__()
        self._decode = loss.decode

    @classmethod
    def suits(cls, loss: str) -> Message | None:
        """None, or the sentence that says why this model cannot be used with that loss."""
        return None

    def features(self, batch: Batch) -> Tensor:
        """Normalised features, voicing as a logit [shape=(batch, frames, 43)]."""
        return self(batch)


def units_setting(default: int) -> Any:
    """The setting that all networks share: their width."""
    return setting(default, "Units", minimum=16, maximum=512, scale="log", help="Width of the network.")


def neighbours_setting(default: int = 1) -> Any:
    """The setting that all networks share: how far they see."""
    return setting(
        default, "Neighbours", minimum=0, maximum=8, help="How many phones before and after each one it sees."
    )


class Network(AcousticModel):
    """A model trained by gradients: `over_phones` is what a subclass adds, and `end` what it calls when that is built.

    For each phone's five states it tells the mean of the features' frames, as the loss wants it, and of their slopes. A
    frame is predicted to be like its state's mean; what is heard is the likeliest path (`states.generate`), given one
    variance of each feature within a state, measured on the training speech by `prepare`.

    Parameters
    ----------
    settings : SettingsBase
        With `units` and `neighbours`.
    loss : Loss
    """

    variance: Tensor  # within a state, of features [0] and slopes [1], [shape=(2, 43)]
    slope_std: Tensor  # standard deviation of the slopes [shape=(43,)]

    def __init__(self, settings: Any, loss: Loss) -> None:
        super().__init__(settings, loss)
        self._outputs = loss.outputs
        self.inputs = PhoneInputs(settings.neighbours)
        self.project = nn.Linear(self.inputs.width, settings.units)
        self.project_site = Site("rectified")
        self.register_buffer("variance", torch.ones(2, N_FEATURES))
        self.register_buffer("slope_std", torch.ones(N_FEATURES))

    def end(self, width: int) -> None:
        """Add the output layer, on what `over_phones` returns [shape=(batch, phones, width)]."""
        self.output = nn.Linear(width, N_STATES * (self._outputs + N_FEATURES))

    def prepare(self, examples: Sequence[Example]) -> None:
        """Measure how much features and slopes of the training speech vary within a state, and slopes altogether."""
        states = np.cumsum(np.concatenate([np.diff(item.frame_state.numpy(), prepend=-1) != 0 for item in examples]))
        features, slopes = (
            np.concatenate([getattr(item, name).numpy() for item in examples]).astype(np.float64)
            for name in ("target", "slopes")
        )
        within = np.stack([std_within(values, states) for values in (features, slopes)])
        self.variance.copy_(torch.from_numpy(np.maximum(within, LEAST_VARIANCE)))
        self.slope_std.copy_(torch.from_numpy(np.sqrt(np.square(slopes).mean(axis=0) + 1e-6)))

    def over_phones(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """The network over phones: [shape=(batch, phones, units)] and its mask -> [shape=(batch, phones, width)]."""
        raise NotImplementedError

    def states(self, batch: Batch) -> Tensor:
        """What is told of each state, slopes last [shape=(batch, 5 * phones, outputs + 43)]."""
        mask = batch.phone_mask
        hidden = self.project_site(self.project(self.inputs(batch)).relu(), mask)
        return self.output(self.over_phones(hidden, mask)).unflatten(-1, (N_STATES, -1)).flatten(1, 2)

    def forward(self, batch: Batch) -> Tensor:
        """What the loss takes, slopes last and divided by their deviation [shape=(batch, frames, outputs + 43)]."""
        told = self.states(batch)
        return told.gather(1, batch.frame_state[..., None].expand(-1, -1, told.shape[-1]))

    def slopes_cost(self, predicted: Tensor, batch: Batch, weights: Tensor) -> Tensor:
        """What training minimises besides the loss: squared error of the slopes over their deviation [shape=()].

        Parameters
        ----------
        predicted : Tensor [shape=(batch, frames, outputs + 43)]
            What `forward` returned.
        batch : Batch
        weights : Tensor [shape=(43,)]
            See `losses.feature_weights`.
        """
        error = (predicted[..., self._outputs :] - batch.slopes / self.slope_std).square() @ weights
        return SLOPES_SHARE * (error * batch.mask).sum() / batch.mask.sum()

    @torch.no_grad()
    def features(self, batch: Batch) -> Tensor:
        told = self(batch)
        means = self._decode(told[..., : self._outputs])
        slopes = told[..., self._outputs :] * self.slope_std
        path = means.clone()
        for row, frames in enumerate(batch.lengths.tolist()):
            mean, slope = (part[row, :frames].double().numpy() for part in (means, slopes))
            variance, slope_variance = (part.double().expand(frames, -1).numpy().copy() for part in self.variance)
            path[row, :frames] = torch.from_numpy(generate(mean, variance, slope, slope_variance))
        path[..., VOICING] = means[..., VOICING]  # of the voicing there is a probability, and no path
        return path
