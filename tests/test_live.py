"""What the browser is told between two evaluations: each update of the runs that go on, and nothing else."""

import json
import re
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.test_training import TINY
from tts_demo.engine import LocalEngine
from tts_demo.ui import live
from tts_demo.ui.language import LANGUAGES


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = LocalEngine(tmp_path_factory.mktemp("runs"))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def client(engine):
    with TestClient(Starlette(routes=[live.route(engine)])) as client:
        yield client


def heard(client, language, runs):
    """What is said of each run, in order, until the server has nothing more to say."""
    said = {run_id: [] for run_id in runs}
    address = live.address(LANGUAGES[language])
    with client.stream("GET", address, params={"run": runs}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line:
                for run_id, text in json.loads(line.removeprefix("data: ")).items():
                    said[run_id].append(text)
    return said


def test_two_runs_are_told_of_until_both_are_over(engine, client):
    runs = [engine.submit(replace(TINY, updates=updates)) for updates in (60, 400)]
    said = heard(client, "en", [*runs, "no-such-run"])
    for run_id, total in zip(runs, (60, 400), strict=True):
        updates = [int(found[1]) for text in said[run_id] if (found := re.search(rf"update (\d+) of {total}", text))]
        assert updates == sorted(set(updates)) and updates  # each of them once
    assert not said["no-such-run"]
    for run_id in runs:
        assert list(engine.follow(run_id))[-1].reason == "completed"
    over = client.get(live.address(LANGUAGES["en"]), params={"run": runs})
    assert (over.status_code, over.content) == (204, b"")  # a browser does not ask again


def test_each_language_is_told_in_its_words(engine, client):
    (said,) = heard(client, "zh", [engine.submit(replace(TINY, updates=400))]).values()
    assert said and not any("update" in text for text in said)


@pytest.mark.parametrize("asked", ["/live/en", "/live/en?run=", "/live/en?run=nobody", "/live/tlh?run=x", "/live/%00"])
def test_whoever_asks_for_nothing_that_goes_on_gets_nothing(client, asked):
    assert client.get(asked).status_code == 204
