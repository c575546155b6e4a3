"""A line on each run: how far it is while it goes on, and how it ended."""

from typing import Any

from tts_demo.ui.components.base import Component


class RunStatus(Component):
    """The value is HTML; a text in an element with `data-run="ID" data-stage="N"` follows that run as it goes on.

    Event `stage`: one of these runs has passed a stage that the value does not know.

    Parameters
    ----------
    address : str
        Where to ask about runs, below the program's own address: see `live`.
    """

    triggers = ("stage",)

    def __init__(self, address: str, **options: Any):
        super().__init__("", settings={"live": address}, **options)
