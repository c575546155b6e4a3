"""The chart's runs as a PDF for slides and papers: drawn by matplotlib when somebody asks for it."""

import io
import threading
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tts_demo import figures
from tts_demo.engine import Engine
from tts_demo.ui.lab.session import MOST_EXPERIMENTS
from tts_demo.ui.locales.catalog import LANGUAGES, Language

_PATH = "/figure/{language}"
_ONE_AT_A_TIME = threading.Lock()  # each takes a core for some seconds
_MOST_AT_ONCE = 4  # that wait for it: each holds one of the threads that answer everything else, too
_COLOURS = {str(number): number for number in range(MOST_EXPERIMENTS)}  # as a page writes them
_BUSY = "Several figures are being drawn already. Please try again in some seconds."


def address(language: Language) -> str:
    """Where a page in this language asks, below the program's own address: for `?run=ID&colour=N&run=ID&colour=N`."""
    return _PATH.format(language=language.code)


def route(engine: Engine) -> Route:
    """The route that draws the engine's runs, for the web server: a PDF, or status 400 and a sentence for the page."""

    waiting = 0

    async def draw(request: Request) -> Response:
        nonlocal waiting
        asked = request.query_params.getlist("run")[:MOST_EXPERIMENTS]
        colours = [_COLOURS.get(colour, 0) for colour in request.query_params.getlist("colour")]
        colours = [*colours, *range(len(asked))][: len(asked)]
        language = LANGUAGES.get(request.path_params["language"], LANGUAGES["en"])
        headers = {"Cache-Control": "no-store"}
        if waiting == _MOST_AT_ONCE:
            return PlainTextResponse(language(_BUSY), status_code=503, headers=headers)
        waiting += 1
        try:
            pdf = await run_in_threadpool(_pdf, engine, asked, colours)
        except ValueError as error:  # every error that people are told of
            return PlainTextResponse(language.sentence(error), status_code=400, headers=headers)
        finally:
            waiting -= 1
        return Response(pdf, media_type="application/pdf", headers=headers)

    return Route(_PATH, draw)


def _pdf(engine: Engine, asked: Sequence[str], colours: Sequence[int]) -> bytes:
    runs = [engine.run(run_id) for run_id in asked]
    file = io.BytesIO()
    with _ONE_AT_A_TIME:
        figures.draw(runs, figures.KINDS, colours=colours).savefig(file, format="pdf")
    return file.getvalue()
