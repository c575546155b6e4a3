"""A line on each run: how far it is while it goes on, and how it ended."""

from tts_demo.ui.components.run_status.component import RunStatus, StatusLine

__all__ = ["RunStatus", "StatusLine"]
