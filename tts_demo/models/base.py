"""What the models share: the phone encoder, each frame's inputs, and the frame of a network over time.

Every network is a phone encoder, a network over time, and a linear output; they differ in the network over time.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from tts_demo import text
from tts_demo.batches import N_FRAME_POSITIONS, Batch
from tts_demo.losses import Loss
from tts_demo.regularizers import Site
from tts_demo.settings import SettingsBase, setting

_PHONE_WIDTH, _STRESS_WIDTH, _POSITION_WIDTH = 64, 16, 16
_ENCODER_WIDTH = 128
_KERNEL = 5  # phones: two to the left and two to the right


class PhoneEncoder(nn.Module):
    """Embeds phone, stress and word position, then looks at the neighbours with two convolutions.

    `forward` takes phones int64 [shape=(batch, phones, 3)] and their mask [shape=(batch, phones)], and returns
    encodings [shape=(batch, phones, 128)], zero where the mask is.
    """

    def __init__(self) -> None:
        super().__init__()
        self.phone = nn.Embedding(text.N_PHONES, _PHONE_WIDTH)
        self.stress = nn.Embedding(text.N_STRESSES, _STRESS_WIDTH)
        self.position = nn.Embedding(text.N_POSITIONS, _POSITION_WIDTH)
        width = _PHONE_WIDTH + _STRESS_WIDTH + _POSITION_WIDTH
        self.first = nn.Conv1d(width, _ENCODER_WIDTH, _KERNEL, padding="same")
        self.second = nn.Conv1d(_ENCODER_WIDTH, _ENCODER_WIDTH, _KERNEL, padding="same")
        self.first_site, self.second_site = Site("rectified"), Site("rectified")

    def forward(self, phones: Tensor, mask: Tensor) -> Tensor:
        embedded = torch.cat(
            [self.phone(phones[..., 0]), self.stress(phones[..., 1]), self.position(phones[..., 2])], dim=-1
        )
        inside = mask[..., None]
        encoded = embedded * inside  # convolutions must see nothing in the padding, or an answer depends on the batch
        for convolution, site in ((self.first, self.first_site), (self.second, self.second_site)):
            encoded = convolution(encoded.transpose(1, 2)).transpose(1, 2).relu()
            encoded = site(encoded, mask) * inside
        return encoded


class FrameInputs(nn.Module):
    """Each frame's input: the encoding of its phone and where in the phone it lies, some frames to a step.

    `forward` returns [shape=(batch, frames // frames_per_step, frames_per_step * 132)].
    """

    def __init__(self, frames_per_step: int) -> None:
        super().__init__()
        self.frames_per_step = frames_per_step
        self.encoder = PhoneEncoder()
        self.width = frames_per_step * (_ENCODER_WIDTH + N_FRAME_POSITIONS)

    def forward(self, batch: Batch) -> Tensor:
        encoded = self.encoder(batch.phones, batch.phone_mask)
        index = batch.frame_phone[..., None].expand(-1, -1, encoded.shape[-1])
        frames = torch.cat([encoded.gather(1, index), batch.frame_position], dim=-1)
        return frames.reshape(len(frames), -1, self.width)


class AcousticModel(nn.Module):
    """Base of all models: phones with durations -> features, frame by frame.

    Class attributes describe it: `name` (as in links and files), `label`, `sentence` (for a learner), `Settings`;
    `gradients` says that it is trained by them, `recurrent` that it carries a hidden state from step to step,
    `rate_factor` by how much the optimizer's usual learning rate is multiplied for it.

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
    def suits(cls, loss: str) -> str | None:
        """None, or the sentence that says why this model cannot be used with that loss."""
        return None

    def features(self, batch: Batch) -> Tensor:
        """Normalised features, voicing as a logit [shape=(batch, frames, 43)]."""
        return self._decode(self(batch))


def units_setting(usual: int) -> Any:
    """The setting that all networks share: their width."""
    return setting(usual, "Units", minimum=16, maximum=512, scale="log", help="Width of the network.")


def frames_per_step_setting() -> Any:
    """The setting that all networks share: how many frames are one step."""
    return setting(4, "Frames a step", minimum=1, maximum=4, help="How many frames of 10 ms are predicted at once.")


class Network(AcousticModel):
    """A model trained by gradients: `over_time` is what a subclass adds, and `end` what it calls when that is built.

    Parameters
    ----------
    settings : SettingsBase
        With `units` and `frames_per_step`.
    loss : Loss
    """

    def __init__(self, settings: Any, loss: Loss) -> None:
        super().__init__(settings, loss)
        self._outputs = loss.outputs
        self.frames_per_step = settings.frames_per_step
        self.inputs = FrameInputs(settings.frames_per_step)
        self.project = nn.Linear(self.inputs.width, settings.units)
        self.project_site = Site("rectified")

    def end(self, width: int) -> None:
        """Add the output layer, on what `over_time` returns [shape=(batch, steps, width)]."""
        self.output = nn.Linear(width, self.frames_per_step * self._outputs)

    def over_time(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """The network over time: [shape=(batch, steps, units)] and its mask -> [shape=(batch, steps, width)]."""
        raise NotImplementedError

    def forward(self, batch: Batch) -> Tensor:
        """What the loss takes [shape=(batch, frames, outputs)]."""
        mask = batch.mask[:, :: self.frames_per_step]  # a step counts if its first frame does
        hidden = self.project_site(self.project(self.inputs(batch)).relu(), mask)
        return self.output(self.over_time(hidden, mask)).reshape(len(hidden), -1, self._outputs)
