"""How worker processes are made, for everything that trains several runs at once, and what memory they keep."""

import contextlib
import ctypes
import multiprocessing
import sys
from typing import Any

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of glibc's mallopt


def share_memory_between_threads() -> None:
    """Let all threads take memory from two places (arenas), as a process does that has one thread.

    glibc gives each of the page's forty threads one of its own, and each keeps what its largest clip took: after ninety
    runs the program had 689 MB instead of 504. Elsewhere, and with another C library, nothing happens.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 20)  # what is larger goes back when it is freed


def give_memory_back() -> None:
    """What was freed, to the system: glibc would keep some 50 MB for a next time. Elsewhere nothing happens."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def context() -> Any:
    """Workers are forked from a process that has imported all they need: 160 MB less, and half the work at the start.

    Not on macOS, whose libraries may not be used after a fork, nor on Windows, which has none.
    """
    if sys.platform in ("darwin", "win32"):
        return multiprocessing.get_context("spawn")
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(["tts_demo.preloaded"])
    return forking
