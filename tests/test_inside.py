"""What the view inside the model is given: every weight counted, levels and Hz as the features say."""

import base64
import math

import numpy as np
import pytest

from tests.inside_app import ENCODER, FAR, FRAMES, LOOKS_AT, PHONES, RECURRENT, features, histograms, value
from tts_demo import acoustics, corpus, metrics
from tts_demo.acoustics import CEPSTRA, F0_CEILING, F0_FLOOR, LOG_F0, N_FEATURES, VOICING
from tts_demo.events import Histogram
from tts_demo.inspection import BANDS, RANGE_DB, band_levels, f0_hz
from tts_demo.ui.components.inspector import Inspector, layers
from tts_demo.ui.components.inspector.component import MOST_BEYOND

STEP_DB = RANGE_DB / 255


def decoded(speech):
    """Levels of a picture in dB below the loudest [shape=(frames, bands)], and Hz with nan where unvoiced."""
    levels = np.frombuffer(base64.b64decode(speech["levels"]), np.uint8).reshape(-1, BANDS)
    hertz = [float(cell) if cell else math.nan for cell in speech["f0"].split(",")]
    return levels * STEP_DB - RANGE_DB, np.array(hertz)


def test_every_weight_is_counted_once():
    together, encoder, recurrent = layers(histograms(zeros=400))
    assert [layer["name"] for layer in (together, encoder, recurrent)] == ["", ENCODER, RECURRENT]
    for layer, weights in ((encoder, 200), (recurrent, 800), (together, 1000)):
        assert sum(layer["counts"]) + layer["zeros"] + layer["beyond"] == weights
    assert together["zeros"] == recurrent["zeros"] == 400
    assert encoder["counts"] == [20, 30, 100, 30, 20]
    assert (together["largest"], together["edge"], together["beyond"]) == (0.5, 0.5, 0)


def test_weights_of_all_layers_lie_where_they_lie_in_each():
    """The common bins are the wider layer's; a narrower layer's bin goes to those that it covers, by its share."""
    wide = Histogram(1.0, (100, 0, 0, 0, 7), 0)  # bins of 0.4
    narrow = Histogram(0.5, (0, 0, 0, 0, 40), 0)  # bins of 0.2: the last one covers 0.3 to 0.5
    together, *_ = layers({"wide": wide, "narrow": narrow})
    assert together["counts"] == [100, 0, 0, 40, 7]
    halves, *_ = layers({"wide": wide, "narrow": Histogram(0.6, (40, 0, 0), 0)})  # -0.6 to -0.2: one bin of the wide
    assert halves["counts"] == [100, 40, 0, 0, 7]
    split, *_ = layers({"wide": wide, "narrow": Histogram(0.8, (0, 40), 0)})  # 0 to 0.8
    assert split["counts"] == [100, 0, 10, 20, 17]


def test_a_bound_that_all_layers_reach_stays_one_bar():
    held = Histogram(0.05, (90, 5, 5, 5, 90), 0)
    together, *_ = layers({"a": held, "b": held})
    assert together["counts"] == [180, 10, 10, 10, 180]


def test_a_few_large_weights_do_not_squeeze_all_others_into_one_bar():
    small = Histogram(0.1, (1000,) * 41, 9)
    together = layers({"embedding": Histogram(4.0, (5,) * 41, 1), "recurrent": small})[0]
    assert together["edge"] == 0.1 and together["largest"] == 4.0
    within = 5 * 0.2 / (8.0 / 41)  # of the embedding: 0.2 wide, its bins 8 / 41
    assert together["beyond"] == pytest.approx(5 * 41 - within, abs=1)
    assert together["beyond"] <= MOST_BEYOND * (41 * 1005 + 10)
    assert sum(together["counts"]) + together["zeros"] + together["beyond"] == 41 * 1005 + 10
    many = layers({"embedding": Histogram(4.0, (5000,) * 41, 1), "recurrent": small})[0]
    assert many["edge"] == 4.0 and many["beyond"] == 0


def test_layers_without_any_weight_but_zeros():
    assert layers({}) == []
    together, dead = layers({"dead": Histogram(0.0, (0,) * 41, 12)})
    assert together["zeros"] == dead["zeros"] == 12
    assert sum(together["counts"]) == together["beyond"] == 0
    together = layers({"dead": Histogram(0.0, (0,) * 41, 12), "alive": Histogram(1.0, (1, 1), 0)})[0]
    assert (together["edge"], sum(together["counts"]), together["zeros"]) == (1.0, 2, 12)
    mostly_dead = layers({"dead": Histogram(0.0, (0,) * 41, 999), "alive": Histogram(1.0, (1, 1), 0)})[0]
    assert (mostly_dead["edge"], mostly_dead["beyond"]) == (1.0, 0)


def test_the_spectrogram_of_natural_speech_is_its_envelope():
    voice = corpus.load("asterisk")
    natural = voice.features(voice["tt-weasels"]).astype(np.float64)
    speech = value(natural=natural, predicted=None, phones=())["speech"]
    shown, _ = decoded(speech["natural"])
    envelope = 10 * np.log10(acoustics.cepstra_to_envelope(natural[:, CEPSTRA]))
    bins = np.array(speech["frequencies"]) / acoustics.SAMPLE_RATE * acoustics.FFT_SIZE
    exact = np.array([np.interp(bins, np.arange(envelope.shape[1]), row) for row in envelope])
    exact -= exact.max()
    within = exact > -RANGE_DB
    assert within.mean() > 0.5
    assert np.abs(shown - exact)[within].max() < STEP_DB / 2 + 0.05  # frequencies are rounded to 0.1 Hz
    assert (shown[~within] <= -RANGE_DB + STEP_DB).all()
    assert shown.max() == 0.0


def test_bands_are_equally_far_apart_in_mel_up_to_8000_hz():
    frequencies = np.array(value()["speech"]["frequencies"])
    mels = 2595 * np.log10(1 + frequencies / 700)
    assert (frequencies[0], frequencies[-1], len(frequencies)) == (0.0, 8000.0, BANDS)
    assert np.diff(mels) == pytest.approx(np.full(BANDS - 1, mels[-1] / (BANDS - 1)), abs=0.3)


def test_both_pictures_have_one_scale():
    """A prediction that is 2 nepers softer looks 17.4 dB softer, and the recording's own loudest frame is at 0 dB."""
    softer = features()
    softer[:, 0] -= 2.0
    speech = value(natural=features(), predicted=softer)["speech"]
    natural, predicted = (decoded(speech[name])[0] for name in ("natural", "predicted"))
    within = (natural > -50) & (natural < 0)
    assert (natural - predicted)[within] == pytest.approx(40 / math.log(10), abs=STEP_DB)
    assert natural.max() == 0.0


def test_f0_is_the_features_in_hz():
    voice = corpus.load("asterisk")
    natural = voice.features(voice["tt-weasels"]).astype(np.float64)
    _, hertz = decoded(value(natural=natural, predicted=None, phones=())["speech"]["natural"])
    voiced = natural[:, VOICING] >= 0.5
    assert voiced.any() and not voiced.all()
    assert np.isnan(hertz[~voiced]).all()
    assert hertz[voiced] == pytest.approx(np.exp(natural[voiced, LOG_F0]), abs=0.051)


def test_f0_is_held_where_the_vocoder_holds_it():
    wild = features()
    wild[50:60, LOG_F0], wild[60:70, LOG_F0] = 1e6, -1e6
    hertz = f0_hz(wild)
    assert hertz[55] == pytest.approx(F0_CEILING) and hertz[65] == pytest.approx(F0_FLOOR)
    assert np.isfinite(band_levels(wild)).all()


def test_phones_end_where_their_durations_add_up_to():
    speech = value()["speech"]
    assert speech["phones"] == [("pau", 20), ("M", 50), ("AH1", 110), ("NG", FRAMES)]
    assert sum(frames for _, frames in PHONES) == speech["frames"] == FRAMES


def test_distances_are_those_of_the_metrics():
    predicted, natural = features(220.0, tilt=1.2), features()
    speech = value(predicted=predicted, natural=natural)["speech"]
    apart = metrics.distances([(predicted, natural)])
    assert speech["distortion_db"] == pytest.approx(apart.mcd_db, abs=0.001) and apart.mcd_db > 1
    assert speech["f0_error_hz"] == pytest.approx(apart.f0_rmse_hz, abs=0.01) and apart.f0_rmse_hz > 10
    assert speech["voicing_error"] == apart.voicing_error == 0


def test_what_is_not_there_is_left_out():
    typed = value(natural=None)["speech"]
    assert typed["natural"] is None and typed["predicted"] and "distortion_db" not in typed
    waiting = value(predicted=None)["speech"]
    assert waiting["predicted"] is None and waiting["natural"]
    nothing = value(predicted=None, natural=None, sentence="", bound=None, looks_at={})
    assert nothing["speech"] is None and not {"sentence", "bound", "looks_at"} & nothing.keys()
    other_rhythm = value(predicted=features()[:100])["speech"]
    assert other_rhythm["frames"] == FRAMES and "distortion_db" not in other_rhythm


def test_neighbours_are_in_order():
    assert value()["looks_at"] == list(LOOKS_AT.items())
    assert [neighbour for neighbour, _ in value(looks_at=FAR)["looks_at"]] == list(range(-8, 9))


def test_a_prediction_gone_wild_is_a_sentence():
    wild = features()
    wild[3, 7] = np.inf
    given = value(predicted=wild)
    assert "not finite" in given["note"]
    assert given["speech"]["predicted"] is None and given["speech"]["natural"]


@pytest.mark.parametrize("shape", [(0, N_FEATURES), (5, 42), (N_FEATURES,)])
def test_features_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="shape"):
        value(predicted=np.zeros(shape))


@pytest.mark.parametrize("bound", [0.0, -1.0, math.nan, math.inf])
def test_a_bound_that_is_none_is_refused(bound):
    with pytest.raises(ValueError, match="positive"):
        value(bound=bound)


def test_natural_features_must_be_finite():
    with pytest.raises(ValueError, match="finite"):
        value(natural=np.full((5, N_FEATURES), np.nan))


def test_the_component_hands_its_value_over():
    inside = Inspector(render=False)
    given = value()
    assert inside.postprocess(given) == given
    assert inside.postprocess(None) is None
