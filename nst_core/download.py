"""From an address to a verified file: resume, retries, mirrors in order, hashes; nothing here knows what a model is.

Bytes gather in `<name>.part`. Only when size and hash agree does the file get its name; one that fails is deleted.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from . import reply
from .manifest import Source
from .reply import Address, Failure, Interrupted, Patience, Reply, shown

# What a file may weigh whose size nobody states: a server can't fill the disk.
LARGEST = 1 << 30
TICK = 0.1
CRAWL = 100  # bytes a second: who sends less for as long as a stall may take keeps the next address from its turn

Tick = Callable[[], None]
Progress = Callable[[int], None]  # bytes on disk so far; ten times a second even while nothing comes; may raise to stop


class Unobtainable(Exception):
    """No address could give the file; `failures` in the order in which they were asked."""

    def __init__(self, failures: Sequence[tuple[Address, Failure]]) -> None:
        super().__init__("; ".join(f"{shown(address)}: {failure.reason}" for address, failure in failures))
        self.failures = tuple(failures)

    @property
    def details(self) -> str:
        return "\n".join(f"{shown(address)}: {failure.reason}\n{failure.details}".strip() for address, failure in self.failures)


def fetch(source: Source, addresses: Sequence[Address], target: Path, progress: Progress, patience: Patience) -> None:
    """Make `target` hold what `source` describes, from the first of `addresses` that can give it.

    A `.part` beside `target` is continued, whoever began it. Unobtainable when every address failed; OSError when the disk
    did. Whatever `progress` raises leaves a `.part` that the next call continues.
    """
    part = part_of(target)
    failures: list[tuple[Address, Failure]] = []
    try:
        for address in addresses:
            try:
                _obtain(source, address, part, progress, patience)
                os.replace(part, target)
                return
            except Failure as failure:
                failures.append((address, failure))
    finally:
        if _size(part) == 0:
            part.unlink(missing_ok=True)
    raise Unobtainable(failures)


def part_of(target: Path) -> Path:
    """Where the bytes of `target` gather."""
    return target.with_name(target.name + ".part")


def sha256(path: Path, tick: Tick = lambda: None) -> str:
    """SHA-256 of the file's bytes, lower-case hexadecimal; `tick` is called after every megabyte and may raise."""
    return _digest(path, hashlib.sha256(), tick)


def git_blob_sha1(path: Path, tick: Tick = lambda: None) -> str:
    """SHA-1 of the file as a git blob: of b"blob <size>\\0" and the bytes."""
    return _digest(path, hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False), tick)


def mismatch(path: Path, source: Source, tick: Tick = lambda: None) -> str:
    """In what the file differs from `source`, in a few words; empty when it is the very file. SHA-256 goes before git's."""
    size = path.stat().st_size
    if source.size is not None and size != source.size:
        return f"{size} bytes instead of {source.size}"
    name, expected, compute = (
        ("SHA-256", source.sha256, sha256) if source.sha256 else ("git blob SHA-1", source.git_blob_sha1, git_blob_sha1)
    )
    found = compute(path, tick)
    return "" if found == expected else f"{name} {found[:8]}… instead of {str(expected)[:8]}…"


def _digest(path: Path, digest: hashlib._Hash, tick: Tick) -> str:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            tick()
    return digest.hexdigest()


def _obtain(source: Source, address: Address, part: Path, progress: Progress, patience: Patience) -> None:
    """Fill `part` from one address and check it; Failure when that doesn't work, with `part` deleted if it is damaged."""
    continued = _size(part) > 0
    damage = _received(source, address, part, progress, patience)
    if damage and continued:
        # What an earlier run left may be the rotten half: once more from nothing before this address is blamed.
        part.unlink()
        damage = _received(source, address, part, progress, patience)
    if damage:
        part.unlink()
        raise Failure(f"damaged: {damage}; deleted")


def _received(source: Source, address: Address, part: Path, progress: Progress, patience: Patience) -> str:
    """In what the complete `part` differs from what was wanted."""
    _receive(source, address, part, progress, patience)
    have = _size(part)
    return mismatch(part, source, lambda: progress(have))


def _receive(source: Source, address: Address, part: Path, progress: Progress, patience: Patience) -> None:
    """Attempts until `part` is complete; only those in a row that brought nothing count against `patience.attempts`."""
    fruitless = 0
    while not _complete(part, source):
        before = _size(part)
        try:
            _append(source, address, part, progress, patience)
            return
        except Interrupted as interruption:
            fruitless = 0 if _size(part) > before else fruitless + 1
            if fruitless >= patience.attempts:
                raise
            asked = interruption.wait
        if fruitless:
            pause = max(asked, patience.first_wait * 2 ** (fruitless - 1))
            _wait(pause, lambda: progress(_size(part)))


def _complete(part: Path, source: Source) -> bool:
    """Whether there is nothing left to ask for; where the size isn't known only the hash can tell."""
    have = _size(part)
    return have > 0 and (have == source.size if source.size is not None else not mismatch(part, source))


def _append(source: Source, address: Address, part: Path, progress: Progress, patience: Patience) -> None:
    """One reply's bytes behind those in `part`; Interrupted when it ends early, Failure when it has too many."""
    limit = source.size or 2 * (source.size_about or 0) or LARGEST
    have = _size(part)
    pace = _Pace(have, patience.stall)

    def answer() -> Reply:
        if isinstance(address, Path):
            return reply.from_folder(address, source.size)
        return reply.from_network(address, have, source.size, patience)

    with part.open("ab") as file, closing(_watched(answer, lambda: progress(have))) as pieces:
        for piece in pieces:
            if isinstance(piece, int):
                if piece < have:
                    file.truncate(piece)
                have = piece
                pace = _Pace(have, patience.stall)
                continue
            if have + len(piece) > limit:
                file.truncate(0)
                raise Failure(f"sends more than the {limit} bytes that the file has")
            file.write(piece)
            have += len(piece)
            progress(have)
            pace.demand(have)
    if source.size is not None and have < source.size:
        raise Interrupted(f"ended after {have} of {source.size} bytes")


class _Pace:
    """Sees to it that a server which sends a byte now and then, and so never stalls, doesn't keep anybody for hours."""

    def __init__(self, have: int, seconds: float) -> None:
        self._seconds = seconds
        self._since, self._had = time.monotonic(), have

    def demand(self, have: int) -> None:
        """Failure when too little has come in the last `seconds`."""
        now = time.monotonic()
        if now - self._since < self._seconds:
            return
        if have - self._had < CRAWL * (now - self._since):
            raise Failure(f"too slow: {have - self._had} bytes in {now - self._since:.0f} seconds")
        self._since, self._had = now, have


def _watched(produce: Callable[[], Reply], tick: Callable[[], None]) -> Reply:
    """The pieces of `produce()`, made in a thread, so that `tick` is called ten times a second even while none comes.

    That is what makes a stalled download stop at once: nothing can interrupt a thread that waits for a socket, but nobody
    has to wait for it either. It never touches the file, and ends by itself when its time-out strikes.
    """
    pieces: queue.Queue[int | bytes | BaseException | None] = queue.Queue(maxsize=8)
    stopped = threading.Event()

    def put(piece: int | bytes | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                pieces.put(piece, timeout=TICK)
                return
            except queue.Full:
                continue

    def work() -> None:
        try:
            for piece in produce():
                if stopped.is_set():
                    return
                put(piece)
            put(None)
        except BaseException as error:  # to be raised where somebody can act on it
            put(error)

    threading.Thread(target=work, name="download", daemon=True).start()
    try:
        while True:
            try:
                piece = pieces.get(timeout=TICK)
            except queue.Empty:
                tick()
                continue
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        stopped.set()


def _wait(seconds: float, tick: Callable[[], None]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        tick()
        time.sleep(min(TICK, seconds))


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
