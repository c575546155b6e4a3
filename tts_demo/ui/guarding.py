"""Puts the guard around a gradio app: what it asks of gradio 6.31's state, and when it takes its place."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import gradio as gr
from starlette.applications import Starlette
from starlette.routing import Route

from tts_demo.ui.access import Kind
from tts_demo.ui.guard import Guard, Inside


def guarding(
    page: gr.Blocks, routes: Mapping[Kind, Sequence[Route]], on_spaces: bool
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:  # fmt: skip
    """A lifespan for `launch(app_kwargs=...)`, at whose beginning the guard is put around everything.

    gradio puts its own middleware around what `app_kwargs` names, and what that lets through it would have answered
    already.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        paths = {f"/{name}" for name, *_ in page.pages}
        pages = [*paths, *(f"{path}/" for path in paths if path != "/")]
        assert app.middleware_stack is not None  # this is called by way of it
        app.middleware_stack = Guard(app.middleware_stack, inside_of(page), pages, routes, on_spaces)
        yield

    return lifespan


def inside_of(page: gr.Blocks) -> Inside:
    """What the guard asks of a gradio app."""
    queue: Any = page._queue
    return Inside(
        inputs={number: len(handler.inputs) for number, handler in page.fns.items()},
        is_known=lambda session: session in page.state_holder,
        is_awaited=lambda session: session in queue.pending_messages_per_session,
    )
