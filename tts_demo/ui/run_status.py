"""A line on each run: how far it is while it goes on, and how it ended."""

from typing import Any

from tts_demo.ui import live
from tts_demo.ui.language import Language
from tts_demo.ui.scripted import Scripted


class RunStatus(Scripted):
    """The value is HTML; a text in an element with `data-run="ID" data-stage="N"` follows that run as it goes on.

    Event `stage`: one of these runs has passed a stage that the value does not know.

    Parameters
    ----------
    language : Language
        In which to be told of the runs.
    """

    scripts = ("run_status.js",)
    triggers = ("stage",)

    def __init__(self, language: Language, **options: Any):
        super().__init__("", live=live.address(language), **options)
