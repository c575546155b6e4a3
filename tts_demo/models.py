"""Acoustic models: phones with durations -> features, frame by frame.

Every model is a phone encoder, a network over time, and a linear output; they differ in the network over time.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from tts_demo import text
from tts_demo.acoustics import N_FEATURES
from tts_demo.batches import N_FRAME_POSITIONS, Batch
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
        self.first_site, self.second_site = Site(), Site()

    def forward(self, phones: Tensor, mask: Tensor) -> Tensor:
        embedded = torch.cat(
            [self.phone(phones[..., 0]), self.stress(phones[..., 1]), self.position(phones[..., 2])], dim=-1
        )
        mask = mask[..., None]
        encoded = embedded * mask  # convolutions must see nothing in the padding, or an answer depends on the batch
        for convolution, site in ((self.first, self.first_site), (self.second, self.second_site)):
            encoded = convolution(encoded.transpose(1, 2)).transpose(1, 2).relu()
            encoded = site(encoded) * mask
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


class BothDirections(nn.Module):
    """A bidirectional LSTM layer that does not see the padding.

    The two directions are two networks of which one reads each sequence backwards from its own end, so an answer does
    not depend on the other sequences of a batch. (torch's packed sequences do the same without oneDNN's kernels, at a
    multiple of the time.)

    `forward` takes sequences [shape=(batch, time, width)] and their lengths int64 [shape=(batch,)], and returns
    [shape=(batch, time, 2 * units)].
    """

    def __init__(self, width: int, units: int) -> None:
        super().__init__()
        self.ahead = nn.LSTM(width, units, batch_first=True)
        self.behind = nn.LSTM(width, units, batch_first=True)

    def forward(self, sequences: Tensor, lengths: Tensor) -> Tensor:
        ahead, _ = self.ahead(sequences)
        behind, _ = self.behind(_reversed(sequences, lengths))
        return torch.cat([ahead, _reversed(behind, lengths)], dim=-1)


class RNN(nn.Module):
    """Bidirectional LSTM over time (Fan et al. 2014), predicting a few frames a step."""

    name: ClassVar[str] = "rnn"
    label: ClassVar[str] = "RNN (LSTM)"
    sentence: ClassVar[str] = "Reads the sentence in both directions and remembers what it has met on the way."

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """Size of the network."""

        units: int = setting(256, "Units", minimum=16, maximum=512, scale="log", help="Width of each direction.")
        layers: int = setting(1, "Layers", minimum=1, maximum=4, help="Recurrent layers, one on top of the other.")
        frames_per_step: int = setting(
            3, "Frames a step", minimum=1, maximum=4, help="How many frames of 10 ms are predicted at once."
        )

    def __init__(self, settings: "RNN.Settings") -> None:
        super().__init__()
        units = settings.units
        self.frames_per_step = settings.frames_per_step
        self.inputs = FrameInputs(settings.frames_per_step)
        self.project = nn.Linear(self.inputs.width, units)
        self.project_site = Site()
        widths = [units] + [2 * units] * (settings.layers - 1)
        self.layers = nn.ModuleList([BothDirections(width, units) for width in widths])
        self.layer_sites = nn.ModuleList([Site() for _ in widths])
        self.output = nn.Linear(2 * units, settings.frames_per_step * N_FEATURES)

    def forward(self, batch: Batch) -> Tensor:
        """Normalised features, voicing as a logit [shape=(batch, frames, 43)]."""
        hidden = self.project_site(self.project(self.inputs(batch)).relu())
        steps = -(-batch.lengths // self.frames_per_step)
        for layer, site in zip(self.layers, self.layer_sites, strict=True):
            hidden = site(layer(hidden, steps))
        return self.output(hidden).reshape(len(hidden), -1, N_FEATURES)


def _reversed(sequences: Tensor, lengths: Tensor) -> Tensor:
    """Each sequence [shape=(batch, time, units)] from its own end to its beginning; padding stays where it is."""
    time = torch.arange(sequences.shape[1])
    index = torch.where(time < lengths[:, None], lengths[:, None] - 1 - time, time)
    return sequences.gather(1, index[..., None].expand(-1, -1, sequences.shape[-1]))


MODELS: dict[str, type[RNN]] = {model.name: model for model in (RNN,)}
