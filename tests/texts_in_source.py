"""Finds the texts that a reader of the page may see, in the sources: what the catalogues have to hold."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "tts_demo"
# Rooms whose texts are read in a terminal only.
_UNSEEN = ("corpus_building/", "pronunciation/train.py", "__main__.py", "lesson_recording.py", "load_report.py")
_LABELLING = {"label", "info", "placeholder"}  # arguments of gradio's components that the page shows
_SHOWING = {"Button", "Markdown", "Accordion", "Tab", "HTML"}  # components whose first argument it shows


def modules() -> list[Path]:
    """The modules of the package whose texts may reach the page."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return [path for path in paths if not path.relative_to(PACKAGE).as_posix().startswith(_UNSEEN)]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def constants(tree: ast.AST) -> Iterator[str]:
    """All strings but docstrings, the fixed parts of f-strings, and what the service's log is told."""
    if isinstance(tree, ast.Call) and ast.unparse(tree.func) == "service_log.tell":
        return
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree.value
    elif isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant):
        return
    for child in tree.values if isinstance(tree, ast.JoinedStr) else ast.iter_child_nodes(tree):
        if not (isinstance(tree, ast.JoinedStr) and isinstance(child, ast.Constant)):
            yield from constants(child)


def templates(tree: ast.AST) -> Iterator[str]:
    """What is raised with a text, and what `Message("...")` is made of; a mark for a text that is no template."""
    for node in ast.walk(tree):
        call = node.exc if isinstance(node, ast.Raise) else node
        if isinstance(call, ast.Call) and call.args and (call is not node or _name(call.func) == "Message"):
            yield from _texts(call.args[0])


def sentences(tree: ast.AST) -> Iterator[str]:
    """Texts that read like a sentence: a capital letter or a place first, a full stop at the end.

    Also a mark for each f-string that does: a finished sentence can be told in no other language.
    """
    for text in constants(tree):
        if re.match(r" ?(\{\w+\}|[A-Z“]).* .*[.?!]$", text) and "\\" not in text:
            yield text
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and re.match(r" ?(\{\}|[A-Z“]).* .*[.?!]$", _joined(node)):
            yield _mark(node)


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, (ast.JoinedStr, ast.BinOp)):
        yield _mark(node)
    elif isinstance(node, ast.Constant) and re.search("[A-Za-z]", re.sub(r"\{\w+\}", "", str(node.value))):
        yield str(node.value)


def _mark(node: ast.expr) -> str:
    return f"({ast.unparse(node)}, line {node.lineno}: give a text with places, and their values)"


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _joined(node: ast.AST) -> str:
    """A text, of an f-string with {} where a value is; {} for everything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_joined(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "{}"


def labels(tree: ast.AST) -> Iterator[str]:
    """The fixed texts that gradio's components are given to show."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in _SHOWING and node.args:
                yield from _shown(node.args[0])
            for keyword in node.keywords:
                if keyword.arg in _LABELLING:
                    yield from _shown(keyword.value)


def _shown(node: ast.expr) -> Iterator[str]:
    if re.search("[A-Za-z]{2}", text := _joined(node)):
        yield text


def asked_for(tree: ast.AST) -> Iterator[str]:
    """Texts that `language("...")`, or `say("...")`, is called with; a mark for an f-string: none finds it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _is_language(node.func):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
            elif isinstance(first, ast.JoinedStr):
                yield _mark(first)


def _is_language(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id in ("language", "say")) or (
        isinstance(node, ast.Attribute) and node.attr == "language"
    )


def script_tables() -> dict[str, dict[str, str]]:
    """The tables WORDS in the words.js of the components, by their folders' names: key to English text.

    Raises
    ------
    ValueError
        Where a table holds anything but keys with texts, joined by + where they are long.
    """
    tables: dict[str, dict[str, str]] = {}
    for path in sorted((PACKAGE / "ui" / "components").glob("*/words.js")):
        found = re.search(r"^export const WORDS = \{\n(.*?)^\};", path.read_text(encoding="utf-8"), re.S | re.M)
        if found is None:
            if path.parent.name != "shared":
                raise ValueError(f"{path} holds no table of words.")
            continue
        tables[path.parent.name] = _table(found[1], str(path.relative_to(PACKAGE)))
    return tables


_STRING = r'"(?:[^"\\]|\\.)*"'
_ENTRY = re.compile(rf"\s*(\w+|{_STRING})\s*:\s*({_STRING}(?:\s*\+\s*{_STRING})*)\s*(?:,|$)")
_COMMENT = re.compile(r"\s*//[^\n]*\n")


def _table(source: str, where: str) -> dict[str, str]:
    table: dict[str, str] = {}
    at = 0
    while source[at:].strip():
        comment = _COMMENT.match(source, at)
        if comment:
            at = comment.end()
            continue
        entry = _ENTRY.match(source, at)
        if not entry:
            raise ValueError(f"{where}: this is no key with a text: {source[at : at + 80]!r}")
        pieces = re.findall(_STRING, entry[2])
        table[entry[1].strip('"')] = "".join(ast.literal_eval(piece) for piece in pieces)
        at = entry.end()
    return table
