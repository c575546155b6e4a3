"""Start the engine and serve the page."""

import tempfile
from pathlib import Path

import gradio as gr

from tts_demo.engine import LocalEngine
from tts_demo.ui import page

_THEME = gr.themes.Soft(primary_hue="indigo", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])


def serve(port: int | None = None, open_browser: bool = False) -> None:
    """Serve the page until interrupted."""
    with tempfile.TemporaryDirectory(prefix="tts_demo-runs-", ignore_cleanup_errors=True) as folder:
        engine = LocalEngine(Path(folder))  # before the web server: its workers warm up while the page is built
        try:
            app = page.build(engine)
            app.queue(default_concurrency_limit=4)
            app.launch(
                server_port=port,
                inbrowser=open_browser,
                show_error=False,
                theme=_THEME,
                css=page.style(),
                run_history=False,
                footer_links=[],
            )
        finally:
            engine.close()
