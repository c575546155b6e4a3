"""What a browser keeps of its visitor's runs: a reload finds them again, and so do all of its tabs."""

from collections.abc import Sequence
from typing import Any, TypedDict

from tts_demo.ui.components.base import Component

_STORAGE = "hear-overfitting-kept-runs"
# A step before an event whose first input is a `KeptRuns`: it becomes what the browser has, as `kept_runs.lost`
# and `session.from_plain` take it.
READ = f"""(kept, ...others) => {{
  try {{
    const {{ runs, sweep }} = JSON.parse(localStorage.getItem("{_STORAGE}"));
    return [{{ runs, sweep }}, ...others];
  }} catch {{ // nothing is kept, or nothing may be read
    return [{{ runs: [] }}, ...others];
  }}
}}"""


class KeptValue(TypedDict):
    """Value of `KeptRuns`.

    Keys
    ----
    runs : rows of (id, name, colour, prompt of a twin, settings as in a link).
    deleted : ids deleted here.
    sweep : the strength curve, as `sweeping.to_plain` has it; the browser's stays where it is None.
    """

    runs: Sequence[Sequence[Any]]
    deleted: Sequence[str]
    sweep: Any


class KeptRuns(Component):
    """Nothing to be seen: adds the value's runs to those that the browser keeps, less what was deleted.

    Each tab adds its own runs and takes away only what was deleted in it; the last `most` of all are kept.
    """

    def __init__(self, most: int, **options: Any):
        super().__init__(None, settings={"storage": _STORAGE, "most": most}, **options)
