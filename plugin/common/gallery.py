"""The styles there are to choose from, in their order, and what is remembered of them; a thumbnail is the host's to make.

The engine's samples and paintings are passed in. A style's `value` is what an order takes: a file's path, or "pack:" and the
name of a painting.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from . import kept
from .layers import style_name
from .models import Facts
from .paths import reachable, spelled
from .translation import _

RECENT, FAVOURITES, SAMPLES = _("Recent"), _("Favourites"), _("With the program")
PAINTINGS, FOLDER = _("Public domain"), _("My pictures")

FILE = "gallery.json"
MOST_RECENT = 12
MOST_IN_FOLDER = 300  # beyond these a picture is found by searching
SAMPLE_CREDIT = _("Made for Style Transfer, Apache-2.0")

# What the engine reads, by the suffix and by how such a file begins; WebP has its own size in between.
SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")
BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"RIFF")


@dataclass(frozen=True)
class Entry:
    """One style; `credit` names artist, year and licence as far as there are any.

    `picture` is the file to make a thumbnail of, spelled as the hosts' toolkits read it; None for a painting that has to be
    fetched first, and `facts` are then what the user must know before that.
    """

    value: str
    title: str
    credit: str
    picture: Path | None
    group: str
    facts: Facts | None = None

    def matches(self, words: Iterable[str]) -> bool:
        """Whether title, credit and file name together have all of these lower-case words in them."""
        file = self.picture.name if self.picture else ""
        text = f"{self.title}\n{self.credit}\n{file}".lower()
        return all(word in text for word in words)


class Gallery:
    """All styles, and what is remembered of them in `gallery.json` in the folder `settings`, the same for both hosts.

    `samples` are `nst_core.samples.SAMPLES`; `paintings` gives what `nst_core.weights.Store().paintings()` does, and is asked
    again each time, because a painting may have been fetched meanwhile.
    """

    def __init__(self, settings: Path, samples: Iterable[Any], paintings: Callable[[], Iterable[Any]]) -> None:
        self._file = settings / FILE
        self._samples = [sample for sample in samples if sample.kind == "style"]
        self._paintings = paintings

    def entries(self, search: str = "") -> list[Entry]:
        """Recent ones, favourites, our own, the paintings, the user's folder: a recent or favourite one is at its home, too.

        With words in `search` only what has all of them, and each style once.
        """
        words, shipped = search.lower().split(), self._shipped()
        chosen = [*self._remembered("recent", RECENT), *self._remembered("favourites", FAVOURITES)]
        found = [entry for entry in (*chosen, *shipped) if entry.matches(words)]
        found += islice(self._in_folder(words), MOST_IN_FOLDER)
        return _each_once(found) if words else found

    def entry(self, value: str) -> Entry | None:
        """The style with this value, at its home; None for a file that isn't there or a painting that nobody knows."""
        shipped = {entry.value: entry for entry in self._shipped()}
        return shipped.get(value) or (_of_file(reachable(value)) if is_picture(reachable(value)) else None)

    def favourite(self, value: str, on: bool) -> None:
        """Make the style a favourite, the last of them, or no longer one."""
        others = self._without("favourites", value)
        self._save("favourites", [*others, kept.portable(value)] if on else others)

    def is_favourite(self, value: str) -> bool:
        """Whether there is a star at it."""
        return kept.portable(value) in self._names("favourites")

    def used(self, value: str) -> None:
        """Put the style first among the recent ones."""
        self._save("recent", [kept.portable(value), *self._without("recent", value)][:MOST_RECENT])

    @property
    def folder(self) -> str:
        """The user's own folder of pictures; "" when none was chosen."""
        folder = self._told().get("folder")
        return folder if isinstance(folder, str) else ""

    @folder.setter
    def folder(self, path: str) -> None:
        self._save("folder", path)

    # -- what there is ----------------------------------------------------------------------------------------------

    def _shipped(self) -> list[Entry]:
        return [*map(_of_sample, self._samples), *map(_of_painting, self._paintings())]

    def _remembered(self, key: str, group: str) -> Iterator[Entry]:
        """What lies under `key`, as far as it is still there."""
        for name in self._names(key):
            entry = self.entry(kept.here(name, self._samples_folder))
            if entry:
                yield replace(entry, group=group)

    def _in_folder(self, words: list[str]) -> Iterator[Entry]:
        """The pictures in the user's folder that match, by name."""
        folder = self.folder
        try:
            files = sorted(reachable(folder).iterdir(), key=lambda path: path.name.lower()) if folder else []
        except (OSError, ValueError):  # a drive that is not there today, a name that can be none
            return
        for path in files:
            if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
                entry = _of_file(path)
                if entry.matches(words) and is_picture(path):
                    yield entry

    @property
    def _samples_folder(self) -> str:
        return spelled(self._samples[0].path.parent) if self._samples else ""

    # -- what is remembered -----------------------------------------------------------------------------------------

    def _told(self) -> dict[str, Any]:
        """The file, read anew each time: the other host may have written. Nothing where it can't be read."""
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def _names(self, key: str) -> list[str]:
        names = self._told().get(key)
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

    def _without(self, key: str, value: str) -> list[str]:
        return [name for name in self._names(key) if name != kept.portable(value)]

    def _save(self, key: str, new: Any) -> None:
        told = {**self._told(), "version": 1, key: new}
        with contextlib.suppress(OSError):  # a full disk costs the memory of a choice, not the choice
            kept.replace(self._file, (json.dumps(told, indent=1) + "\n").encode())


def _each_once(entries: Iterable[Entry]) -> list[Entry]:
    """The first entry of each style."""
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.value, entry)
    return list(first.values())


def _of_sample(sample: Any) -> Entry:
    value = spelled(sample.path)
    return Entry(value, _(sample.title), SAMPLE_CREDIT, Path(value), SAMPLES)


def _of_painting(painting: Any) -> Entry:
    credit = f"{painting.artist}, {_(painting.year)}; {_(painting.licence)}"
    picture = Path(spelled(Path(painting.path))) if painting.installed else None
    title, licence = _(painting.title), _(painting.licence)
    facts = Facts(painting.id, title, painting.size, licence, painting.commercial, False, painting.page)
    return Entry(painting.id, title, credit, picture, PAINTINGS, None if picture else facts)


def _of_file(path: Path) -> Entry:
    value = spelled(path)
    return Entry(value, style_name(value), "", Path(value), FOLDER)


def is_picture(path: Path) -> bool:
    """Whether the file can be read and begins as pictures do."""
    try:
        with path.open("rb") as file:
            return file.read(12).startswith(BEGINNINGS)
    except (OSError, ValueError):  # a name with a null in it, a folder, a file that isn't the user's
        return False
