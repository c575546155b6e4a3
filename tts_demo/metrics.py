"""Distances between predicted and natural features, always of the raw prediction, with natural durations."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tts_demo.acoustics import CEPSTRA, LOG_F0, VOICING, hz_of
from tts_demo.messages import MessageError

COMPARED = slice(1, 25)  # c1..c24; c0 is level
_SPEECH_RANGE_NEPERS = 4.0  # 35 dB
_DB = 10 / np.log(10)


def speech_frames(features: np.ndarray) -> np.ndarray:
    """Which frames of features [shape=(frames, 43)] are speech [shape=(frames,), dtype=bool].

    Those are within 35 dB of the loudest one, judged by c0.
    """
    level = features[:, CEPSTRA.start]
    return level > level.max() - _SPEECH_RANGE_NEPERS


def mel_cepstral_distortion(predicted: np.ndarray, natural: np.ndarray) -> np.ndarray:
    """Distortion of each frame, 10 / ln 10 sqrt(2 sum_m (c_m - c'_m)^2), m = 1..24 (Kubichek 1993).

    Parameters
    ----------
    predicted, natural : np.ndarray [shape=(frames, 43)]

    Returns
    -------
    np.ndarray [shape=(frames,)]
        dB.
    """
    difference = (predicted[:, COMPARED] - natural[:, COMPARED]).astype(np.float64)
    return _DB * np.sqrt(2 * np.square(difference).sum(axis=1))


@dataclass(frozen=True)
class Distances:
    """How far predictions lie from natural speech, over all frames of some utterances."""

    mcd_db: float  # over speech frames
    f0_rmse_hz: float  # over frames voiced in both; nan where there is none
    voicing_error: float  # share of frames with the wrong voicing
    frames: int
    speech_frames: int


def distances(pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> Distances:
    """Distances over pairs of predicted and natural features [shape=(frames, 43)] of equal lengths.

    Raises
    ------
    ValueError
        If there is no pair, or two lengths differ.
    """
    distortions, f0_errors, voicing_errors, frames = [], [], 0, 0
    for predicted, natural in pairs:
        if predicted.shape != natural.shape:
            raise MessageError(
                "Prediction {predicted} and natural speech {natural} differ in shape.",
                predicted=predicted.shape, natural=natural.shape,
            )  # fmt: skip
        distortions.append(mel_cepstral_distortion(predicted, natural)[speech_frames(natural)])
        voiced, naturally_voiced = predicted[:, VOICING] >= 0.5, natural[:, VOICING] >= 0.5
        both = voiced & naturally_voiced
        f0_errors.append(hz_of(predicted[both, LOG_F0]) - hz_of(natural[both, LOG_F0]))
        voicing_errors += int((voiced != naturally_voiced).sum())
        frames += len(natural)
    if not frames:
        raise MessageError("There is nothing to compare.")
    distortion, f0_error = np.concatenate(distortions), np.concatenate(f0_errors)
    return Distances(
        mcd_db=float(distortion.mean()),
        f0_rmse_hz=float(np.sqrt(np.square(f0_error).mean())) if len(f0_error) else float("nan"),
        voicing_error=voicing_errors / frames,
        frames=frames,
        speech_frames=len(distortion),
    )
