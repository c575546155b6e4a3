"""Start the engine and serve the page."""

import os
import signal
import sys
import tempfile
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware
from threadpoolctl import threadpool_limits

from tts_demo import recorded_runs, service_log
from tts_demo.engine.choosing import LOCAL, engine_named
from tts_demo.engine.slots import slots
from tts_demo.messages import MessageError
from tts_demo.recorded_lesson import RecordedLesson, RecordedLessonError, load
from tts_demo.recorded_runs import RecordedRuns
from tts_demo.ui import class_page, figure_file, health, invitation, metrics, page, qr, sheet
from tts_demo.ui.access import Kind
from tts_demo.ui.components import files
from tts_demo.ui.guarding import guarding
from tts_demo.ui.lab import class_routes, live, session
from tts_demo.ui.lab.class_folder import store_in
from tts_demo.ui.page_first import PageFirst

CHECKPOINTS = Path(__file__).parent.parent.parent / "checkpoints"

# Of a core, while two runs are watched: this server, and the browser where it is on the same machine, as measured with
# Chromium in November 2026.
_SERVER, _BROWSER = 0.17, 0.54

_MOST_WAITING = 5000  # handlers, of all pages: a class of three hundred that opens the page begins some 4,000 at once

# The system's own fonts and the components' one accent: nothing is fetched, and nothing competes with the curves.
_THEME = gr.themes.Default(
    primary_hue="cyan", neutral_hue="slate", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
).set(
    button_primary_background_fill="#0f5f73",
    button_primary_background_fill_hover="#0b4a5a",
    button_primary_text_color="#ffffff",
    button_primary_background_fill_dark="#7fd3e3",
    button_primary_background_fill_hover_dark="#a5e2ed",
    button_primary_text_color_dark="#06222a",
    body_text_color_subdued="#52606f",  # also of a drop-down in which nothing is chosen yet
    body_text_color_subdued_dark="#a9b4c2",
    block_info_text_color="#52606f",
    block_info_text_color_dark="#a9b4c2",
    body_background_fill="#f3f5f8",
    body_background_fill_dark="#10141a",
)


def recorded_lesson() -> RecordedLesson | None:
    """The lesson in checkpoints/; None, with a line on the console, where it is missing or damaged."""
    try:
        lesson = load(CHECKPOINTS)
    except RecordedLessonError as error:
        service_log.tell("recorded_lesson_damaged", str(error))
        return None
    if lesson is None:
        service_log.tell("no_recorded_lesson", "There is no recorded lesson in checkpoints/.", "warning")
    return lesson


def recorded() -> RecordedRuns:
    """The recorded runs in checkpoints/; none, with a line on the console, where they are damaged."""
    try:
        return recorded_runs.load(CHECKPOINTS / "recorded")
    except MessageError as error:
        service_log.tell("recorded_runs_damaged", str(error))
        return RecordedRuns()


def serve(
    host: str | None = None,
    port: int | None = None,
    open_browser: bool = False,
    engine_name: str = LOCAL,
    class_results: str | None = None,
) -> None:
    """Serve the page until interrupted.

    Parameters
    ----------
    host : address to listen on; GRADIO_SERVER_NAME of the environment, or else 127.0.0.1, where it is None.
    port : the first free one from GRADIO_SERVER_PORT, or else 7860, where it is None.
    open_browser : whether the page is opened in this machine's browser.
    engine_name : what trains, as `engine_named` has it.
    class_results : folder in which results of classes are kept; see `class_folder.store_in` for None.

    Raises
    ------
    EngineError
        Before anything is served, where that cannot train.
    """
    # asked to end, as by a host or `kill`: leave the with-block below, and nothing behind
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="tts_demo-runs-", ignore_cleanup_errors=True) as folder:
        lesson = recorded_lesson()
        others = recorded()
        known = {**others.runs, **(lesson.runs if lesson else {})}
        # before the web server: its workers warm up while the page is built
        hosted = "SPACE_ID" in os.environ  # on Hugging Face Spaces, where everybody's browser is elsewhere
        engine = engine_named(
            engine_name,
            Path(folder),
            workers=slots() if engine_name == LOCAL else None,
            recorded={session.RECORDED + name: run for name, run in known.items()},
            beside=_SERVER + (0.0 if hosted else _BROWSER),
        )
        # gradio 6.31 makes a table of all events that ever were after each event, for a dashboard that is not shown
        os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
        os.environ["GRADIO_TEMP_DIR"] = str(Path(folder) / "gradio")  # not that of all gradio apps of this machine
        threadpool_limits(1)  # threads that wait for their next product would take the runs' time
        try:
            classes = page.class_tests(store_in(class_results, Path(folder)))
            app = page.build(engine, lesson, others, classes)
            # whatever is begun waits its turn, and nothing more where so much waits already
            app.queue(default_concurrency_limit=4, max_size=_MOST_WAITING, api_open=False)
            # gradio 6.31 looks for work a thousand times a second: a tenth of a core, taken from the runs
            app._queue.sleep_when_free = 0.02
            routes = {
                Kind.ASK: [live.route(engine), figure_file.route(engine), class_routes.route(classes, qr.svg_of)],
                Kind.FILE: [files.route()],
                Kind.PAGE: [sheet.route()],
                Kind.HOST: [health.route(engine, lambda: app.is_running), metrics.route(engine)],
            }
            app.launch(
                server_name=host,
                server_port=port,
                inbrowser=open_browser,
                show_error=False,
                prevent_thread_lock=True,
                theme=_THEME,
                css=page.style(),
                run_history=False,
                footer_links=[],
                app_kwargs={
                    "routes": [route for each in routes.values() for route in each],
                    "middleware": [
                        Middleware(class_page.ClassPages),
                        Middleware(PageFirst, but=(sheet.PATH, health.PATH)),
                    ],
                    "lifespan": guarding(app, routes, on_spaces=hosted),
                },
                # Spaces have Node and ask for it, which would then make the pages, and answer for our routes
                ssr_mode=False,
            )
            service_log.tell("server_started", "The page is served.", "info", slots=slots())
            if host not in (None, "127.0.0.1", "localhost", "::1"):
                where = invitation.address(str(host), app.server_port, os.environ.get("GRADIO_ROOT_PATH", ""))
                print(invitation.text(where, sys.stdout.isatty()), flush=True)
            app.block_thread()
        finally:
            engine.close()
