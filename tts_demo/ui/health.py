"""Whether this server is well, for whoever keeps it running: a container's health check, a proxy, a monitor."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tts_demo.engine import Engine

PATH = "/healthz"


def route(engine: Engine, page_is_served: Callable[[], bool]) -> Route:
    """The route that tells, for the web server.

    The answer is a JSON object: "workers", whether a run that is submitted now would be trained; "page", whether the
    page is built and served; "status", "ok" where both hold, with HTTP status 200, or else "unavailable", with 503.
    Nothing in it is of a run or of a visitor.
    """

    async def tell(request: Request) -> JSONResponse:
        parts = {"workers": engine.can_train(), "page": page_is_served()}
        well = all(parts.values())
        told = {"status": "ok" if well else "unavailable", **parts}
        return JSONResponse(told, status_code=200 if well else 503, headers={"Cache-Control": "no-store"})

    return Route(PATH, tell)
