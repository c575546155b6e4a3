"""Classes for tests: two tones instead of voices, a store in a folder, and the page's routes without gradio."""

from pathlib import Path
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.middleware import Middleware

from tts_demo.ui import class_page, qr
from tts_demo.ui.components import files
from tts_demo.ui.lab import class_routes
from tts_demo.ui.lab.class_plans import OFFERS
from tts_demo.ui.lab.class_store import ClassStore
from tts_demo.ui.lab.class_tests import ClassTests, Made

RATE = 16_000
SYSTEMS = ("run-5f2c-alpha", "run-9b1d-beta")  # nothing of these may reach a pupil
HOSTILE = '<img src=x onerror="window.hacked=1">'
NAMES = {"en": (f"Dropout {HOSTILE}", "=No regularizer"), "zh": ("随机失活", "无正则化")}
SENTENCES = tuple(f"tt-{number}" for number in range(8))
FIVE = OFFERS[0]


def clip(system: str, sentence: str) -> np.ndarray:
    """A tone: the first system higher and longer, each sentence at its own pitch."""
    first = system == SYSTEMS[0]
    frequency = (600 if first else 300) + 20 * SENTENCES.index(sentence)
    time = np.arange(int((0.5 if first else 0.4) * RATE)) / RATE
    return (32767 * 0.2 * np.sin(2 * np.pi * frequency * time)).astype(np.int16)


def server_on(folder: Path, **options: Any) -> ClassTests:
    """The tests of classes that are kept in a folder, as a server that was just started has them."""
    return ClassTests(ClassStore(folder, **options), lambda sentence: f"Words of {sentence} {HOSTILE}")


def made(tests: ClassTests, sentences: tuple[str, ...] = SENTENCES) -> Made:
    """A class of five trials."""
    return tests.make(FIVE, SYSTEMS, NAMES, sentences, clip)


def app(tests: ClassTests) -> Starlette:
    """The pages and what answers them."""
    return Starlette(
        routes=[class_routes.route(tests, qr.svg_of), files.route()], middleware=[Middleware(class_page.ClassPages)]
    )


def right(tests: ClassTests, ticket: str, number: int) -> str:
    """The right answer to a pupil's trial, which tests know and the page does not."""
    from tts_demo.listening import is_hit
    from tts_demo.ui.lab.class_plans import practice_plan

    pupil = tests._pupil(ticket)
    plan = practice_plan(pupil.of, pupil.seed) if number == 0 else tests.plan_of(pupil.of, pupil.seed)
    return "A" if is_hit(plan.trials[max(number - 1, 0)], "A") else "B"


def take(tests: ClassTests, code: str, hits: int, upto: int = 5, output: str = "headphones") -> str:
    """A pupil who practises and answers `upto` trials, the first `hits` of them right; the ticket."""
    ticket = tests.begin(code, output)
    for number in range(upto + 1):
        key = right(tests, ticket, number)
        tests.answer(ticket, number, key if number <= hits else "AB".replace(key, ""), "en")
    return ticket
