"""From text or a corpus utterance and a trained network to a waveform."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from tts_demo import acoustics, batches, durations, text
from tts_demo.acoustics import CEPSTRA, N_FEATURES, VOICING
from tts_demo.batches import EVALUATION_FRAMES, Example
from tts_demo.corpus import Corpus, Utterance
from tts_demo.metrics import speech_frames
from tts_demo.models import AcousticModel
from tts_demo.settings import SettingsBase, setting
from tts_demo.text import Phone

VARIANCE_SHARE = 0.7  # how far each cepstrum's deviation is brought to natural speech's; see docs/choices.md
_VARIANCE_GAIN = (1.0, 2.5)


@dataclass(frozen=True)
class Reading(SettingsBase):
    """How a typed text is read out."""

    speed: float = setting(1.0, "Speed", minimum=0.5, maximum=2.0, help="1 × is the speaker's own rhythm.")


@torch.no_grad()
def predict(model: AcousticModel, corpus: Corpus, phones: Sequence[Phone], durations: Sequence[int]) -> np.ndarray:
    """What a network predicts for phones with durations in frames, before any post-processing.

    Returns
    -------
    np.ndarray [shape=(frames, 43), dtype=float32]
        Features as `acoustics` describes them, voicing as a probability.
    """
    return _predicted(model, corpus, [batches.example(phones, durations)])[0]


def predict_utterance(model: AcousticModel, corpus: Corpus, utterance: Utterance) -> np.ndarray:
    """Features [shape=(frames, 43)] for a corpus utterance with its natural durations."""
    return predict(model, corpus, utterance.phones, utterance.durations)


@torch.no_grad()
def predict_utterances(model: AcousticModel, corpus: Corpus, utterances: Sequence[Utterance]) -> list[np.ndarray]:
    """As `predict_utterance` for each of many, which takes half the time."""
    items = [batches.example(one.phones, one.durations) for one in utterances]
    features: list[np.ndarray] = [np.empty(0)] * len(items)
    for group in batches.groups_by_length(items, EVALUATION_FRAMES):
        for place, found in zip(group, _predicted(model, corpus, [items[place] for place in group]), strict=True):
            features[place] = found
    return features


def _predicted(model: AcousticModel, corpus: Corpus, items: Sequence[Example]) -> list[np.ndarray]:
    batch = batches.collate(items)
    model.eval()
    predicted = model.features(batch)
    features = predicted.numpy() * corpus.std + corpus.mean
    features[..., VOICING] = torch.sigmoid(predicted[..., VOICING]).numpy()
    return [row[:length].astype(np.float32) for row, length in zip(features, batch.lengths.tolist(), strict=True)]


def predict_text(model: AcousticModel, corpus: Corpus, written: str, speed: float = 1.0) -> np.ndarray:
    """Features [shape=(frames, 43)] for any English text, durations predicted.

    Parameters
    ----------
    model : AcousticModel
    corpus : Corpus
        Whose speaker's rhythm.
    written : str
        At most `text.MAX_CHARACTERS` characters.
    speed : float
        All durations are divided by it: 1 is the speaker's own rhythm, 2 twice as fast; `Reading` has its bounds.

    Raises
    ------
    TextError
        If the text cannot be read out.
    SettingError
        If the speed is no number within its bounds.
    """
    speed = Reading(speed).speed
    phones = text.to_phones(written)
    return predict(model, corpus, phones, durations.predict(phones, corpus, speed))


def vocode(features: np.ndarray) -> np.ndarray:
    """Waveform [shape=(160 * frames,)] at the common loudness, from features of whatever origin."""
    return acoustics.match_loudness(acoustics.synthesise(features))


def speak(features: np.ndarray, corpus: Corpus) -> np.ndarray:
    """Waveform of a network's prediction: the same post-processing for every network, then the vocoder.

    Networks that minimise squared error predict averages, whose cepstra move less than speech does and which sound
    muffled. Each cepstrum's deviation over the utterance is brought towards that of natural speech (global variance,
    Toda & Tokuda 2007).
    """
    return vocode(_natural_variance(features, corpus))


def _natural_variance(features: np.ndarray, corpus: Corpus) -> np.ndarray:
    """Scale c1..c39 about their means over speech frames."""
    features = features.copy()
    speech = speech_frames(features)
    columns = slice(CEPSTRA.start + 1, CEPSTRA.stop)
    chosen = features[speech][:, columns]
    mean, std = chosen.mean(axis=0), chosen.std(axis=0) + 1e-6
    gain = np.clip(1 + VARIANCE_SHARE * (corpus.speech_std[columns] / std - 1), *_VARIANCE_GAIN)
    # pauses keep what they have: their spectrum is not an average over phones
    features[np.ix_(speech, np.arange(N_FEATURES)[columns])] = mean + gain * (chosen - mean)
    return features
