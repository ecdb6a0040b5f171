"""`worker.json` in the data folder: by it the client finds the Python that runs the worker."""

from __future__ import annotations

import json
from pathlib import Path

from nst_core import __version__

from . import files

NAME = "worker.json"


def read(data: Path) -> dict[str, str]:
    """What it says; empty when it isn't there or isn't readable."""
    try:
        content = json.loads((data / NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write(data: Path, interpreter: Path) -> None:
    """Name `interpreter`; raises InstallError where the folder can't be written."""
    content = {"python": str(interpreter), "version": __version__}
    try:
        files.write(data / NAME, json.dumps(content, ensure_ascii=False, indent=1).encode())
    except OSError as error:
        raise files.unwritable(data, error) from error


def python(data: Path) -> Path | None:
    """The interpreter that it names."""
    named = read(data).get("python")
    return Path(named) if named else None
