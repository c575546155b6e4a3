"""The script that comes first in every page, and in nothing else."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tts_demo.ui.components import files
from tts_demo.ui.guard import KEY, NONCE
from tts_demo.ui.page_first import PageFirst, script

PAGE = "<!doctype html><html><head><title>说</title></head><body><p>&lt;head&gt;</p></body></html>"


async def pieces():
    for piece in (PAGE[:20], PAGE[20:]):
        yield piece.encode()


@pytest.fixture(scope="module")
def client():
    answers = {
        "/": lambda: HTMLResponse(PAGE),
        "/pieces": lambda: StreamingResponse(pieces(), media_type="text/html; charset=utf-8"),
        "/text": lambda: PlainTextResponse(PAGE),
        "/packed": lambda: Response(b"\x1f\x8b<head>", media_type="text/html", headers={"Content-Encoding": "br"}),
        "/headless": lambda: HTMLResponse("<p>no head"),
        "/nothing": lambda: Response(status_code=204),
    }

    def route(path, make):
        async def answer(_):
            return make()

        return Route(path, answer, methods=["GET", "POST"])

    routes = [route(path, make) for path, make in answers.items()]
    with TestClient(Starlette(routes=routes, middleware=[Middleware(PageFirst)])) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/pieces"])
def test_a_page_has_the_script_first_in_its_head(client, path):
    answer = client.get(path)
    assert answer.text == PAGE.replace("<head>", "<head>" + script(), 1).replace(
        "</head>", '<link rel="icon" href="favicon.ico">' + files.early() + "</head>", 1
    )
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_whatever_is_no_page_is_passed_on_as_it_is(client):
    assert client.get("/text").text == PAGE
    assert client.get("/headless").text == "<p>no head"
    assert client.post("/").text == PAGE
    assert client.get("/nothing").status_code == 204
    with client.stream("GET", "/packed") as answer:
        assert b"".join(answer.iter_raw()) == b"\x1f\x8b<head>"


def test_the_script_ends_where_it_should():
    assert script().count("</script>") == 1
    assert "LOCALES" not in script()


def test_a_frame_is_told_an_address_with_its_key_and_scripts_carry_the_nonce():
    async def page(_):
        return HTMLResponse(
            '<head></head><script>c = {"root":"http://here/below", "a": "\\\\"root\\\\":\\\\"x"}</script>'
        )

    async def guarded(scope, receive, send):
        await app({**scope, KEY: "/frame-1", NONCE: "n"}, receive, send)

    app = Starlette(routes=[Route("/", page)], middleware=[Middleware(PageFirst)])
    with TestClient(app) as started:
        text = TestClient(guarded).get("/").text
        assert '"root":"http://here/below/frame-1"' in text and text.count("/frame-1") == 1
        assert text.count("<script") == text.count('<script nonce="n"') > 1
        assert "nonce=" not in started.get("/").text
