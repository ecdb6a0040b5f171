"""Files and folders that are replaced whole, locked, measured and removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nst_core import lock

from .errors import InstallError
from .processes import say


def write(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one step; a link is followed, permissions are kept."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        beside.write_bytes(content)
        if path.exists():
            shutil.copymode(path, beside)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Remove a file, a folder with all in it, or a link without what it points to; nothing there is fine."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def beside(path: Path, what: str) -> Path:
    """A hidden neighbour of `path` (`what`: "new" or "old"); hosts pass over hidden folders, and renaming stays on one disk."""
    return path.with_name(f".{path.name}.{what}")


def swap(path: Path) -> None:
    """Put the finished neighbour `beside(path, "new")` in the place of `path`; if that fails, `path` is as it was.

    Raises InstallError when the system refuses, as Windows does while a program runs from the folder.
    """
    new, old = beside(path, "new"), beside(path, "old")
    remove(old)
    try:
        if path.exists() or path.is_symlink():
            path.rename(old)
        try:
            new.rename(path)
        except OSError:
            if old.exists() or old.is_symlink():
                old.rename(path)
            raise
    except OSError as error:
        raise InstallError(
            f"{path} can't be replaced ({error.strerror}): close GIMP and Krita, and check who may write there"
        ) from error
    try:
        remove(old)
    except OSError:
        say(f"note: {old} is still in use and can be deleted later")


def unwritable(path: Path, error: OSError) -> InstallError:
    """The sentence for a file or folder that the system would not let us write."""
    return InstallError(f"{path} can't be written ({error.strerror}): check who may write there, and the disk's free space")


def size(folder: Path) -> int:
    """Bytes in all files below `folder`; links count nothing."""
    total = 0
    for parent, _folders, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                total += os.path.getsize(path)
    return total


def human(count: float) -> str:
    """A number of bytes as people say it: "5.3 GB"."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def free_space(folder: Path) -> int:
    """Free bytes on the disk that holds, or will hold, `folder`."""
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`: a second installer says that it waits, once, and waits."""
    said: list[Path] = []

    def waiting() -> None:
        if not said:
            say(f"waiting for another installer that is at work in {path.parent}")
            said.append(path)

    path.parent.mkdir(parents=True, exist_ok=True)
    with lock.held(path, waiting):
        yield
