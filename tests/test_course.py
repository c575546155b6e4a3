"""The course's steps: whole in both languages, possible on this page, and true of the recorded runs."""

import json
import re
from pathlib import Path

import pytest

from tests.test_language import LATIN
from tts_demo import corpus, recorded_lesson, recorded_runs
from tts_demo.engine import LocalEngine
from tts_demo.lesson import LESSON
from tts_demo.regularizers import REGULARIZERS
from tts_demo.ui.lab import course, hard_and_soft
from tts_demo.ui.lab.controls import Chosen
from tts_demo.ui.lab.course_handlers import SECTIONS, CourseHandlers
from tts_demo.ui.lab.curve_handlers import CurveHandlers
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.session import RECORDED, about
from tts_demo.ui.lab.sweeping import AXES
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import LANGUAGES
from tts_demo.ui.site.values import possible

CHECKPOINTS = Path(__file__).parent.parent / "checkpoints"
LESSON_RECORDED = recorded_lesson.load(CHECKPOINTS)
OTHERS = recorded_runs.load(CHECKPOINTS / "recorded")
VOICE = corpus.load(LESSON.corpus)
KINDS = {"charted", "trained", "heard", "looked", "read", "switched", "tested", "trials"}
every_step = pytest.mark.parametrize("name", course.files())


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    runs = {RECORDED + name: run for name, run in {**OTHERS.runs, **LESSON_RECORDED.runs}.items()}
    engine = LocalEngine(tmp_path_factory.mktemp("runs"), workers=1, recorded=runs)
    yield engine
    engine.close()


@pytest.fixture(params=LANGUAGES)
def page(request, engine):
    runs = Handlers(engine, LANGUAGES[request.param], VOICE, LESSON_RECORDED, OTHERS)
    return CourseHandlers(CurveHandlers(runs, OTHERS))


def test_there_are_at_least_ten_steps_in_the_order_of_their_numbers():
    numbers = [int(path.stem.partition("-")[0]) for path in sorted(course.FOLDER.glob("*.json"))]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 10


@every_step
def test_a_step_is_whole_and_says_the_same_in_every_language(name):
    written = course.files()[name]
    assert set(written) <= {"setup", "tasks", "right", *LANGUAGES} and set(LANGUAGES) <= set(written)
    for code in LANGUAGES:
        own = written[code]
        assert set(own) == {"title", "text", "tasks", "question", "answers"}
        texts = [
            own["title"],
            own["question"],
            *own["text"],
            *own["tasks"],
            *(text for answer in own["answers"] for text in answer),
        ]
        assert all(text.strip() == text and text for text in texts)
        assert len(own["text"]) == len(written["en"]["text"]) and len(own["tasks"]) == len(written["tasks"]) >= 1
        assert len(own["answers"]) == len(written["en"]["answers"]) >= 3 > written["right"] >= 0
        for text in texts:  # Chinese of a Chinese text, but for what is called so there, too
            latin = {word for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", text)} if code == "zh" else set()
            assert latin <= LATIN | {"w"}, text
    right = [
        answer["right"] for answer in course.value(LANGUAGES["en"])["steps"][[*course.files()].index(name)]["answers"]
    ]
    assert right.count(True) == 1


def test_the_right_answer_is_not_always_at_the_same_place():
    places = [written["right"] for written in course.files().values()]
    assert max(places.count(place) for place in set(places)) <= len(places) / 2


@every_step
def test_checks_are_of_known_kinds_and_name_what_there_is(name):
    for task in course.files()[name]["tasks"]:
        assert set(task) == {"at", "check"} and set(task["check"]) <= KINDS
        for facts in task["check"].values():
            for one in facts if isinstance(facts, list) else [facts]:
                assert one.get("regularizer", "none") in REGULARIZERS


@every_step
def test_a_step_sets_the_page_up_with_recorded_runs(name, page):
    visitor, wanted = Visitor(), course.setup(name)
    change = page.set_up(visitor, {"step": name}, True, "strength")
    configs = [page.runs.engine.config(run["id"]) for run in change["chart"]["runs"]]
    assert configs == list(wanted.runs) and len(configs) >= 1
    assert all(one.recorded for one in visitor.session)
    assert (change["regularizer"], change["over"] in AXES) == (
        (wanted.config.regularizers[0].name if wanted.config.regularizers else "none"), True,
    )  # fmt: skip
    assert set(wanted.open) <= set(SECTIONS) and all(change[part]["open"] == (part in wanted.open) for part in SECTIONS)
    if "swept" in wanted.open:
        assert change["curve"]["recorded"]
    json.dumps(change["chart"], allow_nan=False)


@every_step
def test_nothing_of_a_step_is_done_before_anybody_does_it(name, page):
    """Neither by the runs that it shows nor by the run that was recorded with its settings."""
    visitor, wanted = Visitor(), course.setup(name)
    page.set_up(visitor, {"step": name}, True, "strength")
    page.runs.preview(visitor, Chosen.of(wanted.config))
    shown = [about(page.runs.engine.config(one.run_id), one) for one in visitor.session]
    for task in course.files()[name]["tasks"]:
        wish = task["check"].get("charted")
        assert not wish or not possible({"charted": wish}, shown), task


def test_whoever_is_in_no_step_is_told_so(page):
    for junk in (None, {}, {"step": "nonsense"}, {"step": ["heard"]}, [], "heard"):
        (first, *_) = page.set_up(Visitor(), junk, True, "strength")["status"]
        assert first.kind == "alert" and first.said


def test_the_last_step_asks_for_more_than_no_regularizer_and_for_no_more_than_can_be_had():
    """A recorded run of two minutes does it, and the one without a regularizer does not."""
    asked = [task["check"]["trained"] for task in course.files()["own"]["tasks"] if "trained" in task["check"]]
    most = next(check["validation"]["max"] for check in asked if "validation" in check)
    assert LESSON_RECORDED.runs["out"].end().validation_loss > most
    good = [run for run in OTHERS.runs.values() if run.config.regularizers and run.end().validation_loss <= most]
    assert len({run.config.regularizers[0].name for run in good}) >= 5


def test_what_the_steps_say_of_the_recorded_runs_is_so():
    curve = {point.value: point for point in OTHERS.curves["speech_seconds"].points}
    assert curve[600.0].training_loss > curve[20.0].training_loss  # "With more speech the training loss ends higher"
    assert curve[600.0].validation_loss < curve[20.0].validation_loss
    zeros = {
        name: [event.zeros for event in OTHERS.runs[name].events() if getattr(event, "zeros", None) is not None][-1]
        for name in ("l1_proximal-strength-0.2", "l2-strength-0.0003", "l1_as_printed-strength-0.005")
    }
    assert zeros["l1_proximal-strength-0.2"] > 0.3 and max(list(zeros.values())[1:]) == 0
    dropped = OTHERS.runs["dropout-strength-0.9"].end()
    assert dropped.training_loss > 0.6  # "high when the network underfits"
    assert LESSON_RECORDED.runs["out"].end().training_loss < 0.3
    # "their losses then differ by a few per cent. Where the weights get small, the bound does worse"
    hard = OTHERS.curves["max_norm"].points
    apart = {}
    for point in OTHERS.curves["l2"].points:
        if found := hard_and_soft.at_norm(hard, point.weight_norm):
            apart[point.value] = found[1] / point.validation_loss - 1
    assert max(abs(apart[strength]) for strength in (0.00003, 0.0001, 0.0003)) < 0.08 < apart[0.001]
