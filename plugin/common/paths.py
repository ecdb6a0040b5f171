"""Paths as letters, and as this Python opens them.

Krita runs Python under an ASCII locale, where Python writes the bytes of other letters in a form that only it knows; the hosts'
toolkits, and what both hosts keep, have the letters themselves.
"""

from __future__ import annotations

import os
from pathlib import Path


def spelled(path: str | os.PathLike[str]) -> str:
    """A path of Python's in letters."""
    return os.fsencode(path).decode("utf-8", "replace")


def reachable(value: str) -> Path:
    """A path in letters as this Python can open it."""
    return Path(os.fsdecode(value.encode("utf-8", "surrogateescape")))
