"""Distances by hand values."""

import numpy as np
import pytest

from tts_demo import metrics
from tts_demo.acoustics import LOG_F0, VOICING


def speech(frames=50):
    features = np.zeros((frames, 43), dtype=np.float32)
    features[:, LOG_F0] = np.log(200)
    features[:, VOICING] = 1
    return features


def test_distortion_of_one_neper_in_one_coefficient():
    natural, predicted = speech(), speech()
    predicted[:, 7] = 1.0
    assert metrics.distances([(predicted, natural)]).mcd_db == pytest.approx(10 / np.log(10) * np.sqrt(2))


def test_distortion_is_the_difference_of_log_spectra():
    """On the warped axis, mel-cepstral distortion without c0 is the root mean square difference in dB."""
    random = np.random.default_rng(0)
    difference = np.zeros(43)
    difference[1:25] = random.normal(size=24)
    warped = (np.arange(4096) + 0.5) * np.pi / 4096
    log_amplitude = difference[:40] @ np.cos(np.outer(np.arange(40), warped))
    rms_db = np.sqrt(np.mean((20 / np.log(10) * log_amplitude) ** 2))
    found = metrics.mel_cepstral_distortion(speech(1) + difference, speech(1))
    assert found[0] == pytest.approx(rms_db, rel=1e-5)


def test_level_and_high_coefficients_do_not_count():
    natural, predicted = speech(), speech()
    predicted[:, 0] = 3.0
    predicted[:, 25:40] = 3.0
    assert metrics.distances([(predicted, natural)]).mcd_db == 0


def test_only_frames_within_35_db_of_the_loudest_count():
    natural = speech()
    natural[:10, 0] = -4.1
    predicted = natural.copy()
    predicted[:10, 3] = 9.0
    found = metrics.distances([(predicted, natural)])
    assert (found.mcd_db, found.speech_frames, found.frames) == (0, 40, 50)


def test_f0_error_over_frames_voiced_in_both_and_voicing_error_over_all():
    natural, predicted = speech(10), speech(10)
    predicted[:, LOG_F0] = np.log(210)
    predicted[:2, VOICING] = 0.4
    predicted[:2, LOG_F0] = np.log(400)
    found = metrics.distances([(predicted, natural)])
    assert found.f0_rmse_hz == pytest.approx(10, rel=1e-4)
    assert found.voicing_error == pytest.approx(0.2)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="shape"):
        metrics.distances([(speech(5), speech(6))])
    with pytest.raises(ValueError, match="nothing"):
        metrics.distances([])
