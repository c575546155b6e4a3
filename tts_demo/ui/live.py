"""Every update and evaluation of a run, told to the browser as it happens.

A change in one of gradio's streams takes some 6 ms of the server's time and more of the browser's; a server-sent event
takes a twentieth of it. So gradio tells of beginnings, snapshots and ends, and this of what comes between them.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Collection

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tts_demo.engine import Engine, EngineError
from tts_demo.ui import session
from tts_demo.ui.language import LANGUAGES, Language
from tts_demo.ui.loss_chart import encode_rows

_PATH = "/live/{language}"
_TICK_SECONDS = 0.05


def address(language: Language) -> str:
    """Where a page in this language listens, below the program's own address; asks for `?run=ID&run=ID`."""
    return _PATH.format(language=language.code)


def route(engine: Engine) -> Route:
    """The route that tells of the engine's runs, for the web server.

    Each event is a JSON object: the id of each run with news -> {"said": how far it is, "points": its losses so far, as
    the chart's value has them}, whichever of the two are new. There is no content where no run is
    asked for that goes on, which makes a browser stop asking.
    """

    async def tell(request: Request) -> Response:
        language = LANGUAGES.get(request.path_params["language"])
        asked = request.query_params.getlist("run")[: session.MOST_EXPERIMENTS]
        runs = [run_id for run_id in asked if _told(engine, run_id)]
        if language is None or not runs:
            return Response(status_code=204)
        return StreamingResponse(
            _events(engine, runs, language),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},  # or a proxy may hold events back
        )

    return Route(_PATH, tell)


def _told(engine: Engine, run_id: str) -> bool:
    """Whether there is anything to tell of a run: it is there and goes on."""
    try:
        return session.finished(engine.events_after(run_id, 0, timeout=0)) is None
    except EngineError:
        return False


async def _events(engine: Engine, runs: Collection[str], language: Language) -> AsyncIterator[str]:
    told: dict[str, dict[str, str]] = {run_id: {} for run_id in runs}
    while any(_told(engine, run_id) for run_id in runs):
        news: dict[str, dict[str, str]] = {}
        for run_id in runs:
            fresh = _now(engine, run_id, language).items() - told[run_id].items()
            if fresh:
                news[run_id] = dict(fresh)
                told[run_id] |= news[run_id]
        if news:
            yield f"data: {json.dumps(news)}\n\n"
        await asyncio.sleep(_TICK_SECONDS)


def _now(engine: Engine, run_id: str, language: Language) -> dict[str, str]:
    """What there is to say of a run; nothing where the engine has forgotten it."""
    try:
        points = encode_rows(session.points_of(engine.events_after(run_id, 0, timeout=0)))
    except EngineError:
        return {}
    found = {"said": session.said_of(engine, run_id, language), "points": points}
    return {name: text for name, text in found.items() if text}
