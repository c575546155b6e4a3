"""The blind test on the page: offers, trials, result. The key to a trial is not here but in `blind_tests`."""

from tts_demo.ui.components.base import Component


class BlindTest(Component):
    """A listening test between two voices, one trial at a time, and what came of it.

    The value is what `blind_tests` makes: `choose_view()`, or of `BlindTests` what `answered` and `resumed` return.
    None says what will be here. A new value for the trial that is shown changes its alert only: the sound goes on.
    Keys inside it: 1-3 or A, B, X choose a clip and play, space plays and pauses.

    Events
    ------
    begin : {"offer": id}; see `blind_tests.offer_of`.
    answer : {"test": id, "trial": number, "choice": "A" or "B"}; see `BlindTests.answered`.
    leave : {"test": id}; the listener gives the test up, or is done with its result.

    The data stand in `_data` of a handler's `gr.EventData`; they come from a browser and may be anything.
    """

    triggers = ("begin", "answer", "leave")
