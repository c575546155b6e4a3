"""Code of this program as text, for cells: definitions of a module, with all that they need of it."""

import ast
import functools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

_DESCRIBES = ("Settings",)  # of a model's class: what the page asks for; the notebook has plain values


@dataclass(frozen=True)
class Piece:
    """A module's function, class or constant, by its name, and the names that it reads, wherever they are from."""

    name: str
    code: str
    reads: frozenset[str]


def pieces(module: ModuleType, names: Iterable[str], known: Collection[str] = ()) -> list[Piece]:
    """Definitions of a module by their names, and those that they need of the same module, in the module's order.

    Functions and classes are as they are written there, comments and all; of a class, what describes it to the page
    (class variables and its `Settings`) is left out. A constant has the value that it has here.

    Parameters
    ----------
    module : of this program
    names : of top-level definitions
    known : names that are defined already, and are not given again

    Raises
    ------
    KeyError
        If the module has no such definition.

    >>> from tts_demo import losses
    >>> [piece.name for piece in pieces(losses, ["mse"])]
    ['_VOICING_SHARE', '_mean_cost', 'mse']
    >>> pieces(losses, ["mse"])[0].code
    '_VOICING_SHARE = 0.25'
    """
    lines, found = _read(module)
    wanted: dict[str, frozenset[str]] = {}
    waiting = [name for name in names if name not in known]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted[name] = _reads(found[name])
            waiting += [each for each in wanted[name] if each in found and each not in known]
    return [Piece(name, _code(module, lines, name, found[name]), wanted[name]) for name in found if name in wanted]


@functools.cache
def _read(module: ModuleType) -> tuple[list[str], dict[str, ast.stmt]]:
    """A module's lines, and its top-level definitions by name."""
    assert module.__file__ is not None
    text = Path(module.__file__).read_text(encoding="utf-8")
    return text.splitlines(), {name: node for node in ast.parse(text).body for name in _names(node)}


def _names(node: ast.stmt) -> list[str]:
    """What a statement defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]


def _reads(node: ast.stmt) -> frozenset[str]:
    """The names that a definition reads, less those in what a notebook leaves out."""
    parts: list[ast.AST] = [node]
    if isinstance(node, ast.ClassDef):
        parts = [*node.bases, *node.decorator_list, *(part for part in node.body if not _is_for_the_page(part))]
    found = [each for part in parts for each in ast.walk(part) if isinstance(each, ast.Name)]
    return frozenset(each.id for each in found if isinstance(each.ctx, ast.Load))


def _is_for_the_page(part: ast.stmt) -> bool:
    if isinstance(part, ast.ClassDef):
        return part.name in _DESCRIBES
    return isinstance(part, ast.AnnAssign) and "ClassVar" in ast.unparse(part.annotation)


def _code(module: ModuleType, lines: list[str], name: str, node: ast.stmt) -> str:
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and _is_plain(value := getattr(module, name)):
        return f"{name} = {value!r}"
    dropped = {
        number
        for part in (node.body if isinstance(node, ast.ClassDef) else ())
        if _is_for_the_page(part)
        for number in range(_first_line(part), _last_line(part) + 1)
    }
    kept = [lines[number - 1] for number in range(_first_line(node), _last_line(node) + 1) if number not in dropped]
    # what was left out leaves two empty lines behind
    return "\n".join(line for before, line in zip(["-", *kept], kept, strict=False) if line.strip() or before.strip())


def _is_plain(value: object) -> bool:
    """Whether a value's text is all there is to it."""
    return isinstance(value, (bool, int, float, str))


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])


def _last_line(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno
