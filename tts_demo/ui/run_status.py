"""A line on each run: how far it is while it goes on, and how it ended."""

import html
from collections.abc import Sequence
from typing import Any

from tts_demo.ui import live
from tts_demo.ui.language import Language
from tts_demo.ui.run_lines import StatusLine
from tts_demo.ui.scripted import Scripted


class RunStatus(Scripted):
    """The value is a sequence of `StatusLine`; the browser gets it as HTML in which every text is escaped.

    There, a text in an element with `data-run="ID" data-stage="N"` follows that run as it goes on.

    Event `stage`: one of these runs has passed a stage that the value does not know.

    Parameters
    ----------
    language : Language
        In which to be told of the runs.
    """

    scripts = ("run_status.js",)
    triggers = ("stage",)

    def __init__(self, language: Language, **options: Any):
        super().__init__((), live=live.address(language), **options)

    def postprocess(self, value: Sequence[StatusLine] | None) -> str:  # type: ignore[override]
        """The lines as HTML."""
        return "".join(_line(line) for line in value or ())


def alert(said: str) -> str:
    """HTML of a sentence that stands out, escaped: it may quote what somebody typed; "" for none."""
    return f'<span class="hear-alert" role="alert">{html.escape(said)}</span>' if said else ""


def _line(line: StatusLine) -> str:
    if line.kind == "alert":
        return alert(line.said)
    said = html.escape(line.said)
    if line.kind == "note":
        return f"<div>{said}</div>"
    followed = f' data-run="{html.escape(line.run)}" data-stage="{line.stage}"' if line.run else ""
    return f"<div>{html.escape(line.name)}: <span{followed}>{said}</span></div>"
