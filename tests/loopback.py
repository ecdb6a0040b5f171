"""A file server on 127.0.0.1 that can be told to misbehave: what bad networks, proxies and hosts do to a download."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Fault = Callable[["Handler", bytes], None]


@dataclass
class Loopback:
    """`files` by path; `faults` are taken one a request, then the path behaves; `asked` holds (path, Range) of each request."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    sent: int = 0
    pace: float = 0.0  # seconds between two kilobytes
    address: str = ""

    def url(self, path: str) -> str:
        return f"{self.address}/{path}"


class Handler(BaseHTTPRequestHandler):
    loopback: Loopback

    def do_GET(self) -> None:
        path = self.path.split("://", 1)[-1].split("/", 1)[-1]  # a proxy is asked for the whole URL
        self.loopback.asked.append((path, self.headers.get("Range", "")))
        faults = self.loopback.faults.get(path, [])
        content = self.loopback.files.get(path)
        try:
            if faults:
                faults.pop(0)(self, content or b"")
            elif content is None:
                self.reply(404, b"not here")
            else:
                serve(self, content)
        except (BrokenPipeError, ConnectionResetError):  # the client has stopped
            pass

    @property
    def start(self) -> int:
        """Where the asked-for bytes begin."""
        return int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))

    def reply(self, code: int, body: bytes, **headers: str) -> None:
        self.send_response(code)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.send(body)

    def send(self, body: bytes) -> None:
        for begin in range(0, len(body), 1024):
            self.loopback.sent += len(body[begin : begin + 1024])  # first: the client may be done before this thread goes on
            self.wfile.write(body[begin : begin + 1024])
            self.wfile.flush()
            time.sleep(self.loopback.pace)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def serve(handler: Handler, content: bytes) -> None:
    """What a good server does: 200, 206 or 416."""
    if not handler.headers.get("Range"):
        handler.reply(200, content)
    elif handler.start >= len(content):
        handler.reply(416, b"", Content_Range=f"bytes */{len(content)}")
    else:
        range_ = f"bytes {handler.start}-{len(content) - 1}/{len(content)}"
        handler.reply(206, content[handler.start :], Content_Range=range_)


def status(code: int) -> Fault:
    return lambda handler, content: handler.reply(code, b"sorry")


def page(handler: Handler, content: bytes) -> None:
    """What a hotel's network says to everything, in chunks, so that no length gives it away."""
    handler.reply(200, b"<html>sign in</html>", Content_Type="text/html; charset=utf-8")


def whole(handler: Handler, content: bytes) -> None:
    """A server that knows no Range."""
    handler.reply(200, content)


def from_zero(handler: Handler, content: bytes) -> None:
    """A server that says 206 and begins somewhere else than asked."""
    handler.reply(206, content, Content_Range=f"bytes 0-{len(content) - 1}/{len(content)}")


def another(body: bytes) -> Fault:
    return lambda handler, content: handler.reply(200, body)


def unannounced(body: bytes) -> Fault:
    """`body` without a length; the end of the connection ends it."""

    def fault(handler: Handler, content: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.send(body)

    return fault


def cut(count: int) -> Fault:
    """Announce everything that was asked for, send `count` bytes of it, hang up."""

    def fault(handler: Handler, content: bytes) -> None:
        start = handler.start
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(content) - start))
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.end_headers()
        handler.send(content[start : start + count])

    return fault


def trickle(handler: Handler, content: bytes) -> None:
    """A byte every twentieth of a second: never a stall, never an end."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    for place in range(len(content)):
        handler.send(content[place : place + 1])
        time.sleep(0.05)


def longer(more: bytes) -> Fault:
    """A length that is right, and then more bytes than that, sent at once."""

    def fault(handler: Handler, content: bytes) -> None:
        handler.reply(200, content + more, Content_Length=str(len(content)))

    return fault


def busy(seconds: int) -> Fault:
    return lambda handler, content: handler.reply(429, b"later", Retry_After=str(seconds))


def stall(count: int, seconds: float) -> Fault:
    """Send `count` bytes, then nothing for `seconds`."""

    def fault(handler: Handler, content: bytes) -> None:
        cut(count)(handler, content)
        time.sleep(seconds)

    return fault


def redirect(url: str) -> Fault:
    return lambda handler, content: handler.reply(302, b"", Location=url)


@contextmanager
def serving(certificate: Path | None = None, **files: bytes) -> Iterator[Loopback]:
    """A server while the block runs; over TLS with the key and certificate in the file `certificate`."""
    loopback = Loopback(files=dict(files))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"loopback": loopback}))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    loopback.address = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()
