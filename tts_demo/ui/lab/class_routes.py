"""What the pages of a class ask the server: short questions in JSON, each with an answer of its own.

These pages are none of gradio's, so thirty phones load a few small files, and a page goes on after the server was
started anew.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tts_demo.messages import Message, MessageError
from tts_demo.ui.lab import class_results
from tts_demo.ui.lab.class_tests import ClassTests, UnknownTicket
from tts_demo.ui.locales.catalog import LANGUAGES, Language

PATH = "class"  # below the program's own address
_LONGEST = 2000  # bytes of a question
_log = logging.getLogger(__name__)

Deed = Callable[[Mapping[str, Any], Language], dict[str, Any]]


def route(tests: ClassTests, draw: Callable[[str], str]) -> Route:
    """The route that answers, for the web server: `POST /class/DEED` with a JSON object, "lang" among its keys.

    Of pupils: "about" (code), "begin" (code, output), "view" (ticket), "answer" (ticket, number, choice); they answer
    with a view of `ClassTests.view`, "begin" with its "ticket" besides. Of the teacher: "results", "close" and "delete"
    (secret), which answer with `class_results.view`; what is deleted has the view "deleted"; and "code" (secret, link),
    whose answer has the link's "qr" code, which `draw` makes, as SVG. Where something is wrong, the answer is {"alert":
    a sentence}, with "gone" where the browser's ticket is worth nothing.
    """
    deeds = _deeds(tests, draw)

    async def answer(request: Request) -> JSONResponse:
        asked = await _asked(request)
        deed = deeds.get(request.path_params["deed"])
        language = LANGUAGES.get(str(asked.get("lang")), LANGUAGES["en"])
        told = await run_in_threadpool(_told, deed, asked, language)
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    return Route(f"/{PATH}/{{deed}}", answer, methods=["POST"])


def _deeds(tests: ClassTests, draw: Callable[[str], str]) -> dict[str, Deed]:
    def begin(asked: Mapping[str, Any], language: Language) -> dict[str, Any]:
        ticket = tests.begin(asked.get("code"), asked.get("output"))
        return {**tests.view(ticket, language.code), "ticket": ticket}

    def answer(asked: Mapping[str, Any], language: Language) -> dict[str, Any]:
        return tests.answer(asked.get("ticket"), asked.get("number"), asked.get("choice"), language.code)

    def close(asked: Mapping[str, Any], language: Language) -> dict[str, Any]:
        tests.close(asked.get("secret"))
        return class_results.view(tests, asked.get("secret"), language)

    def delete(asked: Mapping[str, Any], language: Language) -> dict[str, Any]:
        tests.delete(asked.get("secret"))
        return {"view": "deleted"}

    def code(asked: Mapping[str, Any], language: Language) -> dict[str, Any]:
        tests.store.class_of_secret(str(asked.get("secret")))  # nobody else has codes drawn here
        return {"qr": draw(str(asked.get("link")))}

    return {
        "code": code,
        "about": lambda asked, language: tests.about(asked.get("code")),
        "begin": begin,
        "view": lambda asked, language: tests.view(asked.get("ticket"), language.code),
        "answer": answer,
        "results": lambda asked, language: class_results.view(tests, asked.get("secret"), language),
        "close": close,
        "delete": delete,
    }


async def _asked(request: Request) -> dict[str, Any]:
    """The question; {} for what is none, or too long to be one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST:
            return {}
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return asked if isinstance(asked, dict) else {}


def _told(deed: Deed | None, asked: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The answer as the page shows it, in its language; whatever happens, it is one."""
    try:
        told: dict[str, Any] = _shown(deed(asked, language) if deed else {}, language)
        return told
    except UnknownTicket as error:
        return {"alert": language.sentence(error), "gone": True}
    except MessageError as error:
        return {"alert": language.sentence(error)}
    except Exception:
        _log.exception("A class's question could not be answered")
        return {"alert": language("Something went wrong on the server. Please try again.")}


def _shown(value: Any, language: Language) -> Any:
    """The value with all of its messages said."""
    if isinstance(value, Message):
        return language.sentence(value)
    if isinstance(value, dict):
        return {key: _shown(part, language) for key, part in value.items()}
    return value
