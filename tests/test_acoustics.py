"""Features against closed forms, copy-synthesis against the original, loudness against the standard."""

import io

import numpy as np
import pyloudnorm
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tts_demo import acoustics, corpus
from tts_demo.acoustics import CEPSTRA, FFT_SIZE, LOG_F0, SAMPLE_RATE, VOICING


def buzz(seconds=1.0, f0=200.0, level=0.1):
    """A pulse train of one F0 through a resonance: as much like a voice as a formula gets."""
    from scipy.signal import lfilter

    samples = int(seconds * SAMPLE_RATE)
    pulses = np.zeros(samples)
    pulses[:: int(SAMPLE_RATE / f0)] = 1.0
    voice = lfilter([1.0], [1, -1.6, 0.8], pulses)
    return level * voice / np.abs(voice).max()


def warp(omega):
    """The phase of SPTK's all-pass, written as its other form."""
    alpha = acoustics.ALPHA
    return np.angle(np.exp(1j * omega) * (1 - alpha * np.exp(-1j * omega)) / (1 - alpha * np.exp(1j * omega)))


def test_cepstra_of_a_cosine_on_the_warped_axis_are_its_amplitudes():
    omega = np.linspace(0, np.pi, FFT_SIZE // 2 + 1)
    warped = np.unwrap(warp(omega))
    log_amplitude = -3.0 + 0.7 * np.cos(2 * warped) - 0.2 * np.cos(11 * warped)
    cepstra = acoustics.envelope_to_cepstra(np.exp(2 * log_amplitude)[None])[0]
    expected = np.zeros(acoustics.N_CEPSTRA)
    expected[[0, 2, 11]] = -3.0, 0.7, -0.2
    np.testing.assert_allclose(cepstra, expected, atol=1e-6)
    np.testing.assert_allclose(acoustics.cepstra_to_envelope(cepstra[None])[0], np.exp(2 * log_amplitude), rtol=1e-5)


def test_cepstra_agree_with_frequency_transformation_of_the_plain_cepstrum():
    """SPTK's way: the plain cepstrum, then the recursion of Oppenheim & Johnson 1972."""
    omega = np.linspace(0, np.pi, FFT_SIZE // 2 + 1)
    log_amplitude = 1.5 * np.cos(omega) - 0.5 * np.cos(3 * omega) + 0.1
    plain = np.fft.irfft(log_amplitude)[: FFT_SIZE // 2]
    plain[1:] *= 2
    order, alpha = acoustics.N_CEPSTRA - 1, acoustics.ALPHA
    state = np.zeros(order + 1)
    for coefficient in plain[::-1]:
        before = state.copy()
        state[0] = coefficient + alpha * before[0]
        state[1] = (1 - alpha**2) * before[0] + alpha * before[1]
        for m in range(2, order + 1):
            state[m] = before[m - 1] + alpha * (before[m] - state[m - 1])
    cepstra = acoustics.envelope_to_cepstra(np.exp(2 * log_amplitude)[None])[0]
    np.testing.assert_allclose(cepstra, state, atol=1e-6)


def test_analysis_finds_pitch_and_voicing_and_counts_frames():
    waveform = buzz(f0=200.0)
    features = acoustics.analyse(waveform)
    assert features.shape == (1 + len(waveform) // 160, 43)
    middle = features[20:80]
    assert middle[:, VOICING].all()
    np.testing.assert_allclose(np.exp(middle[:, LOG_F0]), 200, rtol=0.01)


def test_copy_synthesis_keeps_envelope_and_pitch():
    features = acoustics.analyse(buzz())
    copy = acoustics.analyse(acoustics.synthesise(features))
    middle = slice(20, 80)
    np.testing.assert_allclose(copy[middle, LOG_F0], features[middle, LOG_F0], atol=0.01)
    assert np.abs(copy[middle, CEPSTRA][:, 1:13] - features[middle, CEPSTRA][:, 1:13]).mean() < 0.1


def test_log_f0_becomes_hertz_within_the_vocoders_range():
    found = acoustics.hz_of(np.log(np.array([1.0, 71.0, 200.0, 500.0, 9000.0], dtype=np.float32)))
    assert found.dtype == np.float64
    assert found == pytest.approx([71, 71, 200, 500, 500], rel=1e-6)


def test_silence_is_analysed_and_synthesised_without_complaint():
    features = acoustics.analyse(np.zeros(1600))
    assert np.isfinite(features).all()
    assert not features[:, VOICING].any()
    assert np.abs(acoustics.synthesise(features)).max() < 1e-3


@pytest.mark.parametrize("waveform", [np.zeros(0), np.zeros((2, 100)), np.array([0.0, np.nan])])
def test_no_speech_no_analysis(waveform):
    with pytest.raises(ValueError, match="waveform"):
        acoustics.analyse(waveform)


def test_features_that_are_not_finite_are_refused():
    features = acoustics.analyse(buzz(0.2))
    features[3, 5] = np.inf
    with pytest.raises(ValueError, match="finite"):
        acoustics.synthesise(features)
    with pytest.raises(ValueError, match="shape"):
        acoustics.synthesise(features[:, :40])


@settings(max_examples=20, deadline=None)
@given(gain=st.floats(1e-3, 20), seconds=st.sampled_from([0.05, 0.2, 0.39, 0.5, 1.7]), f0=st.floats(90, 350))
def test_every_clip_gets_one_loudness_and_none_clips(gain, seconds, f0):
    matched = acoustics.match_loudness(gain * buzz(seconds, f0))
    assert abs(acoustics.loudness(matched) - acoustics.LOUDNESS_LUFS) < 0.1
    assert np.abs(matched).max() <= acoustics.PEAK_LIMIT


def test_loudness_of_the_standards_reference_tone():
    """ITU-R BS.1770-4: a full-scale sine at 997 Hz in one channel measures -3.01 LUFS; meters may err by 0.1 LU."""
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    assert acoustics.loudness(np.sin(2 * np.pi * 997 * time)) == pytest.approx(-3.01, abs=0.1)
    assert acoustics.loudness(np.zeros(SAMPLE_RATE)) == -np.inf
    assert not acoustics.match_loudness(np.zeros(SAMPLE_RATE)).any()


@pytest.fixture(scope="module")
def short_clips():
    """Matched recordings and vocoder copies of the corpus' sentences below 1.2 s, one in four."""
    voice = corpus.load("asterisk")
    chosen = [prompt for split in ("train", "validation", "test") for prompt in voice.split(split)]
    chosen = [prompt for prompt in chosen if prompt.seconds < 1.2][::4]
    copies = [acoustics.synthesise(voice.features(prompt).astype(np.float32)) for prompt in chosen]
    return [acoustics.match_loudness(clip) for clip in (*map(voice.waveform, chosen), *copies)]


def test_short_clips_are_as_loud_as_when_they_are_repeated(short_clips):
    """Half a minute of a clip is long enough for the standard's own blocks; where 0.1 s divides its length, they meet
    but few parts of it."""
    meter = pyloudnorm.Meter(SAMPLE_RATE)
    apart = [
        abs(meter.integrated_loudness(np.resize(clip, 30 * SAMPLE_RATE)) - acoustics.LOUDNESS_LUFS)
        for clip in short_clips
    ]
    assert len(apart) > 100
    assert np.median(apart) < 0.05 and np.mean(np.array(apart) < 0.2) > 0.95 and max(apart) < 0.5


def test_no_part_of_a_short_clip_counts_more_than_another(short_clips):
    for clip in short_clips[::4]:
        turned = np.roll(clip, len(clip) // 3)
        assert abs(acoustics.loudness(turned) - acoustics.LOUDNESS_LUFS) < 0.15  # the new join is heard, too


def test_16_bit_rounding_and_the_comment_inside_a_file():
    np.testing.assert_array_equal(acoustics.to_int16(np.array([0.0, 1.0, -1.0, 2.0])), [0, 32767, -32767, 32767])
    written = acoustics.wav_bytes(buzz(0.3), "synthetic speech")
    with soundfile.SoundFile(io.BytesIO(written)) as file:
        assert (file.samplerate, file.channels, file.subtype) == (16_000, 1, "PCM_16")
        assert file.comment == "synthetic speech"


def test_griffin_lim_keeps_the_mel_spectrogram():
    waveform = buzz(0.6)
    picture = acoustics.log_mel(waveform)
    again = acoustics.log_mel(acoustics.griffin_lim(picture))
    size = min(picture.shape[1], again.shape[1])
    loud = picture[:, :size] > picture.max() - 4
    assert np.abs(picture[:, :size] - again[:, :size])[loud].mean() < 0.5
