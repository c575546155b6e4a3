"""How a run stands, as chart and table say it: the one list of its states."""

from collections.abc import Sequence
from typing import Literal

from tts_demo.events import REASONS, Event, Reason, finished

State = Literal["queued", "running", "recorded", "lost"] | Reason
CHARTED: tuple[str, ...] = ("queued", "running", *REASONS, "recorded")
LISTED: tuple[str, ...] = (*CHARTED, "lost")  # forgotten by the server: it has a row in the table, but no curve


def state_of(events: Sequence[Event], recorded: bool) -> State:
    """State of a run from what has happened in it so far; `recorded` where it came with the page."""
    if recorded:
        return "recorded"
    end = finished(events)
    return end.reason if end else "running" if events else "queued"
