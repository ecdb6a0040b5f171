"""What the store can do without: unfinished downloads, published files beside their weights, models that are gone."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import download
from .manifest import Model, Painting
from .progress import silent
from .shelf import Shelf
from .weights import Store, delete

PACK_FOLDER = "style-pack-"


@dataclass(frozen=True)
class Pruned:
    """What was deleted, and how many bytes that freed."""

    path: Path
    freed: int


def prune(store: Store) -> list[Pruned]:
    """Delete what no model and no painting of the manifest needs any more; files that aren't ours stay where they are.

    Waits for a download that another program is in the midst of. ModelError when the folder can't be written.
    """
    if not store.root.is_dir():
        return []
    pruned = []
    for folder in sorted(path for path in store.root.iterdir() if path.is_dir() and not path.is_symlink()):
        if not _needless(store, folder):
            continue
        with Shelf(folder, "folder", folder.name, ()).writing(silent):
            pruned += [Pruned(path, delete(path)) for path in _needless(store, folder)]
            with contextlib.suppress(OSError):  # gone already, or not empty
                folder.rmdir()
    return pruned


def _needless(store: Store, folder: Path) -> list[Path]:
    items = [item for item in store.manifest.items if store.shelf(item).folder == folder]
    if not items:
        return [folder] if _was_ours(folder) else []
    needed = {path for item in items for path in _needed(store, item)}
    return [path for item in items for path in _made(store, item, folder) if path.exists() and path not in needed]


def _was_ours(folder: Path) -> bool:
    """Whether a folder that the manifest doesn't know holds what an earlier version of the program put there."""
    if folder.name.startswith(PACK_FOLDER):
        return True
    try:
        record = json.loads((folder / f"{folder.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and record.get("model") == folder.name


def _needed(store: Store, item: Model | Painting) -> Iterator[Path]:
    """The files of what is there and whole, as far as names and sizes tell."""
    if store.is_there(item):
        file = store.file(item)
        yield from (file,) if isinstance(item, Painting) else (file, file.with_suffix(".json"))


def _made(store: Store, item: Model | Painting, folder: Path) -> Iterator[Path]:
    """Every file that the store may have made for `item`."""
    names = [source.name for source in store.shelf(item).sources]
    if isinstance(item, Model):
        names += [f"{item.id}.safetensors", f"{item.id}.json"]
    for name in names:
        yield folder / name
        yield download.part_of(folder / name)
