"""The runs table: what was trained, what came of it, and what to do with it."""

from tts_demo.ui.components.runs_table.component import (
    LONGEST_NAME,
    Action,
    RunRow,
    RunsTable,
    RunsTableValue,
    action_of,
)

__all__ = ["Action", "LONGEST_NAME", "RunRow", "RunsTable", "RunsTableValue", "action_of"]
