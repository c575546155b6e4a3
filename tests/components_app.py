"""A small app with the loss chart and three players."""

from typing import Any

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser_fixtures import with_globals
from tts_demo.ui.components.loss_chart import LossChart, encode_rows
from tts_demo.ui.components.player import Player, data_url, wav_data_url

RATE = 16_000
HOSTILE = '<img src=x onerror="window.hacked=1">'


def tone(frequency: float, seconds: float, amplitude: float = 0.3) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return (32767 * amplitude * np.sin(2 * np.pi * frequency * time)).astype(np.int16)


def loss_at(step: int, rate: float) -> tuple[int, float, float]:
    training = 2.0 * np.exp(-step / 100) + 0.1
    return step, float(training), float(training + rate * step)


def chart_value(count: int, state: str = "running") -> Any:
    points = [loss_at(20 * index, 0.001) for index in range(count)]
    batch = [(step, 1.0) for step in range(1, 20 * count)]
    live: dict[str, Any] = {"id": "live", "label": f"Dropout {HOSTILE}", "colour": 0, "state": state, "updates": 400}
    past: dict[str, Any] = {"id": "past", "label": "No regularizer", "colour": 1, "state": "recorded", "updates": 400}
    past["points"] = encode_rows(loss_at(step, 0.002) for step in range(0, 401, 20))
    return {"runs": [past, {**live, "points": points, "batch": batch}], "log": False}


def clips(count: int) -> Any:
    kinds = ["recording", "vocoder", "model"]
    return [
        {
            "id": f"clip-{index}",
            "label": ["Recording", "Vocoder copy", f"Network {index}"][min(index, 2)],
            "kind": kinds[min(index, 2)],
            "url": wav_data_url(tone(300 + 100 * index, 2.0 + 0.2 * index), RATE),
        }
        for index in range(count)
    ]


def first_value() -> Any:
    damaged = {"id": "damaged", "label": "Damaged", "kind": "model", "url": data_url(b"RIFF0000WAVEjunk" * 9)}
    missing = {"id": "missing", "label": HOSTILE, "kind": "model", "url": "", "error": f"It failed: {HOSTILE}."}
    sentence = {"title": "Unseen", "text": f"Monkeys {HOSTILE}", "note": "the median"}
    return {"sentence": sentence, "clips": [*clips(3), damaged, missing]}


def second_value() -> Any:
    return {"sentence": {"title": "Another", "text": "Weasels."}, "clips": clips(9)}


def build() -> gr.Blocks:
    with gr.Blocks(analytics_enabled=False) as demo:
        count = gr.State(0)
        written = gr.Textbox(label="Written")
        chart = LossChart(elem_id="chart")
        more = gr.Button("more")
        finish = gr.Button("finish")
        blank = gr.Button("blank")
        player = Player(first_value(), elem_id="player")
        with gr.Row():
            same = gr.Button("same sentence")
            other = gr.Button("other sentence")
            nothing = gr.Button("no sentence")
        Player(second_value(), elem_id="second")
        Player(elem_id="third")
        hidden: dict[str, Any] = {"show_progress": "hidden"}
        more.click(lambda n: (n + 5, chart_value(n + 5)), count, [count, chart], **hidden)
        finish.click(lambda n: chart_value(n, "completed"), count, chart, **hidden)
        blank.click(lambda: None, None, chart, **hidden)
        same.click(lambda: {**first_value(), "clips": clips(4)}, None, player, **hidden)
        other.click(second_value, None, player, **hidden)
        nothing.click(lambda: None, None, player, **hidden)
        written.submit(lambda: None, None, None)
    return demo


@pytest.fixture
def drawing(module_page: Page) -> Page:
    """A blank page with the functions of the chart's drawing, numbers and files."""
    names = ("scales", "draw", "data", "figure", "svg", "table")
    return with_globals(module_page, "shared/ticks.js", "shared/csv.js", *(f"loss_chart/{name}.js" for name in names))


def add_points(page: Page, total: int) -> None:
    page.get_by_role("button", name="more").click()
    expect(page.locator("#chart .hear-chart")).to_have_attribute("data-drawn-points", str(21 + total))
