"""A sheet of paper for a class: the lab in ten steps with blanks to fill in, one page of A4 or Letter.

It is an HTML page that is made to be printed; it holds all it needs. The address that it prints is that by which it was
asked for itself, so a class gets the one that its teacher's browser used.
"""

import base64
import hashlib
import html
import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from gradio.route_utils import get_root_url
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from tts_demo.ui.lab.controls import PRESETS
from tts_demo.ui.lab.sentences import SHORT
from tts_demo.ui.locales.catalog import LANGUAGES, Language
from tts_demo.ui.qr import svg_of

PATH = "/sheet"
_STYLE = Path(__file__).with_name("sheet.css")
_OTHER_REGULARIZER = PRESETS[1].label
_ONLY_HERE = ("localhost", "127.0.0.1", "::1")
_PRINT = "window.print()"
# a page that asks for nothing, runs that one script, and stands in no other page's frame
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; script-src 'unsafe-hashes' "
    f"'sha256-{base64.b64encode(hashlib.sha256(_PRINT.encode()).digest()).decode()}'"
)
_BLANKS = re.compile("_{3,}")
_WIDE = 6  # underscores of a blank for words; three are for a number
# Of each step: what to do, with ___ for a number and ______ for words, and how many lines to write on below it.
_STEPS = (
    (
        "Open the address above, or scan the code. Remove the tick at “{twin}”. What do you expect: how will the loss "
        "of speech that the network learns from go, and how that of speech that it never meets?",
        1,
    ),
    (
        "Press “{train}” and wait until all updates are done. Point at the left end of the curves: before the first "
        "update the training loss was ___ and the validation loss ___.",
        0,
    ),
    ("A ring marks the least validation loss: it was ___, at update ___.", 0),
    ("At the end: training loss ___, validation loss ___, gap ___.", 0),
    ("From which update on does the network learn by heart? Update ___. How do the curves show it?", 1),
    (
        "Choose “{unseen}”, set the tick at “{hide}”, and play the network's clip. I hear: ______ Show the text: of "
        "___ words I had ___ right.",
        0,
    ),
    (
        "Move “Training so far” to the update next to that of step 3, and listen again. After ___ updates I understand "
        "___ words. Better or worse than at the end, and why?",
        2,
    ),
    (
        "Under “{start}” choose “{remedy}”, and train again. At the end: training loss ___, validation loss ___, gap "
        "___. Which of the three did L2 make larger? ______",
        0,
    ),
    ("Listen to the same sentence without and with L2, at the end. What has become better, what worse?", 2),
    (
        "Now make L2 ten times as strong, 0.003. My guess for the validation loss: ___. It was ___. So a remedy that "
        "is too weak lets the network ______, and one that is too strong makes it ______.",
        0,
    ),
)


def route() -> Route:
    """The route of the sheet, for the web server: `/sheet`, and `/sheet?lang=zh`."""

    async def show(request: Request) -> Response:
        language = LANGUAGES.get(request.query_params.get("lang", ""), LANGUAGES["en"])
        try:
            written = page(get_root_url(request, PATH, request.scope.get("root_path")), language)
        except (ValueError, httpx.InvalidURL):  # a header that only a script would send
            said = language("This sheet prints the address that it was asked for by, and that one is none.")
            return PlainTextResponse(said, status_code=400)
        return HTMLResponse(written, headers={"Cache-Control": "no-store", "Content-Security-Policy": _POLICY})

    return Route(PATH, show)


def address_of(root: str, language: Language) -> str:
    """Where a class begins: the lab, in this language; `root` is the program's own address."""
    return f"{root}/{'' if language.code == 'en' else language.code}?lab"


def page(root: str, language: Language) -> str:
    """The sheet as HTML; `root` is the program's own address, without a slash at its end.

    Raises
    ------
    ValueError
        If the address is too long for a code.
    """
    say, address = language, address_of(root, language)
    title = f"{say('Hear Overfitting')}{say(': ')}{say('the lab in ten steps')}"
    steps = "\n".join(f"<li>{_step(text, language)}{'<div class=line></div>' * lines}</li>" for text, lines in _STEPS)
    others = " ".join(
        f'<a href="?lang={other.code}" lang="{other.code}">{other.name}</a>'
        for other in LANGUAGES.values()
        if other is not language
    )
    return f"""<!doctype html>
<html lang="{language.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<link rel="icon" href="data:,">
<style>{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<nav>
<button type="button" onclick="{_PRINT}">{say("Print this page")}</button> {others}
{_only_here(root, language)}
</nav>
<main>
<header>
<div>
<h1>{html.escape(title)}</h1>
<p class="whose">{_with_blanks(say("Name ______ Class ______ Date ______"))}</p>
<p>{
        say(
            "A small network learns to speak from two minutes of recordings. When does it stop learning to speak, and "
            "begin to learn by heart?"
        )
    }</p>
<p class="address">{html.escape(address)}</p>
</div>
<div class="code" role="img" aria-label="{html.escape(say("The address as a QR code"))}">{svg_of(address)}</div>
</header>
<ol>
{steps}
</ol>
</main>
</body>
</html>
"""


def _step(text: str, language: Language) -> str:
    say = language
    names = {
        "twin": say("Train a twin beside it"), "train": say("Train"), "unseen": say(SHORT["unseen"]),
        "hide": say("Hide the text"), "start": say("Start from"), "remedy": say(_OTHER_REGULARIZER),
    }  # fmt: skip
    return _with_blanks(html.escape(say(text, **names), quote=False))


def _with_blanks(text: str) -> str:
    def blank(found: re.Match[str]) -> str:
        return f'<span class="blank{" wide" if len(found[0]) >= _WIDE else ""}">&nbsp;</span>'

    return _BLANKS.sub(blank, text)


def _only_here(root: str, language: Language) -> str:
    """A hint for the screen where nobody else could open the address."""
    if urlsplit(root).hostname not in _ONLY_HERE:
        return ""
    said = language(
        "The address on this sheet is known to this computer only: open the sheet by the address that your class will "
        "use."
    )
    return f"<p>{said}</p>"
