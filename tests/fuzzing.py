"""Requests that no page would send, by a seed and a number: the same ones again, from any of them on."""

import json
import random
import re
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from tests.page_over_http import PageOverHttp
from tts_demo.lesson import LESSON

LANES = 6  # sessions that send, each one request after the other
CANARY = "what-nobody-may-read-7f3a91"  # stands in a file
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW")
_SHUT = (
    "upload", "upload_progress?upload_id=x", "info", "openapi.json", "config", "heartbeat/abc", "call/predict",
    "run/train", "api/predict", "cancel", "reset", "component_server", "queue/status", "process_recording",
    "vibe-edit", "vibe-code", "dev/reload", "user", "token", "runs", "deep_link?session_hash=x", "startup-events",
    "app_id", "theme.css", "queue/data", "stream/a/b/1/playlist.m3u8", "profiling/traces", "run-history/buckets",
    "login_check", "mcp", "queue/join", "run/predict",
)  # fmt: skip
_OURS = (
    "/live/en", "/live/zh", "/figure/en", "/figure/zh", "/sheet", "/healthz", "/metrics",
    "/components/0/player/index.js", "/", "/zh", "/monitoring", "/static/img/x.svg", "/assets/index.js",
    "/robots.txt", "/manifest.json", "/favicon.ico", "/login", "/logout", "/docs",
)  # fmt: skip
_NAMES = (
    "run", "has", "colour", "lang", "show", "fix", "embed", "over", "twin", "speech_seconds", "updates", "model",
    "seed", "l2.strength", "dropout.strength", "model.units", "keep_in", "corpus", "deep_link", "page", "__theme",
    "view", "__sign", "session_hash",
)  # fmt: skip
_HEADERS = (
    ("Origin", "null"), ("Origin", "https://evil.example"), ("Host", "evil.example"), ("Sec-Fetch-Site", "cross-site"),
    ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "javascript"), ("X-Forwarded-Host", "a\\b[::1"),
    ("Range", "bytes=0-99999999999999999999"), ("Accept-Encoding", "gzip;q=nan"), ("Content-Type", "text/plain"),
    ("Content-Type", "multipart/form-data; boundary=x"), ("Accept-Language", "x" * 4000), ("Cookie", "access-token=y"),
    ("X-Forwarded-For", "127.0.0.1"), ("If-None-Match", '"x"'),
)  # fmt: skip


@dataclass
class Request:
    """What is sent; `raw` is all of it, where it is no http that a client would write."""

    method: str = "GET"
    address: str = "/"
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    session: str = ""  # whose stream is read afterwards
    raw: bytes = b""


class Fuzzer:
    """Makes requests against a page.

    Parameters
    ----------
    page : whose handlers are begun.
    canary : path of the file that nobody may read.
    seed : of all requests.
    """

    def __init__(self, page: PageOverHttp, canary: str, seed: int) -> None:
        self._page, self._canary, self._seed = page, canary, seed
        self._local = threading.local()
        self._handlers = [one for one in page.handlers.values() if one["backend_fn"]]

    def request(self, number: int) -> Request:
        """The request of this number."""
        draw = random.Random(f"{self._seed} {number}")
        self._local.session = f"fuzzed{number % LANES:05}"
        makers = (self._job, self._broken_job, self._ours, self._shut, self._file, self._garbage)
        return draw.choices(makers, (40, 15, 18, 12, 10, 5))[0](draw)

    # ---- what handlers are begun with

    def _job(self, draw: random.Random) -> Request:
        handler = draw.choice(self._handlers)
        body = self._body(handler) | {"event_data": self._value(draw) if draw.random() < 0.5 else self._event(draw)}
        for place in range(len(body["data"])):
            if draw.random() < 0.3:
                body["data"][place] = self._value(draw)
        return self._sent(draw, body, handler["queue"])

    def _broken_job(self, draw: random.Random) -> Request:
        body: Any = self._body(draw.choice(self._handlers))
        for _ in range(draw.randint(1, 3)):
            body[draw.choice((*body, "event_id", "batched", "simple_format", "oauth_token"))] = self._value(draw)
        if draw.random() < 0.3:
            body.pop(draw.choice(list(body)))
        request = self._sent(draw, body, draw.random() < 0.7)
        if draw.random() < 0.4:
            cut = draw.randrange(len(request.body or b"x"))
            more = draw.choice((b"", b"\0", b"\xff\xfe", b"}" * 9, b"[" * 5000, b"x" * 300_000))
            request.body = (request.body or b"")[:cut] + more
        request.session = ""
        return request

    def _sent(self, draw: random.Random, body: Any, queued: bool) -> Request:
        address = "/gradio_api/queue/join" if queued else "/gradio_api/run/predict"
        headers = {"Content-Type": "application/json"} | (self._headers(draw) if draw.random() < 0.1 else {})
        text = json.dumps(body).encode("utf-8", "replace")
        return Request("POST", address, text, headers, body.get("session_hash", "") if queued else "")

    def _event(self, draw: random.Random) -> Any:
        """What a component's script might send with its event, or nearly."""
        run = self._id(draw)
        return draw.choice((
            {"action": draw.choice(("rename", "delete", "download", "notebook", "reuse", "x")), "run": run,
             "text": self._text(draw)},
            {"moment": self._number(draw)}, {"offer": draw.choice(("abx5", "abx16", "x"))},
            {"test": run, "answer": draw.choice(("A", "B", "X", 1)), "number": self._number(draw)},
            {"run": run, "value": self._number(draw)}, {"step": self._number(draw)},
            {"show": self._value(draw), "fix": self._value(draw), "embed": self._text(draw), "address": run},
        ))  # fmt: skip

    def _value(self, draw: random.Random, depth: int = 0) -> Any:
        kind = draw.randrange(12 if depth < 3 else 9)
        if kind < 3:
            return self._text(draw)
        if kind < 5:
            return self._number(draw)
        if kind < 7:
            return draw.choice((None, True, False, "", [], {}))
        if kind == 7:
            file = draw.choice((self._canary, "/etc/passwd", "http://192.0.2.1/x", "file:///etc/passwd"))
            return {
                "path": file,
                "url": file,
                "meta": {"_type": draw.choice(("gradio.FileData", "gradio.FileData ", 1))},
            }
        if kind == 8:
            return {"__type__": "update", "value": self._text(draw), "visible": True, "_selectable": "x"}
        if kind == 9:
            return {"runs": [[self._id(draw), self._text(draw), self._number(draw), "", LESSON.to_query()]],
                    "deleted": [self._id(draw)], "sweep": self._value(draw, depth + 1)}  # fmt: skip
        if kind == 10:
            return [self._value(draw, depth + 1) for _ in range(draw.randint(0, 4))]
        return {self._text(draw)[:40]: self._value(draw, depth + 1) for _ in range(draw.randint(0, 4))}

    # ---- addresses

    def _ours(self, draw: random.Random) -> Request:
        path = draw.choice(_OURS)
        pairs = [(draw.choice(_NAMES), draw.choice((self._text, self._id))(draw)) for _ in range(draw.randint(0, 6))]
        if path.startswith("/figure") and draw.random() > 0.02:  # drawing takes seconds
            pairs = [(name, f"{value}?") for name, value in pairs]
        method = "GET" if draw.random() < 0.8 else draw.choice(_METHODS)
        headers = self._headers(draw) if draw.random() < 0.5 else {}
        query = urlencode(pairs, errors="replace") * draw.choice((1, 1, 1, 1, 40))
        return Request(method, f"{path}{self._tail(draw)}?{query}", None, headers)

    def _shut(self, draw: random.Random) -> Request:
        body = draw.choice(
            (None, b"", b"{}", b'{"data": []}', b"--x\r\nContent-Disposition: form-data; name=f\r\n\r\n")
        )
        address = f"/gradio_api/{draw.choice(_SHUT)}{self._tail(draw)}"
        return Request(draw.choice(_METHODS), address, body, self._headers(draw))

    def _file(self, draw: random.Random) -> Request:
        up = draw.choice(("", "../" * 8, "..%2f" * 8, "%2e%2e/" * 8, "....//" * 8, "/%00/", "\\..\\" * 4))
        file = draw.choice((self._canary, "etc/passwd", "app.py", "hear-overfitting-x.zip", "https://192.0.2.1/x.zip"))
        ways = ("/gradio_api/file=", "/gradio_api/file/", "/static/", "/assets/", "/components/0/", "/svelte/", "/",
                "/gradio_api/proxy=", "/gradio_api/custom_component/x/client/y/")  # fmt: skip
        return Request("GET", draw.choice(ways) + up + file)

    def _garbage(self, draw: random.Random) -> Request:
        junk = bytes(draw.randrange(256) for _ in range(draw.randint(1, 400)))
        return Request(raw=draw.choice((
            junk, b"GET / HTTP/1.1\r\n" + junk + b"\r\n\r\n", b"GET /\xff\0 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
            b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
            b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{",
            b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 9000,
            b"GET /live/en HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        )))  # fmt: skip

    # ---- small parts

    def _body(self, handler: dict[str, Any]) -> dict[str, Any]:
        return self._page.body(handler) | {"session_hash": self._local.session}

    def _headers(self, draw: random.Random) -> dict[str, str]:
        return dict(draw.sample(_HEADERS, draw.randint(0, 3)))

    def _tail(self, draw: random.Random) -> str:
        return draw.choice(("", "", "", "/", "//", "/..", "/%00", quote(self._text(draw), errors="replace")[:200]))

    def _id(self, draw: random.Random) -> str:
        known = ("recorded-out", "recorded-in", "recorded-regularized", "recording", "", "../..", self._canary)
        return draw.choice((*known, f"{draw.getrandbits(96):024x}", f"recorded-out@{self._number(draw)}"))

    def _number(self, draw: random.Random) -> Any:
        odd = (1e308, -1e308, 2**63, 10**40, float("nan"), float("inf"), "NaN", "1e999", "0x10", "٣")
        return draw.choice((0, -1, 1, 5, 20, 0.1, draw.uniform(-10, 10), *odd))

    def _text(self, draw: random.Random) -> str:
        return draw.choice((
            "<img src=x onerror=alert(1)>", "{{7*7}}", "'; DROP TABLE runs; --", "${7*7}", "%s%n", "\0", "\ud800", "א‮ב",
            "l2", "dropout", "none", "rnn", "forest", "adam", "None", "60", "2 minutes", "5000", "A" * 9000, "😀" * 500,
            "../../etc/passwd", self._canary, "__class__", "It was a dark night.", "?seed=1", "a&b=c", "\r\nX: a",
            "file://" + self._canary, "curve", "strength,regularizer", "all", "1/0",
        ))  # fmt: skip


SECRETS = re.compile(rf"Traceback \(most recent|File \"/|site-packages|{CANARY}|root:x:0:0")
