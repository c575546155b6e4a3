"""The blind test on the page: offers, trials, result. The key to a trial is not here but in `blind_tests`."""

from typing import Any

import gradio as gr

from tts_demo.ui import assets
from tts_demo.ui.blind_tests import BlindValue


class BlindTest(gr.HTML):
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

    Parameters
    ----------
    value : first value.
    words : texts that replace those of blind.js (`BLIND_WORDS`), by key, for another language.
    options : as for `gr.HTML`: elem_id, visible, scale, ...
    """

    def __init__(self, value: BlindValue | None = None, *, words: dict[str, str] | None = None, **options: Any):
        super().__init__(
            value=value,
            html_template="<div></div>",
            js_on_load=assets.script(("tokens.css", "blind.css"), ("player_graph.js", "blind_result.js", "blind.js")),
            apply_default_css=False,
            words=words or {},
            **options,
        )

    def postprocess(self, value: BlindValue | None) -> BlindValue | None:  # type: ignore[override]
        """Hand the value over as it is."""
        return value

    def api_info(self) -> dict[str, Any]:
        """The value's kind, for gradio's description of the page's functions."""
        return {"type": "object"}
