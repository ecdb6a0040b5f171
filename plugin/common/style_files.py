"""Style pictures that are taken from the clipboard or another layer: how large they are kept, and as which files."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .paths import reachable, spelled
from .translation import _

FOLDER = "styles"  # among the data of both hosts
LARGEST_SIDE = 2048  # pixels of a picture that is kept: no network sees more of a style
LEAST = 16  # pixels of a side that the engine takes
LONGEST_NAME = 40
NO_NAME = re.compile(r'[\x00-\x1f<>:"/\\|?*]')  # what some system allows in no file's name


def new_file(folder: Path, name: str) -> str:
    """The path of a PNG file that isn't there yet, called like `name`; OSError when the folder can't be made."""
    folder.mkdir(parents=True, exist_ok=True)
    words = " ".join(NO_NAME.sub(" ", name).split())[:LONGEST_NAME].strip(". ") or _("Picture")
    number, path = 1, os.path.join(spelled(folder), f"{words}.png")
    while reachable(path).exists():
        number += 1
        path = os.path.join(spelled(folder), f"{words} {number}.png")
    return path


def unwritable(folder: Path) -> str:
    """An error's message: no picture can be kept there."""
    return _("the picture can't be kept in {folder}: make room there").format(folder=spelled(folder))
