"""How far a set-up is: from what uv says, and from the disk that fills while it says nothing."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from nst_core.transfer import Remaining

from . import files

LOOK_SECONDS = 0.5
DOWNLOADS = (0.05, 0.9)  # where in the whole they begin and end
UNPACKED = 2.0  # how much larger files are than what is downloaded, about
SETTLING_SECONDS = 4.0  # in which uv names what it will fetch: until then nobody knows how much that is
UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


class Headway:
    """Told what the installer says for people, tells `fraction`s, stages and the seconds that are left."""

    def __init__(self, tell: Callable[..., None], folder: Path) -> None:
        """The disk that will fill is that of `folder`."""
        self._tell, self._folder = tell, folder
        self._free = files.free_space(folder)
        self._coming: dict[str, float] = {}
        self._have, self._begun = 0.0, 0.0
        self._fraction, self._stage = 0.0, ""
        self._remaining = Remaining()
        self._lock = threading.Lock()

    def hear(self, line: str) -> None:
        """A line that the installer or uv says."""
        word, _space, rest = line.partition(" ")
        if word == "Downloading":
            self._begins(rest)
        elif word == "Downloaded":
            self._is_there(rest)
        elif word == "Prepared":
            self.at(DOWNLOADS[1], "unpacking")
        elif line.startswith("checking"):
            self.at(0.95, "checking that everything works")
        elif word not in ("Resolved", "Installed"):
            self._tell(note=line)

    def at(self, fraction: float, stage: str) -> None:
        """So far, at least; it never goes back."""
        with self._lock:
            self._fraction, self._stage = max(self._fraction, fraction), stage
            self._tell(stage=stage, fraction=self._fraction, seconds_left=self._remaining.after(self._fraction, stage))

    def tick(self) -> None:
        """Look at the disk, while something is on its way."""
        if self._coming:
            self._download()

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Look at the disk meanwhile."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(LOOK_SECONDS):
                self.tick()

        thread = threading.Thread(target=look, name="headway", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _begins(self, what: str) -> None:
        found = re.match(r"(\S+) \(([\d.]+) ?(\w+)\)", what)
        if found:
            self._begun = self._begun or time.monotonic()
            self._coming[found.group(1)] = float(found.group(2)) * UNITS.get(found.group(3), 0)
            self._download()

    def _is_there(self, what: str) -> None:
        self._have += self._coming.pop(what.split(" ")[0], 0)
        self._download()

    def _download(self) -> None:
        """Between what has come in full and what has begun, as far as the disk says."""
        total = self._have + sum(self._coming.values())
        if not total:
            return
        filled = max(0, self._free - files.free_space(self._folder)) / UNPACKED
        # A package is told when it begins; what is as good as complete isn't, until it is said to be.
        have = min(max(filled, self._have), self._have + 0.98 * (total - self._have))
        largest = max(self._coming, key=self._coming.__getitem__) if self._coming else ""
        name = f", now {largest}" if largest else ""
        start, end = DOWNLOADS
        settled = time.monotonic() - self._begun >= SETTLING_SECONDS
        fraction = start + (end - start) * have / total if settled else start
        self.at(fraction, f"fetching PyTorch and what it needs: {files.human(have)} of {files.human(total)}{name}")
