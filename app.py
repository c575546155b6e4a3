"""Entry point of the demo, here and on Hugging Face Spaces: build the page, launch it."""

import argparse
import contextlib

from tts_demo import console, processes


def main() -> None:
    """Start the workers and serve the page until interrupted."""
    console.bear_any_text()
    parser = argparse.ArgumentParser(description="Serve the demo: hear overfitting.")
    parser.add_argument("--port", type=int, help="port to listen on (the first free one from 7860)")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    options = parser.parse_args()

    processes.share_memory_between_threads()  # before the first thread, which torch's import starts

    from tts_demo.ui.server import serve

    serve(port=options.port, open_browser=options.open)


if __name__ == "__main__":  # worker processes import this file anew, and must not serve
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C, also before the page is there
        main()
