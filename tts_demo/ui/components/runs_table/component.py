"""The runs table: what was trained, what came of it, and what to do with it."""

import math
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict, get_args

from tts_demo.messages import MessageError
from tts_demo.ui.components.base import Component

LONGEST_NAME = 60  # characters
FIGURES = ("best", "final", "gap", "rise", "distortion", "zeros", "seconds")
ActionKind = Literal["rename", "delete", "reuse", "download", "notebook"]
_ON_OWN_RUNS: tuple[ActionKind, ...] = ("rename", "delete")
_JOINERS = "\u200c\u200d"  # belong to words of some scripts and to emoji, though they are not seen


class RunRow(TypedDict):
    """One run in the table.

    Keys
    ----
    id : unique in the table; a row keeps its place, its focus and an open name field while its id stays.
    label : its name.
    suffix : what is shown after it, to tell the run from others of that name; no part of what a person may rename.
    colour : 0 to 5, its colour on the loss chart.
    state : one of `run_states.LISTED`; another text is shown as it stands. Only a run that is over and not
        lost can be downloaded, and one that is lost cannot be renamed.
    settings : what it was trained with, in words.
    best, final : validation loss, the least and that at the end.
    gap : validation less training loss at the end.
    rise : final over best validation loss, less 1 (0.096 is shown as 9.6 %).
    distortion : mel-cepstral distortion, dB.
    zeros : share of weights that are exactly zero, 0 to 1.
    seconds : how long the training has taken, s.
    query : the part of a link to its settings after "?"; "" where there is no link.
    recorded : whether it belongs to the page and can be neither renamed nor deleted.

    A figure that is None or no finite number is shown as a dash.
    """

    id: str
    label: str
    suffix: str
    colour: int
    state: str
    settings: str
    best: float | None
    final: float | None
    gap: float | None
    rise: float | None
    distortion: float | None
    zeros: float | None
    seconds: float | None
    query: str
    recorded: bool


class RunsTableValue(TypedDict):
    """Value of a `RunsTable`.

    Keys
    ----
    runs : its runs, those of the chart and in the same order.
    alert : a sentence on what could not be done; shown until the person does something else.
    """

    runs: Sequence[RunRow]
    alert: NotRequired[str]


@dataclass(frozen=True)
class Action:
    """What a person asked for: `kind`, the run's id, and for "rename" the new name in `text`, clean and not empty."""

    kind: ActionKind
    run: str
    text: str = ""


def action_of(data: object, own_ids: Collection[str], recorded_ids: Collection[str] = ()) -> Action:
    """What an event of a `RunsTable` asks for, checked.

    Parameters
    ----------
    data : `_data` of a handler's `gr.EventData`; it comes from a browser and may be anything.
    own_ids : the visitor's own runs in the table.
    recorded_ids : those of the page in the table.

    Raises
    ------
    ValueError
        With a sentence for the page, where it is no action of the table, the run is not in it, a recorded run should be
        renamed or deleted, or the name is empty or too long.

    >>> action_of({"action": "rename", "run": "a", "text": "  My  run "}, ["a"])
    Action(kind='rename', run='a', text='My run')
    """
    given = data if isinstance(data, dict) else {}
    kind, run = given.get("action"), given.get("run")
    known: tuple[ActionKind, ...] = get_args(ActionKind)
    wanted = next((each for each in known if each == kind), None)
    if wanted is None:
        raise MessageError("The table of runs asked for something that this page cannot do.")
    if not isinstance(run, str) or not (run in own_ids or run in recorded_ids):
        raise MessageError("This run is not on the page any more: please choose one from the table.")
    if wanted in _ON_OWN_RUNS and run not in own_ids:
        raise MessageError("A recorded run belongs to the page: it can be neither renamed nor deleted.")
    return Action(wanted, run, _name(given.get("text")) if wanted == "rename" else "")


def _name(text: object) -> str:
    """A run's name as it is kept: on one line, without characters that are no text (controls, lone surrogates)."""
    if not isinstance(text, str):
        raise MessageError("A run's name is a text.")
    seen = (" " if letter.isspace() else letter for letter in text[: 10 * LONGEST_NAME])
    kept = (letter for letter in seen if letter in _JOINERS or unicodedata.category(letter)[0] != "C")
    name = " ".join("".join(kept).split())
    if not name.strip(_JOINERS):
        raise MessageError("A run's name needs at least one character.")
    if len(name) > LONGEST_NAME:
        raise MessageError("A run's name has at most {most} characters.", most=LONGEST_NAME)
    return name


class RunsTable(Component):
    """The runs of the chart, one row each: names, settings, figures, and what can be done with them.

    The value is a `RunsTableValue`; None says what will be here. Where it is narrow, each run is a card. A new value
    changes what differs and nothing else: focus, an open name field and the person's order of rows stay, and no row
    moves while a hand or the focus is on the rows. Links are copied in the browser, without an event. Use it as an
    output with `show_progress="hidden"`, or gradio covers it.

    Events
    ------
    rename : {"action": "rename", "run": id, "text": name}
    delete : {"action": "delete", "run": id}, once the person has confirmed it.
    reuse : {"action": "reuse", "run": id}; put its settings into the controls.
    download : {"action": "download", "run": id}
    notebook : {"action": "notebook", "run": id}; the run as a notebook.

    `action_of` checks them. With the default trigger mode, gradio drops what is asked for while an answer is on its
    way:

        def rename(event: gr.EventData, visitor):
            action = action_of(event._data, own_ids(visitor))
            ...

        runs.rename(rename, visitor, runs, trigger_mode="multiple", show_progress="hidden")

    A new name, and a row that is being deleted, show at once; where no value confirms them within ten seconds, or one
    with an `alert` comes, the table shows what is so.
    """

    triggers = ("rename", "delete", "reuse", "download", "notebook")

    def __init__(self, value: Any = None, *, words: dict[str, str] | None = None, **options: Any):
        super().__init__(value, words=words, settings={"longest": LONGEST_NAME}, **options)

    def postprocess(self, value: RunsTableValue | None) -> dict[str, Any] | None:  # type: ignore[override]
        """The value with None for every figure that is no finite number, as JSON needs it."""
        if value is None:
            return None
        return {**value, "runs": [_as_sent(run) for run in value["runs"]]}


def _as_sent(run: RunRow) -> dict[str, Any]:
    figures: dict[str, Any] = {name: run[name] for name in FIGURES}  # type: ignore[literal-required]
    return {
        **run,
        **{
            name: None if value is None or not math.isfinite(value) else float(value) for name, value in figures.items()
        },
    }
