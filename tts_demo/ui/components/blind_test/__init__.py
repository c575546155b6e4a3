"""The blind test on the page: offers, trials, result. The key to a trial is not here but in `blind_tests`."""

from tts_demo.ui.components.blind_test.component import BlindTest

__all__ = ["BlindTest"]
