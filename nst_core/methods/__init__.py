"""The methods, one file each: what is prepared from the styles, and what is rendered from a content; no process, no file.

Each has `build(model_id, state, device) -> painter.Painter`, which raises ModelError when the id or the weights don't fit.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


def of(name: str) -> ModuleType:
    """The method's module, imported when asked for."""
    return import_module(f".{name}", __name__)
