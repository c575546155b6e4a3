"""How many runs can go on at once on this machine: as many as its cores and its memory bear."""

import os
from pathlib import Path

CGROUP = "/sys/fs/cgroup"  # where Linux says what a container may take
_SERVER_BYTES = 600_000_000  # the page's process, and the one that workers are forked from (docs/hosting.md)
_WORKER_BYTES = 330_000_000  # a worker, and what a run takes besides
_MOST = 32  # more than a room of people needs; each takes memory while it idles


def slots(cores: float | None = None, memory: float | None = None) -> int:
    """Runs at once: two on up to two cores, so that twins go on together, and one core less than there are on more.

    Parameters
    ----------
    cores : what this process may use, where it is not given
    memory : bytes that it may use, where they are not given

    >>> slots(2, 8e9), slots(1, 8e9), slots(8, 16e9), slots(8, 1e9), slots(64, 5e11)
    (2, 2, 7, 1, 32)
    """
    cores = usable_cores() if cores is None else cores
    memory = usable_memory() if memory is None else memory
    by_cores = max(2, int(cores) - 1)  # the page takes a part of a core
    by_memory = int((memory - _SERVER_BYTES) / _WORKER_BYTES) if memory else by_cores
    return max(1, min(by_cores, by_memory, _MOST))


def usable_cores() -> float:
    """Cores that this process may use: those that it may run on, or the share of a container's limit."""
    count = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    limit, _, period = _read(f"{CGROUP}/cpu.max").partition(" ")
    return min(count, int(limit) / int(period)) if limit.isdecimal() and period.isdecimal() else count


def usable_memory() -> float:
    """Bytes of memory that this machine has, or that a container may take; 0 where that is not known."""
    try:
        found = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # Windows
        return 0.0
    limit = _read(f"{CGROUP}/memory.max")
    return min(found, int(limit)) if limit.isdecimal() else found


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
