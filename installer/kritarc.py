"""Switching the plug-in on and off in Krita's kritarc, byte for byte the same elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from . import files

_GROUP = b"[python]"
_KEY = re.compile(rb"\s*enable_style_transfer\s*=\s*(\S*)\s*$")


def enable(path: Path) -> bool:
    """Set `[python] enable_style_transfer=true` in `path`, made if absent; whether anything changed."""
    return _change(path, enabled)


def disable(path: Path) -> bool:
    """Take the key out of `path` again, and the file too when nothing else is in it; whether anything changed."""
    if not path.exists() or not _change(path, disabled):
        return False
    if not path.stat().st_size:
        path.unlink()
    return True


def is_enabled(path: Path) -> bool:
    """Whether Krita loads the plug-in; of several entries KConfig takes the last."""
    if not path.is_file():
        return False
    values = [value for _number, value in _entries(path.read_bytes().splitlines())]
    return bool(values) and values[-1].lower() == b"true"


def enabled(content: bytes) -> bytes:
    """`content` of a kritarc with the plug-in switched on; every other byte stays."""
    lines = content.splitlines(keepends=True)
    end = _line_end(lines)
    entry = b"enable_style_transfer=true"
    entries = _entries(lines)
    if entries:
        for number, value in entries:
            if value.lower() != b"true":
                lines[number] = entry + lines[number][len(lines[number].rstrip(b"\r\n")) :]
    elif _GROUP in (line.strip() for line in lines):
        header = next(number for number, line in enumerate(lines) if line.strip() == _GROUP)
        if not lines[header].endswith((b"\r", b"\n")):
            lines[header] += end
        lines.insert(header + 1, entry + end)
    else:
        if lines and not lines[-1].endswith((b"\r", b"\n")):
            lines[-1] += end
        lines += [end] * bool(lines) + [_GROUP + end, entry + end]
    return b"".join(lines)


def disabled(content: bytes) -> bytes:
    """`content` without the key, and without the group if nothing else is in it: the inverse of `enabled`."""
    lines = content.splitlines(keepends=True)
    for number, _value in reversed(_entries(lines)):
        del lines[number]
        alone = number == len(lines) or lines[number].lstrip().startswith(b"[")
        if alone and lines[number - 1].strip() == _GROUP:
            start = number - 2 if number >= 2 and not lines[number - 2].strip() else number - 1
            del lines[start:number]
    return b"".join(lines)


def _change(path: Path, change: Callable[[bytes], bytes]) -> bool:
    before = path.read_bytes() if path.exists() else b""
    after = change(before)
    if after == before:
        return False
    files.write(path, after)
    return True


def _entries(lines: list[bytes]) -> list[tuple[int, bytes]]:
    """Line number and value of each of our keys in the group; a group may occur more than once."""
    found, group = [], b""
    for number, line in enumerate(lines):
        if line.lstrip().startswith(b"["):
            group = line.strip()
        match = _KEY.match(line)
        if match and group == _GROUP:
            found.append((number, match.group(1)))
    return found


def _line_end(lines: list[bytes]) -> bytes:
    return b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"
