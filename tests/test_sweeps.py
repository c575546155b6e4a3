"""Sweeps: their points, what they come to, and what a folder keeps of them."""

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests import test_training
from tests.command_line import tts_demo
from tts_demo import figures, sweep_recording
from tts_demo.config import choose
from tts_demo.events import Finished, Progress, Started
from tts_demo.messages import Message
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import describe
from tts_demo.strengths import default_strength, offered
from tts_demo.sweeps import Point, SweepError, best_of, less_is_stronger, plan, point_of, regions_of

TINY = replace(test_training.TINY, updates=2, model=choose("model", "feed_forward", units=16))
WITH_L2 = replace(TINY, regularizers=(choose("regularizer", "l2"),))
FAST = ["--corpus", "tiny", "--updates", "2", "--set", "model.units=16"]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", [name for name in REGULARIZERS if default_strength(name, "adam") is not None])
def test_a_curve_goes_over_the_strengths_that_the_page_offers_or_over_points_evenly_apart(name, optimizer):
    loss = "cross_entropy" if name == "label_smoothing" else "mse"
    base = replace(TINY, model=choose("model", "rnn"), loss=loss, optimizer=optimizer)
    base = replace(base, regularizers=(choose("regularizer", name),))
    assert list(plan(base, "strength").values) == offered(name, optimizer)
    sweep = plan(base, "strength", points=8)
    description, _ = describe(REGULARIZERS[name].Settings)["strength"]
    default = default_strength(name, optimizer)
    assert len(sweep.values) == 8 or sweep.axis.whole
    assert sweep.values[0] <= default <= sweep.values[-1] == description.maximum
    assert [config.regularizers[0].settings.strength for config in sweep.configs()] == list(sweep.values)
    places = np.log(sweep.values) if sweep.axis.scale == "log" else np.array(sweep.values)
    if not sweep.axis.whole:
        assert np.allclose(np.diff(places), np.diff(places).mean(), rtol=0.25)  # rounded to two digits
    assert less_is_stronger(sweep) == (REGULARIZERS[name].family == "hard")


@pytest.mark.parametrize("model", MODELS)
def test_every_number_of_a_model_is_an_axis(model):
    base = replace(TINY, model=choose("model", model))
    for name, (description, default) in describe(MODELS[model].Settings).items():
        if isinstance(default, int):
            sweep = plan(base, name, points=4)
            assert sweep.values[-1] == description.maximum
            assert less_is_stronger(sweep) == (name != "smallest_leaf")
            assert [config.model.settings.to_mapping()[name] for config in sweep.configs()] == list(sweep.values)
    assert [config.speech_seconds for config in plan(base, "speech_seconds", values=[60, 30]).configs()] == [30, 60]


@pytest.mark.parametrize(
    ("base", "over", "more", "said"),
    [
        (TINY, "strength", {}, "exactly one regularizer"),
        (WITH_L2, "cell", {}, "not over 'cell'"),
        (WITH_L2, "x" * 99, {}, "not over 'xxx"),
        (WITH_L2, "strength", {"points": 1}, "2 to 16 points, not 1"),
        (WITH_L2, "strength", {"points": 17}, "2 to 16 points, not 17"),
        (WITH_L2, "strength", {"values": [0.001, 0.001]}, "2 to 16 different points, not 1"),
        (WITH_L2, "strength", {"values": [0, 0.001]}, "above 0"),
        (WITH_L2, "strength", {"values": [0.001, float("nan")]}, "Strength λ"),
        (WITH_L2, "strength", {"values": [0.001, 5]}, "Strength λ"),
        (WITH_L2, "units", {"values": [16, 16.5]}, "Units must be a whole number"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_trained(base, over, more, said):
    with pytest.raises(ValueError, match=said):
        plan(base, over, **more)


def test_regions_are_told_by_both_losses():
    best = Point(3, "completed", 0.50, 0.60)
    points = [Point(1, "completed", 0.30, 0.70), Point(2, "completed", 0.40, 0.629), best,
              Point(4, "completed", 0.60, 0.64), Point(5, "diverged", None, None)]  # fmt: skip
    assert best_of(points) == best and best_of(points[-1:]) is None
    assert regions_of(points) == ["overfitting", "best", "best", "underfitting", None]
    # what lies between two that are as good as the best is one with them; a run without a loss is in no region
    between = Point(2.5, "completed", 0.45, 0.66)
    assert regions_of([*points[:2], between, best, None]) == ["overfitting", "best", "best", "best", None]
    assert regions_of([None, points[-1]]) == [None, None]


def test_a_point_has_the_losses_of_the_weights_that_the_run_ended_with():
    happened = [Started(1, 1.0, 1, 1, 9), Progress(9, None, 0.0, 1.0, 0.4, 0.9, weight_norm=7.0)]
    end = Finished("early_stopped", Message(""), 5, 1.0, 0.5, 0.8)
    assert point_of(2.0, happened) is None
    assert point_of(2.0, [*happened, end]) == Point(2.0, "early_stopped", 0.5, 0.8, 7.0)
    for reason in ("diverged", "failed", "stopped", "abandoned"):
        assert point_of(2.0, [*happened, replace(end, reason=reason)]).validation_loss is None
    assert point_of(2.0, [*happened, replace(end, validation_loss=None)]).training_loss is None


def changed_at(folder):
    return {
        path: path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (".lock", "sweep.json")
    }


def test_a_sweep_is_resumed_loaded_and_drawn(tmp_path):
    folder, lines = tmp_path / "sweep", []
    sweep_recording.record(plan(WITH_L2, "strength", values=[1e-4, 1e-2]), folder)
    before = changed_at(folder)
    sweep = plan(WITH_L2, "strength", values=[1e-4, 1e-3, 1e-2])
    points = sweep_recording.record(sweep, folder, tell=lines.append)
    assert lines[0] == "2 of 3 runs are there already" and len(lines) == 2
    after = changed_at(folder)
    assert before.items() <= after.items() and len(after) > len(before)
    assert [point.value for point in points] == [1e-4, 1e-3, 1e-2]
    found, kept, runs = sweep_recording.load(folder)
    assert (found, kept) == (sweep, points)
    for run, point in zip(runs, points, strict=True):
        assert run.config == sweep.config(point.value)
        assert run.end().validation_loss == point.validation_loss and point.weight_norm > 0
    (axes,) = figures.draw_sweep(sweep, points).axes
    drawn = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert drawn["validation"] == [[point.value, point.validation_loss] for point in points]
    assert drawn["training"] == [[point.value, point.training_loss] for point in points]
    best = best_of(points)
    assert drawn["best"] == [[best.value, best.validation_loss]]


def test_each_value_has_a_folder_of_its_own(tmp_path):
    sweep = plan(WITH_L2, "strength", values=[0.001, 0.0010000001])
    names = [sweep_recording.directory_of(sweep, value, tmp_path).name for value in sweep.values]
    assert names == ["strength-0.001", "strength-0.0010000001"]


def test_another_sweep_or_a_damaged_one_is_refused_and_left_alone(tmp_path):
    sweep_recording.record(plan(WITH_L2, "strength", values=[1e-4, 1e-3]), tmp_path)
    kept = (tmp_path / "sweep.json").read_bytes()
    for other in (plan(replace(WITH_L2, seed=5), "strength", values=[1e-4, 1e-3]), plan(WITH_L2, "units", points=3)):
        with pytest.raises(SweepError, match="holds another sweep"):
            sweep_recording.record(other, tmp_path)
    with pytest.raises(SweepError, match="at least one worker"):
        sweep_recording.record(plan(WITH_L2, "strength", values=[1e-4, 1e-3]), tmp_path, workers=0)
    (tmp_path / "strength-0.0002").mkdir()
    shutil.copytree(tmp_path / "strength-0.001", tmp_path / "strength-0.0002", dirs_exist_ok=True)
    with pytest.raises(SweepError, match="other settings"):
        sweep_recording.record(plan(WITH_L2, "strength", values=[1e-4, 2e-4]), tmp_path)
    with sweep_recording._alone(tmp_path), pytest.raises(SweepError, match="Another sweep goes on"):
        sweep_recording.record(plan(WITH_L2, "strength", values=[1e-4, 1e-3]), tmp_path)
    assert (tmp_path / "sweep.json").read_bytes() == kept
    for damaged in (b"{", b"[]", b"null", kept.replace(b'"strength"', b'"what"'), kept.replace(b"0.0001", b"-1")):
        (tmp_path / "sweep.json").write_bytes(damaged)
        with pytest.raises(SweepError, match="is damaged"):
            sweep_recording.load(tmp_path)
    with pytest.raises(SweepError, match="is not a sweep"):
        sweep_recording.load(tmp_path / "nowhere")


def test_the_command_line_sweeps_and_draws(tmp_path):
    done = tts_demo("sweep", *FAST, "--over", "units", "--values", "16", "32", "--out", tmp_path / "a")
    assert done.returncode == 0, done.stderr
    written = json.loads((tmp_path / "a" / "sweep.json").read_text())
    assert [point["value"] for point in written["points"]] == [16, 32] and written["over"] == "units"
    for suffix, begins in (("pdf", b"%PDF"), ("svg", b"<?xml"), ("png", b"\x89PNG")):
        assert (tmp_path / "a" / f"curve.{suffix}").read_bytes().startswith(begins)
    for wrong in (["--over", "cell"], ["--points", "1", "--regularizer", "l2"], []):
        refused = tts_demo("sweep", *FAST, *wrong, "--out", tmp_path / "b")
        assert refused.returncode == 2 and len(refused.stderr.splitlines()) == 1, refused.stderr
        assert not (tmp_path / "b").exists()


def test_control_c_keeps_what_is_done_and_leaves_no_process(tmp_path):
    sweep = plan(replace(WITH_L2, updates=20_000), "strength", values=[0.001, 0.002])
    done = plan(WITH_L2, "strength", values=[0.001, 0.002])
    (tmp_path / "config.json").write_text(sweep.base.to_json())
    arguments = ["--config", tmp_path / "config.json", "--values", 0.001, 0.002, "--out", tmp_path / "out"]
    command = [sys.executable, "-m", "tts_demo", "sweep", *map(str, arguments)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not list((tmp_path / "out").glob("*.partial")):  # until a run has begun
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        # the pipe is at its end when nobody holds it any more: neither the program nor a process that it started
        assert process.stderr.read() == "Interrupted.\n"
        assert process.wait() == 130
    assert len(sweep_recording.record(done, tmp_path / "out")) == 2  # what was interrupted is in nobody's way
