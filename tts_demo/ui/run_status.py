"""A line on each run: how far it is while it goes on, and how it ended."""

from typing import Any

from tts_demo.ui import live
from tts_demo.ui.language import Language
from tts_demo.ui.scripted import Scripted


class RunStatus(Scripted):
    """The value is HTML; texts in elements with `data-run="ID"` are kept up to date while that run goes on.

    Parameters
    ----------
    language : Language
        In which to be told of the runs.
    """

    scripts = ("run_status.js",)

    def __init__(self, language: Language, **options: Any):
        super().__init__("", live=live.address(language), **options)
