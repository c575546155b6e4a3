"""The house: imports point down, and nothing below the page knows gradio."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "tts_demo"
MODULES = sorted(
    ".".join(("tts_demo", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if "ui" not in path.relative_to(PACKAGE).parts and path.name != "__main__.py"
)
# From the bottom up: a room imports only rooms that stand before it.
ROOMS = (
    "settings", "acoustics", "pronunciation", "text", "regularizers", "losses", "optimizers", "strengths", "corpus",
    "batches", "models", "config", "events", "labels", "outcome", "metrics", "measures", "durations", "training",
    "runs", "synthesis", "evaluation", "registries", "lesson", "gallery", "gallery_recording", "listening",
    "corpus_building", "engine", "__main__", "ui",
)  # fmt: skip


def test_nothing_below_the_page_imports_gradio():
    script = (
        f"import importlib, sys\nfor name in {MODULES!r}: importlib.import_module(name)\nprint('gradio' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room == "__init__":
        return
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tts_demo"):
            parts = node.module.split(".")[1:2]
            imported |= set(parts) if parts else {alias.name for alias in node.names}
    for other in imported - {room}:
        assert ROOMS.index(other) < ROOMS.index(room), f"{room} must not import {other}"
