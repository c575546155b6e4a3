"""What training minimises: error of the acoustic features plus cross-entropy of voicing."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from tts_demo.acoustics import APERIODICITY, CEPSTRA, LOG_F0, N_FEATURES, VOICING

Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]

# Shares of the loss. The cepstra carry what is said; see docs/choices.md for the figures behind the numbers.
_CEPSTRA_SHARE, _APERIODICITY_SHARE, _LOG_F0_SHARE, _VOICING_SHARE = 0.8, 0.05, 0.15, 0.25


def feature_weights(std: Tensor) -> Tensor:
    """Weight of each feature's squared, normalised error.

    Giving every coefficient variance one would spend most of the training on high cepstra that are hardly heard;
    weighting by each one's own variance minimises what mel-cepstral distortion measures. Half way, by the spread,
    learns fastest.

    Parameters
    ----------
    std : Tensor [shape=(43,)]
        Spread of each feature over the training split.

    Returns
    -------
    Tensor [shape=(43,)]
        Sums to 1 over all but voicing, which has 0.
    """
    weights = torch.zeros(N_FEATURES)
    spread = std[CEPSTRA].clone()
    # c0 is level: its spread is mostly that between speech and silence, and distortion leaves it out
    spread[0] = spread[1]
    weights[CEPSTRA] = _CEPSTRA_SHARE * spread / spread.sum()
    weights[APERIODICITY] = _APERIODICITY_SHARE
    weights[LOG_F0] = _LOG_F0_SHARE
    return weights


def mse(predicted: Tensor, target: Tensor, mask: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean squared error plus cross-entropy of voicing.

    Parameters
    ----------
    predicted : Tensor [shape=(batch, frames, 43)]
        Normalised features; voicing as a logit.
    target : Tensor [shape=(batch, frames, 43)]
        Normalised features; voicing 0 or 1.
    mask : Tensor [shape=(batch, frames)]
        1 for a frame of speech, 0 for padding.
    weights : Tensor [shape=(43,)]
        As `feature_weights` gives them.

    Returns
    -------
    Tensor [shape=()]
        Mean over frames that are not padding.
    """
    error = (predicted - target).square() @ weights
    voicing = functional.binary_cross_entropy_with_logits(
        predicted[..., VOICING], target[..., VOICING], reduction="none"
    )
    return ((error + _VOICING_SHARE * voicing) * mask).sum() / mask.sum()


LOSSES: dict[str, Loss] = {"mse": mse}
