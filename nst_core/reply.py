"""What an address answers: the bytes of a file in a folder, or of a server's reply, and in words for users why they don't come.

Redirects, ranges, proxies and certificates are dealt with here; nothing here touches the disk or tries again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Union
from urllib.parse import urljoin, urlsplit, urlunsplit

from . import __version__

if TYPE_CHECKING:
    import requests

CHUNK = 1 << 16
REDIRECTS = 5
LONGEST_WAIT = 60.0  # seconds between two attempts, whatever a server asks for

Address = Union[str, Path]  # an http(s) URL, or a file in a folder
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
    """A failure that may pass: worth another attempt at the same address, after `wait` seconds if the server asks for that."""

    def __init__(self, reason: str, details: str = "", wait: float = 0.0) -> None:
        super().__init__(reason, details)
        self.wait = min(wait, LONGEST_WAIT)


def shown(address: Address) -> str:
    """`address` as a message may show it: without the user name and password that a mirror's may carry."""
    if isinstance(address, Path):
        return str(address)
    pieces = urlsplit(address)
    return urlunsplit(pieces._replace(netloc=pieces.netloc.rpartition("@")[2]))


def from_folder(path: Path, size: int | None) -> Reply:
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


def from_network(url: str, have: int, size: int | None, patience: Patience) -> Reply:
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
    """The reply to GET, with redirects followed as long as they lead to https, or stay at a plain http server asked by name."""
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
        if urlsplit(following).scheme != "https" and _server(following) != _server(url):
            raise Failure(f"redirected to {shown(following)}, which is not https")
        url = following
    raise Failure(f"redirected more than {REDIRECTS} times")


def _server(url: str) -> tuple[str, str]:
    pieces = urlsplit(url)
    return pieces.scheme, pieces.netloc.rpartition("@")[2].lower()


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
        reason = f"{code} {response.reason}".strip()
        if code in (408, 425, 429) or code >= 500:
            seconds = response.headers.get("Retry-After", "")
            raise Interrupted(reason, wait=float(seconds) if seconds.isdigit() else 0.0)
        raise Failure(reason)
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
