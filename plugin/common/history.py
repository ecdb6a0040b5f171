"""What was painted last: order and thumbnail of each result, to apply again; the same in both hosts."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import kept
from .presets import Check
from .styles import Styles, from_json, to_json

FILE = "history.json"
THUMBNAILS = "history"
MOST = 20


@dataclass(frozen=True)
class Entry:
    """`styles` are as an order has them; `when` is in seconds of the epoch; `thumbnail` a PNG file, None where it is gone."""

    method: str
    styles: Styles
    parameters: dict[str, Any]
    when: float
    thumbnail: Path | None


class History:
    """The newest results, read anew each time: the other host may have painted."""

    def __init__(self, folder: Path, samples: str, check: Check, refusal: type[Exception]) -> None:
        """As `Presets` has them; `refusal` is what `check` raises."""
        self._path = folder / FILE
        self._thumbnails = folder / THUMBNAILS
        self._samples = samples
        self._check = check
        self._refusal = refusal

    def add(self, method: str, styles: Styles, parameters: dict[str, Any], thumbnail: bytes | None = None) -> None:
        """Put a result before all others, in place of an earlier one of the same order; `thumbnail` is a PNG file's contents.

        A history that can't be written is no reason to disturb anybody who paints.
        """
        row: dict[str, Any] = {
            "method": method,
            "styles": to_json(styles),
            "parameters": parameters,
            "when": time.time(),
            "thumbnail": f"{time.time_ns()}.png" if thumbnail else "",
        }
        rows = self._rows()
        others = [other for other in rows if not _same(other, row)]
        staying = [row, *others][:MOST]
        with contextlib.suppress(OSError):
            if thumbnail:
                kept.replace(self._thumbnails / row["thumbnail"], thumbnail)
            kept.write(self._path, "results", staying)
            for gone in rows:
                if gone not in staying:
                    self._discard(gone)

    def all(self) -> list[Entry]:
        """Those that fit this version, newest first."""
        return [entry for entry in map(self._entry, self._rows()[:MOST]) if entry is not None]

    def clear(self) -> None:
        """Forget everything; OSError when that can't be done."""
        rows = self._rows()
        kept.write(self._path, "results", [])
        for row in rows:
            self._discard(row)

    # -- inside --------------------------------------------------------------------------------------------------

    def _rows(self) -> list[Any]:
        return kept.read(self._path, "results")

    def _entry(self, row: Any) -> Entry | None:
        try:
            parameters = self._check(row["method"], dict(row["parameters"]))
            styles = from_json(row["styles"], self._samples)
            return Entry(row["method"], styles, parameters, float(row["when"]), self._thumbnail(row))
        except (TypeError, KeyError, ValueError, self._refusal):
            return None

    def _thumbnail(self, row: Any) -> Path | None:
        """The row's file; None when it is gone, or no file of ours."""
        name = row.get("thumbnail") if isinstance(row, dict) else None
        if not isinstance(name, str) or not name.endswith(".png") or os.path.basename(name) != name:
            return None
        path = self._thumbnails / name
        return path if path.is_file() else None

    def _discard(self, row: Any) -> None:
        path = self._thumbnail(row)
        if path is not None:
            with contextlib.suppress(OSError):
                path.unlink()


def _same(row: Any, other: dict[str, Any]) -> bool:
    """Whether both are of the same order."""
    return isinstance(row, dict) and all(row.get(name) == other[name] for name in ("method", "styles", "parameters"))
