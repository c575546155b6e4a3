"""What there is to see of features: a spectrogram and an F0 curve, as the page and the figures draw them."""

import functools
import math

import numpy as np

from tts_demo import acoustics
from tts_demo.acoustics import (
    CEPSTRA,
    FFT_SIZE,
    LOG_F0,
    SAMPLE_RATE,
    VOICING,
    cepstra_to_envelope,
)

BANDS = 80  # rows of a spectrogram, equally far apart in mel from 0 to 8000 Hz
RANGE_DB = 70.0  # that the colours span, downwards from the loudest


def band_levels(features: np.ndarray) -> np.ndarray:
    """Spectral envelope of WORLD features [shape=(frames, 43)] in dB [shape=(frames, 80)], bands as `BANDS` says."""
    envelope = cepstra_to_envelope(np.asarray(features, dtype=np.float64)[:, CEPSTRA])
    return 10 * np.log10(envelope) @ _reading()


def f0_hz(features: np.ndarray) -> np.ndarray:
    """F0 of features [shape=(frames, 43)] as the vocoder takes it, in Hz [shape=(frames,)]; nan where unvoiced."""
    return np.where(features[:, VOICING] >= 0.5, acoustics.hz_of(features[:, LOG_F0]), np.nan)


@functools.cache
def band_frequencies() -> np.ndarray:
    """Frequencies of the bands in Hz [shape=(80,)]."""
    top_mel = 2595 * math.log10(1 + SAMPLE_RATE / 2 / 700)
    return 700 * (10 ** (np.linspace(0, top_mel, BANDS) / 2595) - 1)


@functools.cache
def _reading() -> np.ndarray:
    """What reads the bands off an envelope [shape=(513, 80)].

    Envelopes are smooth, so a band is the envelope at its frequency and not a mean around it.
    """
    bins = np.arange(FFT_SIZE // 2 + 1)
    return np.maximum(0, 1 - np.abs(bins[:, None] - band_frequencies() / (SAMPLE_RATE / FFT_SIZE)))
