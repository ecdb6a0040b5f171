"""How the command line speaks: notes, progress as a bar or as JSON lines, tables of bytes; standard library only."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Any, TextIO

BAR_WIDTH = 24


class Progress:
    """Shows progress on stderr: `mode` is "bar", "json", "none", or "auto" (a bar when somebody watches a terminal)."""

    def __init__(self, mode: str, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self.mode = ("bar" if self._stream.isatty() else "none") if mode == "auto" else mode

    def show(self, fraction: float, stage: str, seconds_left: float | None = None) -> None:
        if self.mode == "json":
            self._line({"event": "progress", "fraction": round(fraction, 4), "stage": stage, "seconds_left": seconds_left})
        elif self.mode == "bar":
            done = round(fraction * BAR_WIDTH)
            told = stage.endswith("left")  # a download says it itself
            left = f", {seconds_left:.0f} s left" if seconds_left is not None and seconds_left >= 1 and not told else ""
            text = f"[{'#' * done}{'.' * (BAR_WIDTH - done)}] {fraction:4.0%} {stage}{left}"
            self._stream.write(f"\r\x1b[K{text[: shutil.get_terminal_size().columns - 1]}")
            self._stream.flush()

    def note(self, text: str) -> None:
        """One sentence for the user, whatever the mode."""
        if self.mode == "json":
            self._line({"event": "note", "text": text})
        else:
            self.clear()
            print(f"nst_core: note: {text}", file=self._stream)

    def done(self, facts: dict[str, Any]) -> None:
        """The end; only JSON says it here."""
        self.clear()
        if self.mode == "json":
            self._line({"event": "done", **facts})

    def clear(self) -> None:
        """Take the bar away, so that what follows stands on a line of its own."""
        if self.mode == "bar":
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _line(self, event: dict[str, Any]) -> None:
        print(json.dumps(event), file=self._stream, flush=True)


def size(count: int | None) -> str:
    """`count` bytes for a person: 1.9 MB; "?" where nobody knows."""
    if count is None:
        return "?"
    number = float(count)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" or number >= 100 else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """`rows` in columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
