"""The page's components: each a room of its own, which knows nothing of the page."""

import ast
import re
from pathlib import Path

import pytest

UI = Path(__file__).parent.parent / "tts_demo" / "ui"
COMPONENTS = UI / "components"
FOLDERS = sorted(path.parent for path in COMPONENTS.glob("*/index.js"))
SCRIPTS = sorted(UI.rglob("*.js"))
LONGEST = 300  # lines of a script
# From the bottom up: a floor of the page imports only floors that stand before it, and the rooms below the page.
FLOORS = ("locales", "components", "lab", "page")


def floor_of(path: Path) -> str:
    first = path.relative_to(UI).parts[0]
    return first if first in FLOORS else "page"


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: str(path.relative_to(UI)))
def test_the_page_has_floors(path):
    allowed = FLOORS[: FLOORS.index(floor_of(path)) + 1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tts_demo.ui"):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("tts_demo.ui")]
        for name in names:
            inside = name.split(".")[2:] or ["page"]
            floor = inside[0] if inside[0] in FLOORS else "page"
            assert floor in allowed, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", sorted((UI / "lab").glob("*.py")), ids=lambda path: path.name)
def test_what_answers_a_page_knows_no_gradio(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not any(alias.name.split(".")[0] == "gradio" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] != "gradio"


def test_no_file_of_the_page_stands_outside_its_room():
    entrance = {"__init__.py", "blocks.py", "figure_file.py", "page.css", "page.js", "page.py", "page_first.js"}
    entrance |= {"page_events.py", "page_first.py", "server.py", "wiring.py", "qr.py", "sheet.css", "sheet.py"}
    entrance |= {"link_first.py", "embed.css", "embed.js"}
    entrance |= {"health.py", "metrics.py", "access.py", "guard.py", "guarding.py", "class_page.py", "invitation.py"}
    assert {path.name for path in UI.iterdir() if path.is_file() and path.suffix != ".pyi"} <= entrance


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(UI)))
def test_no_script_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_components_modules_import_their_own_and_what_all_share(folder):
    found = 0
    for path in folder.glob("*.js"):
        for name in re.findall(r'\bfrom "([^"]+)";$', path.read_text(encoding="utf-8"), re.M):
            found += 1
            assert re.fullmatch(r"\./[a-z_0-9]+\.js|\.\./shared/[a-z_]+\.js", name), f"{path.name}: {name}"
            assert (folder / name).resolve().is_file()
        assert "gradio" not in path.read_text(encoding="utf-8"), f"{path.name} knows of gradio"
    assert found or folder.name == "kept_runs"


def selectors(sheet: str) -> list[str]:
    """All selectors of a style sheet, those of key frames left out."""
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)
    sheet = re.sub(r"@keyframes [^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", sheet)
    preludes = re.findall(r"([^{};]+)\{", sheet)
    return [
        one.strip() for text in preludes if not text.strip().startswith("@") for one in re.split(r",(?![^(]*\))", text)
    ]


def test_selectors_are_found():
    sheet = (
        "/* .x {} */ .a, .b:is(c, d) { color: red; } @media (x) { .c > p { top: 0; } } @keyframes k { from { x: 1; } }"
    )
    assert selectors(sheet) == [".a", ".b:is(c, d)", ".c > p"]


@pytest.mark.parametrize("path", sorted(COMPONENTS.glob("*/style.css")), ids=lambda path: path.parent.name)
def test_a_style_sheet_is_of_its_component_alone(path):
    scripts = "".join(script.read_text(encoding="utf-8") for script in path.parent.glob("*.js"))
    roots = set(re.findall(r'class: "hear (hear-[a-z-]+)"', scripts))
    assert len(roots) == 1, f'a component has one root, class: "hear hear-NAME", not {sorted(roots)}'
    (root,) = roots
    for selector in selectors(path.read_text(encoding="utf-8")):
        assert re.match(rf"(\.dark )?\.{root}(?![a-z-])", selector), selector
