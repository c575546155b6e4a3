"""The page, once in each language: a recorded lesson first, then the lab."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from tts_demo.config import RunConfig
from tts_demo.engine import Engine
from tts_demo.gallery import Gallery
from tts_demo.lesson import LESSON
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import describe
from tts_demo.synthesis import Reading
from tts_demo.text import MAX_CHARACTERS
from tts_demo.ui import assets, page_events
from tts_demo.ui.blind import BlindTest
from tts_demo.ui.blind_tests import BlindTests
from tts_demo.ui.blocks import Blocks
from tts_demo.ui.experiment import AMOUNTS, PRESETS, USUAL, Chosen, describe_regularizer
from tts_demo.ui.first_screen import FirstScreen, FirstScreenValue, first_screen_value
from tts_demo.ui.handlers import Handlers
from tts_demo.ui.inside import Inside
from tts_demo.ui.kept_runs import KeptRuns
from tts_demo.ui.language import LANGUAGES, Language, component_words
from tts_demo.ui.listen_blind import BlindHandlers, clip_maker, text_of
from tts_demo.ui.loss_chart import LossChart
from tts_demo.ui.player import Player
from tts_demo.ui.run_status import RunStatus
from tts_demo.ui.runs_table import RunsTable
from tts_demo.ui.sentences import PICKS, SPEEDS, TITLES, speed_name
from tts_demo.ui.visitor import Visitor

TITLE = "Hear Overfitting"
TWIN = "tt-weasels"  # the pinned sentence that the twin meets where there is no recorded lesson
# For both languages and after a restart: what the browser keeps under another secret counts as lost and is overwritten.
# Nothing in it is secret to the browser's owner.
_SECRET = "hear-overfitting"


def style() -> str:
    """The page's own style sheet."""
    return assets.read("page.css")


def build(engine: Engine, gallery: Gallery | None = None) -> gr.Blocks:
    """The page as a gradio app whose runs go on in `engine`; `gallery` is the lesson that it opens with."""
    page = Blocks(title=TITLE, analytics_enabled=False)
    tests = BlindTests(clip_maker(engine), text_of)
    first, *others = LANGUAGES.values()
    with page:
        gr.Navbar(main_page_name=first.name)
        _Page(page, engine, gallery, tests, first)
    for language in others:
        with page.route(language.name, language.code):
            gr.Navbar(main_page_name=first.name)
            _Page(page, engine, gallery, tests, language)
    return page


class _Page:
    """The page in one language: its components, whose attributes' names are theirs in `page_events.py`, too."""

    def __init__(
        self, page: gr.Blocks, engine: Engine, gallery: Gallery | None, tests: BlindTests, language: Language
    ) -> None:
        self.page, self.language = page, language
        self.handlers = Handlers(engine, language, gallery)
        self.blind_handlers = BlindHandlers(engine, tests, language)
        self.visitor, self.busy, self.stage = gr.State(Visitor()), gr.State(False), gr.State(0)
        self.place = gr.Textbox("", visible=False)  # "lesson" or "lab", as soon as it is known what the link asks for
        self.twin_prompt = gallery.twin.prompt if gallery else TWIN
        self.base = gr.State(LESSON.to_mapping())  # what a link said for which there is no control
        self.kept = KeptRuns(elem_id="kept", visible="hidden")
        self.kept_test = gr.BrowserState("", storage_key="hear-overfitting-blind-test", secret=_SECRET)
        gr.Markdown(f"# {language(TITLE)}", elem_id="title")
        self.opens_with = first_screen_value(gallery, language)
        self._lesson(self.opens_with)
        alone = [] if gallery else ["hear-alone"]
        with gr.Column(elem_id="lab-section", elem_classes=alone):
            with gr.Row(elem_id="lab"):
                with gr.Column(scale=2, min_width=300, elem_id="experiment"):
                    self._experiment()
                with gr.Column(scale=5, min_width=320):
                    self.chart = LossChart(elem_id="chart", words=component_words(language, "chart"))
                    self._listening()
            self._below()
        page_events.answer(vars(self), language(TITLE), language, self.handlers, self.blind_handlers)

    def _lesson(self, value: FirstScreenValue | None) -> None:
        # the lab or this, as page.js and page.css have it: what gradio takes off the page loses values that stream in
        with gr.Column(elem_id="lesson-section", visible=value is not None):
            self.first_screen = FirstScreen(value, elem_id="lesson", words=component_words(self.language, "first"))

    def _experiment(self) -> None:
        say, described, usual = self.language, describe(RunConfig), vars(Chosen.of(LESSON))
        self.again = gr.Button(
            say("← The lesson again"), size="sm", elem_id="again", visible=self.opens_with is not None
        )
        self.preset = gr.Dropdown(
            [(say(preset.label), preset.label) for preset in PRESETS], value=PRESETS[0].label, label=say("Start from"),
            elem_id="preset",
        )  # fmt: skip
        self.regularizer = self._choice("Regularizer", REGULARIZERS, usual["regularizer"], elem_id="regularizer")
        self.strength = gr.Dropdown(
            [], label=say("Strength"), visible=False, allow_custom_value=True, elem_id="strength"
        )
        self.strength_of, self.usual_of = gr.State(usual["strength_of"]), gr.State(usual["usual_of"])
        with gr.Row(elem_id="actions"):
            self.train = gr.Button(say("Train"), variant="primary", elem_id="train", scale=2, min_width=100)
            self.stop = gr.Button(say("Stop"), interactive=False, elem_id="stop", scale=1, min_width=80)
        self.predicted = gr.HTML("", elem_id="predicted")
        self.again_soon, self.question = gr.Timer(1.0, active=False), gr.Number(0, visible=False)
        self.status = RunStatus(say, elem_id="status")
        self.words = gr.Markdown(
            describe_regularizer(usual["regularizer"], say)[1], elem_id="regularizer-words",
            latex_delimiters=[{"left": "$$", "right": "$$", "display": True}],
        )  # fmt: skip
        self.twin = gr.Checkbox(
            True, label=say("Train a twin beside it"), info=say("The same run, but it also learns one more sentence:")
        )
        pinned = [(prompt.text, prompt.id) for prompt in self.handlers.voice.split("pinned")]
        self.prompt = gr.Dropdown(
            pinned, value=self.twin_prompt, label=say("The twin's sentence"), elem_id="twin-sentence"
        )
        with gr.Accordion(say("More"), open=False, elem_id="more"):
            self.amount = gr.Dropdown(
                [(say(amount), amount) for amount in AMOUNTS], value=usual["amount"], elem_id="amount",
                label=say(described["speech_seconds"][0].label), allow_custom_value=True,
            )  # fmt: skip
            # a list that also takes what is typed: a slider would refuse, in gradio's words, what a link may ask for
            self.updates = gr.Dropdown(
                ["50", "100", "200", "350", "600", "1000", "2000", "5000"], value=usual["updates"],
                label=say(described["updates"][0].label), info=say(described["updates"][0].help),
                allow_custom_value=True, elem_id="updates",
            )  # fmt: skip
            self.model = self._choice("Model", MODELS, usual["model"])
            sizes = describe(LESSON.model.settings)
            units, neighbours = sizes["units"][0], sizes["neighbours"][0]
            self.units = gr.Dropdown(
                ["16", "32", "64", "128", "256", "512"], value=usual["units"], label=say(units.label),
                info=say(units.help), allow_custom_value=True, elem_id="units",
            )  # fmt: skip
            self.neighbours = gr.Dropdown(
                [(say(USUAL), USUAL), *((count, count) for count in ("0", "1", "2", "3", "5", "8"))], value=USUAL,
                label=say(neighbours.label), info=say(neighbours.help), allow_custom_value=True, elem_id="neighbours",
            )  # fmt: skip
            self.loss = self._choice(described["loss"][0].label, LOSSES, usual["loss"])
            self.optimizer = self._choice(described["optimizer"][0].label, OPTIMIZERS, usual["optimizer"])
            rates = ["0.0003", "0.001", "0.002", "0.004", "0.01", "0.1", "0.3"]
            self.rate = gr.Dropdown(
                [(say(USUAL), USUAL), *((rate, rate) for rate in rates)], value=USUAL,
                label=say(described["learning_rate"][0].label), allow_custom_value=True, elem_id="rate",
            )  # fmt: skip
            self.seed = gr.Number(usual["seed"], label=say(described["seed"][0].label))

    def _choice(self, label: str, registry: Mapping[str, Any], value: str, **options: Any) -> gr.Dropdown:
        """A drop-down list of a registry's entries."""
        entries = [(self.language(entry.label), name) for name, entry in registry.items()]
        return gr.Dropdown(entries, value=value, label=self.language(label), **options)

    def _listening(self) -> None:
        say, (speed, usual_speed) = self.language, describe(Reading)["speed"]
        with gr.Group():
            titles = [(say(title), kind) for kind, title in TITLES.items()]
            self.kind = gr.Radio(titles, value="unseen", label=say("Listen to"), elem_id="sentence")
            with gr.Row() as self.which:
                picks = [(say(title), pick) for pick, title in PICKS.items()]
                self.pick = gr.Dropdown(picks, value="usual", label=say("Which one"), elem_id="pick")
                self.hide = gr.Checkbox(False, label=say("Hide the text until I have guessed"), elem_id="hide")
            with gr.Row(visible=False) as self.typed:
                self.written = gr.Textbox(
                    "It was a dark and stormy night.", label=say("Your own sentence"), max_length=10_000, scale=5,
                    min_width=240, info=say("English, at most {count} characters.", count=MAX_CHARACTERS),
                    elem_id="written",
                )  # fmt: skip
                self.speed = gr.Dropdown(
                    [(speed_name(offered), offered) for offered in SPEEDS], value=usual_speed, label=say(speed.label),
                    info=say(speed.help), filterable=False, scale=2, min_width=230, elem_id="speed",
                )  # fmt: skip
                self.speak = gr.Button(say("Speak"), scale=1, elem_id="speak")
            self.said = gr.HTML("", elem_id="said")
        self.player = Player(elem_id="player", words=component_words(say, "player"))

    def _below(self) -> None:
        say = self.language
        with gr.Accordion(say("Inside the model"), open=False, elem_id="inside-section") as self.view:
            self.look = gr.Dropdown([], label=say("Which run"), elem_id="look")
            self.inside = Inside(elem_id="inside", words=component_words(say, "inside"))
        with gr.Accordion(say("Blind test"), open=False, elem_id="blind-section") as self.tested:
            with gr.Row():
                self.first = gr.Dropdown([], label=say("Compare"), elem_id="blind-first")
                self.second = gr.Dropdown([], label=say("with"), elem_id="blind-second")
            self.blind = BlindTest(self.blind_handlers.offered(), elem_id="blind", words=component_words(say, "blind"))
        with gr.Accordion(say("Runs"), open=True, elem_id="runs-section"):
            self.runs = RunsTable(elem_id="runs", words=component_words(say, "runs"))
            self.file = gr.File(label=say("The run as a folder"), visible=False, elem_id="run-file")
