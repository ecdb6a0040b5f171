"""The record beside a model's converted weights: what they were made of, and whether they still are what was made."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from . import __version__, converters, download
from .manifest import Model, Source

# Files up to this many bytes are hashed whole at every load (a few hundredths of a second); of larger ones both ends.
HASHED_WHOLE = 32 << 20
END = 4 << 20

Depth = Literal["look", "quick", "thorough"]  # size alone; size and hash of the ends; size and hash of all


class Condition(Enum):
    ABSENT = "absent"
    STALE = "made of other files or by another converter"
    DAMAGED = "damaged"
    READY = "ready"


def record_of(file: Path) -> Path:
    """Where the record of the converted `file` lies."""
    return file.with_suffix(".json")


def examine(file: Path, model: Model, depth: Depth = "quick") -> tuple[Condition, str]:
    """In which condition the converted weights of `model` are, and in a few words what is wrong with damaged ones."""
    record = _read(record_of(file))
    if not (record and file.is_file()):
        return Condition.ABSENT, ""
    if (record.get("converter_version"), record.get("sources")) != (converters.VERSION, _sources(model)):
        return Condition.STALE, ""
    size = file.stat().st_size
    if size != record.get("size"):
        return Condition.DAMAGED, f"{size} bytes instead of {record.get('size')}"
    if depth == "look":
        return Condition.READY, ""
    key, found = ("quick_sha256", quick_sha256(file)) if depth == "quick" else ("sha256", download.sha256(file))
    if found != record.get(key):
        return Condition.DAMAGED, f"SHA-256 {found[:8]}… instead of {str(record.get(key))[:8]}…"
    return Condition.READY, ""


def examine_original(file: Path, source: Source, depth: Depth = "quick") -> tuple[Condition, str]:
    """The same for a file that is used as it was published: the manifest itself pins it, so there is no record."""
    if not file.is_file():
        return Condition.ABSENT, ""
    if depth == "look":
        return (Condition.READY if source.size in (None, file.stat().st_size) else Condition.DAMAGED), ""
    damage = download.mismatch(file, source)
    return (Condition.DAMAGED if damage else Condition.READY), damage


def settle(made: Path, file: Path, model: Model) -> None:
    """Move the freshly made weights to their name and write their record; they count as present only when both are there."""
    record = {
        "model": model.id,
        "file": file.name,
        "size": made.stat().st_size,
        "sha256": download.sha256(made),
        "quick_sha256": quick_sha256(made),
        "sources": _sources(model),
        "converter_version": converters.VERSION,
        "licence": asdict(model.licence),
        "attribution": model.attribution,
        "made_by": f"nst_core {__version__}",
    }
    draft = download.part_of(record_of(file))
    draft.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    shutil.copymode(draft, made)  # safetensors writes files that only their owner can read; a store may be shared
    for path in (made, draft):
        _flush(path)
    os.replace(made, file)
    os.replace(draft, record_of(file))


def quick_sha256(file: Path) -> str:
    """SHA-256 of a small file, or of both ends of a large one: finds what was cut, overwritten or never finished."""
    size = file.stat().st_size
    if size <= HASHED_WHOLE:
        return download.sha256(file)
    with file.open("rb") as stream:
        digest = hashlib.sha256(stream.read(END))
        stream.seek(size - END)
        digest.update(stream.read(END))
    return digest.hexdigest()


def _sources(model: Model) -> list[dict[str, Any]]:
    """What the weights are made of: names and what pins the bytes, wherever they came from."""
    return [
        {"name": source.name, "keep": source.keep, "sha256": source.sha256, "git_blob_sha1": source.git_blob_sha1}
        for source in model.files
    ]


def _read(path: Path) -> dict[str, Any] | None:
    """The record at `path`; None when there is none that can be read, which is as good as none."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def _flush(path: Path) -> None:
    """To the disk itself: a name must not survive a power cut that its bytes did not."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
