"""From an address to a verified file: resume, retries, mirrors in order, hashes; nothing here knows what a model is.

Bytes gather in `<name>.part`. Only when size and hash agree does the file get its name; one that fails is deleted.
"""

from __future__ import annotations

import hashlib
import os
import queue
import re
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Union
from urllib.parse import urljoin, urlsplit, urlunsplit

from . import __version__
from .manifest import Source

if TYPE_CHECKING:
    import requests

CHUNK = 1 << 16
REDIRECTS = 5
# What a file may weigh whose size nobody states: a server can't fill the disk.
LARGEST = 1 << 30
TICK = 0.1

Address = Union[str, Path]  # an http(s) URL, or a file in a folder
Progress = Callable[[int], None]  # bytes on disk so far; ten times a second even while nothing comes; may raise to stop
Reply = Generator[Union[int, bytes], None, None]  # first where its bytes begin in the file, then the bytes


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds, and how often to try without any gain before the next address has its turn."""

    connect: float = 15.0
    stall: float = 30.0
    attempts: int = 4
    first_wait: float = 0.5  # doubled after every attempt


class Failure(Exception):
    """An address that can't give the file; `reason` in a few words, `details` for "Copy details"."""

    def __init__(self, reason: str, details: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


class Interrupted(Failure):
    """A failure that may pass: worth another attempt at the same address."""


class Unobtainable(Exception):
    """No address could give the file; `failures` in the order in which they were asked."""

    def __init__(self, failures: Sequence[tuple[Address, Failure]]) -> None:
        super().__init__("; ".join(f"{shown(address)}: {failure.reason}" for address, failure in failures))
        self.failures = tuple(failures)

    @property
    def details(self) -> str:
        return "\n".join(f"{shown(address)}: {failure.reason}\n{failure.details}".strip() for address, failure in self.failures)


def fetch(
    source: Source, addresses: Sequence[Address], target: Path, progress: Progress, patience: Patience = Patience()
) -> None:
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


def shown(address: Address) -> str:
    """`address` as a message may show it: without the user name and password that a mirror's may carry."""
    if isinstance(address, Path):
        return str(address)
    pieces = urlsplit(address)
    return urlunsplit(pieces._replace(netloc=pieces.netloc.rpartition("@")[2]))


def sha256(path: Path) -> str:
    """SHA-256 of the file's bytes, lower-case hexadecimal."""
    return _digest(path, hashlib.sha256())


def git_blob_sha1(path: Path) -> str:
    """SHA-1 of the file as a git blob: of b"blob <size>\\0" and the bytes."""
    return _digest(path, hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False))


def mismatch(path: Path, source: Source) -> str:
    """In what the file differs from `source`, in a few words; empty when it is the very file. SHA-256 goes before git's."""
    size = path.stat().st_size
    if source.size is not None and size != source.size:
        return f"{size} bytes instead of {source.size}"
    name, expected, compute = (
        ("SHA-256", source.sha256, sha256) if source.sha256 else ("git blob SHA-1", source.git_blob_sha1, git_blob_sha1)
    )
    found = compute(path)
    return "" if found == expected else f"{name} {found[:8]}… instead of {str(expected)[:8]}…"


def _digest(path: Path, digest: hashlib._Hash) -> str:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _obtain(source: Source, address: Address, part: Path, progress: Progress, patience: Patience) -> None:
    """Fill `part` from one address and check it; Failure when that doesn't work, with `part` deleted if it is damaged."""
    continued = _size(part) > 0
    _receive(source, address, part, progress, patience)
    damage = mismatch(part, source)
    if damage and continued:
        # What an earlier run left may be the rotten half: once more from nothing before this address is blamed.
        part.unlink()
        _receive(source, address, part, progress, patience)
        damage = mismatch(part, source)
    if damage:
        part.unlink()
        raise Failure(f"damaged: {damage}; deleted")


def _receive(source: Source, address: Address, part: Path, progress: Progress, patience: Patience) -> None:
    """Attempts until `part` is complete; only those in a row that brought nothing count against `patience.attempts`."""
    fruitless = 0
    while not _complete(part, source):
        before = _size(part)
        try:
            _append(source, address, part, progress, patience)
            return
        except Interrupted:
            fruitless = 0 if _size(part) > before else fruitless + 1
            if fruitless >= patience.attempts:
                raise
        if fruitless:
            _wait(patience.first_wait * 2 ** (fruitless - 1), lambda: progress(_size(part)))


def _complete(part: Path, source: Source) -> bool:
    """Whether there is nothing left to ask for; where the size isn't known only the hash can tell."""
    have = _size(part)
    return have > 0 and (have == source.size if source.size is not None else not mismatch(part, source))


def _append(source: Source, address: Address, part: Path, progress: Progress, patience: Patience) -> None:
    """One reply's bytes behind those in `part`; Interrupted when it ends early, Failure when it has too many."""
    limit = source.size or LARGEST
    have = _size(part)

    def reply() -> Reply:
        if isinstance(address, Path):
            return _folder_reply(address, source.size)
        return _network_reply(address, have, source.size, patience)

    with part.open("ab") as file, closing(_watched(reply, lambda: progress(have))) as pieces:
        for piece in pieces:
            if isinstance(piece, int):
                if piece < have:
                    file.truncate(piece)
                have = piece
                continue
            if have + len(piece) > limit:
                file.truncate(0)
                raise Failure(f"sends more than the {limit} bytes that the file has")
            file.write(piece)
            have += len(piece)
            progress(have)
    if source.size is not None and have < source.size:
        raise Interrupted(f"ended after {have} of {source.size} bytes")


def _folder_reply(path: Path, size: int | None) -> Reply:
    """A file in a folder, always from its beginning: a copy is quick."""
    try:
        with path.open("rb") as file:
            length = os.fstat(file.fileno()).st_size
            if size is not None and length != size:
                raise Failure(f"damaged: {length} bytes instead of {size}")
            yield 0
            while piece := file.read(CHUNK):
                yield piece
    except FileNotFoundError:
        raise Failure("not there") from None
    except OSError as error:
        raise Failure(f"cannot be read: {error.strerror}") from error


def _network_reply(url: str, have: int, size: int | None, patience: Patience) -> Reply:
    """The bytes behind the first `have`, or all of them where the server can't continue. Proxies and REQUESTS_CA_BUNDLE
    are requests' own business."""
    import requests
    import urllib3

    try:
        with requests.Session() as session:
            response = _ask(session, url, have, patience)
            if response.status_code in (206, 416) and not _continues(response, have, size):
                have = 0
                response = _ask(session, url, have, patience)
            if response.status_code != 206 or not have:
                have = 0
                _accept_whole(response, size)
            with response:
                yield have
                # read1 gives what has come so far; read would wait for a whole chunk, and lose it if the connection breaks.
                read = getattr(response.raw, "read1", response.raw.read)
                while piece := read(CHUNK):
                    yield piece
    except (OSError, urllib3.exceptions.HTTPError) as error:  # what requests raises is an OSError
        raise _failure(error, patience) from error


def _ask(session: requests.Session, url: str, have: int, patience: Patience) -> requests.Response:
    """The reply to GET, with redirects followed as long as they don't lead from https to anything else."""
    # identity: a size or an offset of compressed bytes would say nothing about the file.
    headers = {"User-Agent": f"nst_core/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    for _ in range(REDIRECTS + 1):
        timeout = (patience.connect, patience.stall)
        response = session.get(url, headers=headers, stream=True, allow_redirects=False, timeout=timeout)
        if not response.is_redirect:
            return response
        response.close()
        following = urljoin(url, response.headers["Location"])
        if urlsplit(url).scheme == "https" and urlsplit(following).scheme != "https":
            raise Failure(f"redirected to {shown(following)}, which is not https")
        url = following
    raise Failure(f"redirected more than {REDIRECTS} times")


def _continues(response: requests.Response, have: int, size: int | None) -> bool:
    """Whether a reply holds the bytes behind the first `have`, and of a file of the right size."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
    if response.status_code != 206 or not have or not found:
        return False
    return int(found[1]) == have and (size is None or found[2] in ("*", str(size)))


def _accept_whole(response: requests.Response, size: int | None) -> None:
    """Failure when a reply to a request for the whole file isn't it, told before anything on disk is given up for it."""
    code = response.status_code
    if code != 200:
        kind = Interrupted if code in (408, 425, 429) or code >= 500 else Failure
        raise kind(f"{code} {response.reason}".strip())
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise Failure("a web page came instead of the file: does this network want you to sign in?")
    length = response.headers.get("Content-Length", "")
    if size is not None and length.isdigit() and int(length) != size:
        raise Failure(f"another file: {length} bytes instead of {size}")


def _failure(error: Exception, patience: Patience) -> Failure:
    """What requests and urllib3 raise, in words for users; what may pass is Interrupted."""
    from requests import exceptions as requests_errors
    from urllib3 import exceptions as urllib3_errors

    details = f"{type(error).__name__}: {error}"
    if isinstance(error, (requests_errors.SSLError, urllib3_errors.SSLError)):
        return Failure("its certificate is not trusted: behind a company's proxy set REQUESTS_CA_BUNDLE", details)
    if isinstance(error, requests_errors.ProxyError):
        return Interrupted("the proxy does not answer", details)
    if isinstance(error, requests_errors.ConnectTimeout):
        return Interrupted(f"no answer within {patience.connect:g} seconds", details)
    if isinstance(error, (requests_errors.Timeout, urllib3_errors.TimeoutError)):
        return Interrupted(f"nothing came for {patience.stall:g} seconds", details)
    if isinstance(error, (requests_errors.ConnectionError, requests_errors.ChunkedEncodingError)):
        return Interrupted("no connection", details)
    if isinstance(error, (urllib3_errors.ProtocolError, ConnectionError)):
        return Interrupted("the connection broke", details)
    return Failure(str(error) or type(error).__name__, details)


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
