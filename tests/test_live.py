"""What the browser is told between two evaluations: each update of the runs that go on, and nothing else."""

import json
import re
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.test_training import TINY
from tts_demo.engine import LocalEngine
from tts_demo.ui import live, session
from tts_demo.ui.language import LANGUAGES
from tts_demo.ui.loss_chart import encode_rows


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
    """What is said of each run, in order, until the server has nothing more to say; and its points."""
    said, points = {run_id: [] for run_id in runs}, {run_id: [] for run_id in runs}
    address = live.address(LANGUAGES[language])
    with client.stream("GET", address, params={"run": runs}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line:
                for run_id, news in json.loads(line.removeprefix("data: ")).items():
                    assert news, "a run without news is left out"
                    said[run_id] += [news["said"]] if "said" in news else []
                    points[run_id] += [news["points"]] if "points" in news else []
    return said, points


def test_two_runs_are_told_of_until_both_are_over(engine, client):
    runs = [engine.submit(replace(TINY, updates=updates)) for updates in (60, 400)]
    said, points = heard(client, "en", [*runs, "no-such-run"])
    for run_id, total in zip(runs, (60, 400), strict=True):
        updates = [int(found[1]) for text in said[run_id] if (found := re.search(rf"update (\d+) of {total}", text))]
        assert updates == sorted(set(updates)) and updates  # each of them once
    assert not said["no-such-run"]
    for run_id in runs:
        happenings = list(engine.follow(run_id))
        assert happenings[-1].reason == "completed"
        whole = encode_rows(session.points_of(happenings))
        assert points[run_id] and all(whole.startswith(some) for some in points[run_id])
        assert points[run_id] == sorted(set(points[run_id]), key=len), "only when there is a new one"
    over = client.get(live.address(LANGUAGES["en"]), params={"run": runs})
    assert (over.status_code, over.content) == (204, b"")  # a browser does not ask again


def test_each_language_is_told_in_its_words(engine, client):
    (said,) = heard(client, "zh", [engine.submit(replace(TINY, updates=400))])[0].values()
    assert said and not any("update" in text for text in said)


@pytest.mark.parametrize("asked", ["/live/en", "/live/en?run=", "/live/en?run=nobody", "/live/tlh?run=x", "/live/%00"])
def test_whoever_asks_for_nothing_that_goes_on_gets_nothing(client, asked):
    assert client.get(asked).status_code == 204
