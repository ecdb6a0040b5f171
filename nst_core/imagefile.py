"""Picture files on disk: read with everything that can be wrong put into words, written so that a failure leaves the old file."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Union

import numpy as np

from . import codecs, icc
from .codecs import MAX_PIXELS, ROTATED
from .errors import NstError, OutOfMemory, OutputError, PictureError, UsageError
from .raster import Raster

__all__ = ["MAX_PIXELS", "Loaded", "check_output", "read", "write"]

FilePath = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class Loaded:
    """A file's picture, upright and in sRGB; `notes` tell the user what was done to make it so."""

    raster: Raster
    notes: tuple[str, ...]


def read(path: FilePath) -> Loaded:
    """The picture in the file `path`: 8 and 16-bit integers stay what they are, floats become float32.

    PictureError when the file is missing, a folder, empty, not a picture, cut short or damaged, or declares more than
    `MAX_PIXELS`; OutOfMemory when it doesn't fit.
    """
    name = _shown(path)
    data = _contents(path, name)
    try:
        decoded = codecs.decode(data)
        pixels, channels, note = _in_srgb(decoded)
        raster = Raster(np.ascontiguousarray(_upright(pixels, decoded.orientation)), channels)
    except codecs.Unreadable as problem:
        raise PictureError(f"picture {name} {problem}", details=repr(problem.__cause__ or problem)) from problem
    except MemoryError as error:
        raise OutOfMemory(f"picture {name} doesn't fit in memory: close other programs or scale it down first") from error
    rotated = ROTATED if decoded.orientation != 1 else None
    return Loaded(raster, tuple(text for text in (*decoded.notes, rotated, note) if text))


def write(path: FilePath, raster: Raster) -> tuple[str, ...]:
    """Write `raster` as the kind of picture that the suffix of `path` names, tagged as sRGB; notes for the user.

    The old file is replaced only by a whole new one; a symbolic link goes on pointing to its file. UsageError for an
    unknown suffix, OutputError when it can't be written.
    """
    check_output(path)
    name = _shown(path)
    try:
        data, notes = codecs.encode(raster, Path(path).suffix.lower())
    except codecs.Unwritable as problem:
        raise OutputError(f"output {name} {problem}") from problem
    try:
        _replace(os.path.realpath(path), data)
    except OSError as error:
        raise OutputError(f"output {name} {_why_not_written(error)}", details=repr(error)) from error
    return notes


def check_output(path: FilePath) -> None:
    """Find before a long job what would stop `write` after it: UsageError for the suffix, OutputError for the place."""
    name = _shown(path)
    suffix = Path(path).suffix.lower()
    if suffix not in codecs.SUFFIXES:
        raise UsageError(f"output {name} has the suffix {suffix!r}, which is unknown: use one of {', '.join(codecs.SUFFIXES)}")
    try:
        target = Path(os.path.realpath(path))
        _check_place(target, name)
    except (OSError, ValueError) as error:
        raise OutputError(f"output {name} {_why_not_written(error)}", details=repr(error)) from error


def _check_place(target: Path, name: str) -> None:
    folder = _shown(target.parent)
    if target.is_dir():
        raise OutputError(f"output {name} is a folder: name a file in it")
    if not target.parent.is_dir():
        raise OutputError(f"output {name} lies in {folder}, which is not a folder: make it first or choose another")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise OutputError(f"output {name} lies in {folder}, where you may not write: choose another folder")
    if not target.exists():
        return
    mode = target.stat().st_mode
    if not stat.S_ISREG(mode):
        raise OutputError(f"output {name} is a device, not a file: choose another name")
    # Replacing needs no right to write to the old file, but whoever protected it expects that it is kept; root too.
    if not mode & 0o222 or not os.access(target, os.W_OK):
        raise OutputError(f"output {name} is write-protected: choose another name or lift the protection")


def _replace(target: str, data: bytes) -> None:
    """`data` as the file `target`, at once or not at all; with the old file's permissions, else those of the umask."""
    temporary = os.path.join(os.path.dirname(target), f".style-transfer-{secrets.token_hex(8)}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # a full disk behind a network shows itself only here
        if os.path.exists(target):
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _why_not_written(error: Exception) -> str:
    kept = "what was there before is untouched"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"was not written, because the disk is full ({kept}): free some space or choose another folder"
    if isinstance(error, PermissionError) or (isinstance(error, OSError) and error.errno == errno.EROFS):
        return f"was not written, because you may not write there ({kept}): choose another folder"
    return f"was not written ({_reason(error)}; {kept}): choose another folder or name"


def _contents(path: FilePath, name: str) -> bytes:
    """All bytes of the file; nothing that could block, as a pipe would."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise PictureError(f"picture {name} is a folder: name a file in it")
        if not stat.S_ISREG(mode):
            raise PictureError(f"picture {name} is a device, not a file: save the picture to a file first")
        with open(path, "rb") as file:
            data = file.read()
    except NstError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PictureError(f"picture {name} doesn't exist: check its folder and name") from error
    except PermissionError as error:
        raise PictureError(f"picture {name} can't be opened: you may not read it, so change its permissions") from error
    except (OSError, ValueError) as error:
        raise PictureError(f"picture {name} can't be opened ({_reason(error)}): check its folder and name") from error
    if not data:
        raise PictureError(f"picture {name} is empty (0 bytes): get it again from where it came")
    return data


def _in_srgb(decoded: codecs.Decoded) -> tuple[np.ndarray, str, str | None]:
    """The decoded pixels in sRGB, their channels, and a note; alpha as it was."""
    has_alpha = decoded.channels.endswith("A")
    base = decoded.channels[:-1] if has_alpha else decoded.channels
    colours, note = icc.to_srgb(decoded.pixels[..., : len(base)], base, decoded.profile)
    channels = ("L" if base == "L" else "RGB") + "A" * has_alpha
    pixels = np.concatenate([colours, decoded.pixels[..., len(base) :]], axis=-1) if has_alpha else colours
    return pixels, channels, note


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """`pixels` turned and mirrored as EXIF's Orientation (1 to 8; CIPA DC-008, 4.6.5.A) says."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _shown(path: FilePath) -> str:
    """`path` on one line that every terminal takes: odd bytes and control characters become question marks."""
    return "".join(character if character.isprintable() else "?" for character in str(path))
