"""Every update and evaluation of a run, told to the browser that asks, some ten times a second.

A change by one of gradio's events takes some 6 ms of the server's time and more of the browser's; an answer of this
route takes a tenth of it. So gradio tells of beginnings, snapshots and ends, and this of what comes between them, and
that there is such a *stage* to ask gradio for.

Each answer is short, and none is a stream: a browser has six connections to a host for all of its tabs together, and
what holds one for as long as a run goes on leaves none for Stop. Whoever asks watches: the run's lease is renewed.
"""

import contextlib

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tts_demo import sweeps
from tts_demo.engine import Engine, EngineError
from tts_demo.events import points_of
from tts_demo.ui.components.loss_chart import encode_rows
from tts_demo.ui.lab import run_lines, session
from tts_demo.ui.locales.catalog import LANGUAGES, Language

_PATH = "/live/{language}"
_MOST_ASKED = session.MOST_EXPERIMENTS + sweeps.MOST_POINTS  # a page's runs, and those of its strength curve
_SLOWLY = 500  # ms from an answer to the next question about runs that wait, of which there may be many


def address(language: Language) -> str:
    """Where a page in this language asks, below the program's own address: for `?run=ID&has=N&run=ID&has=N`."""
    return _PATH.format(language=language.code)


def route(engine: Engine) -> Route:
    """The route that tells of the engine's runs, for the web server.

    The answer is a JSON object: the id of each run that was asked for -> {"said": how far it is, "stage": how many
    stages it has passed, "points": its losses so far, as the chart's value has them, "has": how many these are}. The
    losses are left out where the page has as many already; a run that the engine does not know is null. Of one that
    waits, "every" is how many ms the page may wait before it asks again.

    POST says that the page of these runs is being closed.
    """

    async def tell(request: Request) -> Response:
        language = LANGUAGES.get(request.path_params["language"])
        asked = request.query_params.getlist("run")[:_MOST_ASKED]
        has = dict(zip(asked, request.query_params.getlist("has"), strict=False))
        if request.method == "POST":
            for run_id in asked:
                with contextlib.suppress(EngineError):
                    engine.leave(run_id)
            return Response(status_code=204)
        told = {} if language is None else {run_id: _now(engine, run_id, has.get(run_id), language) for run_id in asked}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    return Route(_PATH, tell, methods=["GET", "POST"])


def _now(engine: Engine, run_id: str, has: str | None, language: Language) -> dict[str, str | int] | None:
    """What there is to say of a run to a page that has some points of it; None where the engine has forgotten it.

    The page is open, or it would not ask: its run may go on.
    """
    try:
        engine.renew_lease(run_id)
        events = engine.events_after(run_id, 0, timeout=0)
    except EngineError:
        return None
    found: dict[str, str | int] = {
        "said": run_lines.said_of(engine, run_id, language),
        "stage": session.stage_of(events),
    }
    if not events:
        found["every"] = _SLOWLY
    points = points_of(events)
    return found if str(len(points)) == has else found | {"points": encode_rows(points), "has": len(points)}
