"""`python -m tests.interrupted_download`: a file as large as VGG-19, interrupted ten times at random points, whole in the end.

Prints a table of the interruptions (the process killed, the user cancels, the server hangs up) with the peak memory of the
downloading process, then whether the hash is right and how many bytes were sent for it. Needs twice the file's size of disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from nst_core import download
from nst_core.errors import Cancelled
from nst_core.manifest import Source
from nst_core.reply import Patience

SIZE = 574_673_361  # bytes of torchvision's vgg19-dcbb9e9d.pth
INTERRUPTIONS = 10
WAYS = ("process killed", "user cancels", "server hangs up")
BLOCK = 1 << 20
SELF = [sys.executable, "-m", __spec__.name if __spec__ else "tests.interrupted_download"]


def make(path: Path, seed: int) -> str:
    """Write made-up bytes; their SHA-256."""
    source, digest = random.Random(seed), hashlib.sha256()
    with path.open("wb") as file:
        for begin in range(0, SIZE, BLOCK):
            block = source.randbytes(min(BLOCK, SIZE - begin))
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves one file with ranges; hangs up at the first of the query's `cut` positions that lies behind the start."""

    file: Path
    sent = 0

    def do_GET(self) -> None:
        if self.path == "/sent":
            self._head(200, {"Content-Length": str(len(str(Handler.sent)))})
            self.wfile.write(str(Handler.sent).encode())
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        cuts = [int(cut) for cut in parse_qs(urlsplit(self.path).query).get("cut", [])]
        stop = min([cut for cut in cuts if cut > start], default=SIZE)
        headers = {"Content-Length": str(SIZE - start)}
        if start:
            headers["Content-Range"] = f"bytes {start}-{SIZE - 1}/{SIZE}"
        self._head(206 if start else 200, headers)
        self._send(start, stop)

    def _head(self, code: int, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, start: int, stop: int) -> None:
        with self.file.open("rb") as file:
            file.seek(start)
            try:
                while start < stop:
                    block = file.read(min(1 << 16, stop - start))
                    self.wfile.write(block)
                    start += len(block)
                    Handler.sent += len(block)
            except ConnectionError:  # the client was interrupted
                pass

    def log_message(self, *_: object) -> None:
        """Quiet."""


def serve(path: str) -> None:
    """Serve the file until killed; the port is the first line of output."""
    Handler.file = Path(path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def fetch(address: str, target: str, sha256: str, way: str, stop: str) -> None:
    """Download until `stop` bytes are there, then end in one `way`; the last line of output is the peak memory in kilobytes."""

    def progress(have: int) -> None:
        if have >= int(stop):
            if way == WAYS[0]:
                tell()
                os.kill(os.getpid(), signal.SIGKILL)
            raise Cancelled

    def tell() -> None:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)

    source = Source("made-up.bin", "", size=SIZE, sha256=sha256)
    tell()
    with contextlib.suppress(Cancelled):
        download.fetch(source, [address], Path(target), progress, Patience())
    tell()


def run(address: str, target: Path, sha256: str, way: str, stop: int) -> tuple[int, int]:
    """Peak memory in kilobytes of one downloading process: before the download, and when it ended."""
    command = [*SELF, "fetch", address, str(target), sha256, way, str(stop)]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=environment)
    first, *_, last = map(int, done.stdout.split())
    return first, last


def demonstrate(folder: Path, seed: int = 4) -> dict[str, Any]:
    """The whole story with `SIZE` bytes: prints the table, gives what it ends with."""
    original, target = folder / "original", folder / "made-up.bin"
    sha256 = make(original, seed)
    chance = random.Random(seed)
    points = sorted(chance.sample(range(SIZE // 100, SIZE), INTERRUPTIONS))
    ways = [chance.choice(WAYS) for _ in points]
    peaks = []
    with subprocess.Popen([*SELF, "serve", str(original)], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            address = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            cuts = "&".join(f"cut={point}" for point, way in zip(points, ways) if way == WAYS[2])
            print("| | interruption | at byte | on disk afterwards | peak memory, MB |\n|---|---|---|---|---|")
            for number, (point, way) in enumerate(zip(points, ways), 1):
                if way == WAYS[2]:
                    print(f"| {number} | {way} | {point} | (the same process goes on by itself) | |")
                    continue
                before, peak = run(f"{address}/made-up.bin?{cuts}", target, sha256, way, point)
                peaks.append(peak)
                part = download.part_of(target).stat().st_size
                print(f"| {number} | {way} | {point} | made-up.bin.part, {part} bytes | {peak / 1024:.0f} |", flush=True)
            before, peak = run(f"{address}/made-up.bin?{cuts}", target, sha256, "goes to the end", SIZE + 1)
            peaks.append(peak)
            with urlopen(f"{address}/sent") as answer:
                sent = int(answer.read())
        finally:
            server.kill()
    found = hashlib.sha256()
    with target.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    left = sorted(path.name for path in folder.iterdir())
    return {
        "size": target.stat().st_size,
        "hash right": found.hexdigest() == sha256,
        "on disk": left,
        "bytes sent more than once": sent - SIZE,
        "peak memory, MB": round(max(peaks) / 1024),
        "of which before the download, MB": round(before / 1024),
    }


def main() -> None:
    """Demonstrate, or be one of the processes that it takes."""
    if sys.argv[1:2] == ["serve"]:
        serve(*sys.argv[2:])
    elif sys.argv[1:2] == ["fetch"]:
        fetch(*sys.argv[2:])
    else:
        with tempfile.TemporaryDirectory() as name:
            print(f"\n{json.dumps(demonstrate(Path(name)))}")


if __name__ == "__main__":
    main()
