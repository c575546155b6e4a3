"""Words missed, by hand."""

import pytest

from tts_demo.word_errors import missed, words


@pytest.mark.parametrize(
    ("said", "heard", "count", "total"),
    [
        ("Press two to call back.", "press 2 to call back", 0, 5),
        ("They have been carried away", "they been carried a way", 3, 5),
        ("Goodbye", "one two three four", 1, 1),  # at most all of them
        ("Goodbye", "", 1, 1),
        ("It is 1100 meters", "it is eleven hundred meters", 0, 5),
    ],
)
def test_words_missed(said, heard, count, total):
    assert missed(said, heard) == (count, total)


def test_letters_missed():
    assert missed("Check it", "check in", letters=True) == (1, 8)


def test_words_are_in_one_spelling():
    assert words("Your VOICE mail, on the 3rd: don't!") == ["your", "voicemail", "on", "the", "third", "don't"]
