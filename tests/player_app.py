"""A small app with one player and its training slider, and the fixtures that open it."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Locator, Page

from tests.browser_fixtures import Visit, serve
from tests.components_app import HOSTILE, RATE, tone
from tts_demo.ui.components.player import Player, chosen_moment, wav_data_url

MOMENTS = (5, 10, 20, 40, 80, 160, 320, 640, 1280)
TEXT = "Weasels have eaten our phone system."


def network_url(moment: int) -> str:
    """The network's clip at a moment of its training: a tone that names it."""
    return wav_data_url(tone(200 + moment / 2, 2.0), RATE)


def value_at(moment: int, hidden: bool = False) -> Any:
    network = {"id": "network", "label": "No regularizer", "kind": "model", "note": f"after {moment} updates"}
    heard = f"weasels have {moment} {HOSTILE}"
    sentence = {"title": "Unseen", "text": TEXT, "note": "Natural rhythm.", "typical": f"the median of 47 {HOSTILE}"}
    return {
        "sentence": sentence | ({"hidden": True} if hidden else {}),
        "clips": [
            {"id": "recording", "label": "Recording", "kind": "recording", "url": wav_data_url(tone(300, 2.0), RATE)},
            {**network, "url": network_url(moment), "heard": heard},
            {**network, "id": "mute", "label": "Dropout 0.3", "url": network_url(moment), "heard": ""},
        ],
        "moments": MOMENTS,
        "moment": moment,
    }


class Answers:
    """What the slider asked for; answers wait while the gate is shut."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.gate = threading.Event()
        self.gate.set()

    def heard_at(self, event: gr.EventData, note: str) -> Any:
        moment = chosen_moment(event._data, MOMENTS)
        self.asked.append(moment)
        self.gate.wait(60)
        return value_at(moment), note + f"{moment};"


def build(answers: Answers) -> gr.Blocks:
    with gr.Blocks(analytics_enabled=False) as demo:
        done = gr.Textbox(label="Answered")
        player = Player(value_at(1280), elem_id="player")
        with gr.Row():
            covered = gr.Button("covered")
            other = gr.Button("other sentence")
            one = gr.Button("one moment")
        options: dict[str, Any] = {"show_progress": "hidden"}
        player.moment(answers.heard_at, done, [player, done], trigger_mode="multiple", **options)
        covered.click(lambda: {**value_at(40, hidden=True)}, None, player, **options)
        again = {"title": "Seen", "text": "Another."}
        other.click(lambda: {**value_at(80), "sentence": again}, None, player, **options)
        one.click(lambda: {**value_at(80), "moments": [80]}, None, player, **options)
    return demo


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, Answers]]:
    answers = Answers()
    with serve(lambda: build(answers)) as address:
        yield address, answers


@pytest.fixture
def answers(served: tuple[str, Answers]) -> Iterator[Answers]:
    """The server's side, its gate open and nothing asked for."""
    served[1].asked.clear()
    yield served[1]
    served[1].gate.set()


@pytest.fixture
def page(visit: Callable[..., Visit], served: tuple[str, Answers], answers: Answers) -> Iterator[Page]:
    """The app's page; afterwards, no script may have failed and nothing may have left for another host."""
    opened = visit(served[0])
    yield opened.page
    answers.gate.set()
    opened.check()


def player(page: Page) -> Locator:
    return page.locator("#player .hear-player")
