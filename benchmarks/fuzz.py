"""Ten thousand requests that no page would send, over every address of a running server.

    python benchmarks/fuzz.py --count 10000 --seed 0

A server of its own is started; an owner keeps a run going, and six connections send what `tests/fuzzing.py` draws:
values of every handler, bodies that are none, links, paths, headers, and bytes that are no http. It prints JSON: how
often each status was answered, and `faults`, which is empty where no answer held a stack trace or a file's content, no
error was met (status 500), the server lived, no file was touched but its own temporary ones, and nobody reached the
owner's run.

The same seed and number are always the same request: `--start 4000` goes on from there. Needs requirements-dev.txt.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import project

project.needs("pytest", "playwright", "axe_playwright_python", file="requirements-dev.txt")

from tests.browser_fixtures import free_port  # noqa: E402
from tests.siege import besieged, figures  # noqa: E402


def main() -> None:
    """Send and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="requests (10000)")
    parser.add_argument("--start", type=int, default=0, help="number of the first one (0)")
    parser.add_argument("--seed", type=int, default=0, help="what they are drawn from (0)")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-u", "app.py", "--port", str(free_port())]
        with besieged(Path(place), dict(os.environ), command, options.seed) as siege:
            for first in range(options.start, options.start + options.count, 500):
                siege.send(range(first, min(first + 500, options.start + options.count)))
                print(f"{first}: {len(siege.faults)} faults", file=sys.stderr, flush=True)
    print(json.dumps(figures(siege, time.monotonic() - began), indent=1, ensure_ascii=False))
    sys.exit(bool(siege.faults))


if __name__ == "__main__":
    main()
