"""One folder of the store and the published files that belong in it: its lock, its disk, its downloads.

Knows nothing of what the files are for; `weights` makes models of them, `packs` shows paintings.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from . import download, lock
from .errors import ModelError
from .manifest import Source
from .progress import Report, silent
from .reply import Address, Patience, shown
from .transfer import Transfer

# Room beyond what is reckoned with that a disk must have.
SPARE = 16 << 20


@dataclass(frozen=True)
class Shelf:
    """`folder` is where the files lie, `kind` and `id` are what messages and commands call what they make up.

    Its folder's name is its place in a mirror, too. Every error is a ModelError that begins with kind and id and says what to do.
    """

    folder: Path
    kind: str
    id: str
    sources: tuple[Source, ...]
    offline: bool = False
    mirror: str = ""
    patience: Patience = field(default_factory=Patience)
    growth: int = 1
    """How many times the sources' size the disk must hold: 2 when something as large is made of them."""

    @property
    def label(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def size(self) -> int:
        """Bytes of all files, as far as they are known."""
        return sum(source.bytes for source in self.sources)

    def file(self, source: Source) -> Path:
        return self.folder / source.name

    def has(self, source: Source) -> bool:
        """Whether the very file lies here: all of it is hashed."""
        return self.file(source).is_file() and not download.mismatch(self.file(source), source)

    # --- the disk

    @contextmanager
    def writing(self, report: Report) -> Iterator[None]:
        """Hold the folder's lock, waiting for whoever has it, and say in one sentence what the disk refuses.

        The lock lies beside the folder, so that the folder can be removed.
        """
        root, stage = self.folder.parent, f"waiting for another program that fetches {self.id}"
        try:
            root.mkdir(parents=True, exist_ok=True)
            with lock.held(root / f"{self.folder.name}.lock", lambda: report(0.0, stage)):
                yield
        except ConnectionError:  # a report that has nobody to talk to any more
            raise
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                told = f"the disk is full at {root}: free {self._room() / 1e6:.1f} MB"
            else:
                told = f"{root} cannot be written ({error.strerror or error}): make it writable"
            raise ModelError(f"{self.label}: {told}, or set NST_HOME to a folder elsewhere") from error

    def _room(self) -> int:
        return self.growth * self.size + SPARE

    def _demand_space(self) -> None:
        """OSError as a full disk gives it, but before anything is downloaded."""
        if shutil.disk_usage(self.folder).free < self._room() - bytes_in(self.folder):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    # --- files from elsewhere; the caller holds the lock

    def fetch(self, report: Report) -> None:
        """Bring every file that isn't here, with one progress for all of them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._demand_space()
        transfer = Transfer(self.id, self.size)
        done = 0
        for source in self.sources:
            if not self.has(source):
                self._fetch(source, self._addresses(source), transfer, report, done)
            done += self.file(source).stat().st_size

    def take(self, found: Sequence[tuple[Source, Path]]) -> None:
        """Copies of files that `recognised` found elsewhere."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for source, path in found:
            self._fetch(source, [path], Transfer(self.id, self.size), silent, 0)

    def demand_complete(self) -> None:
        """ModelError names the files that are still missing, and where to get them."""
        missing = [source for source in self.sources if not self.has(source)]
        if missing:
            names = ", ".join(f"{source.name} (from {source.url})" for source in missing)
            raise ModelError(
                f"{self.label}: still missing {names}; the other files are kept: "
                f'run "nst_core models import {self.id} FILE..." with the missing ones'
            )

    def _fetch(self, source: Source, addresses: Sequence[Address], transfer: Transfer, report: Report, done: int) -> None:
        """One file, checked, into the folder; `done` bytes of the others are there already."""

        def progress(have: int) -> None:
            fraction = (done + have) / self.size if self.size else 0.0
            report(min(fraction, 1.0), transfer.stage(done + have))

        if not addresses:
            raise ModelError(
                f"{self.label}: {source.name} is not on this machine, and offline mode keeps it from being fetched from "
                f"{source.url}: go online, or {self._by_other_means}"
            )
        try:
            download.fetch(source, addresses, self.file(source), progress, self.patience)
        except download.Unobtainable as error:
            asked = " nor from ".join(f"{shown(address)} ({failure.reason})" for address, failure in error.failures)
            again = "go online" if self.offline else f'run "nst_core models fetch {self.id}" again'
            told = f"{self.label}: {source.name} could not be fetched from {asked}: {again}, or {self._by_other_means}"
            raise ModelError(told, error.details) from error

    @property
    def _by_other_means(self) -> str:
        return (
            "set NST_MODELS_MIRROR to a folder or address that has it, "
            f'or get it by other means and run "nst_core models import {self.id} FILE..."'
        )

    def _addresses(self, source: Source) -> Sequence[Address]:
        """Where to look for `source`, best first: the user's mirror, then its own address and mirrors; offline, folders alone."""
        mirror = self.mirror
        addresses: Sequence[Address] = [source.url, *source.mirrors]
        if mirror.lower().startswith(("http://", "https://")):
            addresses = [f"{mirror.rstrip('/')}/{self.folder.name}/{source.name}", *addresses]
        elif mirror:
            if mirror.lower().startswith("file:"):
                mirror = url2pathname(urlsplit(mirror).path)
            addresses = [Path(mirror).expanduser() / self.folder.name / source.name, *addresses]
        return [address for address in addresses if isinstance(address, Path) or not self.offline]


def recognised(shelves: Sequence[Shelf], paths: Sequence[Path]) -> Mapping[Shelf, Sequence[tuple[Source, Path]]]:
    """The given files, or those that a given folder holds, told by their bytes and sorted to the shelves where they belong.

    ModelError for a file that belongs to none, or a folder that has none that does.
    """
    found: dict[Shelf, list[tuple[Source, Path]]] = {shelf: [] for shelf in shelves}
    for path in paths:
        known = False
        try:
            for member in sorted(filter(Path.is_file, path.iterdir())) if path.is_dir() else [path]:
                for shelf in shelves:
                    for source in shelf.sources:
                        if not download.mismatch(member, source):
                            found[shelf].append((source, member))
                            known = True
        except OSError as error:
            raise ModelError(f"{shelves[-1].label}: {path} cannot be read ({error.strerror}): name the file to import") from error
        if not known:
            raise _stranger(shelves, path)
    return found


def _stranger(shelves: Sequence[Shelf], path: Path) -> ModelError:
    """Why `path` isn't taken: another version of a file by its name, or none of the files at all."""
    sources = [source for shelf in shelves for source in shelf.sources]
    for source in sources:
        if path.is_file() and path.name == source.name:
            return ModelError(
                f"{shelves[-1].label}: {path} is damaged or another version ({download.mismatch(path, source)}); "
                f"it was left as it is: get it again from {source.url}"
            )
    names = ", ".join(f"{source.name} ({source.size or '?'} bytes)" for source in sources)
    return ModelError(f"{shelves[-1].label}: {path} is none of its files: import {names}")


def bytes_in(folder: Path) -> int:
    """What the files below `folder` weigh."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
