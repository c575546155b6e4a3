"""Recorded runs and their curves: whole, true, heard, and shown where they are of what is chosen."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tts_demo import (
    acoustics,
    corpus,
    evaluation,
    labels,
    recorded_lesson,
    recorded_runs,
    run_recording,
    sweeps,
    training,
)
from tts_demo.acoustics import SAMPLE_RATE
from tts_demo.config import choose
from tts_demo.corpus import default_sentence
from tts_demo.engine import LocalEngine
from tts_demo.events import WHOLE, Finished, Progress, Snapshot, Started, finished, points_of, training_mode_points
from tts_demo.lesson import LESSON, lesson_for
from tts_demo.messages import Message, MessageError
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.runs import RunError
from tts_demo.strengths import offered
from tts_demo.sweeps import best_of, regions_of
from tts_demo.ui.lab import hard_and_soft, session, sweeping
from tts_demo.ui.lab.controls import PRESETS, Chosen
from tts_demo.ui.lab.curve_handlers import CurveHandlers
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.sentences import Wanted
from tts_demo.ui.lab.table_handlers import TableHandlers
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import LANGUAGES

CHECKPOINTS = Path(__file__).parent.parent / "checkpoints"
FOLDER = CHECKPOINTS / "recorded"
RECORDED = recorded_runs.load(FOLDER)
CURVES = RECORDED.curves
LESSON_RECORDED = recorded_lesson.load(CHECKPOINTS)
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
    # of a strong penalty, whose run ends the same on every processor: the README there says how far others are apart
    curve = CURVES["l2"]
    point, run = curve.points[7], curve.runs[7]
    happened = list(training.train(curve.sweep.config(point.value)))
    end = finished(happened)
    assert end.validation_loss == pytest.approx(point.validation_loss, rel=0.01)
    assert end.training_loss == pytest.approx(point.training_loss, rel=0.01)
    # and its whole curve is the same, in both of its modes
    assert np.allclose(points_of(happened), points_of(run.events()), rtol=0.01)
    assert np.allclose(training_mode_points(happened), training_mode_points(run.events()), rtol=0.01)


def test_of_most_regularizers_some_strength_is_better_than_both_ends():
    """As docs/measured.md says; with early stopping all runs end with their best weights, say."""
    curves = {name: curve for name, curve in CURVES.items() if name in REGULARIZERS}
    inside = [name for name, curve in curves.items() if min(recorded_runs.rises(curve)) >= 0.05]
    assert len(inside) == 17, inside


def test_of_most_regularizers_the_ear_agrees_with_the_validation_loss():
    """Fewest words are missed within one point of the least validation loss; the page says where they are not."""
    curves = {name: curve for name, curve in CURVES.items() if name in REGULARIZERS}
    agree = {name for name, curve in curves.items() if sweeps.ear_agrees(curve.points)}
    inside = {name for name, curve in curves.items() if min(recorded_runs.rises(curve)) >= 0.05}
    assert len(agree & inside) >= 12, set(curves) - agree
    for name, curve in CURVES.items():
        ids = {run.config: session.RECORDED + key for key, run in RECORDED.runs.items()} | {LESSON: "recorded-out"}
        told = sweeping.recorded_value(curve, ids, (), ENGLISH)["fewest"]
        assert (told is None) == (sweeps.ear_agrees(curve.points) is not False), name


@pytest.mark.parametrize("name", RECORDED.runs)
def test_a_recorded_run_is_whole(name):
    run = RECORDED.runs[name]
    end, snapshot = run.end(), [event for event in run.events() if isinstance(event, Snapshot)]
    assert end.reason in WHOLE and len(points_of(run.events())) > 1
    assert snapshot[-1].histograms or not MODELS[run.config.model.name].gradients
    said = {LESSON_RECORDED.unseen.prompt, LESSON_RECORDED.twin.prompt, default_sentence(VOICE.split("train")).id}
    assert {*recorded_runs.clips(run)} == {*recorded_runs.heard(run)} == said
    assert len(evaluation.held_out(run)) == len(VOICE.split("validation")) + len(VOICE.split("test"))


def test_clips_are_as_long_as_the_recording_as_loud_as_each_other_and_tagged():
    for name in list(RECORDED.runs)[::29]:
        run = RECORDED.runs[name]
        for prompt in recorded_runs.clips(run):
            wav = recorded_runs.wav_of(run, prompt)
            samples = acoustics.wav_samples(wav)
            natural = VOICE.features(VOICE[prompt])
            assert abs(len(samples) - len(natural) * acoustics.HOP_SECONDS * SAMPLE_RATE) < 0.1 * SAMPLE_RATE
            assert acoustics.loudness(samples / 32767) == pytest.approx(acoustics.LOUDNESS_LUFS, abs=1)
            assert VOICE.credits.of_synthetic.encode() in wav


def test_all_of_it_is_small_and_nothing_in_it_is_large():
    sizes = [path.stat().st_size for path in CHECKPOINTS.rglob("*") if path.is_file()]
    assert sum(sizes) < 60_000_000 and max(sizes) < 10_000_000


def test_what_can_be_picked_on_the_page_was_recorded():
    """At least 95 % of the presets, and of each preset's model with each regularizer of the list at each strength."""
    known = {run.config for run in [*RECORDED.runs.values(), *LESSON_RECORDED.runs.values()]}
    wanted = [preset.config() for preset in PRESETS]
    for name in REGULARIZERS:
        for strength in offered(name, "adam"):
            base = recorded_runs.plan(name).base
            wanted.append(replace(base, regularizers=(choose("regularizer", name, strength=strength),)))
    missing = [str(labels.trained_with(config)) for config in wanted if config not in known]
    assert len(missing) <= 0.05 * len(wanted), missing


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
    runs = {session.RECORDED + name: run for name, run in {**RECORDED.runs, **LESSON_RECORDED.runs}.items()}
    engine = LocalEngine(tmp_path_factory.mktemp("runs"), workers=1, recorded=runs)
    yield CurveHandlers(Handlers(engine, ENGLISH, VOICE, LESSON_RECORDED, RECORDED), RECORDED)
    engine.close()


def l2(strength=0.001, **changes):
    return replace(LESSON, regularizers=(choose("regularizer", "l2", strength=strength),), **changes)


def test_the_recorded_curve_is_shown_of_its_own_settings_and_of_no_others(page):
    visitor = Visitor()
    for strength in (0.001, 0.002):
        page.choose(visitor, Chosen.of(l2(strength)), "strength")
        assert visitor.recorded_curve is CURVES["l2"]
    shown = sweeping.recorded_value(visitor.recorded_curve, page.runs.recorded, (), ENGLISH)
    assert shown["recorded"] and len(shown["points"]) == len(offered("l2", "adam"))
    json.dumps(shown, allow_nan=False)
    assert page.choose(visitor, Chosen.of(l2(0.003)), "strength") == {}  # the same once more
    for config, over in (
        (l2(seed=4), "strength"), (l2(updates=100), "strength"), (LESSON, "strength"), (l2(), "units"),
        (replace(l2(), model=choose("model", "rnn")), "strength"), (lesson_for("forest"), "layers"),
    ):  # fmt: skip
        page.choose(visitor, Chosen.of(config), over)
        assert visitor.recorded_curve is None, (config, over)
    assert page.choose(visitor, Chosen.of(LESSON), "units")["curve"]["label"] == "Units"
    assert not page.choose(visitor, replace(Chosen.of(l2()), updates="nonsense"), "strength")["curve"]["points"]
    for strength in ("0.0003", "nonsense"):  # as the one of before stands there for a moment
        picked = replace(Chosen.of(l2()), regularizer="max_norm", strength=strength, strength_of="max_norm")
        page.choose(visitor, picked, "strength")
        assert visitor.recorded_curve is CURVES["max_norm"]


def test_what_came_past_the_queue_comes_through_it_once_more(page):
    visitor, wanted = Visitor(), Wanted("unseen", LESSON_RECORDED.twin.prompt, "")
    shown = page.show_chosen(visitor, 1, Chosen.of(LESSON), "units")
    assert shown["curve"]["kind"] == "size" and "chart" in shown
    again = page.runs.follow_preview(visitor, wanted)
    assert again["curve"] == shown["curve"]
    assert page.runs.follow_preview(visitor, wanted) == {"curve": shown["curve"]}


def test_what_was_asked_before_the_controls_had_all_changed_changes_nothing_later(page):
    visitor = Visitor()
    shown = page.show_chosen(visitor, 2, Chosen.of(LESSON), "units")
    assert shown["curve"]["points"]
    assert page.show_chosen(visitor, 1, Chosen.of(LESSON), "strength") == {}
    assert page.at_first(visitor, 1, Chosen.of(LESSON), "strength") == {}
    assert page.runs.curve(visitor) == {}  # it is still the same one
    assert not page.show_chosen(visitor, 3, Chosen.of(LESSON), "strength")["curve"]["points"]


def test_a_point_is_picked_though_another_curve_was_chosen_meanwhile(page):
    visitor = Visitor()
    points = sweeping.recorded_value(CURVES["l2"], page.runs.recorded, (), ENGLISH)["points"]
    for over in ("units", "strength"):
        page.choose(visitor, Chosen.of(LESSON), over)
        change = page.pick(visitor, {"run": points[2]["run"]})
        assert points[2]["run"] in {run["id"] for run in change["chart"]["runs"]}
    assert page.pick(visitor, {"run": "recorded-none-of-them"})["status"]


def test_a_recorded_point_that_is_picked_is_drawn_and_heard_at_once(page):
    visitor = Visitor()
    page.choose(visitor, Chosen.of(l2()), "strength")
    points = sweeping.recorded_value(CURVES["l2"], page.runs.recorded, (), ENGLISH)["points"]
    change = page.pick(visitor, {"run": points[2]["run"]})
    (run,) = change["chart"]["runs"]
    assert run["label"] == f"L2 {points[2]['shown']}" and not change["busy"] and run["state"] == "recorded"
    assert page.runs.engine.config(run["id"]) == CURVES["l2"].sweep.config(points[2]["value"])
    for kind in ("unseen", "seen", "twin"):
        player = page.runs.listen(visitor, Wanted(kind, LESSON_RECORDED.twin.prompt, ""))["player"]
        (clip,) = [clip for clip in player["clips"] if clip["id"] == run["id"]]
        assert clip["url"].startswith("data:audio/wav") and "heard" in clip
    refused = TableHandlers(page.runs).act(visitor, {"action": "notebook", "run": run["id"]})
    assert "without its weights" in refused["runs"]["alert"]
    player = page.runs.listen(visitor, Wanted("typed", "", "Hello there."))["player"]
    assert "Train it" in player["clips"][-1]["error"]
    assert [point["colour"] for point in page.runs.curve(visitor)["curve"]["points"]].count(None) == len(points) - 1
    for junk in (None, {"run": "recorded-point-9"}, {"run": "recorded-in"}, {"run": 5}):
        first, *_ = page.pick(visitor, junk)["status"]
        assert first.kind == "alert"
    for point in points:  # there is room for six, and the newest stay
        page.pick(visitor, {"run": point["run"]})
    assert [one.run_id for one in visitor.session] == [point["run"] for point in points[-6:]]
    assert len({one.colour for one in visitor.session}) == 6


def test_what_is_chosen_is_shown_recorded_in_the_place_of_the_one_before(page):
    visitor = Visitor(session.recorded(LESSON_RECORDED, VOICE))
    shown = lambda change: [run["label"] for run in change["chart"]["runs"]]  # noqa: E731
    first, second = choose("regularizer", "dropout", strength=0.9), choose("regularizer", "max_norm")
    change = page.runs.preview(visitor, Chosen.of(replace(LESSON, regularizers=(first,))))
    assert shown(change)[0] == "No regularizer" and shown(change)[-1] == "Dropout 0.9"
    assert page.runs.preview(visitor, Chosen.of(replace(LESSON, regularizers=(first,)))) == {}
    change = page.runs.preview(visitor, Chosen.of(replace(LESSON, regularizers=(second,))))
    assert "Dropout 0.9" not in shown(change) and shown(change)[-1] == "Max-norm 1.2"
    change = page.runs.preview(visitor, Chosen.of(replace(LESSON, regularizers=(second,), seed=9)))  # not recorded
    assert not any("Max-norm" in label for label in shown(change))
    page.runs.preview(visitor, Chosen.of(LESSON))  # there already, and no preview
    change = page.runs.preview(visitor, Chosen.of(replace(LESSON, regularizers=(second,))))
    assert shown(change)[0] == "No regularizer" and shown(change)[-1] == "Max-norm 1.2"
    # what follows comes once, and only where a preview has changed something
    wanted = Wanted("unseen", "", "")
    *_, last = page.runs.follow_preview(visitor, wanted)["player"]["clips"]
    assert last["label"] == "Max-norm 1.2"
    assert not page.runs.follow_preview(visitor, wanted).keys() - {"curve"}
    # inside it there are its weights, and a sentence in the place of what it would predict
    visitor.looks = True
    inside = page.runs.inside(visitor, Wanted("unseen", "", ""))["inside"]
    assert inside["layers"] and inside["run"] == visitor.session[-1].run_id


def test_a_pair_of_a_penalty_and_a_bound_is_drawn_over_the_size_of_the_weights(page):
    visitor = Visitor()
    value = page.choose(visitor, Chosen.of(l2()), "weight_norm")["curve"]
    assert value["series"] == ["L2", "Max-norm"] and value["kind"] == "norm"
    by_run = {point["run"]: point for point in value["points"]}
    for point in value["points"]:
        config = page.runs.engine.config(point["run"])
        curve = CURVES[config.regularizers[0].name]
        (own,) = [one for one in curve.points if one.value == config.regularizers[0].settings.strength]
        assert point["value"] == own.weight_norm and point["match"]
    default = next(point for point in value["points"] if point["shown"] == "L2 0.0003")
    change = page.pick(visitor, {"run": default["run"]})
    other, own = change["chart"]["runs"]
    assert own["id"] == default["run"] and other["label"].startswith("Max-norm")
    near = abs(np.log(by_run[other["id"]]["value"] / default["value"]))
    assert all(
        near <= abs(np.log(point["value"] / default["value"])) for point in value["points"] if point["series"] == 1
    )
    # other penalties with the same bound, other bounds with the same penalty; and where there is no pair, none
    dropped = replace(LESSON, regularizers=(choose("regularizer", "dropout"),))
    for config, names in (
        (LESSON, ["L2", "Max-norm"]), (dropped, None), (l2(seed=3), None),
        (replace(LESSON, regularizers=(choose("regularizer", "weight_range"),)), ["L2", "Weight range"]),
    ):  # fmt: skip
        page.choose(visitor, Chosen.of(config), "weight_norm")
        found = visitor.recorded_curve
        assert (
            found and [REGULARIZERS[one.sweep.base.regularizers[0].name].label for one in (found.soft, found.hard)]
        ) == names


def test_the_bound_that_leads_to_the_same_norm_does_so_when_it_is_trained():
    """What the page says of a penalty's counterpart: its norm and its loss, by training that bound."""
    penalty = next(point for point in CURVES["l2"].points if point.value == 0.0003)
    bound, loss = hard_and_soft.at_norm(CURVES["max_norm"].points, penalty.weight_norm)
    config = replace(LESSON, regularizers=(choose("regularizer", "max_norm", strength=bound),))
    point = sweeps.point_of(bound, list(training.train(config)))
    assert point.weight_norm == pytest.approx(penalty.weight_norm, rel=0.05)
    assert point.validation_loss == pytest.approx(loss, rel=0.05)


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


def test_damaged_recordings_are_told_of(tmp_path):
    assert recorded_runs.load(tmp_path / "nowhere") == recorded_runs.NOTHING
    shutil.copytree(FOLDER / "l2", tmp_path / "l2")
    path = tmp_path / "l2" / "sweep.json"
    written = json.loads(path.read_text())
    for damaged in ({}, written | {"points": written["points"][:3]}, written | {"over": "x"}, {"points": 5}):
        path.write_text(json.dumps(damaged))
        with pytest.raises(MessageError):
            recorded_runs.load(tmp_path)
    path.write_text(json.dumps(written))
    run = recorded_runs.load(tmp_path).runs["l2-strength-0.0003"]
    prompt, clip = next(iter(recorded_runs.clips(run).items()))
    clip.write_bytes(b"OggS nonsense")
    with pytest.raises(RunError, match="damaged"):
        recorded_runs.wav_of(run, prompt)
    with pytest.raises(RunError, match="Train it"):
        recorded_runs.wav_of(run, "../../config")
    (run.directory / "heard.json").write_text("[]")
    assert recorded_runs.heard(run) == {}


def test_the_batches_between_two_evaluations_become_their_mean():
    happened = [
        Started(1, 1.0, 1, 1, 3), Progress(1, 0.5, 0.1, 0), Snapshot(1), Progress(2, 0.3, 0.1, 0, 0.2, 0.4),
        Snapshot(2), Progress(3, 0.2, 0.3, 0), Progress(4, 0.1, 0.1, 0, 0.1, 0.5), Finished("completed", Message("x")),
    ]  # fmt: skip
    short = run_recording.condensed(happened)
    assert [type(event) for event in short] == [Started, Progress, Progress, Snapshot, Finished]
    assert short[3].step == 2 and points_of(short) == points_of(happened)
    assert np.allclose(training_mode_points(short), training_mode_points(happened))
