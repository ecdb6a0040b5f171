"""Frames between client, worker and engine; standard library only, Python 3.9 and newer.

A frame is one JSON object in the shape of JSON-RPC 2.0, followed by the raw blocks whose sizes it names under "blocks".
It travels over `multiprocessing.connection` (a Unix socket or a named pipe) as bytes; nothing is ever unpickled.
Who may connect is decided twice: by the key in a file that only the user can read, and by the socket's own folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from multiprocessing import AuthenticationError, connection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Union

from . import __version__, folders

PROTOCOL = 1
CHUNK = 16 << 20  # a block goes in pieces, so that neither side needs a second copy of it
MAX_BLOCK = 16 << 30

# The library asserts that the other side speaks its handshake at all.
HANDSHAKE_ERRORS = (OSError, EOFError, AuthenticationError, ValueError, AssertionError)

Block = Union[bytes, bytearray, memoryview]


class Disconnected(Exception):
    """The other side is gone."""


def send(channel: Connection, header: dict[str, Any], blocks: Sequence[Block] = ()) -> None:
    """Send one frame; Disconnected when the other side is gone. Not for two threads at once."""
    views = [memoryview(block).cast("B") for block in blocks]
    text = json.dumps({"jsonrpc": "2.0", **header, "blocks": [len(view) for view in views]})
    try:
        channel.send_bytes(text.encode())
        for view in views:
            for start in range(0, len(view), CHUNK):
                channel.send_bytes(view[start : start + CHUNK])
    except (OSError, ValueError) as error:
        raise Disconnected(str(error)) from error


def receive(channel: Connection) -> tuple[dict[str, Any], list[bytearray]]:
    """Wait for one frame and give its header and blocks; Disconnected when the other side is gone or talks nonsense."""
    try:
        header = json.loads(channel.recv_bytes())
        sizes = header.pop("blocks", [])
        blocks = [_receive_block(channel, size) for size in sizes]
    except (OSError, EOFError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise Disconnected(str(error) or type(error).__name__) from error
    return header, blocks


def _receive_block(channel: Connection, size: int) -> bytearray:
    if not 0 <= size <= MAX_BLOCK:
        raise ValueError(f"a block of {size} bytes")
    block = bytearray(size)
    start = 0
    while start < size:
        start += channel.recv_bytes_into(block, start)
    return block


@dataclass(frozen=True)
class Address:
    """Where a worker listens, and the key that proves that one may talk to it."""

    version: str
    pid: int
    address: str
    key: str

    def dial(self) -> Connection:
        """A connection to the worker, authenticated both ways; Disconnected when nobody answers."""
        try:
            return connection.Client(self.address, authkey=bytes.fromhex(self.key))
        except HANDSHAKE_ERRORS as error:
            raise Disconnected(str(error)) from error

    def save(self) -> None:
        """Write the file that clients look for: readable by the user alone, and never half-written."""
        path = address_file()
        part = path.with_suffix(f".{self.pid}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        os.replace(part, path)


def address_file() -> Path:
    """The file that names the running worker of this version; two versions have a worker each."""
    return folders.state() / f"worker-{__version__}.json"


def saved_address() -> Address | None:
    """The address that a worker of this version has left, or None; it may be stale."""
    try:
        return Address(**json.loads(address_file().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def new_address() -> Address:
    """A fresh address and key for this process.

    The socket lies in the system's folder for temporary files, because the path of a Unix socket ends at 104 bytes.
    """
    token = secrets.token_hex(8)
    if sys.platform == "win32":
        address = rf"\\.\pipe\style-transfer-{token}"
    else:
        address = os.path.join(tempfile.mkdtemp(prefix="style-transfer-"), "socket")
    return Address(__version__, os.getpid(), address, secrets.token_hex(32))


def remove(address: Address) -> None:
    """Take away what a worker at `address` has left in the file system; what is gone already is fine."""
    if sys.platform == "win32":
        return
    for take_away, path in ((os.unlink, address.address), (os.rmdir, os.path.dirname(address.address))):
        with contextlib.suppress(OSError):  # a listener that has ended has taken its socket away, but not the folder
            take_away(path)


def authenticate(channel: Connection, key: str) -> bool:
    """The listener's half of the handshake whose other half is `Address.dial`; not part of `accept`, which nobody may stall."""
    try:
        connection.deliver_challenge(channel, bytes.fromhex(key))
        connection.answer_challenge(channel, bytes.fromhex(key))
    except HANDSHAKE_ERRORS:
        channel.close()
        return False
    return True
