"""What the browser is told between two stages: each update of the runs that it asks about, and nothing else."""

import re
from contextlib import closing
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.test_training import TINY
from tts_demo.engine import LocalEngine
from tts_demo.events import finished, points_of
from tts_demo.ui.components.loss_chart import encode_rows
from tts_demo.ui.lab import live, session
from tts_demo.ui.locales.catalog import LANGUAGES


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = LocalEngine(tmp_path_factory.mktemp("runs"))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def client(engine):
    with TestClient(Starlette(routes=[live.route(engine)])) as client:
        yield client


def ask(client, language, has):
    """One answer to a page that has so many points of each run."""
    pairs = [pair for run_id, count in has.items() for pair in (("run", run_id), ("has", count))]
    answer = client.get(live.address(LANGUAGES[language]), params=pairs)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    return answer.json()


def heard(engine, client, language, runs):
    """What is said of each run, in order and each text once, until all are over; its stages; and its points."""
    said, stages, points = ({run_id: [] for run_id in runs} for _ in range(3))
    has, going = dict.fromkeys(runs, 0), True
    while going:
        going = any(finished(engine.events_after(run_id, 0, timeout=0)) is None for run_id in runs)
        for run_id, news in ask(client, language, has).items():
            said[run_id] += [news["said"]] if news["said"] not in said[run_id][-1:] else []
            stages[run_id] += [news["stage"]]
            if "points" in news:
                assert news["has"] > has[run_id], "only when there is a new one"
                points[run_id] += [news["points"]]
                has[run_id] = news["has"]
    return said, stages, points


def test_two_runs_are_told_of_until_both_are_over(engine, client):
    runs = [engine.submit(replace(TINY, updates=updates)) for updates in (600, 1200)]
    said, stages, points = heard(engine, client, "en", runs)
    for run_id, total in zip(runs, (600, 1200), strict=True):
        updates = [int(found[1]) for text in said[run_id] if (found := re.search(rf"update (\d+) of {total}", text))]
        assert updates == sorted(set(updates)) and updates
        assert "All updates are done" in said[run_id][-1]
        happenings = list(engine.follow(run_id))
        assert happenings[-1].reason == "completed"
        whole = encode_rows(points_of(happenings))
        assert points[run_id][-1] == whole and all(whole.startswith(some) for some in points[run_id])
        assert stages[run_id] == sorted(stages[run_id])
        assert stages[run_id][-1] == session.stage_of(happenings) == sum(one.event != "progress" for one in happenings)


def test_each_language_is_told_in_its_words(engine, client):
    (said,) = heard(engine, client, "zh", [engine.submit(replace(TINY, updates=400))])[0].values()
    assert said and not any("update" in text for text in said)


def test_a_page_that_asks_keeps_its_run_alive_and_one_that_does_not_loses_it(tmp_path):
    with closing(LocalEngine(tmp_path, workers=2, lease_seconds=1, patient_seconds=1)) as engine:
        watched, left = (engine.submit(replace(TINY, updates=20_000, seed=seed)) for seed in (1, 2))
        with TestClient(Starlette(routes=[live.route(engine)])) as client:
            has = {watched: 0}
            while finished(engine._jobs[left].events) is None:  # the table of runs, without following
                assert "update" in ask(client, "en", has)[watched]["said"] or not has[watched]
                has[watched] = ask(client, "en", has)[watched].get("has", has[watched])
        assert finished(engine._jobs[left].events).reason == "abandoned"
        assert finished(engine._jobs[watched].events) is None


@pytest.mark.parametrize(
    ("asked", "told"),
    [("/live/en", {}), ("/live/en?run=", {"": None}), ("/live/en?run=nobody&has=3", {"nobody": None}),
     ("/live/tlh?run=x", {}), ("/live/%00?run=x", {}), ("/live/en?has=7", {})],
)  # fmt: skip
def test_whoever_asks_for_nothing_that_is_known_is_told_so(client, asked, told):
    answer = client.get(asked)
    assert (answer.status_code, answer.json()) == (200, told)


@pytest.mark.parametrize("has", ["", "x", "-1", "9" * 5000])
def test_whatever_a_page_says_that_it_has_it_is_told_what_there_is(engine, client, has):
    run_id = engine.submit(TINY)
    happenings = list(engine.follow(run_id))
    news = ask(client, "en", {run_id: has})[run_id]
    assert news["points"] == encode_rows(points_of(happenings))


def test_runs_that_wait_are_asked_about_less_often_and_say_their_place(engine, client):
    going = [engine.submit(replace(TINY, updates=20_000, seed=seed), "first") for seed in (1, 2)]
    for run_id in going:
        next(event for event in engine.follow(run_id) if event.event == "progress")
    waiting = engine.submit(TINY, "second")
    (now,) = ask(client, "en", {waiting: 0}).values()
    assert now["every"] >= 100 and re.fullmatch(r"waiting; place 1 in the queue, begins in about .*", now["said"])
    assert "every" not in ask(client, "en", {going[0]: 0})[going[0]]
    for run_id in (*going, waiting):
        engine.end(run_id)
        list(engine.follow(run_id))


def test_a_page_that_is_closed_says_so(engine, client):
    run_id = engine.submit(replace(TINY, updates=20_000))
    assert client.post(f"/live/en?run={run_id}&run=nobody").status_code == 204
    assert engine._jobs[run_id].left
    ask(client, "en", {run_id: 0})  # asked before, overtaken
    assert engine._jobs[run_id].left
    engine._jobs[run_id].left -= 2  # seconds later the page is there again
    ask(client, "en", {run_id: 0})
    assert not engine._jobs[run_id].left
    engine.end(run_id)
    list(engine.follow(run_id))
