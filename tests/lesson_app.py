"""A small app with the lesson, of tones instead of speech: whole, damaged, and with none."""

import base64
import json
import os
from typing import Any

import gradio as gr

from tests.components_app import HOSTILE, RATE, loss_at, tone
from tts_demo.ui.components.lesson import Lesson
from tts_demo.ui.components.player import wav_data_url

TWIN_TEXT = "Weasels have eaten our phone system"
UNSEEN_TEXT = "Please wait for the next monkey"
HEARD = {"out": "Measles are beaten", "in": TWIN_TEXT, "recording": TWIN_TEXT}
HEARD_A, HEARD_B = "Peas wade for necks", "Please wait for the monkey"
FREQUENCIES = (700, 900)  # of the two clips between which one votes


def value(regularized: int = 1, heard: bool = True, typical: bool = True, seconds: float = 2.0) -> Any:
    """A lesson in which the second clip (or the first) has the regularizer."""

    def voice(frequency: float, text: str) -> dict[str, Any]:
        return {"url": wav_data_url(tone(frequency, seconds), RATE), "heard": text if heard else None}

    told = {
        "regularized": regularized,
        "text": UNSEEN_TEXT,
        "heard": [HEARD_A, HEARD_B],
        "recording_heard": UNSEEN_TEXT,
    }
    if not heard:
        told |= {"heard": [None, None], "recording_heard": None}
    curves = {
        name: [loss_at(step, rise) for step in range(0, 401, 20)]
        for name, rise in (("out", 0.003), ("regularized", 0.001))
    }
    return {
        "minutes": 3.0,
        "twin": {
            "text": TWIN_TEXT,
            "voices": {name: voice(300 + 100 * number, HEARD[name]) for number, name in enumerate(HEARD)},
        },
        "pair": {
            "urls": [wav_data_url(tone(frequency, seconds), RATE) for frequency in FREQUENCIES],
            "recording": wav_data_url(tone(500, seconds), RATE),
            "sealed": base64.b64encode(json.dumps(told).encode()).decode(),
        },
        "curves": curves,
        "regularizer": {"label": f"Dropout {HOSTILE}"},
        "typical": {"better": 9, "worse": 3, "of": 20} if typical else None,
    }


def build(recorded: Any) -> gr.Blocks:
    """The app: the lesson, and what its event said."""
    with gr.Blocks(analytics_enabled=False) as demo:
        lesson = Lesson(recorded, elem_id="lesson")
        said = gr.Textbox(label="Said", elem_id="said")
        swapped, quiet = gr.Button("roles swapped"), gr.Button("no captions")
        nothing, damaged = gr.Button("no lesson"), gr.Button("damaged lesson")

        def tell(event: gr.EventData) -> str:
            return json.dumps([event.step, event.skipped, event.vote])

        lesson.open_lab(tell, None, said, show_progress="hidden")
        hidden: dict[str, Any] = {"show_progress": "hidden"}
        shown = [lesson, said]  # who presses these waits for what is said: the next click would meet the old lesson
        swapped.click(lambda: (value(regularized=0), "roles swapped"), None, shown, **hidden)
        quiet.click(lambda: (value(heard=False, typical=False), "no captions"), None, shown, **hidden)
        nothing.click(lambda: None, None, lesson, **hidden)
        damaged.click(lambda: {**value(), "pair": {"sealed": "?"}}, None, lesson, **hidden)
    return demo


if __name__ == "__main__":  # to look at a recorded lesson: python -m tests.lesson_app FOLDER
    import sys
    from pathlib import Path

    from tts_demo import recorded_lesson
    from tts_demo.ui.components.lesson import lesson_value

    given = lesson_value(recorded_lesson.load(Path(sys.argv[1]))) if len(sys.argv) > 1 else value()
    build(given).launch(server_port=int(os.environ.get("PORT", "7871")))
