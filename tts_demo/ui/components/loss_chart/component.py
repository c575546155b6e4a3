"""The loss chart: training and validation loss of up to six runs, drawn while they train, and saved as files."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NotRequired, TypedDict

from tts_demo.ui.components.base import Component


class ChartRun(TypedDict):
    """One run on the chart.

    Keys
    ----
    id : unique on the chart; a run keeps its line, its row and whether it is hidden as long as its id stays.
    label : its name in words.
    colour : 0 to 5, one of six colours that stay apart for colour-blind eyes.
    state : one of `run_states.CHARTED`; another text is shown as it stands. "running" draws the growing ends.
    points : rows of (step, training loss, validation loss), steps ascending; None or NaN where there is no
        value; or what `encode_rows` made of such rows.
    batch : rows of (step, training loss in training mode and with the penalty), drawn dotted for those who ask for it;
        as `points`.
    updates : planned length of the horizontal axis.
    about : what was asked for, in plain values, as `session.about` has it; told to who follows what is on the page.
    marks : (step, text) where a strength changed while the run went on, such as (240, "L2 0.001"); steps ascending.
    """

    id: str
    label: str
    colour: int
    state: str
    points: Sequence[Sequence[float | None]] | str
    batch: NotRequired[Sequence[Sequence[float | None]] | str]
    updates: NotRequired[int]
    about: NotRequired[dict[str, Any]]
    marks: NotRequired[Sequence[tuple[int, str]]]


class ChartValue(TypedDict):
    """Value of a `LossChart`.

    Keys
    ----
    runs : in the order of the legend.
    log : whether the loss axis is logarithmic.
    order : where more than one way leads to the page: greater in what was made later.
    """

    runs: Sequence[ChartRun]
    log: NotRequired[bool]
    order: NotRequired[int]


def encode_rows(rows: Iterable[Sequence[float | None]]) -> str:
    """Rows of numbers as one text, to which later rows are appended.

    Gradio compares every new value with the last one, on the server and in the browser, element by element, and
    sends the difference. Two texts of which one begins with the other are compared and sent at no cost; nested lists
    of a few thousand points take longer than an update of the training.

    >>> encode_rows([(0, 1.5, None), (20, 1.25, 1.375)])
    '0,1.5,;20,1.25,1.375;'
    >>> encode_rows([(0, 1.5, 2.0)]) + encode_rows([(20, 1.25, 1.5)])
    '0,1.5,2;20,1.25,1.5;'
    """
    return "".join(",".join(map(_number, row)) + ";" for row in rows)


def _number(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.7g}"


class LossChart(Component):
    """Training loss (solid) and validation loss (dashed) of up to six runs, on one canvas.

    People save what they see as PNG or SVG, and the losses of all runs, hidden ones too, as CSV; the files are made in
    the browser. A PDF is drawn by the server.

    The value is a `ChartValue`; None shows what will be here. While a run goes on, hand over values that only
    grow: same runs in the same order, points appended. Use it as an output with `show_progress="hidden"`, or
    gradio covers it. For a long chart, hold each run's `points` as text and append `encode_rows([point])` to it.

    Parameters
    ----------
    figure : where the server draws figures, below the program's own address: see `figure_file`; the menu has no PDF
        without it.
    """

    def __init__(self, value: ChartValue | None = None, *, figure: str = "", **options: Any):
        super().__init__(value, settings={"figure": figure}, **options)

    def postprocess(self, value: ChartValue | None) -> dict[str, Any] | None:  # type: ignore[override]
        """Turn the rows of points into texts, as `encode_rows` explains."""
        if value is None:
            return None
        return {**value, "runs": [_as_sent(run) for run in value["runs"]], "log": bool(value.get("log", False))}


def _as_sent(run: ChartRun) -> dict[str, Any]:
    marks = [[int(step), str(text)] for step, text in run.get("marks", ())]
    return {**run, "points": _as_text(run["points"]), "batch": _as_text(run.get("batch", ())), "marks": marks}


def _as_text(rows: object) -> str:
    return rows if isinstance(rows, str) else encode_rows(rows)  # type: ignore[arg-type]
