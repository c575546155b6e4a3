"""The house: imports point down, and nothing below the page knows gradio."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "tts_demo"
MODULES = sorted(
    ".".join(("tts_demo", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if "ui" not in path.relative_to(PACKAGE).parts
)
# From the bottom up: a room imports only rooms that stand before it.
ROOMS = (
    "console", "service_log", "processes", "messages", "settings", "acoustics", "pronunciation", "word_errors", "text",
    "sites", "regularizers", "losses", "optimizers", "strengths", "corpus", "states", "batches", "models", "config",
    "events", "labels", "outcome", "metrics", "inspection", "measures", "durations", "gradient_training", "growth",
    "resuming", "run_state", "training", "runs", "notebook", "synthesis", "evaluation", "sweeps", "sweep_recording",
    "figures", "preloaded", "registries", "lesson", "run_times", "recorded_lesson", "recorded_runs", "lesson_recording",
    "run_recording", "load_report",
    "listening", "class_statistics", "corpus_building", "engine", "ui", "__main__",
)  # fmt: skip


def test_nothing_below_the_page_imports_gradio():
    script = (
        f"import importlib, sys\nfor name in {MODULES!r}: importlib.import_module(name)\nprint('gradio' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def rooms_imported(source: str, path: Path) -> set[str]:
    """The rooms of the package that a module names in any kind of import, "" for the package itself."""
    inside = ("tts_demo", *path.relative_to(PACKAGE).parts[:-1])
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = inside[: len(inside) + 1 - node.level] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            names += [f"{base}.{alias.name}" for alias in node.names]
    parts = [name.split(".") for name in names]
    return {(*name, "")[1] for name in parts if name[0] == "tts_demo"}


@pytest.mark.parametrize(
    ("source", "rooms"),
    [
        ("from tts_demo.ui import page", {"ui"}),
        ("from tts_demo.ui.page import build", {"ui"}),
        ("from tts_demo import corpus, training as loop", {"corpus", "training"}),
        ("import tts_demo.ui.page", {"ui"}),
        ("import json, tts_demo.engine as engine", {"engine"}),
        ("def later():\n    import tts_demo.training", {"training"}),
        ("import tts_demo", {""}),
        ("from . import base", {"models"}),
        ("from .base import Network", {"models"}),
        ("from ..ui import page", {"ui"}),
        ("from .. import training", {"training"}),
        ("import torch\nfrom scipy import stats\nimport tts_demonstration", set()),
    ],
)
def test_every_kind_of_import_is_seen(source, rooms):
    assert rooms_imported(source, PACKAGE / "models" / "rnn.py") == rooms


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    allowed = {"", *ROOMS[: ROOMS.index(room) + 1]} - {"preloaded"} if room != "__init__" else set()
    forbidden = rooms_imported(path.read_text(encoding="utf-8"), path) - allowed
    assert not forbidden, f"{room} must not import {', '.join(forbidden)}"


def test_an_older_python_is_told_so_in_one_line():
    script = "import sys; sys.version_info = (3, 9, 18, 'final', 0); import tts_demo"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Hear Overfitting needs Python 3.11 or newer; this is Python 3.9.\n"
    wanted = re.search(r'requires-python = ">=([\d.]+)"', (PACKAGE.parent / "pyproject.toml").read_text())
    assert wanted is not None and wanted[1] == "3.11"
