"""The guard around the web server: what is not listed is not there, who may ask, how much, and what answers say."""

import asyncio
import json

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tts_demo.ui import access, guard
from tts_demo.ui.access import Kind
from tts_demo.ui.guard import KEY, NONCE, Guard, Inside, session_of

JOB = {"data": [1, "two"], "event_data": None, "fn_index": 3, "trigger_id": 7, "session_hash": "abc123xyz0"}


@pytest.fixture
def reached():
    """What got through: method, path, origin, body."""
    return []


@pytest.fixture
def guarded(reached):
    async def answer(request):
        body = (await request.body()).decode()
        reached.append((request.method, request.url.path, request.headers.get("origin"), body))
        if request.url.path.endswith("/mine"):
            return JSONResponse({})
        return HTMLResponse(f"<script nonce={request.scope.get(NONCE)}>{request.scope.get(KEY, '')}")

    async def policed(_):
        return PlainTextResponse("", headers={"Content-Security-Policy": "default-src 'none'"})

    mine, sheet = Route("/mine", answer, methods=["GET", "POST"]), Route("/sheet", policed)
    inside = Inside({3: 2}, lambda session: session == "known00000", lambda session: session == "known00000")
    routes = [mine, sheet, Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"])]
    return Guard(Starlette(routes=routes), inside, ["/", "/zh"], {Kind.ASK: [mine], Kind.PAGE: [sheet]})


@pytest.fixture
def client(guarded):
    return TestClient(guarded, base_url="http://here:7860", follow_redirects=False)


# ---- what is there

SHUT = [
    ("POST", "/gradio_api/upload"), ("GET", "/gradio_api/upload_progress?upload_id=x"), ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/openapi.json"), ("GET", "/config"), ("GET", "/gradio_api/proxy=https://a.hf.space/x"),
    ("GET", "/gradio_api/file=/etc/passwd"), ("GET", "/gradio_api/file=https://a.example/hear-overfitting-1.zip"),
    ("GET", "/gradio_api/file=/tmp/../etc/hear-overfitting-1.zip"), ("GET", "/gradio_api/file/etc/passwd"),
    ("GET", "/gradio_api/heartbeat/abc123xyz0"), ("POST", "/gradio_api/call/predict"),
    ("POST", "/gradio_api/run/train"), ("POST", "/gradio_api/api/predict"), ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/reset"), ("POST", "/gradio_api/component_server"), ("GET", "/gradio_api/queue/status"),
    ("POST", "/gradio_api/process_recording"), ("POST", "/gradio_api/vibe-edit"), ("GET", "/gradio_api/vibe-code"),
    ("GET", "/monitoring"), ("GET", "/monitoring/summary"), ("GET", "/gradio_api/dev/reload"), ("POST", "/login"),
    ("GET", "/logout"), ("GET", "/gradio_api/deep_link?session_hash=x"), ("GET", "/gradio_api/runs"),
    ("GET", "/gradio_api/stream/a/b/1/playlist.m3u8"), ("GET", "/gradio_api/user"), ("GET", "/gradio_api/token"),
    ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/svelte/x.js"), ("GET", "/pwa_icon/99999"), ("PUT", "/"),
    ("DELETE", "/mine"), ("POST", "/"), ("GET", "/static/../app.py"), ("GET", "/zz"),
    ("POST", "/gradio_api/queue/data"), ("GET", "/gradio_api/custom_component/a/client/b/c.js"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "address"), SHUT)
def test_what_the_page_does_not_need_is_not_there(guarded, reached, method, address):
    path, _, query = address.partition("?")
    assert ask(guarded, method, path, query.encode()) == 404  # by hand, as a client would tidy the path up
    assert reached == []


OPEN = [("GET", "/"), ("GET", "/zh"), ("GET", "/theme.css"), ("GET", "/assets/index-1.js"), ("GET", "/mine"),
        ("POST", "/mine"), ("GET", "/gradio_api/app_id"), ("HEAD", "/"),
        ("GET", "/gradio_api/file=/tmp/gradio/0123/hear-overfitting-0123-notebook.zip")]  # fmt: skip


@pytest.mark.parametrize(("method", "address"), OPEN)
def test_what_the_page_needs_is_there(client, reached, method, address):
    assert client.request(method, address).status_code == 200
    assert len(reached) == 1


def ask(app, method, path, query=b"", headers=(), pieces=(b"",)):
    """The status of an answer to a request as it is written here."""
    told, left = [], list(pieces)

    async def receive():
        if not left:
            await asyncio.Event().wait()  # nothing more ever comes
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or not pieces}

    async def send(message):
        told.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query,
        "headers": [(b"host", b"here:7860"), *headers], "scheme": "http", "server": ("here", 7860),
        "client": ("192.0.2.7", 5), "http_version": "1.1", "root_path": "", "asgi": {"version": "3.0"},
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return told[0]["status"]


# ---- who may ask

STRANGE = [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://here:80"}, {"origin": "x"},
           {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]  # fmt: skip


@pytest.mark.parametrize("headers", STRANGE)
@pytest.mark.parametrize(("method", "path"), [("GET", "/mine"), ("POST", "/mine"), ("POST", "/gradio_api/queue/join")])
def test_pages_of_others_cannot_ask(client, reached, method, path, headers):
    answer = client.request(method, path, headers=headers, json=JOB if method == "POST" else None)
    assert answer.status_code == 403 and reached == []
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("headers", [
    {}, {"origin": "http://here:7860"}, {"sec-fetch-site": "same-origin"},
    {"origin": "https://school.example", "x-forwarded-host": "school.example"},
])  # fmt: skip
def test_our_own_pages_can(client, reached, headers):
    assert client.get("/mine", headers=headers).status_code == 200
    assert client.post("/gradio_api/queue/join", headers=headers, json=JOB).status_code == 200
    # gradio never learns of an origin, so it allows none
    assert [origin for _, _, origin, _ in reached] == [None, None]


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_no_script_of_another_page_reads_a_page_with_its_key(client, reached, origin):
    assert client.get("/?embed=curve", headers={"origin": origin}).status_code == 403
    assert reached == []
    assert client.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 200  # a link that was followed


def test_a_frame_in_a_sandbox_asks_with_its_key_and_with_no_other(client, reached):
    key = client.get("/?embed=curve").text.partition(">")[2]
    assert key.startswith("/frame-") and len(key) > 25
    answer = client.post(f"{key}/mine", headers={"origin": "null"}, content=b"{}")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "null")
    assert reached[-1] == ("POST", "/mine", None, "{}")
    told = {
        "origin": "null",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-gradio-user",
    }
    answer = client.options(f"{key}/gradio_api/queue/join", headers=told)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "null")
    assert answer.headers["access-control-allow-headers"] == "x-gradio-user"  # gradio's script sends it
    other = Guard(client.app, client.app._inside, ["/"], {})._key
    for address in (f"{other}/mine", "/frame-/mine", f"{key}x/mine"):
        assert client.get(address, headers={"origin": "null"}).status_code == 404
    assert client.get("/").text.endswith(">")  # a page that is no frame's holds no key
    assert client.get("/", headers={"sec-fetch-dest": "iframe"}).text.endswith(key)  # the whole page in a frame


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_stranger_is_not_even_told_that_it_may_ask(client, reached, origin):
    told = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-forwarded-host",
    }
    for path in ("/gradio_api/queue/join", "/mine", "/gradio_api/upload"):
        answer = client.options(path, headers=told)
        assert answer.status_code in (403, 404) and "access-control-allow-origin" not in answer.headers
    assert reached == []


def test_files_are_the_same_for_everybody(client):
    for origin in ("https://evil.example", "null"):
        answer = client.get("/assets/a.js", headers={"origin": origin, "sec-fetch-site": "cross-site"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
        assert "access-control-allow-credentials" not in answer.headers


# ---- how much


@pytest.mark.parametrize("change", [
    {"data": [1]}, {"data": {}}, {"data": None}, {"fn_index": 4}, {"fn_index": True}, {"fn_index": "3"},
    {"fn_index": None}, {"fn_index": -1}, {"session_hash": None}, {"session_hash": "abc"}, {"session_hash": "A" * 10},
    {"session_hash": "a" * 17}, {"session_hash": "../../etc"}, {"session_hash": ["abc123xyz0"]}, {"batched": True},
    {"simple_format": True}, {"event_id": "x"}, {"oauth_token": "x"}, {"trigger_id": "x"},
    {"data": [1, {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}]},
    {"event_data": {"a": [{"b": {"path": "http://192.0.2.1/", "meta": {"_type": "gradio.FileData"}}}]}},
    {"data": [1, [[[[[[[[[[[[[[1]]]]]]]]]]]]]]]},
])  # fmt: skip
def test_what_no_page_sends_begins_nothing(client, reached, change):
    assert client.post("/gradio_api/queue/join", json=JOB | change).status_code == 400
    assert reached == []


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"data": NaN}', b"1e999"])
def test_what_is_no_json_object_begins_nothing(client, reached, body):
    assert client.post("/gradio_api/run/predict", content=body).status_code == 400
    assert reached == [] and session_of(body, {3: 2}) is None


def test_half_a_character_begins_nothing_and_a_whole_one_does(client, reached):
    def body(text):
        return b'{"data": ["%s", 1], "fn_index": 3, "session_hash": "abc123xyz0"}' % text

    assert session_of(body(rb"\ud83d\ude00"), {3: 2}) == "abc123xyz0"
    assert session_of(body(rb"\ud83d"), {3: 2}) is None
    assert client.post("/gradio_api/queue/join", content=body(rb"\ude00")).status_code == 400
    assert reached == []


def test_bodies_and_addresses_have_an_end(client, guarded, reached):
    assert client.post("/mine", content=b"x" * access.LARGEST_BODY).status_code == 200
    assert client.post("/mine", content=b"x" * (access.LARGEST_BODY + 1)).status_code == 413
    assert ask(guarded, "POST", "/mine", pieces=[b"x" * 100_000] * 3) == 413  # who says nothing of its length
    assert ask(guarded, "POST", "/mine", headers=[(b"content-length", b"-1")]) == 413
    assert client.get("/mine?" + "x" * access.LONGEST_QUERY).status_code == 200
    assert client.get("/mine?" + "x" * (access.LONGEST_QUERY + 1)).status_code == 414
    assert len(reached) == 2


@pytest.mark.parametrize(
    "told", [{"x-forwarded-host": "a\\b[::1"}, {"x-forwarded-proto": "javascript"}, {"host": "a b"}]
)
def test_a_place_that_is_none_is_not_made_an_address_of(client, reached, told):
    assert client.get("/", headers=told).status_code == 400 and reached == []


def test_a_body_that_does_not_come_is_not_waited_for(guarded, monkeypatch, reached):
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.01)
    assert ask(guarded, "POST", "/mine", pieces=[]) == 408
    assert reached == []


def test_sessions_have_a_rate_and_those_that_are_there_go_on(client, guarded, monkeypatch, reached):
    for number in range(guard.NEW_SESSIONS[0]):
        for _ in range(2):  # a page asks more than once before gradio knows it
            job = JOB | {"session_hash": f"{number:010}"}
            assert client.post("/gradio_api/queue/join", json=job).status_code == 200
    assert client.post("/gradio_api/queue/join", json=JOB | {"session_hash": "onemore000"}).status_code == 503
    assert client.post("/gradio_api/queue/join", json=JOB | {"session_hash": "known00000"}).status_code == 200
    guarded._begun = {name: at - guard.NEW_SESSIONS[1] for name, at in guarded._begun.items()}  # a minute later
    assert client.post("/gradio_api/queue/join", json=JOB | {"session_hash": "onemore000"}).status_code == 200
    assert len(guarded._begun) == 1


def waiting_app():
    """An app that answers when it is told to, and whom it holds meanwhile."""
    held, go = [], asyncio.Event()

    async def app(scope, receive, send):
        held.append(scope["path"])
        await go.wait()
        await PlainTextResponse("")(scope, receive, send)

    return app, held, go


async def at_once(count, most, monkeypatch, name, path, query=b""):
    """How many of so many requests at once are answered, and how many when they are over."""
    app, held, go = waiting_app()
    monkeypatch.setattr(guard, name, most)
    shut = Guard(app, Inside({}, bool, bool), ["/"], {})
    statuses = []

    async def one():
        async def send(message):
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": [(b"host", b"here")]}
        await shut(scope, None, send)

    tasks = [asyncio.create_task(one()) for _ in range(count)]
    while len(held) + len(statuses) < count:
        await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*tasks)
    await one()  # what is over makes room
    return sorted(statuses)


@pytest.mark.parametrize(("name", "path", "query"), [
    ("MOST_REQUESTS", "/", b""),
    ("MOST_STREAMS", "/gradio_api/queue/data", b"session_hash=abc123xyz0"),
    ("MOST_STREAMS_EACH", "/gradio_api/queue/data", b"session_hash=abc123xyz0"),
])  # fmt: skip
def test_what_is_too_much_at_once_is_refused_and_only_then(monkeypatch, name, path, query):
    assert asyncio.run(at_once(5, 3, monkeypatch, name, path, query)) == [200] * 4 + [503] * 2


def test_a_stream_is_for_a_session_that_waits_for_something(client, reached):
    assert client.get("/gradio_api/queue/data?session_hash=unknown").status_code == 404
    assert client.get("/gradio_api/queue/data").status_code == 404
    assert client.get("/gradio_api/queue/data?session_hash=known00000").status_code == 200
    assert len(reached) == 1


# ---- what answers say


def rules(answer):
    return dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))


@pytest.mark.parametrize("part", ["curve", "chart", "listen", "challenge"])
@pytest.mark.parametrize("path", ["/", "/zh"])
def test_a_part_alone_may_stand_in_any_page_and_nothing_else_may(client, path, part):
    assert "frame-ancestors" not in rules(client.get(f"{path}?embed={part}"))
    assert "frame-ancestors" not in rules(client.get(f"{path}?l2.strength=0.001&embed={part}&show=strength"))
    for query in (
        "",
        "?lab",
        f"?embed={part}x",
        f"?embed={part}&embed=chart2",
        f"?EMBED={part}",
        f"?show=x&embed={part}",
    ):
        assert rules(client.get(path + query))["frame-ancestors"] == "'self'", query
    assert "x-frame-options" not in client.get("/").headers  # it knows no list, and would shut Spaces out
    for other in ("/mine?embed=curve", "/nothing?embed=curve"):
        assert rules(client.get(other))["frame-ancestors"] == "'none'"


def test_a_space_is_shown_in_a_frame_of_the_hub_and_of_nobody_else(guarded):
    guarded._on_spaces = True
    with_hub = TestClient(guarded, base_url="http://here:7860").get("/")
    assert rules(with_hub)["frame-ancestors"] == "'self' https://huggingface.co"


def test_scripts_of_a_page_carry_what_is_drawn_for_it_alone(client):
    answers = [client.get("/") for _ in range(2)]
    nonces = [answer.text.partition("nonce=")[2].partition(">")[0] for answer in answers]
    assert nonces[0] != nonces[1] and all(len(nonce) > 20 for nonce in nonces)
    for answer, nonce in zip(answers, nonces, strict=True):
        assert rules(answer)["script-src"] == f"'self' 'nonce-{nonce}' 'unsafe-eval'"
        assert rules(answer)["connect-src"] == "'self' data: blob:"


def test_every_answer_says_that_it_is_what_it_says(client):
    for path in ("/", "/mine", "/nothing", "/theme.css"):
        assert client.get(path).headers["x-content-type-options"] == "nosniff"
    assert client.get("/mine").headers["cross-origin-resource-policy"] == "same-origin"
    assert client.get("/sheet").headers.get_list("content-security-policy") == ["default-src 'none'"]  # its own


def test_there_is_no_websocket(client):
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/mine"):
        pass
    assert closed.value.code == 1008


def test_a_job_reaches_its_handler_as_it_was_sent(client, reached):
    body = json.dumps(JOB)
    assert client.post("/gradio_api/queue/join", content=body).status_code == 200
    assert reached == [("POST", "/gradio_api/queue/join", None, body)]
