"""What Prometheus reads of the server: who may, and that it is what has happened."""

import os
from contextlib import closing
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.test_training import TINY
from tts_demo.engine import EngineError, LocalEngine, local
from tts_demo.ui import metrics


def asked(engine, client=("127.0.0.1", 5), **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    with TestClient(Starlette(routes=[metrics.route(engine)]), client=client) as web:
        return web.get(metrics.PATH, headers=headers)


def values(answer):
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found[(sample.name, *sample.labels.values())] = sample.value
    return found


def test_it_tells_what_has_happened_and_names_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(local, "QUEUE_LIMIT", 1)
    with closing(LocalEngine(tmp_path, workers=1)) as engine:
        whole = engine.submit(TINY)
        list(engine.follow(whole))
        going = engine.submit(replace(TINY, updates=20_000))
        while engine.queue_position(going):  # until a worker has it
            pass
        waiting = engine.submit(TINY)
        with pytest.raises(EngineError):
            engine.submit(TINY)
        answer = asked(engine)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
        told = values(answer)
        assert [told["tts_demo_runs_ended_total", "completed"], told["tts_demo_runs_refused_total",]] == [1, 1]
        assert [told[f"tts_demo_{name}",] for name in ("slots", "workers", "runs_running", "runs_waiting")] == [1] * 4
        assert told["tts_demo_memory_bytes",] > told["process_resident_memory_bytes",] / 10
        assert not any(run_id in answer.text for run_id in (whole, going, waiting))
        engine.end(waiting)
        assert values(asked(engine))["tts_demo_runs_ended_total", "stopped"] == 1


def test_this_machine_may_read_and_nobody_else_without_the_token(tmp_path, monkeypatch):
    with closing(LocalEngine(tmp_path, workers=1)) as engine:
        assert asked(engine).status_code == 200
        assert asked(engine, ("::1", 5)).status_code == 200
        assert asked(engine, ("192.0.2.7", 5)).status_code == 404
        assert asked(engine, ("somewhere", 5)).status_code == 404
        for added in ("forwarded", "x_forwarded_for", "x_forwarded_host", "x_real_ip", "via"):
            assert asked(engine, **{added: "192.0.2.7"}).status_code == 404  # a proxy here asks for somebody elsewhere
        assert asked(engine, ("192.0.2.7", 5), authorization="Bearer ").status_code == 404
        monkeypatch.setenv(metrics.TOKEN, "wörd")
        far = ("192.0.2.7", 5)
        assert asked(engine, far, authorization="Bearer wörd".encode()).status_code == 200
        assert asked(engine, far, authorization="Bearer word").status_code == 404
        assert asked(engine, far, authorization="wörd".encode()).status_code == 404


def test_memory_counts_those_below(tmp_path):
    with closing(LocalEngine(tmp_path, workers=1)) as engine:
        list(engine.follow(engine.submit(TINY)))
        (worker,) = engine.worker_processes()
        own = metrics.memory_bytes(worker.pid)
        assert own and metrics.memory_bytes(os.getpid()) > own
    assert metrics.memory_bytes(2**22 + 1) is None  # no process
