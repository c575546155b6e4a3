"""The strength curve on the page: runs that train together, what is shown of them, and what a browser keeps."""

import json
from dataclasses import replace

import pytest

from tts_demo import corpus, sweeps
from tts_demo.config import choose
from tts_demo.engine import EngineError, LocalEngine
from tts_demo.lesson import LESSON, lesson_for
from tts_demo.recorded_runs import NOTHING
from tts_demo.strengths import offered
from tts_demo.sweeps import SweepError, best_of, point_of, regions_of
from tts_demo.ui.lab import session, sweeping
from tts_demo.ui.lab.controls import Chosen
from tts_demo.ui.lab.curve_handlers import CurveHandlers
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.sentences import Wanted
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import LANGUAGES

ENGLISH, CHINESE = LANGUAGES["en"], LANGUAGES["zh"]
VOICE = corpus.load(LESSON.corpus)
SHORT = replace(LESSON, speech_seconds=45.0, updates=3, regularizers=(choose("regularizer", "l2"),))
HEARD = Wanted("unseen", "tt-weasels", "Hello.")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = LocalEngine(tmp_path_factory.mktemp("runs"), workers=2, lease_seconds=600)
    yield engine
    engine.close()


def to_the_end(engine, live):
    for run_id in live.runs:
        list(engine.follow(run_id))


def test_a_curve_grows_point_by_point_until_it_is_whole(engine):
    page, visitor = Handlers(engine, ENGLISH, VOICE), Visitor()
    begun = CurveHandlers(page, NOTHING).begin(visitor, Chosen.of(SHORT), "strength")
    live = visitor.sweep
    assert begun["busy"] and len(live.runs) == len(offered("l2", "adam"))
    (line,) = begun["status"]
    assert (line.name, line.run) == ("Strength curve", "") and "of 9 points are trained" in line.said
    assert {run_id for run_id, _ in line.others} <= set(live.runs) and line.others
    shown = sweeping.value(engine, live, (), ENGLISH)
    assert shown["label"] == "L2: Strength λ" and (shown["scale"], shown["reversed"]) == ("log", False)
    assert [point["value"] for point in shown["points"]] == list(live.sweep.values)
    assert {"queued", "running"} & {point["state"] for point in shown["points"]}
    to_the_end(engine, live)
    assert not page.curves(visitor)["busy"]
    shown = page.follow(visitor, HEARD)["curve"]
    points = [
        point_of(at, engine.events_after(run_id, 0, 0)) for at, run_id in zip(live.sweep.values, live.runs, strict=True)
    ]
    best = best_of(points)
    for point, one in zip(shown["points"], points, strict=True):
        assert (point["training"], point["validation"]) == (one.training_loss, one.validation_loss)
        assert (point["best"], point["state"]) == (one is best, "over")
    assert [point["region"] for point in shown["points"]] == regions_of(points)
    assert "curve" not in page.follow(visitor, HEARD)  # nothing new


def test_a_point_that_is_picked_joins_the_runs_once(engine):
    page, visitor = Handlers(engine, ENGLISH, VOICE), Visitor()
    CurveHandlers(page, NOTHING).begin(visitor, Chosen.of(SHORT), "strength")
    to_the_end(engine, visitor.sweep)
    run_id = visitor.sweep.runs[2]
    for _ in range(2):
        change = CurveHandlers(page, NOTHING).pick(visitor, {"run": run_id})
    assert [run["id"] for run in change["chart"]["runs"]] == [run_id]
    assert change["chart"]["runs"][0]["label"] == f"L2 {visitor.sweep.sweep.values[2]:g}"
    (named,) = [point for point in page.follow(visitor, HEARD)["curve"]["points"] if point["colour"] is not None]
    assert named["run"] == run_id and named["colour"] == change["chart"]["runs"][0]["colour"]
    for junk in (None, {}, {"run": "x"}, {"run": 5}, "x"):
        (first, *_) = CurveHandlers(page, NOTHING).pick(visitor, junk)["status"]
        assert first.kind == "alert" and "not on the curve" in first.said


def test_stop_ends_every_point(engine):
    page, visitor = Handlers(engine, ENGLISH, VOICE), Visitor()
    CurveHandlers(page, NOTHING).begin(visitor, Chosen.of(replace(SHORT, updates=20_000)), "units")
    next(engine.follow(visitor.sweep.runs[0]))  # what waits is over at once; this one takes a moment to end
    first, *_ = page.stop(visitor)["status"]
    assert first.said == "Stopping …"
    to_the_end(engine, visitor.sweep)
    assert not page.curves(visitor)["busy"]


@pytest.mark.parametrize(
    ("language", "said"),
    [(ENGLISH, "Please choose a regularizer first"), (CHINESE, "请先选择一个正则化方法")],
)
def test_without_a_regularizer_there_is_no_strength(engine, language, said):
    visitor = Visitor()
    curve = CurveHandlers(Handlers(engine, language, VOICE), NOTHING)
    first, *_ = curve.begin(visitor, Chosen.of(replace(SHORT, regularizers=())), "strength")["status"]
    assert first.kind == "alert" and first.said.startswith(said) and visitor.sweep is None


def test_where_the_queue_is_full_no_point_is_left_behind(engine, monkeypatch):
    taken, submit = [], engine.submit

    def some(config, visitor):
        if len(taken) == 3:
            raise EngineError("Full.")
        taken.append(submit(config))
        return taken[-1]

    monkeypatch.setattr(engine, "submit", some)
    with pytest.raises(EngineError, match="Full"):
        sweeping.begin(engine, replace(SHORT, updates=20_000), "strength")
    assert {list(engine.follow(run_id))[-1].reason for run_id in taken} == {"stopped"}


def test_a_reload_finds_the_curve_less_what_is_gone(engine):
    live = sweeping.begin(engine, SHORT, "strength")
    to_the_end(engine, live)
    plain = json.loads(json.dumps(sweeping.to_plain(live)))
    assert sweeping.from_plain(plain, engine) == live
    visitor = Visitor()
    Handlers(engine, ENGLISH, VOICE).arrive(visitor, {"runs": [], "sweep": plain}, HEARD, {})
    assert visitor.sweep == live
    plain["points"][0][1] = "gone"
    assert sweeping.from_plain(plain, engine).runs == live.runs[1:]
    with pytest.raises(SweepError):
        sweeps.plan(SHORT, "strength", points=1)
    for junk in (
        None, [], "x", {}, {"points": 5}, plain | {"over": "what"}, plain | {"settings": "l2.strength=x"},
        plain | {"points": [[1, []]]}, plain | {"points": [["x", live.runs[1]]]}, plain | {"settings": "seed=5"},
        plain | {"points": [[0.009, live.runs[1]], [0.008, live.runs[2]]]},
    ):  # fmt: skip
        assert sweeping.from_plain(junk, engine) is None, junk


def test_while_a_run_of_the_page_goes_on_no_other_curve_is_begun(engine):
    page, visitor = Handlers(engine, ENGLISH, VOICE), Visitor()
    CurveHandlers(page, NOTHING).begin(visitor, Chosen.of(replace(SHORT, updates=20_000)), "strength")
    first = visitor.sweep
    assert CurveHandlers(page, NOTHING).begin(visitor, Chosen.of(SHORT), "units")["busy"] and visitor.sweep is first
    page.stop(visitor)
    to_the_end(engine, first)
    # what was stopped is no point, neither as a loss nor as the best
    shown = sweeping.value(engine, first, (), ENGLISH)["points"]
    assert {(point["state"], point["validation"], point["region"], point["best"]) for point in shown} == {
        ("untrained", None, None, False)
    }


def test_a_full_page_makes_room_for_a_point_but_not_of_a_run_that_goes_on(engine, monkeypatch):
    page, visitor = Handlers(engine, ENGLISH, VOICE), Visitor()
    CurveHandlers(page, NOTHING).begin(visitor, Chosen.of(SHORT), "strength")
    to_the_end(engine, visitor.sweep)
    runs = visitor.sweep.runs
    for run_id in runs[:6]:
        CurveHandlers(page, NOTHING).pick(visitor, {"run": run_id})
    with monkeypatch.context() as patched:
        patched.setattr(page, "over", lambda experiment: experiment.run_id != runs[0])
        change = CurveHandlers(page, NOTHING).pick(visitor, {"run": runs[6]})
        assert [one.run_id for one in visitor.session] == [runs[0], *runs[2:7]]
        assert "made room" in change["status"][0].said and "3e-06" in change["status"][0].said
        patched.setattr(page, "over", lambda experiment: False)
        first, *_ = CurveHandlers(page, NOTHING).pick(visitor, {"run": runs[7]})["status"]
    assert first.kind == "alert" and "stop one first" in first.said
    assert len({one.colour for one in visitor.session}) == 6


def test_points_of_a_size_are_told_apart_by_it(engine):
    page, visitor = Handlers(engine, CHINESE, VOICE), Visitor()
    curve = CurveHandlers(page, NOTHING)
    curve.begin(visitor, Chosen.of(SHORT), "units")
    shown = sweeping.value(engine, visitor.sweep, (), CHINESE)
    assert shown["label"] == "单元数，使用L2 0.0003"
    to_the_end(engine, visitor.sweep)
    for run_id in visitor.sweep.runs[:2]:
        change = curve.pick(visitor, {"run": run_id})
    assert [run["label"] for run in change["chart"]["runs"]] == [
        "L2 0.0003，前馈神经网络 16",
        "L2 0.0003，前馈神经网络 32",
    ]
    (one, _) = session.names_of(engine, visitor.session, ENGLISH).values()  # the same in the other language
    assert one.full == "L2 0.0003, Feed-forward network 16"


def test_a_model_that_has_no_such_size_says_so(engine):
    visitor = Visitor()
    first, *_ = CurveHandlers(Handlers(engine, ENGLISH, VOICE), NOTHING).begin(
        visitor, Chosen.of(lesson_for("hmm")), "units"
    )["status"]
    assert first.said == "HMM with decision trees has no Units."


def test_a_curve_that_the_server_has_forgotten_is_told_of(engine):
    kept = {"runs": [], "sweep": {"over": "strength", "settings": "l2.strength=0.001", "points": [[0.001, "gone"]]}}
    (first, *_) = Handlers(engine, ENGLISH, VOICE).arrive(Visitor(), kept, HEARD, {})["status"]
    assert first.said.startswith("Your strength curve is gone")
