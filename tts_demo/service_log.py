"""What whoever keeps the server running is told: a line on standard error for each fault, in words or as JSON.

Nothing private is in it: no text that somebody typed, no run's id, no visitor, no address. What is said is a template
of the program's own, with nothing at its places but numbers and names that are the program's, too.

>>> line("worker_died", "A worker process has ended unexpectedly.", as_json=False, exit_code=-9)
'A worker process has ended unexpectedly. (exit_code -9)'
>>> written = json.loads(line("worker_died", "A worker process has ended unexpectedly.", as_json=True, exit_code=-9))
>>> written["event"], written["level"], written["exit_code"]
('worker_died', 'error', -9)
"""

import datetime
import json
import sys
import threading
from typing import Literal

Level = Literal["info", "warning", "error"]
_as_json, _lock = False, threading.Lock()


def write_json(wanted: bool = True) -> None:
    """Whether lines are JSON objects from now on, or else words for whoever sits before the terminal."""
    global _as_json
    _as_json = wanted


def tell(event: str, said: str, level: Level = "error", **facts: str | int | float | None) -> None:
    """Write one line; of what goes well, in JSON only.

    Parameters
    ----------
    event : what has happened, as a name that monitors look for (docs/faults.md lists them)
    said : a sentence of the program's own
    facts : numbers and names that are nobody's
    """
    if level == "info" and not _as_json:
        return
    with _lock:
        print(line(event, said, _as_json, level, **facts), file=sys.stderr, flush=True)


def line(event: str, said: str, as_json: bool, level: Level = "error", **facts: str | int | float | None) -> str:
    """The line that `tell` writes."""
    if not as_json:
        known = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
        return f"{said} ({known})" if known else said
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": now, "level": level, "event": event, "said": said, **facts})
