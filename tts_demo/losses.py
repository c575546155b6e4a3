"""What training minimises: error of the acoustic features plus cross-entropy of voicing."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from tts_demo.acoustics import APERIODICITY, CEPSTRA, LOG_F0, N_FEATURES, VOICING

# Shares of the loss. The cepstra carry what is said; see docs/choices.md for the figures behind the numbers.
_CEPSTRA_SHARE, _APERIODICITY_SHARE, _LOG_F0_SHARE, _VOICING_SHARE = 0.8, 0.05, 0.15, 0.25
# In the formulas, the voicing's part of a frame's error: v is 0 or 1, and the network gives it a probability.
_VOICING_FORMULA = rf"{_VOICING_SHARE:g}\big(v_n \log \hat v_n + (1 - v_n) \log(1 - \hat v_n)\big)"

# Classes of the cross-entropy, evenly spaced in standard deviations; chosen on validation, see docs/choices.md.
N_CLASSES = 12
CLASS_RANGE = 3.0
_N_REAL = VOICING  # features that are numbers; voicing comes last and is a class already


@dataclass(frozen=True)
class Loss:
    """An entry of `LOSSES`: what a network predicts for a frame, what that costs, what it means.

    `cost(predicted, target, mask, weights, label_smoothing)` returns the mean over frames that are not padding
    [shape=()]: `predicted` [shape=(batch, frames, outputs)]; `target` [shape=(batch, frames, 43)] normalised features,
    voicing 0 or 1; `mask` [shape=(batch, frames)], 0 in the padding; `weights` [shape=(43,)] as `feature_weights` gives
    them; `label_smoothing` from 0 to 1, where there are classes.

    `decode(predicted)` returns normalised features [shape=(..., 43)], voicing as a logit.
    """

    name: str
    label: str
    formula: str
    sentence: str
    outputs: int  # numbers a frame that the network predicts
    cost: Callable[[Tensor, Tensor, Tensor, Tensor, float], Tensor]
    decode: Callable[[Tensor], Tensor]


def feature_weights(std: Tensor) -> Tensor:
    """Weight of each feature's squared, normalised error.

    Giving every coefficient variance one would spend most of the training on high cepstra that are hardly heard;
    weighting by each one's own variance minimises what mel-cepstral distortion measures. Half way, by the deviation,
    learns fastest.

    Parameters
    ----------
    std : Tensor [shape=(43,)]
        Standard deviation of each feature over the training split.

    Returns
    -------
    Tensor [shape=(43,)]
        Sums to 1 over all but voicing, which has 0.
    """
    weights = torch.zeros(N_FEATURES)
    deviations = std[CEPSTRA].clone()
    # c0 is level: its deviation is mostly that between speech and silence, and distortion leaves it out
    deviations[0] = deviations[1]
    weights[CEPSTRA] = _CEPSTRA_SHARE * deviations / deviations.sum()
    weights[APERIODICITY] = _APERIODICITY_SHARE
    weights[LOG_F0] = _LOG_F0_SHARE
    return weights


def _mean_cost(error: Tensor, voicing_logit: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Error of each frame [shape=(batch, frames)] plus that of its voicing, over frames that are not padding."""
    voicing = functional.binary_cross_entropy_with_logits(voicing_logit, target[..., VOICING], reduction="none")
    return ((error + _VOICING_SHARE * voicing) * mask).sum() / mask.sum()


def mse(predicted: Tensor, target: Tensor, mask: Tensor, weights: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Weighted mean squared error plus cross-entropy of voicing; arguments as `Loss` says."""
    return _mean_cost((predicted - target).square() @ weights, predicted[..., VOICING], target, mask)


def l1(predicted: Tensor, target: Tensor, mask: Tensor, weights: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Weighted mean absolute error plus cross-entropy of voicing; arguments as `Loss` says."""
    return _mean_cost((predicted - target).abs() @ weights, predicted[..., VOICING], target, mask)


def class_centres() -> Tensor:
    """Value that each class stands for, in standard deviations [shape=(classes,)]."""
    return torch.linspace(-CLASS_RANGE, CLASS_RANGE, N_CLASSES)


def classes_of(features: Tensor) -> Tensor:
    """Nearest class of each normalised feature; values beyond the range belong to the class at its end."""
    step = 2 * CLASS_RANGE / (N_CLASSES - 1)
    return ((features + CLASS_RANGE) / step).round().clamp(0, N_CLASSES - 1).to(torch.int64)


def cross_entropy(
    predicted: Tensor, target: Tensor, mask: Tensor, weights: Tensor, label_smoothing: float = 0.0
) -> Tensor:
    """Weighted cross-entropy of the features' classes plus that of voicing; arguments as `Loss` says."""
    logits = predicted[..., :-1].unflatten(-1, (_N_REAL, N_CLASSES))
    wanted = classes_of(target[..., :_N_REAL])
    log_probabilities = functional.log_softmax(logits, dim=-1)
    error = -log_probabilities.gather(-1, wanted[..., None])[..., 0]
    if label_smoothing:
        error = (1 - label_smoothing) * error - label_smoothing * log_probabilities.mean(dim=-1)
    return _mean_cost(error @ weights[:_N_REAL], predicted[..., -1], target, mask)


def expectation(predicted: Tensor) -> Tensor:
    """Mean of each feature under its predicted distribution; voicing's logit as it is [shape=(..., 43)]."""
    probabilities = predicted[..., :-1].unflatten(-1, (_N_REAL, N_CLASSES)).softmax(dim=-1)
    return torch.cat([probabilities @ class_centres(), predicted[..., -1:]], dim=-1)


def _as_it_is(predicted: Tensor) -> Tensor:
    return predicted


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss(
            "mse",
            "Mean squared error",
            rf"\frac1N \sum_{{n}}\Big(\sum_d w_d\,(\hat y_{{nd}} - y_{{nd}})^2 - {_VOICING_FORMULA}\Big)",
            "Large errors count most, so the network predicts averages.",
            N_FEATURES,
            mse,
            _as_it_is,
        ),
        Loss(
            "l1",
            "Mean absolute error",
            rf"\frac1N \sum_{{n}}\Big(\sum_d w_d\,|\hat y_{{nd}} - y_{{nd}}| - {_VOICING_FORMULA}\Big)",
            "Every error counts by its size, so the network predicts medians.",
            N_FEATURES,
            l1,
            _as_it_is,
        ),
        Loss(
            "cross_entropy",
            "Cross-entropy",
            r"-\frac1N \sum_{n}\Big(\sum_d w_d \sum_{k=1}^{K} y_{ndk}\,\log \hat p_{ndk} + "
            rf"{_VOICING_FORMULA}\Big)",
            "Each feature's range is cut into classes, and the network says how likely each one is.",
            _N_REAL * N_CLASSES + 1,
            cross_entropy,
            expectation,
        ),
    )
}
