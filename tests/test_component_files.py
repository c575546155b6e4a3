"""The components' modules and style sheets as a browser gets them."""

import contextlib
import gzip
import re
from collections.abc import AsyncIterator, Callable, Iterator

import gradio as gr
import httpx
import pytest
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.browser_fixtures import Visit, serve, serve_asgi
from tts_demo.ui.components import files
from tts_demo.ui.components.loss_chart import LossChart
from tts_demo.ui.components.runs_table import RunsTable


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[files.route()])) as client:
        yield client


@pytest.mark.parametrize("name", sorted(files.contents()))
def test_every_file_is_served_and_may_be_kept_for_good(client, name):
    for accepted in ("identity", "gzip"):
        answer = client.get(f"{files.root()}/{name}", headers={"Accept-Encoding": accepted})
        assert answer.status_code == 200
        assert answer.content == (files.HERE / name).read_bytes()
        assert answer.headers["content-type"].split(";")[0] == (
            "text/css" if name.endswith("css") else "text/javascript"
        )
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers.get("content-encoding") == (accepted if accepted == "gzip" else None)
        assert answer.headers["vary"] == "Accept-Encoding"


def test_what_travels_is_packed(client):
    address = f"{files.root()}/player/index.js"
    with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw) == files.contents()["player/index.js"]
    assert len(raw) < len(files.contents()["player/index.js"]) / 2


def test_an_address_of_before_gets_the_files_of_now_and_may_not_be_kept(client):
    answer = client.get("/components/0123456789abcdef/shared/dom.js")
    assert answer.content == files.contents()["shared/dom.js"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["nothing.js", "files.py", "../files.py", "player/../base.py", "player/", ""])
def test_nothing_else_is_served(client, name):
    assert client.get(f"{files.root()}/{name}").status_code == 404


def test_the_address_changes_with_the_content(monkeypatch):
    before = files.root()
    assert re.fullmatch(r"/components/[0-9a-f]{16}", before)
    changed = {**files.contents(), "shared/dom.js": b"// other"}
    monkeypatch.setattr(files, "contents", lambda: changed)
    assert files.root.__wrapped__() != before


def test_the_head_names_every_file():
    script = files.early()
    for name in files.contents():
        assert f'"{name}"' in script
    assert files.root() in script


# ---- behind a proxy that serves the program below a path of its own


def proxied(upstream: str) -> Starlette:
    """A proxy that takes /below/hear off each path, as a host's does."""
    client = httpx.AsyncClient(base_url=upstream, timeout=None)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    async def forward(request: Request) -> StreamingResponse:
        path = "/" + request.path_params["path"]
        headers = [(name, value) for name, value in request.headers.raw if name != b"accept-encoding"]
        made = client.build_request(request.method, httpx.URL(path, query=request.url.query.encode()), headers=headers,
                                    content=await request.body())  # fmt: skip
        answer = await client.send(made, stream=True)
        kept = {name: value for name, value in answer.headers.items() if name not in ("content-length", "connection")}
        return StreamingResponse(answer.aiter_raw(), answer.status_code, kept, background=BackgroundTask(answer.aclose))

    return Starlette(
        routes=[
            Route("/favicon.ico", lambda _: Response(status_code=204)),
            Route("/below/hear/{path:path}", forward, methods=["GET", "POST", "HEAD"]),
        ],
        lifespan=lifespan,
    )


def build() -> gr.Blocks:
    with gr.Blocks(analytics_enabled=False) as demo:
        LossChart(elem_id="chart")
        RunsTable(elem_id="runs")
    return demo


@pytest.mark.browser
def test_components_come_from_below_a_proxys_path(visit: Callable[..., Visit]):
    with serve(build, root_path="/below/hear") as upstream, serve_asgi(proxied(upstream)) as address:
        opened = visit(address + "below/hear/")
        expect(opened.page.locator("#chart .hear-chart")).to_be_visible()
        expect(opened.page.locator("#runs .hear")).to_be_visible()
        opened.check()
        ours = [url for url in opened.requests if "/components/" in url]
        assert ours and all(url.startswith(address + "below/hear/components/") for url in ours)
