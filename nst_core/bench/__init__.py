"""Measurements of what the engine takes on this machine: one module a bench, imported when it is asked for.

Each has `rows(sides)`, its numbers; `DEFAULT_SIDES`, of the pictures in pixels; and `text(rows)`, a table to print.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ..errors import UsageError

NAMES = ("feedforward", "gatys")


def of(name: str) -> ModuleType:
    """The bench called `name`; UsageError names the ones that exist."""
    if name not in NAMES:
        raise UsageError(f"bench {name!r} is unknown: choose one of {', '.join(NAMES)}")
    return import_module(f".{name}", __name__)
