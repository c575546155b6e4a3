"""How long the phones of a typed text last."""

import numpy as np
import pytest
import torch

from tts_demo import corpus, durations, text
from tts_demo.corpus import CorpusError

VOICE = corpus.load("asterisk")


def test_the_bundled_predictor_is_what_training_gives():
    grown = durations.train(VOICE).state_dict()
    bundled = durations._bundled(VOICE.folder).state_dict()
    assert grown.keys() == bundled.keys()
    assert all(torch.equal(grown[name], bundled[name]) for name in grown)


def test_it_predicts_phones_that_it_has_not_met():
    predictor, test = durations._bundled(VOICE.folder), VOICE.split("test")
    found = durations.error(predictor, test)
    learned = np.concatenate([one.durations for one in VOICE.split("train")]).clip(1, 80)
    met = np.concatenate([one.durations for one in test]).clip(1, 80)
    of_the_mean = np.sqrt(np.square(np.log(met) - np.log(learned).mean()).mean())
    assert found < 0.4 < 0.65 * of_the_mean
    mine = [np.exp(predictor(text.encode(one.phones))).sum() for one in test]
    theirs = [np.sum(one.durations) for one in test]
    assert np.corrcoef(mine, theirs)[0, 1] > 0.97


def test_neighbours_matter_and_every_phone_lasts():
    """A vowel is longer before a voiced consonant (House & Fairbanks 1953)."""
    before_t, before_d = (durations.predict(text.to_phones(word), VOICE) for word in ("Seat.", "Seed."))
    symbols = [phone.symbol for phone in text.to_phones("Seat.")]
    assert before_d[symbols.index("IY1")] > before_t[symbols.index("IY1")]
    assert min(durations.predict(text.to_phones("Strengths, sixths and twelfths."), VOICE, speed=2.0)) >= 1


def test_a_damaged_file_is_a_sentence(tmp_path):
    (tmp_path / durations.FILE).write_bytes(b"nothing")
    with pytest.raises(CorpusError, match="damaged or missing"):
        durations._bundled(tmp_path)
