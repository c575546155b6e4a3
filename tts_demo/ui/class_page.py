"""The pages of a class: `?class=CODE` for its pupils, `?class=CODE&results` for its teacher.

They are none of gradio's: thirty phones load a few small files, and a page goes on after the server was started anew.
The teacher's secret stands after "#", which browsers send to nobody; the page's script asks with it.
"""

import json
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tts_demo.ui.components import files
from tts_demo.ui.guard import NONCE
from tts_demo.ui.lab import class_routes
from tts_demo.ui.locales.catalog import LANGUAGES, Language, component_words

_STYLE = """
body { margin: 0; padding: 16px 12px 40px; background: #f3f5f8; }
body.dark { background: #10141a; }
main { max-width: 720px; margin: 0 auto; }
"""
_SCRIPT = """
const told = TOLD;
document.body.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);
const query = new URLSearchParams(location.search);
const code = (query.get("class") ?? "").toUpperCase().replace(/[^0-9A-Z]/g, "");
const name = query.has("results") ? "class_results" : "class_pupil";
const load = async (folder) => (await import(`./${told.root}/${folder}/index.js`)).default;
const [component, blind] = await Promise.all([load(name), name === "class_pupil" ? load("blind_test") : null]);
component.render({
  element: document.querySelector("main"),
  value: null,
  words: told.words[name],
  settings: {
    code, blind, blindWords: told.words.blind_test, address: told.address, lang: told.lang,
    secret: location.hash.slice(1), page: `${location.origin}${location.pathname}`,
  },
});
// another class's link in the same window changes nothing but what stands after "#"
addEventListener("hashchange", () => location.reload());
"""


def page(language: Language) -> str:
    """The page as HTML: of pupils or of the teacher, as its script sees in its address."""
    told: dict[str, Any] = {
        "root": files.root().lstrip("/"),
        "address": class_routes.PATH,
        "lang": language.code,
        "words": {
            name: component_words(language, name) for name in ("class_pupil", "class_results", "blind_test")
        },
    }  # fmt: skip
    script = _SCRIPT.replace("TOLD", json.dumps(told).replace("<", "\\u003c"))
    return f"""<!doctype html>
<html lang="{language.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>{language("Hear Overfitting")}</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<main></main>
<noscript>{language("This page needs JavaScript.")}</noscript>
<script type="module">{script}</script>
</body>
</html>
"""


class ClassPages:
    """Middleware that answers with these pages where the page's address asks for a class."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._pages = {f"/{'' if code == 'en' else code}": page(language) for code, language in LANGUAGES.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a class, or pass on."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", "")) or "/"
        asked = scope["type"] == "http" and scope["method"] == "GET" and path in self._pages
        if asked and "class" in _names(scope.get("query_string", b"")):
            own = self._pages[path].replace("<script", f'<script nonce="{scope.get(NONCE, "")}"')
            await HTMLResponse(own, headers={"Cache-Control": "no-store"})(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _names(query: bytes) -> set[str]:
    """The names in what stands after "?"."""
    try:
        return set(parse_qs(query.decode("latin-1"), keep_blank_values=True, max_num_fields=200))
    except ValueError:
        return set()
