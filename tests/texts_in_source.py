"""Finds the texts that a reader of the page may see, in the sources: what the catalogues have to hold."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "tts_demo"
# Rooms whose texts are read in a terminal only.
_UNSEEN = ("corpus_building/", "pronunciation/train.py", "__main__.py", "gallery_recording.py")
_LABELLING = {"label", "info", "placeholder"}  # arguments of gradio's components that the page shows
_SHOWING = {"Button", "Markdown", "Accordion", "Tab", "HTML"}  # components whose first argument it shows


def modules() -> list[Path]:
    """The modules of the package whose texts may reach the page."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return [path for path in paths if not path.relative_to(PACKAGE).as_posix().startswith(_UNSEEN)]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def skeleton(text: str) -> str:
    """A text with the names of its places left out: what an f-string and a template of a catalogue have in common."""
    return re.sub(r"\{\w+\}", "{}", text)


def texts(tree: ast.AST) -> Iterator[str]:
    """Skeletons of all strings and f-strings, docstrings left out."""
    if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant):
        return
    if isinstance(tree, ast.JoinedStr):
        yield _joined(tree)
        for part in tree.values:
            if isinstance(part, ast.FormattedValue):
                yield from texts(part.value)
    elif _is_sum(tree):
        yield _joined(tree)
        for child in ast.iter_child_nodes(tree):
            yield from texts(child)
    elif isinstance(tree, ast.Constant):
        if isinstance(tree.value, str):
            yield skeleton(tree.value)
    else:
        for child in ast.iter_child_nodes(tree):
            yield from texts(child)


def _is_sum(node: ast.AST) -> bool:
    return isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Add)


def _joined(node: ast.AST) -> str:
    """Skeleton of an f-string, of a sum of texts, or of a text that a `+=` adds to."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_joined(part) for part in node.values)
    if isinstance(node, ast.BinOp) and _is_sum(node):
        return _joined(node.left) + _joined(node.right)
    if isinstance(node, ast.AugAssign):
        return "{}" + _joined(node.value)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "{}"


def raised(tree: ast.AST) -> Iterator[str]:
    """Skeletons of what is raised as an error's message, each text that it may be."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            for argument in node.exc.args[:1]:
                yield from _messages(argument)


def _messages(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _messages(node.body)
        yield from _messages(node.orelse)
    elif (text := _joined(node)) != "{}":  # a name or a call: its text is made elsewhere
        yield skeleton(text)


def sentences(tree: ast.AST) -> Iterator[str]:
    """Skeletons of the texts that read like a sentence: a capital letter or a place first, a full stop at the end."""
    for text in texts(tree):
        if re.match(r" ?(\{\}|[A-Z“]).* .*[.?!]$", text) and "\\" not in text:
            yield text


def labels(tree: ast.AST) -> Iterator[str]:
    """Skeletons of the fixed texts that gradio's components are given to show."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in _SHOWING and node.args:
                yield from _shown(node.args[0])
            for keyword in node.keywords:
                if keyword.arg in _LABELLING:
                    yield from _shown(keyword.value)


def _shown(node: ast.expr) -> Iterator[str]:
    if re.search("[A-Za-z]{2}", text := _joined(node)):
        yield skeleton(text)


def asked_for(tree: ast.AST) -> Iterator[str]:
    """Texts that `language("...")`, or `say("...")`, is called with, exactly; a mark for an f-string: none finds it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _is_language(node.func):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
            elif isinstance(first, ast.JoinedStr):
                yield f"(an f-string, line {first.lineno}: give a text with places, and their values)"


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
