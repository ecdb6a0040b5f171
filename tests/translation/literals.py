"""Finds texts in the plug-ins' sources that nobody has marked for translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .template import KEYWORDS

# What people read, other than names in programs: several words, or one with a capital, or an ellipsis.
LIKE_A_TEXT = re.compile(
    r"""[^\W\d_]{2,}[,.:;!?…”"')]*\s+[“"'({]*[^\W\d_{]   # two words
    |[^\W\d_]{3,}[,.:;“"']*\s+[“"'(]*\{\}|\{\}[,.:;”"')]*\s+[^\W\d_]{2,}   # one, and something to be filled in
    |^[&_]?[A-Z][&_]?[a-z][a-z&_]*[…:.]?$                # one of a label, perhaps with its letter marked
    |…""",
    re.VERBOSE,
)

# Whose arguments nobody reads who is not a programmer.
PROGRAMMERS = {
    "ValueError",
    "TypeError",
    "KeyError",
    "RuntimeError",
    "NotImplementedError",
    "Thread",
    "require_version",
    "compile",
}

# What looks like a text and is none.
NO_TEXTS = {
    "0 -1 weight bold",  # Pango's
    "GIMP",  # names
    "Krita",
    "Python",
    "Qt",
    "Style Transfer",  # the program's name, in every language
    "Gimp",
    "GimpUi",
    "Gegl",
    "Gtk",
    "Gdk",
}


def unmarked(path: Path, none: set[str] | None = None) -> Iterator[tuple[int, str]]:
    """Line and words of each text in the module that is not an argument of `_` or its like; `none` are more that are no texts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from _below(tree, set(_docstrings(tree)), NO_TEXTS | (none or set()))


def _below(node: ast.AST, docstrings: set[ast.AST], none: set[str]) -> Iterator[tuple[int, str]]:
    if node in docstrings or (isinstance(node, ast.Call) and _name(node.func) in PROGRAMMERS):
        return
    if isinstance(node, ast.Call) and _name(node.func) in KEYWORDS:
        for keyword in node.args[len(node.args) :]:
            yield from _below(keyword, docstrings, none)
        return
    text = _words(node)
    if text is not None:
        if LIKE_A_TEXT.search(text) and text not in none:
            yield node.lineno, text  # type: ignore[attr-defined]
        return
    for child in ast.iter_child_nodes(node):
        yield from _below(child, docstrings, none)


def _words(node: ast.AST) -> str | None:
    """A literal's text, with `{…}` for what is filled in; None for all other nodes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _name(function: ast.AST) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    """Strings that stand alone."""
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
