"""A small app with a blind test between two tones, and the fixtures that open it."""

from typing import Any

import gradio as gr
import numpy as np

from tts_demo.listening import ListeningError, Plan, draw_plan
from tts_demo.messages import Message
from tts_demo.ui.components.blind_test import BlindTest
from tts_demo.ui.lab.blind_handlers import LEFT
from tts_demo.ui.lab.blind_tests import BlindTests, choose_view, offer_of

RATE = 16_000
HOSTILE = '<img src=x onerror="window.hacked=1">'
SYSTEMS = ("run-5f2c-alpha", "run-9b1d-beta")  # nothing of these may reach the page before the end
NAMES = (f"Dropout {HOSTILE}", "No regularizer")
CALLED = dict(zip(SYSTEMS, NAMES, strict=True))
SENTENCES = ("tt-one", "tt-two", "tt-three")
TEXTS = {"tt-one": "Weasels have eaten our phone system.", "tt-two": f"Monkeys {HOSTILE}", "tt-three": "Thank you."}
SEED = 11


def clip(system: str, sentence: str) -> np.ndarray:
    """A tone: the first system higher and longer, each sentence at its own pitch."""
    first = system == SYSTEMS[0]
    frequency = (600 if first else 300) + 20 * SENTENCES.index(sentence)
    time = np.arange(int((1.0 if first else 0.8) * RATE)) / RATE
    return (32767 * 0.2 * np.sin(2 * np.pi * frequency * time)).astype(np.int16)


def plan(kind: Any, trials: int) -> Plan:
    """The key to the app's tests, which tests know and the page does not."""
    return draw_plan(kind, trials, SEED, SYSTEMS, SENTENCES)


def shown(value: Any) -> dict[str, Any]:
    """A view as an English page shows it."""
    return {key: str(part) if isinstance(part, Message) else part for key, part in value.items()}


def build() -> gr.Blocks:
    tests = BlindTests(clip, TEXTS.__getitem__)
    offered: Any = choose_view(names=NAMES)

    def begin(event: gr.EventData) -> Any:
        try:
            offer = offer_of(event._data)
            name = tests.start(offer.kind, offer.trials, SEED, SYSTEMS, SENTENCES, CALLED.__getitem__, colours=(2, 0))
        except ListeningError as error:
            return {**offered, "alert": str(error)}, None
        return shown(tests.resumed(name)), name

    def answer(event: gr.EventData) -> Any:
        return shown(tests.answered(event._data))

    with gr.Blocks(analytics_enabled=False) as demo:
        kept = gr.BrowserState("", storage_key="blind-app")
        written = gr.Textbox(label="Written")
        blind = BlindTest(offered, elem_id="blind")
        again = gr.Button("same trial")
        BlindTest(elem_id="empty")
        hidden: dict[str, Any] = {"show_progress": "hidden"}
        blind.begin(begin, None, [blind, kept], **hidden)
        blind.answer(answer, None, blind, **hidden)
        blind.leave(lambda: (offered, LEFT), None, [blind, kept], **hidden)
        again.click(lambda name: {**shown(tests.resumed(name)), "alert": f"Careful {HOSTILE}."}, kept, blind, **hidden)
        # Skipped where nothing was kept: a late answer would take back the test that someone has begun meanwhile.
        demo.load(lambda name: gr.skip() if name in ("", LEFT) else shown(tests.resumed(name)), kept, blind, **hidden)
        written.submit(lambda: None, None, None)
    return demo
