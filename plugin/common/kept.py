"""How the shims keep small things between two sessions: JSON files that are replaced whole or not at all, and styles by names
that mean the same in both hosts."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

OWN = "sample:"  # before the file name of a style picture that ships: each host has a copy of its own


def read(path: Path, name: str) -> list[Any]:
    """The list called `name` in the file; empty when there is no file. What is no file of ours is set aside as `*.damaged`."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))[name]
    except OSError:
        return []
    except (ValueError, TypeError, KeyError):
        rows = None
    if isinstance(rows, list):
        return rows
    with contextlib.suppress(OSError):
        os.replace(path, path.with_suffix(".damaged"))
    return []


def write(path: Path, name: str, rows: Sequence[Any]) -> None:
    """Keep `rows` as the list called `name`; OSError when that can't be done, and then the old file still stands."""
    replace(path, (json.dumps({"version": 1, name: list(rows)}, indent=1) + "\n").encode())


def replace(path: Path, data: bytes) -> None:
    """Make `data` the contents of the file, which nobody ever sees half written; OSError when that can't be done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def portable(style: str) -> str:
    """The style as it is kept: `sample:style-woodcut.jpg` for a picture that ships, all others as they are."""
    folder, name = os.path.split(style)
    package, samples = os.path.split(folder)
    ours = samples == "samples" and os.path.basename(package) == "nst_core" and name.startswith("style-")
    return OWN + name if ours else style


def here(style: str, samples: str) -> str:
    """A kept style as this host names it; `samples` is the folder of the pictures that ship with it."""
    name = style[len(OWN) :] if style.startswith(OWN) else ""
    return os.path.join(samples, os.path.basename(name)) if name else style
