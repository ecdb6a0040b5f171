"""Finds texts in the plug-ins' sources that nobody has marked for translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .template import KEYWORDS

# What people read, other than names in programs: several words, or one with a capital, or an ellipsis.
LIKE_A_TEXT = re.compile(
    r"""[^\W\d_]{2,}[,.:;!?…”"')]*\s+[“"'({]*[_&]?[^\W\d_{]   # two words
    |[^\W\d_]{3,}[,.:;“"']*\s+[“"'(]*\{\}|\{\}[,.:;”"')]*\s+[^\W\d_]{2,}   # one, and something to be filled in
    |^[&_]?[A-Z][&_]?[a-z][a-z&_]*[…:.]?$                # one of a label, perhaps with its letter marked
    |…""",
    re.VERBOSE,
)

# Whose arguments nobody reads who is not a programmer.
PROGRAMMERS = frozenset(
    (
        *("ValueError", "TypeError", "KeyError", "RuntimeError", "NotImplementedError", "compile", "Thread"),
        *("require_version", "createDocument", "from_string"),
    )
)

# What looks like a text and is none.
NO_TEXTS = frozenset(
    (
        *("GIMP", "Krita", "Python", "Qt", "Gimp", "GimpUi", "Gegl", "Gtk", "Gdk"),
        *("_OK", "_Cancel", "_Reset", "_Help", "_Load", "_Save"),  # GIMP's own, looked up in its catalogue
        *("The Style Transfer for GIMP and Krita authors", "{}, Apache-2.0"),
        *("…", " …", "{}…", "mmm…"),
        "Y'aA u8",  # a format of pixels
        *("Left", "Right", "Up", "Down"),  # keys
        *("style pack:", "go on", "stop, and keep what is painted"),  # what the engine says, and values
        *("sRGB built-in", "sRGB IEC61966-2.1", "Artifex Software sRGB ICC Profile"),
        "How the layers of Style Transfer were made, by layer",  # in a file
        *('(style "{}")', "# settings\n\n{}\n# end of settings\n", "import sys; sys.exit(sys.version_info < (3, 9))"),
    )
)


SCOPES = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def unmarked(path: Path) -> Iterator[tuple[int, str]]:
    """Line and words of each text in the module that is not an argument of `_` or its like."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from _below(tree, set(docstrings(tree)))


def shadowed(path: Path) -> Iterator[int]:
    """The lines of functions that translate, and call something else `_`: Python would take that instead."""
    for scope in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(scope, SCOPES):
            own = list(_of_scope(scope))
            called = any(isinstance(node, ast.Call) and name_of(node.func) == "_" for node in own)
            stored = any(isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store) for node in own)
            if called and (stored or any(isinstance(node, ast.arg) and node.arg == "_" for node in own)):
                yield scope.lineno


def _of_scope(scope: ast.AST) -> Iterator[ast.AST]:
    """What is inside, but not inside of another function or comprehension in there: those have names of their own."""
    for node in ast.iter_child_nodes(scope):
        if not isinstance(node, SCOPES):
            yield node
            yield from _of_scope(node)


def _below(node: ast.AST, docstrings: set[ast.AST]) -> Iterator[tuple[int, str]]:
    if node in docstrings or (isinstance(node, ast.Call) and name_of(node.func) in {*PROGRAMMERS, *KEYWORDS}):
        return
    text = words(node)
    if text is not None:
        if LIKE_A_TEXT.search(text) and text not in NO_TEXTS:
            yield node.lineno, text  # type: ignore[attr-defined]
        return
    children = node.values if isinstance(node, ast.Dict) else ast.iter_child_nodes(node)  # a key is no text
    for child in children:
        yield from _below(child, docstrings)


def words(node: ast.AST) -> str | None:
    """A literal's text, with `{…}` for what is filled in; None for all other nodes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def name_of(function: ast.AST) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    """Strings that stand alone."""
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
