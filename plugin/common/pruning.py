"""Keeps a folder of files that can be made again from growing for ever; which files those are is the caller's to know."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def prune(folder: Path, most: int, most_bytes: int) -> None:
    """Delete the files that were used longest ago until there are at most `most`, of at most `most_bytes` together.

    A file that can't be deleted stays, and a folder that isn't there is left alone: nobody is to be disturbed for it.
    """
    with contextlib.suppress(OSError):
        found = [(entry.stat(), entry.path) for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
        found.sort(key=lambda one: one[0].st_mtime_ns, reverse=True)
        total = 0
        for number, (status, path) in enumerate(found, 1):
            total += status.st_size
            if number > most or total > most_bytes:
                with contextlib.suppress(OSError):
                    os.unlink(path)


def touch(path: Path) -> None:
    """Say that the file was used now."""
    with contextlib.suppress(OSError):
        os.utime(path)
