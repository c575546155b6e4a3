"""A small app with the view inside the model, fed as a run feeds it, and the fixtures that open it."""

from collections.abc import Callable
from typing import Any

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Page

from tests.browser_fixtures import with_globals
from tts_demo.acoustics import LOG_F0, N_FEATURES, VOICING
from tts_demo.events import Histogram
from tts_demo.ui.components.inspector import Inspector, InspectorValue, inspector_value

HOSTILE = '<img src=x onerror="window.hacked=1">'
PHONES = (("pau", 20), ("M", 30), ("AH1", 60), ("NG", 40))
FRAMES = 150
LOOKS_AT = {-2: 0.1, -1: 0.2, 0: 0.4, 1: 0.25, 2: 0.05}
PRUNED = {-2: 0.0, -1: 0.125, 0: 0.75, 1: 0.12495, 2: 0.00005}
FAR = {place: (9 - abs(place)) / 81 for place in range(8, -9, -1)}  # as far as any network sees, the wrong way round
ENCODER, RECURRENT = "encoder.weight", "recurrent.weight"


def histograms(zeros: int = 400) -> dict[str, Histogram]:
    """Two layers: 200 weights up to 0.5, and 800 up to 0.25, of which some are exactly zero."""
    wide = (20, 30, 100, 30, 20)
    narrow = (100, 100, 400 - zeros, 100, 100)
    return {ENCODER: Histogram(0.5, wide, 0), RECURRENT: Histogram(0.25, narrow, zeros)}


def features(f0: float = 200.0, tilt: float = 1.0) -> np.ndarray:
    """A vowel of falling spectrum, silent for 20 frames, voiced from frame 50 to 110 only [shape=(150, 43)]."""
    made = np.zeros((FRAMES, N_FEATURES))
    made[:, 0] = np.where(np.arange(FRAMES) < 20, -9.0, -4.0)
    made[:, 1] = tilt
    made[:, 3] = 0.5 * np.sin(np.arange(FRAMES) / 12)
    made[:, LOG_F0] = np.log(f0) + 0.2 * np.sin(np.arange(FRAMES) / 20)
    made[50:110, VOICING] = 1.0
    return made


def value(step: int = 20, **changes: Any) -> InspectorValue:
    """What a run with a bound shows after some updates: the F0 that it predicts rises with them."""
    given: dict[str, Any] = {
        "histograms": histograms(), "predicted": features(200.0 + step), "natural": features(),
        "label": f"Weight range {HOSTILE}", "step": step, "sentence": f"Monkeys {HOSTILE}", "phones": PHONES,
        "bound": 0.5, "looks_at": LOOKS_AT,
    }  # fmt: skip
    given |= changes
    return inspector_value(given.pop("histograms"), given.pop("predicted"), given.pop("natural"), **given)


def broken() -> InspectorValue:
    """A prediction gone wild."""
    return value(60, predicted=np.full((FRAMES, N_FEATURES), np.nan))


def build() -> gr.Blocks:
    """The app: a view, buttons that change its value as snapshots do, and a second view that stays empty."""
    values: dict[str, Callable[[], InspectorValue | None]] = {
        "first snapshot": value,
        "next snapshot": lambda: value(40, histograms=histograms(zeros=200), looks_at=PRUNED),
        "other model": lambda: value(20, histograms={"tree": Histogram(1.0, (1, 0, 2), 0)}, bound=None, looks_at={}),
        "seeing further": lambda: value(20, looks_at=FAR),
        "typed": lambda: value(20, natural=None, phones=()),
        "waiting": lambda: value(0, predicted=None),
        "broken": broken,
        "no weights": lambda: value(20, histograms={}, bound=None, looks_at={}),
        "nothing": lambda: None,
    }
    with gr.Blocks(analytics_enabled=False) as demo:
        inside = Inspector(elem_id="inside")
        with gr.Row():
            for name, make in values.items():
                gr.Button(name, min_width=60).click(make, None, inside, show_progress="hidden")
        Inspector(value(), elem_id="second", words={"title": "Ins Innere", "all": "Alle Schichten"})
    return demo


@pytest.fixture
def drawing(module_page: Page) -> Page:
    """A blank page with the functions of the drawing."""
    names = ("axes", "histogram", "spectrogram", "f0", "keys")
    return with_globals(module_page, "shared/dom.js", *(f"inspector/{name}.js" for name in names))
