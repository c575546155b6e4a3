"""Makes `tts_demo` importable where a benchmark is run by its path: import this before it.

`needs` is what a benchmark calls before it begins, for what only benchmarks need.
"""

import importlib.util
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tts_demo import console

ROOT = Path(__file__).resolve().parent.parent
console.bear_any_text()


def needs(*packages: str, file: str = "requirements-benchmarks.txt") -> None:
    """Leave with a line and exit status 2 unless all of these can be imported; `file` is where they stand."""
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing:
        print(f"{Path(sys.argv[0]).name} needs {', '.join(missing)}: pip install -r {file}", file=sys.stderr)
        sys.exit(2)
