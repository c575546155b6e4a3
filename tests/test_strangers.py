"""Two visitors of the real server, over http and without a browser: what one of them can do to the other's runs."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser_fixtures import serve_command
from tests.page_over_http import PageOverHttp, visitor

pytestmark = pytest.mark.real
ROOT = Path(__file__).parent.parent
LONG_RUN = {"updates": "5000", "twin": False}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serve_command(["app.py"], ROOT) as address, visitor(address) as client:
        yield client


@pytest.fixture
def trained(client) -> Iterator[tuple[PageOverHttp, str]]:
    """A visitor with a run that goes on, which ends with the test."""
    owner = PageOverHttp(client)
    (run,) = owner.train(**LONG_RUN)
    while not (before := points_of(client, run)):  # its worker may still be starting
        pass
    yield owner, run
    while points_of(client, run) == before:  # it goes on, whatever the other one did
        assert "stopped" not in said_of(client, run)
    owner.call(owner.handler("stop", "click"))
    while "stopped" not in said_of(client, run):  # and its owner can stop it
        pass


def said_of(client, run) -> str:
    return str(client.get("/live/en", params={"run": run}).json()[run]["said"])


def points_of(client, run) -> int:
    return int(client.get("/live/en", params={"run": run}).json()[run].get("has", 0))


def test_another_page_neither_shows_nor_ends_a_run_nor_gives_it_a_name(client, trained):
    owner, run = trained
    other = PageOverHttp(client)
    table = other.handler("runs", "rename")
    alerts = []
    for action in ("rename", "delete", "download", "notebook", "reuse"):
        answer = other.call(table, {"action": action, "run": run, "text": "mine"})
        shown = dict(zip(other.outputs(table), answer, strict=True))
        alerts.append(shown["runs"]["alert"])
    assert alerts == ["This run is not on the page any more: please choose one from the table."] * 5
    other.call(other.handler("stop", "click"))
    other.call(other.handler("look", "input"), look=None)
    curves = other.handler("status", "stage")
    chart = dict(zip(other.outputs(curves), other.call(curves), strict=True))["chart"]
    assert not chart["runs"]
    chart = dict(zip(owner.outputs(curves), owner.call(curves), strict=True))["chart"]
    assert [one["label"] for one in chart["runs"]] == ["No regularizer"]


def test_nothing_that_anybody_may_read_names_a_run_or_a_session(client, trained):
    owner, run = trained
    for address in ("/", "/zh", "/sheet", "/healthz", "/gradio_api/app_id", "/theme.css", "/manifest.json"):
        text = client.get(address).text
        assert run not in text and owner.session not in text, address


def test_an_id_that_is_nearly_right_finds_nothing(client, trained):
    _, run = trained
    assert len(run) == 24 and int(run, 16)  # 96 bits, by `secrets`
    nearly = [run[:-1], run + "0", run.upper(), f"{int(run, 16) + 1:024x}", run + "\0", f"../{run}", f"{run}.partial"]
    nearly = [each for each in nearly if each != run]
    told = client.get("/live/en", params=[("run", each) for each in nearly]).json()
    assert set(told.values()) == {None}
    for each in nearly:
        assert client.get("/figure/en", params={"run": each}).status_code == 400


def test_another_session_hears_nothing_of_what_a_page_asked(client):
    owner, other = PageOverHttp(client), PageOverHttp(client)
    begun = owner.begin(owner.body(owner.handler("status", "stage"))).json()["event_id"]
    query = {"session_hash": other.session}
    assert client.get("/gradio_api/queue/data", params=query).status_code == 404
    for way in ("/gradio_api/call/predict/", "/gradio_api/stream/"):  # by which gradio tells whoever knows an event
        assert client.get(way + begun).status_code == 404
    assert "data" in owner.result(begun)


def test_a_state_is_the_servers_and_not_what_a_page_says_it_is(client, trained):
    _, run = trained
    other = PageOverHttp(client)
    stop = other.handler("stop", "click")
    body = other.body(stop) | {"data": [{"session": [run], "_session": [run], "run_id": run}]}
    assert other.begin(body).status_code == 200
