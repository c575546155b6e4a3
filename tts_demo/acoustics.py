"""Waveform <-> WORLD features <-> waveform, mel pictures, and loudness.

A frame is 10 ms of speech described by 43 numbers:

=======  =====================================================================================
columns  what
=======  =====================================================================================
0-39     mel-cepstrum c0..c39 of the WORLD spectral envelope (alpha 0.42), in nepers
40       aperiodicity of the one band that WORLD codes at 16 kHz, in dB
41       log F0, natural logarithm of Hz, interpolated through unvoiced frames
42       voicing, 0 or 1 (a network predicts its probability)
=======  =====================================================================================

The mel-cepstrum is the one of SPTK: log|H(w)| = sum_m c_m cos(m w~(w)) on the warped frequency axis w~. Coding and
decoding are each one matrix product, so mel-cepstral distortion is computed on the features themselves.
"""

import functools
import io

import numpy as np
import pyworld

from tts_demo.messages import MessageError

SAMPLE_RATE = 16_000  # Hz
HOP_SECONDS = 0.010
HOP_SAMPLES = int(SAMPLE_RATE * HOP_SECONDS)
FFT_SIZE = 1024  # WORLD's own choice at 16 kHz: enough for its lowest F0 of 71 Hz
F0_FLOOR, F0_CEILING = 71.0, 500.0  # Hz; the bundled voice stays between 110 and 400

N_CEPSTRA = 40
ALPHA = 0.42  # warps the frequency axis close to the mel scale at 16 kHz
CEPSTRA = slice(0, N_CEPSTRA)
APERIODICITY, LOG_F0, VOICING = N_CEPSTRA, N_CEPSTRA + 1, N_CEPSTRA + 2
N_FEATURES = N_CEPSTRA + 3

LOUDNESS_LUFS = -23.0
PEAK_LIMIT = 0.89  # -1 dBFS
_LOUDNESS_BLOCK_SECONDS = 0.4  # ITU-R BS.1770-4 measures blocks of this length
_SHORT_SECONDS, _CLOSE_SECONDS = 2.0, 0.01  # clips too short for the standard; how far apart their blocks are
_PICTURE_MELS = 80


def analyse(waveform: np.ndarray) -> np.ndarray:
    """Describe speech by WORLD features (Morise et al. 2016).

    Parameters
    ----------
    waveform : np.ndarray [shape=(samples,)]
        Speech at 16 kHz, full scale 1.

    Returns
    -------
    np.ndarray [shape=(1 + samples // 160, 43), dtype=float32]

    Raises
    ------
    ValueError
        If the waveform is not one-dimensional, is empty, or holds values that are not finite.
    """
    waveform = np.ascontiguousarray(waveform, dtype=np.float64)
    if waveform.ndim != 1 or not len(waveform) or not np.isfinite(waveform).all():
        raise MessageError("A waveform must be one row of finite samples.")
    period_ms = HOP_SECONDS * 1000
    f0, times = pyworld.harvest(waveform, SAMPLE_RATE, f0_floor=F0_FLOOR, f0_ceil=F0_CEILING, frame_period=period_ms)
    envelope = pyworld.cheaptrick(waveform, f0, times, SAMPLE_RATE, f0_floor=F0_FLOOR, fft_size=FFT_SIZE)
    aperiodicity = pyworld.d4c(waveform, f0, times, SAMPLE_RATE, fft_size=FFT_SIZE)
    features = np.empty((len(f0), N_FEATURES), dtype=np.float32)
    features[:, CEPSTRA] = envelope_to_cepstra(envelope)
    features[:, APERIODICITY] = pyworld.code_aperiodicity(aperiodicity, SAMPLE_RATE)[:, 0]
    voiced = f0 > 0
    features[:, VOICING] = voiced
    features[:, LOG_F0] = _interpolate_log_f0(f0, voiced)
    return features


def synthesise(features: np.ndarray) -> np.ndarray:
    """Turn WORLD features into a waveform (Morise et al. 2016).

    Parameters
    ----------
    features : np.ndarray [shape=(frames, 43)]

    Returns
    -------
    np.ndarray [shape=(160 * frames,), dtype=float32]
        Speech at 16 kHz, at whatever level the features say; see `match_loudness`.

    Raises
    ------
    ValueError
        If the features have another shape or hold values that are not finite.
    """
    features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2 or features.shape[1] != N_FEATURES or not len(features):
        raise MessageError(
            "Features must have the shape (frames, {count}), not {shape}.", count=N_FEATURES, shape=features.shape
        )
    if not np.isfinite(features).all():
        raise MessageError("The features hold values that are not finite, so there is nothing to hear.")
    voiced = features[:, VOICING] >= 0.5
    f0 = np.where(voiced, hz_of(features[:, LOG_F0]), 0.0)
    envelope = cepstra_to_envelope(features[:, CEPSTRA])
    coded = np.ascontiguousarray(np.minimum(features[:, [APERIODICITY]], 0.0))
    aperiodicity = pyworld.decode_aperiodicity(coded, SAMPLE_RATE, FFT_SIZE)
    waveform = pyworld.synthesize(f0, envelope, aperiodicity, SAMPLE_RATE, HOP_SECONDS * 1000)
    return waveform[: len(features) * HOP_SAMPLES].astype(np.float32)


def hz_of(log_f0: np.ndarray) -> np.ndarray:
    """F0 in Hz of its natural logarithm [shape=(frames,)], held within the vocoder's range, as it is synthesised."""
    return np.exp(np.clip(np.asarray(log_f0, dtype=np.float64), np.log(F0_FLOOR), np.log(F0_CEILING)))


def envelope_to_cepstra(envelope: np.ndarray) -> np.ndarray:
    """Mel-cepstrum of a power spectral envelope, c_m = 2/pi ∫ log|H| cos(m w~) dw~ (Tokuda et al. 1994).

    Parameters
    ----------
    envelope : np.ndarray [shape=(frames, 513)]
        Power, above 0.

    Returns
    -------
    np.ndarray [shape=(frames, 40)]
        Nepers.
    """
    return 0.5 * np.log(envelope) @ _cepstrum_matrices()[0]


def cepstra_to_envelope(cepstra: np.ndarray) -> np.ndarray:
    """Power spectral envelope [shape=(frames, 513)] of mel-cepstra [shape=(frames, 40)] in nepers."""
    # exp(±40) would leave float64's comfortable range only for a network gone wild; speech stays within ±15.
    return np.exp(2.0 * np.clip(cepstra @ _cepstrum_matrices()[1], -40.0, 10.0))


@functools.cache
def _cepstrum_matrices() -> tuple[np.ndarray, np.ndarray]:
    """Coding matrix [shape=(513, 40)] and decoding matrix [shape=(40, 513)].

    The integral over the warped axis is taken over the plain one, where the bins are: dw~ = w~'(w) dw. Its integrand
    is even and periodic, so the trapezoid rule is as good as exact.
    """
    omega = np.linspace(0, np.pi, FFT_SIZE // 2 + 1)
    warped = omega + 2 * np.arctan2(ALPHA * np.sin(omega), 1 - ALPHA * np.cos(omega))
    stretch = (1 - ALPHA**2) / (1 - 2 * ALPHA * np.cos(omega) + ALPHA**2)
    decode = np.cos(np.outer(np.arange(N_CEPSTRA), warped))
    weights = stretch * (omega[1] / np.pi)
    weights[[0, -1]] *= 0.5
    code = (decode * weights).T
    code[:, 1:] *= 2
    return code, decode


def _interpolate_log_f0(f0: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    """Log F0 with straight lines through unvoiced frames; a flat 200 Hz where nothing is voiced."""
    if not voiced.any():
        return np.full(len(f0), np.log(200.0))
    frames = np.arange(len(f0))
    return np.interp(frames, frames[voiced], np.log(f0[voiced]))


def log_mel(waveform: np.ndarray) -> np.ndarray:
    """Log-mel spectrogram for pictures and for `griffin_lim`.

    Parameters
    ----------
    waveform : np.ndarray [shape=(samples,)]

    Returns
    -------
    np.ndarray [shape=(80, frames)]
        Natural logarithm of the mel amplitude, 10 ms frames, floored at 1e-5.
    """
    import librosa  # takes a second to import, and only pictures need it

    mel = librosa.feature.melspectrogram(
        y=np.asarray(waveform, dtype=np.float32),
        sr=SAMPLE_RATE,
        n_fft=FFT_SIZE,
        hop_length=HOP_SAMPLES,
        n_mels=_PICTURE_MELS,
        power=1.0,
    )
    return np.log(np.maximum(mel, 1e-5))


def griffin_lim(log_mel_spectrogram: np.ndarray, n_iterations: int = 32) -> np.ndarray:
    """Waveform from a log-mel spectrogram: the vocoder to compare WORLD with (Griffin & Lim 1984).

    Parameters
    ----------
    log_mel_spectrogram : np.ndarray [shape=(80, frames)]
        As `log_mel` returns it.
    n_iterations : int
        Rounds of phase estimation.

    Returns
    -------
    np.ndarray [shape=(samples,), dtype=float32]
    """
    import librosa

    spectrogram = librosa.feature.inverse.mel_to_stft(
        np.exp(log_mel_spectrogram), sr=SAMPLE_RATE, n_fft=FFT_SIZE, power=1.0
    )
    waveform = librosa.griffinlim(
        spectrogram, n_iter=n_iterations, hop_length=HOP_SAMPLES, n_fft=FFT_SIZE, random_state=0
    )
    return waveform.astype(np.float32)


def loudness(waveform: np.ndarray) -> float:
    """Integrated loudness in LUFS (ITU-R BS.1770-4); minus infinity for silence.

    The standard's blocks of 0.4 s, 0.1 s apart, are few in a short clip, and each sample of its beginning and its end
    lies in fewer of them than one of its middle. So a clip below two seconds is measured as it sounds when it is
    repeated without end: blocks 0.01 s apart, over whole repetitions, so that each sample counts as often as any other.
    """
    import pyloudnorm

    waveform = np.asarray(waveform, dtype=np.float64)
    if not len(waveform) or not np.any(waveform):
        return -np.inf
    meter = pyloudnorm.Meter(SAMPLE_RATE)
    if len(waveform) < _SHORT_SECONDS * SAMPLE_RATE:
        meter = pyloudnorm.Meter(SAMPLE_RATE, overlap=1 - _CLOSE_SECONDS / _LOUDNESS_BLOCK_SECONDS)
        block = round(_LOUDNESS_BLOCK_SECONDS * SAMPLE_RATE)
        repetitions = max(2, -(-block // len(waveform)))
        waveform = np.resize(waveform, repetitions * len(waveform) + block)
    with np.errstate(divide="ignore"):
        return float(meter.integrated_loudness(waveform))


def match_loudness(waveform: np.ndarray, target_lufs: float = LOUDNESS_LUFS) -> np.ndarray:
    """Bring speech to one loudness without clipping.

    Peaks over -1 dBFS, rare at -23 LUFS, are bent smoothly; the gain is then found again, so that the loudness holds.

    Parameters
    ----------
    waveform : np.ndarray [shape=(samples,)]
    target_lufs : float
        LUFS.

    Returns
    -------
    np.ndarray [shape=(samples,), dtype=float32]
        Within ±0.89; silence stays silence.
    """
    waveform = np.asarray(waveform, dtype=np.float64)
    peak = np.abs(waveform).max(initial=0.0)
    gain = 0.5 / peak if peak else 1.0  # whatever its level was, the first measurement is above the standard's gate
    bent = gain * waveform
    for _ in range(8):
        measured = loudness(bent)
        if not np.isfinite(measured) or abs(measured - target_lufs) < 0.02:
            break
        gain *= 10 ** ((target_lufs - measured) / 20)
        bent = _bend_peaks(gain * waveform)
    return bent.astype(np.float32)


def _bend_peaks(waveform: np.ndarray, knee: float = 0.6) -> np.ndarray:
    """Leave what is below the knee as it is; above it, approach -1 dBFS smoothly."""
    size = np.abs(waveform)
    room = PEAK_LIMIT - knee
    bent = knee + room * np.tanh((size - knee) / room)
    return np.where(size <= knee, waveform, np.sign(waveform) * bent)


def to_int16(waveform: np.ndarray) -> np.ndarray:
    """Samples as 16-bit integers [shape=(samples,)], full scale 1 -> 32767, rounded and held within range."""
    return np.rint(np.clip(waveform, -1.0, 1.0) * 32767).astype(np.int16)


def wav_bytes(waveform: np.ndarray, comment: str = "") -> bytes:
    """A 16-bit mono WAV file whose comment travels inside the file (how synthetic speech is tagged)."""
    import soundfile

    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", SAMPLE_RATE, 1, subtype="PCM_16", format="WAV") as file:
        if comment:
            file.comment = comment
        file.write(to_int16(waveform))
    return buffer.getvalue()


def wav_samples(wav: bytes) -> np.ndarray:
    """Samples of a 16-bit mono WAV file [shape=(samples,), dtype=int16]: the inverse of `wav_bytes`."""
    import soundfile

    return soundfile.read(io.BytesIO(wav), dtype="int16")[0]
