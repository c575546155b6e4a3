"""Makes `tts_demo` importable where a benchmark is run by its path: import this before it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
