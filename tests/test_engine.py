"""The engine with real worker processes: isolation, stopping, leases, killed workers, curves free of their company."""

import functools
import os
import shutil
import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest

from tests import ray_cluster
from tests.test_training import TINY, without_seconds
from tts_demo import processes, training
from tts_demo.config import choose
from tts_demo.engine import EngineError, LocalEngine, jobs, measuring, pool, worker
from tts_demo.events import Finished, Progress, Snapshot, StrengthChanged
from tts_demo.settings import SettingError
from tts_demo.ui.locales.catalog import LANGUAGES

ENDLESS = replace(TINY, updates=20_000)


@pytest.fixture(scope="module")
def local_engine(tmp_path_factory):
    with closing(LocalEngine(tmp_path_factory.mktemp("engine"), workers=2, lease_seconds=60)) as engine:
        yield engine


@pytest.fixture(scope="module")
def ray_engine(tmp_path_factory):
    if not ray_cluster.INSTALLED:
        pytest.skip("Ray is not installed: pip install -r requirements-ray.txt")
    from tts_demo.engine.ray_engine import RayEngine

    with (
        ray_cluster.cluster(2) as cluster,
        closing(RayEngine(tmp_path_factory.mktemp("ray"), cluster.address, lease_seconds=60)) as engine,
    ):
        yield engine


@pytest.fixture(params=["local", "ray"])
def engine(request):
    """Each kind of engine, with two workers: whoever uses it cannot tell which one it is."""
    return request.getfixturevalue(f"{request.param}_engine")


def until_step(engine, run_id, step):
    """Follow a run until it has done some updates."""
    for event in engine.follow(run_id):
        if isinstance(event, Progress) and event.step >= step:
            return event
    raise AssertionError("the run ended before")


def test_a_run_gives_the_loops_own_events(engine):
    run_id = engine.submit(TINY)
    happenings = list(engine.follow(run_id))
    assert without_seconds(happenings) == without_seconds(training.train(TINY))
    assert list(engine.follow(run_id, start=40)) == happenings[40:], "anybody may follow again, from the n-th on"
    assert engine.run(run_id).events() == happenings
    assert all(not event.weights for event in happenings if isinstance(event, Snapshot))


def test_a_run_tells_how_long_its_like_will_take(tmp_path):
    with closing(LocalEngine(tmp_path, workers=1)) as engine:
        begins = engine.submit(TINY)
        begun = next(event for event in engine.follow(begins) if isinstance(event, Progress))
        guess = engine.promised_seconds(begins)
        assert guess == engine.expected_seconds([TINY]) > 0 == begun.step
        happenings = list(engine.follow(begins))
        before = engine.expected_seconds([TINY])
        assert before >= happenings[-1].seconds
        assert before != guess == engine.promised_seconds(begins), "what was promised stays, what is expected learns"
        longer = engine.expected_seconds([replace(TINY, updates=10 * TINY.updates)])
        assert before < longer < 10 * before
        list(engine.follow(engine.submit(replace(TINY, updates=20, seed=1))))
        stopped = engine.submit(replace(ENDLESS, seed=2))
        until_step(engine, stopped, 1)
        known = engine.expected_seconds([TINY])
        engine.end(stopped)
        list(engine.follow(stopped))
        assert engine.expected_seconds([TINY]) == known, "a run that was stopped tells nothing"


def test_workers_that_idle_measure_alone_and_together(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "QUIET_SECONDS", 0.0)
    orders = []
    send = pool.Worker.send
    monkeypatch.setattr(
        pool.Worker, "send", lambda worker, order: (orders.append((worker, order)), send(worker, order))
    )
    with closing(LocalEngine(tmp_path, workers=2)) as engine:
        until = time.monotonic() + 120
        while len(engine._times._idle) < 2 or len(engine._times._together) < 2:
            assert time.monotonic() < until, "no worker has measured"
            threading.Event().wait(0.05)
        asked = [worker for worker, order in orders if order == ("measure",) and worker in engine._pool.workers]
        first, second = engine._pool.workers
        assert asked[:4] == [first, first, second, second], "one, both, the other"
        assert engine.expected_seconds([TINY]) > 0
        happenings = list(engine.follow(engine.submit(TINY)))  # perhaps while one still measures
        assert without_seconds(happenings) == without_seconds(training.train(TINY))


def test_curves_do_not_depend_on_company(engine):
    alone = without_seconds(engine.follow(engine.submit(TINY)))
    other = engine.submit(replace(ENDLESS, seed=5))
    until_step(engine, other, 1)
    beside = without_seconds(engine.follow(engine.submit(TINY)))
    engine.end(other)
    assert beside == alone
    assert list(engine.follow(other))[-1].reason == "stopped"


def test_stop_reaches_a_run_that_goes_on_and_one_that_waits(engine):
    running = [engine.submit(ENDLESS) for _ in range(2)]
    for run_id in running:
        until_step(engine, run_id, 1)
    waiting = engine.submit(ENDLESS)
    assert engine.queue_position(waiting) == 1
    engine.end(waiting)
    assert [event.reason for event in engine.follow(waiting)] == ["stopped"]
    for run_id in running:
        engine.end(run_id)
        engine.end(run_id)
        last = list(engine.follow(run_id))[-1]
        assert last.reason == "stopped"
        assert engine.run(run_id).snapshots()[-1] == last.step


def test_a_killed_worker_fails_its_run_and_nothing_else(local_engine):
    engine = local_engine
    victim, other = engine.submit(ENDLESS), engine.submit(replace(ENDLESS, seed=1))
    for run_id in (victim, other):
        until_step(engine, run_id, 1)
    engine._jobs[victim].worker.process.kill()
    last = list(engine.follow(victim))[-1]
    assert last.reason == "failed" and "unexpectedly" in str(last.message)
    engine.end(other)
    assert list(engine.follow(other))[-1].reason == "stopped"
    assert list(engine.follow(engine.submit(TINY)))[-1].reason == "completed"
    assert list(engine.follow(engine.submit(TINY)))[-1].reason == "completed"
    assert all(process.is_alive() for process in engine.worker_processes())


def test_strength_changes_across_processes(engine):
    run_id = engine.submit(replace(ENDLESS, regularizers=(choose("regularizer", "weight_range", strength=1.0),)))
    until_step(engine, run_id, 1)
    with pytest.raises(SettingError):
        engine.set_strength(run_id, "weight_range", float("nan"))
    engine.set_strength(run_id, "weight_range", 0.02)
    for event in engine.follow(run_id):
        if event.event == "strength_changed":
            assert event.strength == 0.02
            break
    engine.end(run_id)


def test_a_strength_changed_while_a_run_waits_counts_from_its_first_update(engine):
    before = [engine.submit(ENDLESS) for _ in range(3)]  # more than there are workers
    waiting = engine.submit(replace(TINY, regularizers=(choose("regularizer", "weight_range", strength=1.0),)))
    assert engine.queue_position(waiting) > 0
    engine.set_strength(waiting, "weight_range", 0.02)
    for run_id in before:
        engine.end(run_id)
    told = [event for event in engine.follow(waiting) if isinstance(event, StrengthChanged)]
    assert told == [StrengthChanged(0, "weight_range", 0.02)]


def test_a_run_that_cannot_start_says_why(engine):
    last = list(engine.follow(engine.submit(replace(TINY, keep_in=("no-such",)))))[-1]
    assert last == Finished("failed", last.message)
    assert "no prompt named 'no-such'" in str(last.message)
    chinese = LANGUAGES["zh"].sentence(last.message)
    assert chinese.startswith("语料库 ") and chinese.endswith(" 里没有名为 'no-such' 的语句。")


def raises(connection):
    raise RuntimeError("no such library")


def ends(connection):
    os._exit(7)


def the_first_only(place, connection):
    """A worker's program that fails, but for the first process that asks."""
    try:
        os.mkdir(place)
    except FileExistsError:
        raises(connection)
    worker.work(connection)


@pytest.mark.parametrize(("program", "why"), [(raises, "RuntimeError: no such library"), (ends, "exit code was 7")])
def test_where_no_worker_can_start_runs_fail_with_a_sentence(tmp_path, monkeypatch, capsys, program, why):
    monkeypatch.setattr(pool, "work", program)
    with closing(LocalEngine(tmp_path, workers=2)) as engine:
        starts = watch_starts(engine)
        waiting = [engine.submit(TINY) for _ in range(3)]
        for run_id in (*waiting, engine.submit(TINY)):  # those that are there, and one that comes later
            (end,) = engine.follow(run_id)
            assert end.reason == "failed" and "cannot train" in str(end.message)
        assert not len(engine._queue) and len(starts) <= pool.STARTS + 2 + len(waiting)
        monkeypatch.setattr(pool, "work", worker.work)  # whatever it was, it is over
        assert list(engine.follow(engine.submit(TINY)))[-1].reason == "completed"
    said = capsys.readouterr().err
    assert said.count(why) == 1 and said.count("ended as it started") == 1


def watch_starts(engine):
    """Each start of a worker from now on."""
    starts, start = [], engine._pool.start_worker
    engine._pool.start_worker = lambda: starts.append(1) or start()
    return starts


def test_where_no_process_can_be_had_runs_fail_with_a_sentence(tmp_path, monkeypatch, capsys):
    def start(process):
        raise OSError("Cannot allocate memory")

    monkeypatch.setattr(processes.context().Process, "start", start)
    with closing(LocalEngine(tmp_path)) as engine:
        (end,) = engine.follow(engine.submit(TINY))
        assert end.reason == "failed" and "cannot train" in str(end.message)
    assert capsys.readouterr().err.count("Cannot allocate memory") == 1


def test_an_engine_that_idles_without_workers_goes_on(tmp_path, monkeypatch):
    """In the quiet, workers measure how quick they are; where there are none, nothing does."""
    monkeypatch.setattr(measuring, "QUIET_SECONDS", -1.0)
    monkeypatch.setattr(pool, "work", ends)
    with closing(LocalEngine(tmp_path, workers=1)) as engine:
        rounds, ended, measure = [], threading.Event(), engine._measuring.ask

        def counted(workers):
            measure(workers)
            rounds.append(len(workers))
            if rounds.count(0) > 1:
                ended.set()

        engine._measuring.ask = counted
        assert ended.wait(60)
        (end,) = engine.follow(engine.submit(TINY))
        assert end.reason == "failed" and "cannot train" in str(end.message)


def test_one_worker_that_starts_is_enough(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pool, "work", functools.partial(the_first_only, str(tmp_path / "first")))
    with closing(LocalEngine(tmp_path / "runs", workers=2)) as engine:
        starts = watch_starts(engine)
        for run_id in [engine.submit(TINY) for _ in range(3)]:
            assert list(engine.follow(run_id))[-1].reason == "completed"
        assert len(starts) <= 2 * pool.STARTS
    assert capsys.readouterr().err.count("ended as it started") == 1


def test_unknown_runs(engine):
    for call in (engine.end, engine.queue_position, engine.run, lambda run_id: list(engine.follow(run_id))):
        with pytest.raises(EngineError, match="no such run"):
            call("guessed")


def test_ids_cannot_be_guessed(engine):
    ids = {engine.submit(replace(TINY, updates=1)) for _ in range(5)}
    assert len(ids) == 5 and all(len(run_id) >= 20 for run_id in ids)
    for run_id in ids:
        list(engine.follow(run_id))


@pytest.mark.parametrize("limit", ["runs", "bytes", "share"])
def test_old_runs_are_forgotten_with_their_directories(tmp_path, monkeypatch, limit):
    with closing(LocalEngine(tmp_path, workers=1, lease_seconds=600)) as engine:
        old, new = engine.submit(TINY), engine.submit(TINY)
        for run_id in (old, new):
            list(engine.follow(run_id))
        size = sum(file.stat().st_size for file in engine.run(new).directory.rglob("*") if file.is_file())
        if limit == "runs":
            monkeypatch.setattr(jobs, "KEPT_RUNS", 1)
        elif limit == "bytes":
            monkeypatch.setattr(jobs, "KEPT_BYTES", int(1.5 * size))
        else:
            monkeypatch.setattr(jobs, "KEPT_SHARE", 1.5 * size / shutil.disk_usage(tmp_path).total)
        newest = engine.submit(TINY)
        list(engine.follow(newest))
        with pytest.raises(EngineError, match="no such run"):
            engine.run(old)
        assert {place.name for place in tmp_path.iterdir()} == {new, newest}


def test_runs_that_never_began_push_no_other_out_and_are_forgotten_too(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "KEPT_RUNS", 2)
    with closing(LocalEngine(tmp_path, workers=1, lease_seconds=600)) as engine:
        finished_run = engine.submit(TINY)
        list(engine.follow(finished_run))
        going = engine.submit(ENDLESS)
        never = [engine.submit(TINY) for _ in range(4)]
        for run_id in never:
            engine.end(run_id)
        engine.end(engine.submit(TINY))  # the oldest of them make room when another one is taken
        assert engine.run(finished_run).end() is not None
        with pytest.raises(EngineError, match="no such run"):
            engine.queue_position(never[0])
        engine.end(going)


def test_reading_a_run_is_no_watching_it(tmp_path):
    """Of two runs that are read all the time, the one whose lease is renewed goes on."""
    with closing(LocalEngine(tmp_path, workers=2, lease_seconds=1, patient_seconds=1)) as engine:
        watched, read = (engine.submit(replace(ENDLESS, seed=seed)) for seed in (1, 2))
        events = []
        while not events or not isinstance(events[-1], Finished):
            engine.renew_lease(watched)
            events += engine.events_after(read, len(events), timeout=0.1)
        assert events[-1].reason == "abandoned"
        assert not engine._jobs[watched].over
        with pytest.raises(EngineError, match="no such run"):
            engine.renew_lease("guessed")


def test_nobody_watching_ends_a_run_and_closing_leaves_nothing(tmp_path):
    threads = set(threading.enumerate())
    engine = LocalEngine(tmp_path, workers=1, lease_seconds=0.6, patient_seconds=0.6)
    run_id = engine.submit(ENDLESS)
    until_step(engine, run_id, 1)
    processes = engine.worker_processes()
    assert len(processes) == 1
    job = engine._jobs[run_id]
    with engine._changed:
        assert engine._changed.wait_for(lambda: job.over, timeout=60)
    assert job.events[-1].reason == "abandoned"
    engine.close()
    engine.close()
    assert not any(process.is_alive() for process in processes)
    assert set(threading.enumerate()) <= threads
    with pytest.raises(EngineError, match="closed"):
        engine.submit(TINY)
