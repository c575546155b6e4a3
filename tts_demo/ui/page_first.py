"""What a page needs before gradio's own scripts run: a script of ours first in its head, and the components' files."""

import json
import re
from collections.abc import Collection, MutableMapping
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tts_demo.ui import link_first
from tts_demo.ui.components import files
from tts_demo.ui.guard import KEY, NONCE
from tts_demo.ui.locales.catalog import LANGUAGES

_SCRIPT = Path(__file__).with_name("page_first.js")
_ICON = '<link rel="icon" href="favicon.ico">'  # below the program's own path: browsers would ask the site's root
_HEAD, _HEAD_ENDS = b"<head>", b"</head>"
_ROOT = re.compile(rb'"root":"[^"]*')  # in what gradio tells its script
_LOCALES = {"zh": "zh-CN"}  # as gradio calls them, by the language's code


def script() -> str:
    """The script, as it stands in the page."""
    locales = {code: _LOCALES.get(code, code) for code in LANGUAGES}
    return f"<script>{_SCRIPT.read_text(encoding='utf-8').replace('LOCALES', json.dumps(locales))}</script>"


class PageFirst:
    """Middleware that puts the script into every page; `launch(head=...)` of gradio 6.31 would bring it too late.

    `but` are the paths of pages that are none of gradio's.
    """

    def __init__(self, app: ASGIApp, but: Collection[str] = ()) -> None:
        self._app, self._but = app, but
        self._script, self._early = script().encode(), f"{_ICON}{files.early()}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, pages with the script."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] in self._but:
            await self._app(scope, receive, send)
            return
        begun: Message | None = None  # held back: the page's length is not known yet
        body = b""
        linked = link_first.head(scope.get("query_string", b"")).encode()

        async def pass_on(message: Message) -> None:
            nonlocal begun, body
            if message["type"] == "http.response.start" and _is_page(message):
                begun = message
            elif begun is None or message["type"] != "http.response.body":
                await send(message)
            else:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                body = body.replace(_HEAD, _HEAD + self._script + linked, 1)
                body = body.replace(_HEAD_ENDS, self._early + _HEAD_ENDS, 1)
                if key := scope.get(KEY):  # of a frame: all that it asks goes by the program's address that it is told
                    body = _ROOT.sub(rb"\g<0>" + key.encode(), body, count=1)
                if nonce := scope.get(NONCE):  # "<" within gradio's own scripts is written "\u003c"
                    body = body.replace(b"<script", f'<script nonce="{nonce}"'.encode())
                length = [(b"content-length", str(len(body)).encode())]
                kept = [(name, value) for name, value in begun["headers"] if name.lower() != b"content-length"]
                await send({**begun, "headers": kept + length})
                await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, pass_on)


def _is_page(begun: MutableMapping[str, Any]) -> bool:
    headers = {name.lower(): value for name, value in begun["headers"]}
    return headers.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in headers
