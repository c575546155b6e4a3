"""Recorded strength curves: whole, true, and shown where they are of what is chosen."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tts_demo import corpus, recorded_runs, sweeps, training
from tts_demo.config import choose
from tts_demo.engine import LocalEngine
from tts_demo.events import finished
from tts_demo.lesson import LESSON, lesson_for
from tts_demo.regularizers import REGULARIZERS
from tts_demo.sweeps import SweepError, best_of, regions_of
from tts_demo.ui.lab import sweeping
from tts_demo.ui.lab.controls import Chosen
from tts_demo.ui.lab.curve_handlers import CurveHandlers
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import LANGUAGES

FOLDER = Path(__file__).parent.parent / "checkpoints" / "recorded"
CURVES = recorded_runs.load(FOLDER)
ENGLISH = LANGUAGES["en"]
VOICE = corpus.load(LESSON.corpus)


@pytest.mark.parametrize("name", recorded_runs.names())
def test_every_regularizer_and_size_has_its_whole_curve(name):
    curve = CURVES[name]
    assert curve.sweep == recorded_runs.plan(name)
    assert [point.value for point in curve.points] == list(curve.sweep.values)
    assert best_of(curve.points) is not None


def test_no_other_curve_is_there():
    assert {*CURVES} == {*recorded_runs.names()}


@pytest.mark.real
def test_a_recorded_run_that_is_trained_again_ends_the_same():
    curve = CURVES["max_norm"]
    point = curve.points[3]
    end = finished(list(training.train(curve.sweep.config(point.value))))
    assert end.validation_loss == pytest.approx(point.validation_loss, rel=0.01)
    assert end.training_loss == pytest.approx(point.training_loss, rel=0.01)


def test_of_most_regularizers_some_strength_is_better_than_both_ends():
    """Of 15, as docs/measured.md says; with early stopping all runs end with their best weights, say."""
    curves = {name: curve for name, curve in CURVES.items() if name in REGULARIZERS}
    inside = [name for name, curve in curves.items() if min(recorded_runs.rises(curve)) >= 0.05]
    assert len(inside) == 15, inside


def test_less_speech_and_weaker_regularizers_overfit():
    """On each curve overfitting is on the left of underfitting, as the page says, where there are both."""
    for curve in CURVES.values():
        found = regions_of(curve.points)
        regions = [one for one in (found[::-1] if sweeps.less_is_stronger(curve.sweep) else found) if one]
        assert "underfitting" not in regions or "overfitting" not in regions[regions.index("underfitting") :], (
            curve.sweep
        )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    engine = LocalEngine(tmp_path_factory.mktemp("runs"), workers=1)
    yield CurveHandlers(Handlers(engine, ENGLISH, VOICE), [*CURVES.values()])
    engine.close()


def l2(strength=0.001, **changes):
    return replace(LESSON, regularizers=(choose("regularizer", "l2", strength=strength),), **changes)


def test_the_recorded_curve_is_shown_of_its_own_settings_and_of_no_others(page):
    visitor = Visitor()
    for strength in (0.001, 0.002):
        page.choose(visitor, Chosen.of(l2(strength)), "strength")
        assert visitor.recorded_curve is CURVES["l2"]
    shown = sweeping.recorded_value(visitor.recorded_curve, ENGLISH)
    assert shown["recorded"] and len(shown["points"]) == sweeps.POINTS
    json.dumps(shown, allow_nan=False)
    assert page.choose(visitor, Chosen.of(l2(0.003)), "strength") == {}  # the same once more
    for config, over in (
        (l2(seed=4), "strength"), (l2(updates=100), "strength"), (LESSON, "strength"), (l2(), "units"),
        (replace(l2(), model=choose("model", "rnn")), "strength"), (lesson_for("forest"), "layers"),
    ):  # fmt: skip
        page.choose(visitor, Chosen.of(config), over)
        assert visitor.recorded_curve is None, (config, over)
    assert page.choose(visitor, Chosen.of(LESSON), "units")["curve"]["label"] == "Units"
    assert page.choose(visitor, replace(Chosen.of(l2()), updates="nonsense"), "strength") == {"curve": None}
    for strength in (
        "0.0003",
        "nonsense",
    ):  # as the one of before stands there for a moment
        picked = replace(Chosen.of(l2()), regularizer="max_norm", strength=strength, strength_of="max_norm")
        page.choose(visitor, picked, "strength")
        assert visitor.recorded_curve is CURVES["max_norm"]


def test_a_recorded_point_that_is_picked_is_trained(page):
    visitor = Visitor()
    page.choose(visitor, Chosen.of(l2()), "strength")
    point = sweeping.recorded_value(CURVES["l2"], ENGLISH)["points"][2]
    change = page.pick(visitor, {"run": point["run"]})
    (run,) = change["chart"]["runs"]
    assert run["label"] == f"L2 {point['shown']}" and change["busy"]
    assert page.runs.engine.config(run["id"]) == CURVES["l2"].sweep.config(point["value"])
    page.runs.stop(visitor)
    for junk in (None, {"run": "recorded-point-9"}, {"run": run["id"]}):
        first, *_ = page.pick(visitor, junk)["status"]
        assert first.kind == "alert"


def test_ones_own_curve_of_the_same_settings_is_shown_instead(page):
    visitor = Visitor()
    page.begin(visitor, Chosen.of(l2(updates=2)), "strength")
    page.choose(visitor, Chosen.of(l2()), "strength")
    assert visitor.recorded_curve is None  # it still grows
    for run_id in visitor.sweep.runs:
        list(page.runs.engine.follow(run_id))
    page.choose(visitor, Chosen.of(l2(0.002, updates=2)), "strength")
    assert visitor.recorded_curve is None
    page.choose(visitor, Chosen.of(l2()), "strength")
    assert visitor.recorded_curve is CURVES["l2"]


def test_damaged_curves_are_told_of(tmp_path):
    assert recorded_runs.load(tmp_path / "nowhere") == {}
    written = json.loads((FOLDER / "l2.json").read_text())
    for damaged in ({}, written | {"points": written["points"][:3]}, written | {"over": "x"}, {"points": 5}):
        (tmp_path / "l2.json").write_text(json.dumps(damaged))
        with pytest.raises(SweepError):
            recorded_runs.load(tmp_path)
