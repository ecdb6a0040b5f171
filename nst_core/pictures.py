"""Pictures as a job names them (a file's path, a painting's name, or pixels): what is seen of them, and what tells them apart."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Hashable
from pathlib import Path

from torch import Tensor

from . import blend, imagefile, packs, raster
from .progress import Log, Report
from .raster import Raster
from .weights import Store

Source = str | Path | Raster


def at_hand(source: Source, store: Store, report: Report, log: Log) -> Source:
    """A painting of a pack ("pack:NAME", fetched when it isn't there) as its file's path; everything else as it is."""
    return packs.picture(str(source), store, report, log) if packs.is_painting(source) else source


def pixels(source: Source, log: Log) -> Raster:
    """A style's pixels; `log` hears what was converted."""
    if isinstance(source, Raster):
        return source
    loaded = imagefile.read(source)
    for note in loaded.notes:
        log(f"style {Path(source).name}: {note}")
    return loaded.raster


def style(source: Source, log: Log) -> Tensor:
    """A style's visible colours, (1, 3, H, W); PictureError when there are too few or too many."""
    picture = pixels(source, log)
    raster.demand_size(picture, "the style picture" if picture is source else f"the style picture {source}")
    return visible(picture)[0]


def visible(picture: Raster) -> tuple[Tensor, Tensor | None]:
    """What a network may see, under transparency the surrounding colours; and the alpha where something is transparent."""
    rgb, alpha = raster.visible(picture)
    return rgb if alpha is None else blend.fill_transparent_(rgb, alpha), alpha


def fingerprint(source: Source | None) -> Hashable:
    """What tells a picture from another one: a file's path, time and size, or the hash of the pixels; None of none."""
    if source is None:
        return None
    if isinstance(source, Raster):
        # The quickest of the standard library's that never takes two pictures for one.
        code = hashlib.sha1(source.pixels.data, usedforsecurity=False).hexdigest()
        return (source.channels, source.depth, source.pixels.shape, code)
    try:
        status = os.stat(source)
    except OSError:
        return str(source)  # reading it will say what is wrong
    return (str(source), status.st_mtime_ns, status.st_size)


def files(paths: str) -> Hashable:
    """The files that a parameter names, as they are now."""
    return tuple(fingerprint(path) for path in paths.split(os.pathsep) if path)
