"""A line on each run: how far it is while it goes on, and how it ended."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tts_demo.ui.components.base import Component


@dataclass(frozen=True)
class StatusLine:
    """One line, as plain text: it may quote what somebody typed.

    Attributes
    ----------
    kind : "run" tells of a run, "note" and "alert" of anything else; an alert stands out.
    said : the line itself; of a run, how far it is or how it ended.
    name : what the run is called.
    run : its id while it goes on, "" when it is over: the browser asks on about those that have one.
    stage : how many stages it has passed.
    others : further runs that the line stands for, and how many stages each has passed: they are asked about, too.
    """

    kind: Literal["run", "note", "alert"]
    said: str
    name: str = ""
    run: str = ""
    stage: int = 0
    others: Sequence[tuple[str, int]] = ()


class RunStatus(Component):
    """The value is a sequence of `StatusLine`; those with a `run` follow it as it goes on.

    Event `stage`: one of these runs has passed a stage that the value does not know.

    Parameters
    ----------
    address : str
        Where to ask about runs, below the program's own address: see `live`.
    colon : str
        What stands between a run's name and what is said of it.
    away : str
        What is said while the server does not answer.
    """

    triggers = ("stage",)

    def __init__(self, address: str, colon: str = ": ", away: str = "", **options: Any):
        super().__init__((), settings={"live": address, "colon": colon, "away": away}, **options)

    def postprocess(self, value: Sequence[StatusLine] | None) -> list[dict[str, Any]]:  # type: ignore[override]
        """The lines as JSON has them."""
        return [asdict(line) for line in value or ()]
