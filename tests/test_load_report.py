"""What `python -m tts_demo load` says of a server is what the server's own engine says."""

import json
import threading
from contextlib import closing
from dataclasses import replace

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.browser_fixtures import free_port
from tests.test_training import TINY
from tts_demo import load_report
from tts_demo.__main__ import main
from tts_demo.engine import LocalEngine
from tts_demo.ui import metrics


@pytest.fixture
def serve():
    """Serves routes on this machine; returns the address."""
    servers = []

    def start(*routes):
        port = free_port()
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=list(routes)), port=port, log_level="error"))
        thread = threading.Thread(target=server.run)
        thread.start()
        servers.append((server, thread))
        while not server.started:
            assert thread.is_alive()
        return f"http://127.0.0.1:{port}/"

    yield start
    for server, thread in servers:
        server.should_exit = True
        thread.join()


def test_it_says_what_the_engine_says(tmp_path, serve, capsys):
    with closing(LocalEngine(tmp_path, workers=1)) as engine:
        address = serve(metrics.route(engine))
        assert main(["load", address]) == 0
        assert "no run is over" in capsys.readouterr().out
        list(engine.follow(engine.submit(TINY)))
        going = engine.submit(replace(TINY, updates=20_000))
        next(event for event in engine.follow(going) if event.event == "progress")
        engine.submit(TINY)
        assert main(["load", "--json", address]) == 0
        told, now = json.loads(capsys.readouterr().out), engine.figures()
        assert [told[name] for name in ("slots", "workers", "running", "waiting")] == [1, 1, 1, 1]
        assert told["ended"] == dict(now.ended) and told["ended"]["completed"] == 1 and told["refused"] == now.refused
        assert told["memory_mb"] > 50 and told["update_seconds"] > 0
        assert main(["load", address]) == 0
        said = capsys.readouterr().out
        assert "Runs: 1 under way of at most 1 at once, 1 waiting." in said and "1 completed" in said


def test_what_is_missing_is_left_out_and_a_lost_worker_said():
    text = "\n".join(
        f"tts_demo_{name} {value}"
        for name, value in [
            ("slots", 2),
            ("workers", 1),
            ("runs_running", 0),
            ("runs_waiting", 3),
            ("runs_refused_total", 4),
        ]
    )
    said = "\n".join(load_report.lines(load_report.read(text)))
    assert "Only 1 of 2 worker processes" in said and "4 refused" in said
    assert "Memory" not in said and "waits about" not in said


def test_who_is_not_told_and_who_asks_another_program_gets_a_sentence(serve, capsys):
    shut = serve(Route("/metrics", lambda request: PlainTextResponse("Not found", status_code=404)))
    other = serve(Route("/metrics", lambda request: PlainTextResponse("<html>")))
    busy = serve(Route("/metrics", lambda request: PlainTextResponse("busy", status_code=503)))
    nobody = f"http://127.0.0.1:{free_port()}"
    for address, said in (
        (shut, "does not tell this machine"), (other, "is not this program"), (busy, "with status 503"),
        (nobody, "No server answers"), ("no address", "No server answers"),
    ):  # fmt: skip
        assert main(["load", address]) == 2
        told = capsys.readouterr().err
        assert said in told and told.count("\n") == 1
