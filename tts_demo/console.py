"""What a program writes to a terminal, or into a pipe, in whatever encoding that has."""

import io
import sys


def bear_any_text() -> None:
    r"""Let standard output write \u03bb for a letter that its encoding lacks, as standard error does, and not fail."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
