"""The page: experiment on the left, chart and listening on the right."""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from tts_demo import corpus
from tts_demo.config import RunConfig
from tts_demo.engine import Engine
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import describe
from tts_demo.text import MAX_CHARACTERS
from tts_demo.ui import assets
from tts_demo.ui.clips import TITLES
from tts_demo.ui.handlers import AMOUNTS, USUAL_RATE, Handlers, describe_regularizer
from tts_demo.ui.loss_chart import LossChart
from tts_demo.ui.player import Player
from tts_demo.ui.session import Visitor

TITLE = "Hear Overfitting"
TWIN = "tt-weasels"  # the pinned sentence that the twin meets unless told otherwise
_WATCHERS = 80  # visitors who watch runs at once; the runs themselves queue in the engine
_INTRODUCTION = """
# Hear Overfitting
Train a small speech network on a few minutes of real speech, watch its loss on sentences that it learns from and on
others that it never meets, and *hear*: did it learn to speak, or did it learn by heart?
"""


def style() -> str:
    """The page's own style sheet."""
    return assets.read("page.css")


def build(engine: Engine) -> gr.Blocks:
    """The page as a gradio app whose runs go on in `engine`."""
    handlers = Handlers(engine)
    described = describe(RunConfig)
    usual = RunConfig()
    pinned = [(prompt.text, prompt.id) for prompt in corpus.load(usual.corpus).split("pinned")]
    with gr.Blocks(title=TITLE, analytics_enabled=False) as page:
        visitor = gr.State(Visitor())
        busy = gr.State(False)
        strength_of = gr.State("none")
        kept = gr.BrowserState([], storage_key="hear-overfitting-runs")
        gr.Markdown(_INTRODUCTION, elem_id="introduction")
        with gr.Row(elem_id="lab"):
            with gr.Column(scale=2, min_width=300, elem_id="experiment"):
                regularizer = gr.Dropdown(
                    [(entry.label, name) for name, entry in REGULARIZERS.items()], value="none", label="Regularizer"
                )
                strength = gr.Dropdown([], label="Strength", visible=False, allow_custom_value=True, elem_id="strength")
                words = gr.Markdown(
                    describe_regularizer("none")[2],
                    elem_id="regularizer-words",
                    latex_delimiters=[{"left": "$$", "right": "$$", "display": True}],
                )
                with gr.Row(elem_id="actions"):
                    train = gr.Button("Train", variant="primary", elem_id="train", scale=2, min_width=100)
                    stop = gr.Button("Stop", interactive=False, elem_id="stop", scale=1, min_width=80)
                status = gr.HTML("", elem_id="status")
                amount = gr.Radio(
                    list(AMOUNTS), value="3 minutes", label=described["speech_seconds"][0].label, elem_id="amount"
                )
                updates = gr.Slider(
                    50, 3000, value=usual.updates, step=50, label=described["updates"][0].label,
                    info=described["updates"][0].help,
                )  # fmt: skip
                twin = gr.Checkbox(
                    True, label="Train a twin beside it", info="The same run, but it also learns one more sentence:"
                )
                prompt = gr.Dropdown(pinned, value=TWIN, label="The twin's sentence", elem_id="twin-sentence")
                with gr.Accordion("More", open=False):
                    model = gr.Dropdown(
                        [(entry.label, name) for name, entry in MODELS.items()], value="rnn", label="Model"
                    )
                    units_description, units_usual = describe(MODELS["rnn"].Settings)["units"]
                    units = gr.Dropdown(
                        ["16", "32", "64", "128", "256", "512"], value=str(units_usual),
                        label=units_description.label, info=units_description.help, allow_custom_value=True,
                    )  # fmt: skip
                    loss = gr.Dropdown(
                        [(entry.label, name) for name, entry in LOSSES.items()], value=usual.loss,
                        label=described["loss"][0].label,
                    )  # fmt: skip
                    optimizer = gr.Dropdown(
                        [(entry.label, name) for name, entry in OPTIMIZERS.items()], value=usual.optimizer,
                        label=described["optimizer"][0].label,
                    )  # fmt: skip
                    rate = gr.Dropdown(
                        [USUAL_RATE, "0.0003", "0.001", "0.002", "0.004", "0.01", "0.1", "0.3"], value=USUAL_RATE,
                        label=described["learning_rate"][0].label, allow_custom_value=True,
                    )  # fmt: skip
                    seed = gr.Number(usual.seed, label=described["seed"][0].label)
            with gr.Column(scale=5, min_width=320):
                chart = LossChart(elem_id="chart")
                with gr.Group():
                    kind = gr.Radio(
                        [(title, kind) for kind, title in TITLES.items()],
                        value="unseen",
                        label="Listen to",
                        elem_id="sentence",
                    )
                    with gr.Row(visible=False) as typed:
                        written = gr.Textbox(
                            "It was a dark and stormy night.", label="Your own sentence", max_length=10_000, scale=5,
                            info=f"English, at most {MAX_CHARACTERS} characters.", elem_id="written",
                        )  # fmt: skip
                        speak = gr.Button("Speak", scale=1, elem_id="speak")
                    said = gr.HTML("", elem_id="said")
                player = Player(elem_id="player")

        # The buttons are no outputs of the streams: gradio 6.31 blanks a button while a stream leaves it as it is.
        outputs = {
            "kept": kept, "chart": chart, "status": status, "player": player, "said": said,
            "busy": busy,
        }  # fmt: skip

        def show(change: dict[str, Any]) -> dict:
            """Handlers speak of outputs by name and know nothing of components."""
            return {outputs[name]: value for name, value in change.items()}

        def streaming(handler: Callable[..., Iterator[dict]]) -> Callable[..., Iterator[dict]]:
            def stream(*inputs: Any) -> Iterator[dict]:
                for change in handler(*inputs):
                    yield show(change)

            return stream

        hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        every = list(outputs.values())
        heard = [kind, prompt, written]
        experiment = [regularizer, strength, strength_of, amount, model, units, loss, optimizer, updates, rate, seed]
        gr.on(
            [train.click], streaming(handlers.train), [visitor, twin, prompt, kind, written, *experiment], every,
            concurrency_limit=_WATCHERS, **hidden,
        )  # fmt: skip
        page.load(streaming(handlers.resume), [visitor, kept, *heard], every, concurrency_limit=_WATCHERS, **hidden)
        busy.change(
            lambda busy: (gr.update(interactive=not busy), gr.update(interactive=busy)), busy, [train, stop],
            queue=False, **hidden,
        )  # fmt: skip
        stop.click(handlers.stop, visitor, None, queue=False, **hidden)
        regularizer.change(describe_regularizer, regularizer, [strength, strength_of, words], queue=False, **hidden)
        kind.change(lambda chosen: gr.update(visible=chosen == "typed"), kind, typed, queue=False, **hidden)
        gr.on(
            [kind.change, prompt.change, speak.click, written.submit],
            lambda *inputs: show(handlers.listen(*inputs)), [visitor, *heard], [player, said],
            concurrency_limit=4, concurrency_id="listen", trigger_mode="always_last", **hidden,
        )  # fmt: skip
    return page
