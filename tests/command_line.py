"""The command line for tests: `tts_demo` calls it in this process, `tts_demo_process` starts it as people do.

A process takes seconds to import torch before it says that an option is wrong. So most tests call the program's `main`
on streams of its own; what depends on the process (encodings of the terminal, signals) starts one.
"""

import io
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tts_demo import __main__ as program


def tts_demo(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """`python -m tts_demo` with these arguments: its exit status and what it wrote."""
    command = [str(argument) for argument in arguments]
    with _streams() as (out, err):
        try:
            status = program.main(command)
        except SystemExit as end:  # argparse, on a wrong option
            status = end.code if isinstance(end.code, int) else 1
        except Exception:  # what would end a process with a stack trace
            traceback.print_exc()
            status = 1
    return subprocess.CompletedProcess(command, status, _text(out), _text(err))


def tts_demo_process(*arguments: object, **more: Any) -> "subprocess.CompletedProcess[str]":
    """The same as a process of its own; `more` are `subprocess.run`'s."""
    command = [sys.executable, "-m", "tts_demo", *map(str, arguments)]
    return subprocess.run(command, **({"capture_output": True, "text": True, "check": False} | more))


@contextmanager
def _streams() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Standard output and error in UTF-8, kept as bytes."""
    before, kept = (sys.stdout, sys.stderr), (io.BytesIO(), io.BytesIO())
    sys.stdout, sys.stderr = (io.TextIOWrapper(one, "utf-8", write_through=True) for one in kept)
    try:
        yield kept
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            stream.detach()
        sys.stdout, sys.stderr = before


def _text(kept: io.BytesIO) -> str:
    return kept.getvalue().decode("utf-8")
