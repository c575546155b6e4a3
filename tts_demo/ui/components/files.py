"""The components' modules and style sheets, as a browser gets them: one route, addresses that change with the content.

The address holds a digest of all files, so a browser keeps them for good and never asks whether they have changed.
"""

import functools
import gzip
import hashlib
import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

HERE = Path(__file__).parent
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_FOR_GOOD = "public, max-age=31536000, immutable"


@functools.cache
def contents() -> dict[str, bytes]:
    """Each file's bytes by its path below this folder: "player/index.js"."""
    paths = (path for path in HERE.rglob("*") if path.suffix in _TYPES)
    return {path.relative_to(HERE).as_posix(): path.read_bytes() for path in sorted(paths)}


@functools.cache
def root() -> str:
    """Where the files are, below the program's own address: "/components/0123456789abcdef"."""
    digest = hashlib.sha256()
    for name, content in contents().items():
        digest.update(f"{name} {len(content)} ".encode() + content)
    return f"/components/{digest.hexdigest()[:16]}"


@functools.cache
def _packed(name: str) -> bytes:
    return gzip.compress(contents()[name], mtime=0)


def route() -> Route:
    """The route that serves them, for the web server.

    A page that was opened before the server was replaced asks for the files of before: it gets those of now, which
    nobody may keep under that name.
    """

    async def serve(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in contents():
            return PlainTextResponse("no such file", status_code=404)
        now = request.path_params["digest"] == root().rsplit("/", 1)[1]
        headers = {"Cache-Control": _FOR_GOOD if now else "no-store", "Vary": "Accept-Encoding"}
        content = contents()[name]
        if "gzip" in request.headers.get("accept-encoding", ""):
            content, headers["Content-Encoding"] = _packed(name), "gzip"
        return Response(content, media_type=_TYPES[Path(name).suffix], headers=headers)

    return Route("/components/{digest}/{name:path}", serve)


def early() -> str:
    """A script for the page's head, after gradio's own: the browser fetches all files while gradio still loads.

    Without it every file would wait for the one that imports it.
    """
    styles = [name for name in contents() if name.endswith(".css")]
    styles.sort(key=lambda name: not name.startswith("shared/"))  # what all share gives way to what one has
    modules = [name for name in contents() if name.endswith(".js")]
    return f"""<script>
    for (const [rel, names] of [["stylesheet", {json.dumps(styles)}], ["modulepreload", {json.dumps(modules)}]]) {{
      for (const name of names) {{
        const link = document.createElement("link");
        link.rel = rel;
        link.href = `${{window.gradio_config?.root ?? ""}}{root()}/${{name}}`;
        document.head.append(link);
      }}
    }}
    </script>"""
