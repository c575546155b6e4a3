"""The page, once in each language: a recorded lesson first, then the lab."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from tts_demo import corpus
from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus
from tts_demo.engine import Engine
from tts_demo.lesson import LESSON
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.recorded_lesson import RecordedLesson
from tts_demo.recorded_runs import NOTHING, RecordedRuns
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import describe
from tts_demo.synthesis import Reading
from tts_demo.text import MAX_CHARACTERS
from tts_demo.ui import figure_file, page_events, qr
from tts_demo.ui.blocks import Blocks
from tts_demo.ui.components.blind_test import BlindTest
from tts_demo.ui.components.class_link import ClassLink
from tts_demo.ui.components.course import Course
from tts_demo.ui.components.inspector import Inspector
from tts_demo.ui.components.kept_runs import KeptRuns
from tts_demo.ui.components.lesson import Lesson, LessonValue, lesson_value
from tts_demo.ui.components.loss_chart import LossChart
from tts_demo.ui.components.player import Player
from tts_demo.ui.components.run_status import RunStatus
from tts_demo.ui.components.runs_table import RunsTable
from tts_demo.ui.components.share import Share
from tts_demo.ui.components.strength_curve import StrengthCurve
from tts_demo.ui.lab import course, live
from tts_demo.ui.lab.blind_handlers import BlindHandlers, clip_maker, text_of
from tts_demo.ui.lab.blind_tests import BlindTests
from tts_demo.ui.lab.class_handlers import ClassHandlers
from tts_demo.ui.lab.class_plans import OFFERS
from tts_demo.ui.lab.class_store import ClassStore
from tts_demo.ui.lab.class_tests import ClassTests
from tts_demo.ui.lab.controls import AMOUNTS, DEFAULT, OWN, PRESETS, Chosen, describe_regularizer
from tts_demo.ui.lab.course_handlers import CourseHandlers
from tts_demo.ui.lab.curve_handlers import CurveHandlers
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.link_handlers import TITLE, LinkHandlers
from tts_demo.ui.lab.links import CONTROLS, EMBEDS, SECTIONS
from tts_demo.ui.lab.sentences import PICKS, SHORT, SPEEDS, speed_name
from tts_demo.ui.lab.session import MOST_EXPERIMENTS
from tts_demo.ui.lab.sweeping import AXES
from tts_demo.ui.lab.table_handlers import TableHandlers
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import LANGUAGES, Language, component_words

_HERE = Path(__file__).parent
TWIN = "tt-weasels"  # the pinned sentence that the twin meets where there is no recorded lesson
# For both languages and after a restart: what the browser keeps under another secret counts as lost and is overwritten.
# Nothing in it is secret to the browser's owner.
_SECRET = "hear-overfitting"


def style() -> str:
    """The page's own style sheet."""
    return (_HERE / "page.css").read_text(encoding="utf-8")


def class_tests(store: ClassStore) -> ClassTests:
    """The tests of classes that are kept in a store, of the sentences of the page's voice."""
    return ClassTests(store, text_of(corpus.load(LESSON.corpus)))


def build(
    engine: Engine, lesson: RecordedLesson | None = None, recorded: RecordedRuns = NOTHING,
    classes: ClassTests | None = None,
) -> gr.Blocks:  # fmt: skip
    """The page as a gradio app whose runs go on in `engine`.

    `lesson` is the lesson that it opens with, `recorded` is what it shows without training, `classes` keeps the tests
    of classes, None where there can be none.
    """
    page = Blocks(title=TITLE, analytics_enabled=False)
    voice = corpus.load(LESSON.corpus)
    tests = BlindTests(clip_maker(engine, voice), text_of(voice))
    first, *others = LANGUAGES.values()
    with page:
        gr.Navbar(main_page_name=first.name)
        _Page(page, engine, lesson, recorded, tests, classes, first, voice)
    for language in others:
        with page.route(language.name, language.code):
            gr.Navbar(main_page_name=first.name)
            _Page(page, engine, lesson, recorded, tests, classes, language, voice)
    return page


class _Page:
    """The page in one language: its components, whose attributes' names are theirs in `page_events.py`, too."""

    def __init__(
        self, page: gr.Blocks, engine: Engine, lesson: RecordedLesson | None, recorded: RecordedRuns,
        tests: BlindTests, classes: ClassTests | None, language: Language, voice: Corpus,
    ) -> None:  # fmt: skip
        self.page, self.language = page, language
        self.handlers = Handlers(engine, language, voice, lesson, recorded)
        self.table_handlers = TableHandlers(self.handlers)
        self.curve_handlers = CurveHandlers(self.handlers, recorded)
        self.course_handlers = CourseHandlers(self.curve_handlers)
        self.blind_handlers = BlindHandlers(engine, tests, language, voice)
        self.class_handlers = ClassHandlers(engine, classes, language, voice, qr.svg_of)
        self.link_handlers = LinkHandlers(self.handlers, qr.svg_of)
        self.visitor, self.busy, self.stage = gr.State(Visitor()), gr.State(False), gr.State(0)
        self.tab = gr.Textbox("", visible=False)  # "lesson" or "lab", as soon as it is known what the link asks for
        self.twin_prompt = lesson.twin.prompt if lesson else TWIN
        self.base = gr.State(LESSON.to_mapping())  # what a link said for which there is no control
        self.kept = KeptRuns(MOST_EXPERIMENTS, elem_id="kept", visible="hidden")
        self.kept_test = gr.BrowserState("", storage_key="hear-overfitting-blind-test", secret=_SECRET)
        with gr.Row(elem_id="top"):
            gr.Markdown(f"# {language(TITLE)}", elem_id="title")
            self.again = gr.Button(
                language("← The lesson again"), size="sm", elem_id="again", visible=lesson is not None, min_width=0
            )
            self.enrol = gr.Button(language("Course"), size="sm", elem_id="enrol", min_width=0)
            self._share()
        self.opens_with = lesson_value(lesson, language)
        self._lesson(self.opens_with)
        alone = [] if lesson else ["hear-alone"]
        with gr.Column(elem_id="lab-section", elem_classes=alone):
            self.course = Course(
                course.value(language), elem_id="course", words=component_words(language, "course"),
                settings={"waits": "hear-arrived", "finishes": "hear-set-up"},
            )  # fmt: skip
            with gr.Row(elem_id="lab"):
                with gr.Column(min_width=0, elem_id="experiment"):
                    self._experiment()
                with gr.Column(min_width=0, elem_id="curves"):
                    self.chart = LossChart(
                        figure=figure_file.address(language), elem_id="chart",
                        words=component_words(language, "loss_chart"),
                    )  # fmt: skip
                with gr.Column(min_width=0, elem_id="settings"):
                    self._further()
                with gr.Column(min_width=0, elem_id="listening"):
                    self._listening()
            self._below()
        page_events.answer(
            vars(self), language(TITLE), language, self.handlers, self.table_handlers, self.curve_handlers,
            self.blind_handlers, self.class_handlers, self.course_handlers, self.link_handlers,
        )  # fmt: skip

    def _share(self) -> None:
        say = self.language
        controls = {name: say(control.label) for name, control in CONTROLS.items()}
        sections = {name: say(label) for name, label in SECTIONS.items()}
        embeds = {name: say(label) for name, (label, _) in EMBEDS.items()}
        self.share = Share(controls, sections, embeds, elem_id="share", words=component_words(say, "share"))

    def _lesson(self, value: LessonValue | None) -> None:
        # the lab or this, as page.js and page.css have it: what gradio takes off the page loses values that stream in
        with gr.Column(elem_id="lesson-section", visible=value is not None):
            self.lesson = Lesson(value, elem_id="lesson", words=component_words(self.language, "lesson"))

    def _experiment(self) -> None:
        say, default = self.language, vars(Chosen.of(LESSON))
        presets = [*(preset.label for preset in PRESETS), OWN]
        self.preset = gr.Dropdown(
            [(say(label), label) for label in presets], value=PRESETS[0].label, label=say("Start from"),
            elem_id="preset",
        )  # fmt: skip
        self.regularizer = self._choice("Regularizer", REGULARIZERS, default["regularizer"], elem_id="regularizer")
        self.strength = gr.Dropdown(
            [], label=say("Strength"), visible=False, allow_custom_value=True, elem_id="strength"
        )
        # in the browser, where the strength is: a state would tell of the next one before the strength has changed
        self.strength_of, self.default_of = (
            gr.Textbox(default[name], visible=False) for name in ("strength_of", "default_of")
        )
        with gr.Row(elem_id="actions"):
            self.train = gr.Button(say("Train"), variant="primary", elem_id="train", scale=2, min_width=100)
            self.stop = gr.Button(say("Stop"), interactive=False, elem_id="stop", scale=1, min_width=80)
        self.predicted = gr.HTML("", elem_id="predicted")
        self.again_soon, self.question = gr.Timer(1.0, active=False), gr.Number(0, visible=False)
        away = say("The server does not answer. Your runs go on there; this page asks again and again.")
        self.status = RunStatus(live.address(say), say(": "), away, elem_id="status")

    def _further(self) -> None:
        say, described, default = self.language, describe(RunConfig), vars(Chosen.of(LESSON))
        self.words = gr.Markdown(
            describe_regularizer(default["regularizer"], say)[1], elem_id="regularizer-words",
            latex_delimiters=[{"left": "$$", "right": "$$", "display": True}],
        )  # fmt: skip
        self.twin = gr.Checkbox(
            True, label=say("Train a twin beside it"), info=say("The same run, but it also learns one more sentence:"),
            elem_id="twin",
        )  # fmt: skip
        pinned = [(prompt.text, prompt.id) for prompt in self.handlers.voice.split("pinned")]
        self.prompt = gr.Dropdown(
            pinned, value=self.twin_prompt, label=say("The twin's sentence"), elem_id="twin-sentence"
        )
        with gr.Accordion(say("More"), open=False, elem_id="more") as self.more:
            self.amount = gr.Dropdown(
                [(say(amount), amount) for amount in AMOUNTS], value=default["amount"], elem_id="amount",
                label=say(described["speech_seconds"][0].label), allow_custom_value=True,
            )  # fmt: skip
            # a list that also takes what is typed: a slider would refuse, in gradio's words, what a link may ask for
            self.updates = gr.Dropdown(
                ["50", "100", "200", "350", "600", "1000", "2000", "5000"], value=default["updates"],
                label=say(described["updates"][0].label), info=say(described["updates"][0].help),
                allow_custom_value=True, elem_id="updates",
            )  # fmt: skip
            self.model = self._choice("Model", MODELS, default["model"], elem_id="model")
            sizes = describe(LESSON.model.settings)
            units, neighbours = sizes["units"][0], sizes["neighbours"][0]
            self.units = gr.Dropdown(
                ["16", "32", "64", "128", "256", "512"], value=default["units"], label=say(units.label),
                info=say(units.help), allow_custom_value=True, elem_id="units",
            )  # fmt: skip
            self.neighbours = gr.Dropdown(
                [(say(DEFAULT), DEFAULT), *((count, count) for count in ("0", "1", "2", "3", "5", "8"))], value=DEFAULT,
                label=say(neighbours.label), info=say(neighbours.help), allow_custom_value=True, elem_id="neighbours",
            )  # fmt: skip
            self.loss = self._choice(described["loss"][0].label, LOSSES, default["loss"], elem_id="loss")
            self.optimizer = self._choice(
                described["optimizer"][0].label, OPTIMIZERS, default["optimizer"], elem_id="optimizer"
            )
            rates = ["0.0003", "0.001", "0.002", "0.004", "0.01", "0.1", "0.3"]
            self.rate = gr.Dropdown(
                [(say(DEFAULT), DEFAULT), *((rate, rate) for rate in rates)], value=DEFAULT,
                label=say(described["learning_rate"][0].label), allow_custom_value=True, elem_id="rate",
            )  # fmt: skip
            self.seed = gr.Number(default["seed"], label=say(described["seed"][0].label), elem_id="seed")

    def _choice(self, label: str, registry: Mapping[str, Any], value: str, **options: Any) -> gr.Dropdown:
        """A drop-down list of a registry's entries."""
        entries = [(self.language(entry.label), name) for name, entry in registry.items()]
        return gr.Dropdown(entries, value=value, label=self.language(label), **options)

    def _listening(self) -> None:
        say, (speed, default_speed) = self.language, describe(Reading)["speed"]
        titles = [(say(title), kind) for kind, title in SHORT.items()]
        self.kind = gr.Radio(
            titles,
            value="unseen",
            label=say("Listen to a sentence"),
            elem_id="sentence",
            container=False,
            show_label=False,
        )
        with gr.Row(elem_id="which") as self.which:
            picks = [(say(title), pick) for pick, title in PICKS.items()]
            self.pick = gr.Dropdown(
                picks, value="default", label=say("Which one"), elem_id="pick", container=False, min_width=150, scale=3
            )
            self.hide = gr.Checkbox(
                False,
                label=say("Hide the text"),
                elem_id="hide",
                container=False,
                scale=4,
                min_width=150,
            )
        with gr.Row(visible=False, elem_id="typed") as self.typed:
            self.written = gr.Textbox(
                "It was a dark and stormy night.", label=say("Your own sentence"), max_length=10_000, scale=5,
                min_width=200, info=say("English, at most {count} characters.", count=MAX_CHARACTERS),
                elem_id="written",
            )  # fmt: skip
            self.speed = gr.Dropdown(
                [(speed_name(offered), offered) for offered in SPEEDS], value=default_speed, label=say(speed.label),
                filterable=False, scale=2, min_width=100, elem_id="speed",
            )  # fmt: skip
            self.speak = gr.Button(say("Speak"), scale=1, elem_id="speak", min_width=80)
        self.said = gr.HTML("", elem_id="said")
        self.player = Player(elem_id="player", words=component_words(say, "player"))

    def _below(self) -> None:
        say = self.language
        with gr.Accordion(say("Strength curve"), open=False, elem_id="curve-section") as self.swept:
            with gr.Row(elem_id="sweep-row"):
                self.over = gr.Dropdown(
                    [(say(label), name) for name, label in AXES.items()], value="strength", label=say("What to vary"),
                    elem_id="over", scale=3, min_width=180,
                )  # fmt: skip
                self.sweep = gr.Button(say("Train all points"), elem_id="sweep", scale=2, min_width=140)
            self.curve = StrengthCurve(elem_id="curve", words=component_words(say, "strength_curve"))
        with gr.Accordion(say("Inside the model"), open=False, elem_id="inside-section") as self.view:
            self.look = gr.Dropdown([], label=say("Which run"), elem_id="look")
            self.inside = Inspector(elem_id="inside", words=component_words(say, "inspector"))
        with gr.Accordion(say("Blind test"), open=False, elem_id="blind-section") as self.tested:
            with gr.Row():
                self.first = gr.Dropdown([], label=say("Compare"), elem_id="blind-first")
                self.second = gr.Dropdown([], label=say("with"), elem_id="blind-second")
            self.blind = BlindTest(
                self.blind_handlers.offered(), elem_id="blind", words=component_words(say, "blind_test")
            )
            self.gather = ClassLink(
                None, elem_id="gather", words=component_words(say, "class_link"),
                settings={"offers": [(offer.id, say(offer.label)) for offer in OFFERS]},
            )  # fmt: skip
        with gr.Accordion(say("Runs"), open=True, elem_id="runs-section"):
            self.runs = RunsTable(elem_id="runs", words=component_words(say, "runs_table"))
            self.file = gr.File(label=say("The run as a folder"), visible=False, elem_id="run-file")
