"""A small app with a table of runs, and the fixtures that open it."""

import json
from typing import Any

import gradio as gr
from playwright.sync_api import Locator, Page

from tts_demo.ui.components.runs_table import RunsTable, action_of
from tts_demo.ui.components.runs_table.component import FIGURES

HOSTILE = '<img src=x onerror="window.hacked=1">'
OWN = ("own-1", "own-2", "own-3")
RECORDED = ("recorded-1",)


def row(run: str, label: str, **changes: Any) -> Any:
    figures: dict[str, Any] = dict.fromkeys(FIGURES)
    settings = "3 minutes of speech, RNN, 600 updates, seed 0"
    plain = {
        "id": run,
        "label": label,
        "suffix": "",
        "colour": 0,
        "state": "completed",
        "settings": settings,
        "query": "",
        "recorded": False,
    }
    return plain | figures | changes


def value(labels: dict[str, str] | None = None, final: float = 1.25) -> Any:
    """Four runs: a recorded one, one that is over, one that trains (its final loss changes), one that waits."""
    named = {"own-1": f"Dropout {HOSTILE}", "own-2": "L2 0.001", "own-3": "No regularizer"} | (labels or {})
    runs = [
        row("recorded-1", "Max-norm 1", colour=5, state="recorded", best=0.587, final=0.59, gap=0.201, rise=0.005,
            distortion=6.07, zeros=0.0, seconds=42.4, query="max_norm.strength=1", recorded=True),
        row("own-1", named["own-1"], colour=1, best=0.601, final=0.658, gap=0.355, rise=0.096, distortion=float("nan"),
            zeros=0.067, seconds=9.25, query="updates=100&dropout.strength=0.3"),
        row("own-2", named["own-2"], colour=2, state="running", best=0.7, final=final, gap=-0.01, rise=final / 0.7 - 1),
        row("own-3", named["own-3"], suffix=" (2)", colour=3, state="queued"),
    ]  # fmt: skip
    return {"runs": runs}


def without(gone: str) -> Any:
    return {"runs": [run for run in value()["runs"] if run["id"] != gone]}


def build() -> gr.Blocks:
    """The app: the table, what it asked for, and buttons that change its value as a training does."""
    with gr.Blocks(analytics_enabled=False) as demo:
        runs = RunsTable(value(), elem_id="runs")
        asked = gr.Textbox("", label="Asked")
        with gr.Row():
            further, nothing = gr.Button("further"), gr.Button("nothing")
        RunsTable(elem_id="second", words={"title": "Läufe", "empty": "Noch keine Läufe."})
        hidden: dict[str, Any] = {"show_progress": "hidden"}

        def tell(event: gr.EventData) -> Any:
            action = action_of(event._data, OWN, RECORDED)
            return json.dumps([action.kind, action.run, action.text], ensure_ascii=False)

        def rename(event: gr.EventData) -> Any:
            action = action_of(event._data, OWN, RECORDED)
            if action.text == "forbidden":
                return {**value(), "alert": f"This name is taken: {HOSTILE}."}, tell(event)
            return value({action.run: action.text}), tell(event)

        def delete(event: gr.EventData) -> Any:
            return without(action_of(event._data, OWN).run), tell(event)

        runs.rename(rename, None, [runs, asked], trigger_mode="multiple", **hidden)
        runs.delete(delete, None, [runs, asked], trigger_mode="multiple", **hidden)
        runs.reuse(tell, None, asked, **hidden)
        runs.download(tell, None, asked, **hidden)
        runs.notebook(tell, None, asked, **hidden)
        further.click(lambda: value(final=0.5), None, runs, **hidden)
        nothing.click(lambda: None, None, runs, **hidden)
    return demo


def run_of(page: Page, name: str) -> Locator:
    """The row of a run, by its name or a part of it."""
    return page.locator("#runs .hear-table-run").filter(has=page.locator(".hear-table-name", has_text=name))


def names(page: Page) -> Locator:
    return page.locator("#runs .hear-table-name")


def further(page: Page) -> None:
    """Hand over the next value as a training does: focus and pointer stay where they are."""
    page.get_by_role("button", name="further").evaluate("node => node.click()")
