"""Runs on a cluster of several nodes of which some are lost; and what is said where there is no cluster."""

import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests import ray_cluster
from tests.test_engine import ENDLESS, until_step
from tests.test_training import TINY, without_seconds
from tts_demo import evaluation, sweeps, training
from tts_demo.config import choose
from tts_demo.engine import EngineError
from tts_demo.engine.choosing import engine_named
from tts_demo.engine.ray_engine import RayEngine
from tts_demo.events import Snapshot, StrengthChanged
from tts_demo.ui.locales.catalog import LANGUAGES

ROOT = Path(__file__).parent.parent
needs_ray = pytest.mark.skipif(
    not ray_cluster.INSTALLED, reason="Ray is not installed: pip install -r requirements-ray.txt"
)


class Changing(training.Control):
    """The changes that a run was told of, at the same updates."""

    def __init__(self, changes):
        super().__init__()
        self._planned, self._step = changes, 0

    def strength_changes(self):
        for change in self._planned:
            if change.step == self._step:
                self.set_strength(change.regularizer, change.strength)
        self._step += 1
        return super().strength_changes()


@needs_ray
def test_a_lost_nodes_run_goes_on_elsewhere_with_the_same_curve(tmp_path, capfd):
    """Strengths that were changed before and after its last snapshot included; and nothing of it is told twice."""
    chosen = tuple(choose("regularizer", name) for name in ("dropout", "weight_range"))
    configs = [replace(TINY, seed=seed, updates=800, regularizers=chosen) for seed in (1, 2)]
    with ray_cluster.cluster(2) as cluster, closing(RayEngine(tmp_path, cluster.address, lease_seconds=600)) as engine:
        assert engine.figures().slots == 2
        run_ids = [engine.submit(config) for config in configs]
        for step, change in ((30, ("dropout", 0.5)), (150, ("weight_range", 0.02))):
            for run_id in run_ids:
                until_step(engine, run_id, step)
                engine.set_strength(run_id, *change)
        for run_id in run_ids:
            until_step(engine, run_id, 200)
        cluster.kill_one()
        for config, run_id in zip(configs, run_ids, strict=True):
            happened = list(engine.follow(run_id))
            assert happened[-1].reason == "completed"
            changes = [event for event in happened if isinstance(event, StrengthChanged)]
            assert [event.strength for event in changes] == [0.5, 0.02]
            assert without_seconds(happened) == without_seconds(training.train(config, Changing(changes)))
            run = engine.run(run_id)
            assert run.events() == happened
            assert run.snapshots() == [event.step for event in happened if isinstance(event, Snapshot)]
            assert {file.name for file in run.directory.iterdir()} == {
                "config.json", "events.jsonl", "snapshots", evaluation.KEPT,
            }  # fmt: skip
        assert sorted(engine._jobs[run_id].lost for run_id in run_ids) == [0, 1]
    assert "is lost" in capfd.readouterr().err


def waits(engine, run_id):
    """Whether a run waits again, which takes as long as Ray needs to notice that a node is lost."""
    job = engine._jobs[run_id]
    with engine._changed:
        return engine._changed.wait_for(lambda: engine._queue.place(job) == 1, timeout=120)


@needs_ray
def test_a_run_waits_for_a_node_and_can_be_stopped_meanwhile(tmp_path):
    config = replace(TINY, updates=1500)
    with ray_cluster.cluster(1) as cluster, closing(RayEngine(tmp_path, cluster.address, lease_seconds=600)) as engine:
        run_id = engine.submit(config)
        until_step(engine, run_id, 90)
        cluster.kill_one()
        assert waits(engine, run_id)
        cluster.add_one()
        happened = list(engine.follow(run_id))
        assert happened[-1].reason == "completed"
        assert without_seconds(happened) == without_seconds(training.train(config))
        stopped = engine.submit(ENDLESS)
        until_step(engine, stopped, 90)
        cluster.kill_one()
        assert waits(engine, stopped)
        engine.end(stopped)
        *_, last, end = engine.follow(stopped)
        assert end.reason == "stopped" and "what it learned so far is kept" in str(end.message)
        assert last.step >= 90 and engine.run(stopped).snapshots()[:3] == [5, 20, 80]


@needs_ray
def test_where_the_cluster_is_lost_runs_fail_with_a_sentence_and_the_program_lives(tmp_path):
    with ray_cluster.cluster(1) as cluster, closing(RayEngine(tmp_path, cluster.address, lease_seconds=600)) as engine:
        going, waiting = engine.submit(ENDLESS), engine.submit(TINY)
        until_step(engine, going, 1)
        cluster.kill_all()
        for run_id in (going, waiting):
            *_, end = engine.follow(run_id)
            assert end.reason == "failed" and "Ray cluster" in str(end.message)
            assert "Ray 集群" in LANGUAGES["zh"].sentence(end.message)
        assert not engine.can_train()
        assert engine.run(going).events(), "what it had learned is kept"


@needs_ray
def test_a_sweep_on_a_cluster_is_the_sweep_of_this_machine(tmp_path):
    command = [sys.executable, "-m", "tts_demo", "sweep", "--config", "-", "--over", "units", "--values", "16", "24"]
    here, there = tmp_path / "here", tmp_path / "there"
    with ray_cluster.cluster(2) as cluster:
        for folder, engine in ((here, "local"), (there, f"ray://{cluster.address}")):
            done = subprocess.run(
                [*command, "--engine", engine, "--out", str(folder)],
                input=TINY.to_json(), text=True, capture_output=True, cwd=ROOT, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
    from tts_demo import sweep_recording

    (one, points, runs), (other, others, elsewhere) = (sweep_recording.load(folder) for folder in (here, there))
    assert one == other and isinstance(one, sweeps.Sweep)
    assert points == others
    for run, same in zip(runs, elsewhere, strict=True):
        assert without_seconds(run.events()) == without_seconds(same.events())
        assert run.snapshots() == same.snapshots()
    assert {file.name for file in there.iterdir()} == {file.name for file in here.iterdir()}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ray://127.0.0.1:1", "The Ray cluster at 127.0.0.1:1 cannot be reached: Connection refused"),
        ("ray://nowhere", "A Ray cluster's address is ray://HOST:PORT, not ray://nowhere."),
        ("dask", "There is no engine 'dask'; there is local, ray, ray://HOST:PORT."),
    ],
)
def test_what_cannot_be_reached_is_one_sentence(name, said, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda *of: object())  # as if it were installed
    with pytest.raises(EngineError) as refused:
        engine_named(name, tmp_path)
    assert str(refused.value) == said


def test_the_command_line_says_it_and_no_more(tmp_path):
    for command in (["app.py"], ["-m", "tts_demo", "sweep", "--regularizer", "l2", "--out", str(tmp_path / "sweep")]):
        done = subprocess.run(
            [sys.executable, *command, "--engine", "dask"], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode in (1, 2) and done.stderr.count("\n") == 1
        assert "There is no engine 'dask'" in done.stderr


def test_nothing_of_it_is_imported_where_it_is_not_asked_for():
    script = (
        "import sys, tts_demo.ui.server, tts_demo.engine.ray_engine, tts_demo.__main__; print('ray' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "False\n"


def test_without_ray_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda *of: None)
    with pytest.raises(EngineError, match=r"requirements-ray\.txt"):
        engine_named("ray", tmp_path)
