"""The outermost layer of the web server: what is asked passes here first, and what is answered passes here last.

`access.py` says what may be asked by whom; here it is done, and here are the limits: of bodies, queries, streams, of
requests at once and of new sessions. gradio's own rules for other pages' scripts are never asked.
"""

import asyncio
import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tts_demo.ui import access
from tts_demo.ui.access import Asker, Kind

NONCE = "hear-nonce"  # in a page's scope: what its scripts have to carry
KEY = "hear-key"  # and in a frame's: what stands before the addresses by which it asks
MOST_REQUESTS = 1000  # that are answered at once
MOST_STREAMS = 600  # of them, that last until a handler has answered: a page has one while something is under way
MOST_STREAMS_EACH = 3  # of one session: the one before may not have ended yet
NEW_SESSIONS = (600, 60.0)  # at most so many in so many seconds: each takes the place of one that is not used
BODY_SECONDS = 20.0  # in which a body has to be there
_SESSION = re.compile(r"[0-9a-z]{6,16}")  # as gradio's script draws them
_DEEPEST = 12  # lists and objects in one another: more than any value of the page has
_FILE = "gradio.FileData"  # gradio would read the file, or fetch the address, that such an object names


@dataclass(frozen=True)
class Inside:
    """What is asked of gradio about its state.

    Attributes
    ----------
    inputs : how many values each of its handlers takes, by the handler's number.
    is_known : whether a session is there already.
    is_awaited : whether a session has begun a handler, as far back as gradio remembers.
    """

    inputs: Mapping[int, int]
    is_known: Callable[[str], bool]
    is_awaited: Callable[[str], bool]


class Guard:
    """Middleware around everything else.

    Parameters
    ----------
    app : ASGI app
        What is guarded.
    inside : Inside
        Of the gradio app in it.
    pages : sequence of str
        Paths of gradio's pages.
    routes : mapping of Kind to routes
        Our own: what is not among them nor listed in `access.py` is not there.
    on_spaces : bool
        Whether Hugging Face may show the whole page in a frame.
    """

    def __init__(
        self, app: ASGIApp, inside: Inside, pages: Sequence[str], routes: Mapping[Kind, Sequence[Route]],
        on_spaces: bool = False,
    ) -> None:  # fmt: skip
        self._app, self._inside, self._pages, self._on_spaces = app, inside, frozenset(pages), on_spaces
        self._own = [(route, kind) for kind, each in routes.items() for route in each]
        # what only a page in one of our frames can know; in a sandbox its origin is "null", as any stranger's may be
        self._key = "/frame-" + secrets.token_urlsafe(16)
        self._streams: Counter[str] = Counter()
        self._requests = 0
        self._begun: dict[str, float] = {}  # sessions that came of late, oldest first, and when

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what may be asked, and nothing else."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            with self._counted():
                await self._answer(dict(scope), receive, send)
        else:  # there are no websockets
            await send({"type": "websocket.close", "code": 1008})

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_key = scope["path"].startswith(self._key + "/")
        if has_key:
            scope = _at(scope, scope["path"].removeprefix(self._key))
        path, method = scope["path"], scope["method"]
        given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        asker = Asker.of(given, has_key)
        preflight = method == "OPTIONS" and "access-control-request-method" in given
        kind = self._kind(given["access-control-request-method"] if preflight else method, path, scope)
        nonce = secrets.token_urlsafe(16)
        framed = kind is Kind.PAGE and access.may_be_framed(scope["query_string"])
        # the whole page in a frame of the server's own may be in a sandbox, too
        in_frame = framed or (kind is Kind.PAGE and given.get("sec-fetch-dest") == "iframe")
        told = access.headers(kind, path, access.page_policy(nonce, framed, self._on_spaces))
        # no script of a page elsewhere may read an answer, but for what is the same for everybody, and for our frames
        if kind is Kind.FILE:
            told["access-control-allow-origin"] = "*"
        elif asker.origin == "null" and has_key:
            told |= {"access-control-allow-origin": "null", "vary": "Origin"}
        tell = _with(told, send)

        async def refuse(status: int, why: str) -> None:
            await PlainTextResponse(why, status, {"cache-control": "no-store"})(scope, receive, tell)

        if self._requests > MOST_REQUESTS:
            await refuse(503, "this server is busy: please try again")
        elif kind is None:
            await refuse(404, "not found")
        elif len(scope["query_string"]) > access.LONGEST_QUERY:
            await refuse(414, "this address is too long")
        elif not access.names_a_place(given):
            await refuse(400, "this server has no such name")
        elif why := access.refusal(kind, asker):
            await refuse(403, why)
        elif preflight:
            asked = given.get("access-control-request-headers", "")  # who comes as far is a page of ours
            told |= {"access-control-allow-methods": "GET, POST", "access-control-allow-headers": asked}
            await PlainTextResponse("", 204, {"access-control-max-age": "600"})(scope, receive, tell)
        else:
            # gradio lets scripts of any page read the answers of a server that is not called localhost: it is not asked
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name.lower() != b"origin"]
            scope[NONCE] = nonce
            if kind is Kind.PAGE:
                scope["query_string"] = access.without_page(scope["query_string"])
            if in_frame:
                scope[KEY] = self._key
            await self._pass_on(kind, scope, receive, tell, refuse)

    def _kind(self, method: str, path: str, scope: Scope) -> Kind | None:
        for route, kind in self._own:
            if route.matches({**scope, "method": method})[0] is Match.FULL:
                return kind
        return access.kind_of(method, path, self._pages)

    async def _pass_on(self, kind: Kind, scope: Scope, receive: Receive, send: Send, refuse: Any) -> None:
        if kind is Kind.STREAM:
            session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[-1]
            if not self._inside.is_awaited(session):
                await refuse(404, "nothing is under way")
            elif self._streams[session] >= MOST_STREAMS_EACH or self._streams.total() >= MOST_STREAMS:
                await refuse(503, "this server is busy: please try again")
            else:
                self._streams[session] += 1
                try:
                    await self._app(scope, receive, send)
                finally:
                    self._streams[session] -= 1
                    self._streams += Counter()  # those that are at nought go
            return
        if scope["method"] not in ("GET", "HEAD"):
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    body = await _body(scope, receive)
            except TimeoutError:
                await refuse(408, "the request took too long")
                return
            if body is None:
                await refuse(413, "this is more than any page of this server sends")
                return
            if kind is Kind.JOB and (why := self._fault(body)):
                await refuse(*why)
                return
            receive = _again(body, receive)
        await self._app(scope, receive, send)

    def _fault(self, body: bytes) -> tuple[int, str] | None:
        """What is wrong with a request to begin a handler: status and words; None where nothing is."""
        session = session_of(body, self._inside.inputs)
        if session is None:
            return 400, "this is nothing that a page of this server would send"
        # a page asks several times at once when it is opened, before gradio knows it
        if session in self._begun or self._inside.is_known(session):
            return None
        now, (most, seconds) = time.monotonic(), NEW_SESSIONS
        while self._begun and now - next(iter(self._begun.values())) >= seconds:
            del self._begun[next(iter(self._begun))]
        if len(self._begun) >= most:
            return 503, "too many pages were opened at once: please try again in a minute"
        self._begun[session] = now
        return None


def session_of(body: bytes, inputs: Mapping[int, int]) -> str | None:
    """The session that a request to begin a handler names; None where it is nothing that a page would send.

    >>> session_of(b'{"data": [1], "fn_index": 0, "session_hash": "abc123xyz0"}', {0: 1})
    'abc123xyz0'
    >>> session_of(b'{"data": [], "fn_index": 0, "session_hash": "abc123xyz0"}', {0: 1}) is None
    True
    """
    try:
        asked = json.loads(body)
        data, handler, session = asked["data"], asked["fn_index"], asked["session_hash"]
        known = {"data", "event_data", "fn_index", "trigger_id", "session_hash", "simple_format"}
        right = (
            isinstance(data, list) and type(handler) is int and isinstance(session, str)
            and asked.keys() <= known and not asked.get("simple_format")
            and isinstance(asked.get("trigger_id"), int | None)
            and len(data) == inputs[handler] and _SESSION.fullmatch(session) is not None and _is_plain(asked)
        )  # fmt: skip
        json.dumps(asked, ensure_ascii=False).encode()  # raises for half a character: no answer can say it
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return session if right else None


def _is_plain(value: Any) -> bool:
    """Whether nothing is nested too deeply, or names a file that gradio would then read or fetch."""
    level = [value]
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                if _FILE in one.values():
                    return False
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        if not inner:
            return True
        level = inner
    return False


def _at(scope: Scope, path: str) -> Scope:
    """The same request for another path."""
    return {**scope, "path": path, "raw_path": path.encode("utf-8", "replace")}


def _with(told: Mapping[str, str], send: Send) -> Send:
    """Sends answers with these headers besides, but for those that they have themselves."""

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            more = [(name.encode(), value.encode()) for name, value in told.items() if name.encode() not in present]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return tell


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """A request's body; None where it is too large, of which no more is read."""
    said = dict(scope["headers"]).get(b"content-length", b"0")
    if not said.isdigit() or len(said) > 9 or int(said) > access.LARGEST_BODY:
        return None
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > access.LARGEST_BODY:
            return None
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body once more, and then what else comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
