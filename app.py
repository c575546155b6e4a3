"""Entry point of the demo, here and on Hugging Face Spaces: build the page, launch it."""

import argparse
import contextlib
import os
import socket

from tts_demo import console, processes, service_log


def main() -> None:
    """Start the workers and serve the page until interrupted."""
    console.bear_any_text()
    parser = argparse.ArgumentParser(description="Serve the demo: hear overfitting.")
    parser.add_argument(
        "--host", help="address to listen on (127.0.0.1, this machine alone); 0.0.0.0 for a whole network"
    )
    parser.add_argument("--port", type=_port, help="port to listen on (the first free one from 7860)")
    parser.add_argument(
        "--engine", default="local", metavar="NAME",
        help="what trains: local, processes of this machine; ray://HOST:PORT, the head of a Ray cluster; or ray, the "
        "cluster that this machine is a node of (local)",
    )  # fmt: skip
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument(
        "--class-results", metavar="FOLDER", help="keep results of classes there (TTS_DEMO_CLASS_RESULTS, or else a "
        "folder of yours: docs/classes.md)",
    )  # fmt: skip
    parser.add_argument(
        "--log", choices=["text", "json"], default="text", help="how faults are told on standard error (text)"
    )
    options = parser.parse_args()
    service_log.write_json(options.log == "json")
    if refusal := _refusal(options.host, options.port):
        parser.exit(1, f"{parser.prog}: {refusal}\n")

    processes.share_memory_between_threads()  # before the first thread, which torch's import starts

    from tts_demo.corpus import CorpusError
    from tts_demo.engine import EngineError
    from tts_demo.ui.server import serve

    try:
        serve(
            host=options.host, port=options.port, open_browser=options.open, engine_name=options.engine,
            class_results=options.class_results,
        )  # fmt: skip
    except CorpusError as error:  # nothing can be shown without the sentences
        service_log.tell("corpus_damaged", str(error))
        parser.exit(1)
    except EngineError as error:
        parser.exit(1, f"{parser.prog}: {error}\n")


def _port(written: str) -> int:
    """A port's number; raises `ArgumentTypeError` for what is none."""
    if not (written.isascii() and written.isdecimal() and 1 <= int(written) <= 65535):
        raise argparse.ArgumentTypeError(f"must be a number from 1 to 65535, not {written}")
    return int(written)


def _refusal(host: str | None, port: int | None) -> str:
    """Why nothing can listen there, if so: gradio 6.31 would try for minutes and end with a stack trace."""
    host = host or os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host.strip("[]"), port or 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            if os.name == "posix":  # as servers do; on Windows it would take a port that is in use
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        place = host if port is None else f"{host}, port {port}"
        return f"cannot listen on {place}: {error.strerror or error}."
    return ""


if __name__ == "__main__":  # worker processes import this file anew, and must not serve
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C, also before the page is there
        main()
