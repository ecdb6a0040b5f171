"""Style packs: paintings that are named instead of a file (`--style pack:great-wave`), fetched when they are used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from . import manifest
from .errors import PictureError
from .manifest import PACK
from .progress import Log, Report, silent, unheard

if TYPE_CHECKING:
    from .weights import Store


def is_painting(style: object) -> bool:
    """Whether `style` names a painting of a pack, not a file."""
    return isinstance(style, str) and style.startswith(PACK)


def demand(style: str) -> None:
    """Look before anything begins: PictureError when there is no file `style`, ModelError when there is no such painting."""
    if is_painting(style):
        manifest.load().painting(style)
    elif not Path(style).exists():
        raise PictureError(f"style picture {style} does not exist: check the name")


def picture(style: str, store: Store, report: Report = silent, log: Log = unheard) -> Path:
    """The file of the painting called `style` ("pack:" and its name), checked by its hash; downloaded at its first use.

    `log` is told title, artist, year, licence and where the file comes from. ModelError when there is no such painting or it
    can't be had.
    """
    painting = store.manifest.painting(style)
    path = store.fetch(style, report)
    log(f"style {style}: {painting.credit}")
    return path
