"""A teacher makes a class on the page: of which voices, and what the page is told."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.class_app import server_on
from tts_demo import corpus
from tts_demo.engine import EngineError
from tts_demo.lesson import LESSON
from tts_demo.ui.lab import clips
from tts_demo.ui.lab.class_file import NoSuchClass
from tts_demo.ui.lab.class_handlers import ClassHandlers
from tts_demo.ui.lab.class_plans import names_of
from tts_demo.ui.lab.session import Experiment
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import LANGUAGES

ADDRESS = "https://school.example/hear/"
WISH = {"number": 1, "address": ADDRESS, "offer": "abx5"}


class Engine:
    """It knows one run, with snapshots at updates 80 and 160, and what it was asked to say."""

    def config(self, run_id):
        raise EngineError("There is no such run.")

    def run(self, run_id):
        if run_id != "mine":
            raise EngineError("There is no such run.")
        return SimpleNamespace(snapshots=lambda: [80, 160])


@pytest.fixture
def asked(monkeypatch):
    """Pairs of system and sentence that clips were made of."""
    found = []

    def samples(engine, voice, system, sentence):
        found.append((system, sentence))
        return np.full(2000, 9, np.int16)

    monkeypatch.setattr(clips, "samples_of", samples)
    return found


@pytest.fixture
def visitor():
    """Who has trained one run."""
    now = Visitor()
    now.update_session(lambda _: (Experiment("mine", "My run", 0), Experiment("gone", "Another", 1)))
    return now


def handlers(tests, language="en"):
    return ClassHandlers(Engine(), tests, LANGUAGES[language], corpus.load(LESSON.corpus), lambda text: f"<svg>{text}")


def test_a_live_run_is_kept_as_it_is_now_with_every_clip(tmp_path, visitor, asked):
    tests = server_on(tmp_path)
    shown = handlers(tests).make(visitor, "mine", "recording", WISH)["gather"]
    assert "alert" not in shown and shown["number"] == 1
    assert shown["link"] == f"{ADDRESS}?class={shown['code']}" and shown["qr"] == f"<svg>{shown['link']}"
    link, secret = shown["results"].split("#")
    assert link == f"{shown['link']}&results"
    assert {system for system, _ in asked} == {"mine@160", "recording"} and len(asked) == len({*asked}) == 50
    found = tests.store.class_of_secret(secret)
    assert (found.code, found.trials) == (shown["code"], 5)
    assert len(tests.store.sounds(found.id)) == 50
    assert (names_of(found, "en")[1], names_of(found, "zh")[1]) == ("Recording", "录音")
    with pytest.raises(NoSuchClass):
        tests.store.class_of_secret(shown["code"])


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("mine", "mine", "compares two different voices"),
        ("mine", "nobody", "choose two runs"),
        ("mine", None, "choose two runs"),
        ("gone", "recording", "clips of this class could not be made"),
    ],
)
def test_what_cannot_be_compared_is_said(tmp_path, visitor, first, second, said):
    shown = handlers(server_on(tmp_path)).make(visitor, first, second, WISH)["gather"]
    assert said in shown["alert"] and not (shown["code"] or shown["link"] or shown["results"] or shown["qr"])


def test_a_server_that_keeps_nothing_says_so_in_the_pages_language(visitor):
    assert (
        handlers(None, "zh").make(visitor, "mine", "recording", WISH)["gather"]["alert"]
        == "这台服务器不保存班级的结果。"
    )


@pytest.mark.parametrize(
    "junk",
    [None, [], {}, {**WISH, "offer": "ab16"}, {**WISH, "offer": []}, {**WISH, "number": "1"},
     {**WISH, "address": "javascript:alert(1)"}, {**WISH, "address": "https://a/?x=1"},
     {**WISH, "address": "https://" + "a" * 400}],
)  # fmt: skip
def test_what_is_no_wish_is_no_class(tmp_path, visitor, junk):
    assert handlers(server_on(tmp_path)).make(visitor, "mine", "recording", junk) == {}
    assert not [*tmp_path.iterdir()]
