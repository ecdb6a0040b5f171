"""`python -m tests.fault_table`: every fault of networks, servers and disks → what the user reads → what is on disk afterwards.

A made-up model of two small files is fetched from the loopback server; each fault meets an empty store unless it says otherwise.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import torch

from nst_core import shelf
from nst_core.errors import Cancelled, ModelError
from nst_core.manifest import Model
from nst_core.weights import Store

from . import loopback
from .loopback import Fault, Loopback
from .weights.test_hostile import evil_checkpoint, view_bomb, zip_bomb
from .weights.tiny import STATES, described, flip, store_of

FIRST = "first/encoder.pth"


@dataclass
class Scene:
    """A server that publishes the model, and a store that has it in its manifest."""

    server: Loopback
    store: Store
    originals: Path
    stop: bool = False  # cancel as soon as nothing moves any more

    def arrange(self, *faults: Fault) -> None:
        self.server.faults[FIRST] = list(faults)

    def publish(self, attack: Callable[[Path, Path], None]) -> None:
        """Put something else in the place of the first file, pinned by its own hash."""
        path = self.originals / "poisoned"
        attack(path, self.originals / "was-run")
        model = self.store.manifest.model("tiny")
        content = path.read_bytes()
        source = replace(model.files[0], size=len(content), sha256=hashlib.sha256(content).hexdigest())
        self.server.files[FIRST] = content
        self.store = store_of(replace(model, files=(source, model.files[1])))


Arrangement = Callable[[Scene], None]
Surroundings = Callable[[Scene], AbstractContextManager[object]]


def _usual(scene: Scene) -> AbstractContextManager[object]:
    return nullcontext()


@dataclass(frozen=True)
class Row:
    """One fault; `surroundings` hold while the store works."""

    fault: str
    arrange: Arrangement
    surroundings: Surroundings = _usual


def _server(*faults: Fault, times: int = 1) -> Arrangement:
    """These faults, in this order, so many times; the server behaves afterwards."""
    return lambda scene: scene.arrange(*faults * times)


def _both(*arrangements: Arrangement) -> Arrangement:
    def arrange(scene: Scene) -> None:
        for one in arrangements:
            one(scene)

    return arrange


def _another_file(scene: Scene) -> None:
    scene.server.files[FIRST] = bytes(len(scene.server.files[FIRST]))


def _gone(scene: Scene) -> None:
    scene.server.files.clear()


def _only_at_the_mirror(scene: Scene) -> None:
    scene.server.files["second/encoder.pth"] = scene.server.files.pop(FIRST)
    scene.store = store_of(described(scene.originals, scene.server.address, "second"))


def _nothing(scene: Scene) -> None:
    """All is well until the surroundings strike."""


def _damaged(scene: Scene) -> None:
    """The converted weights rot."""
    flip(scene.store.fetch("tiny"), -5)


def _part(content: Callable[[bytes], bytes]) -> Arrangement:
    def arrange(scene: Scene) -> None:
        folder = scene.store.root / "tiny"
        folder.mkdir(parents=True)
        (folder / "encoder.pth.part").write_bytes(content(scene.server.files[FIRST]))

    return arrange


def _half(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _cancelled(scene: Scene) -> None:
    scene.arrange(loopback.stall(len(scene.server.files[FIRST]) // 2, 20))
    scene.stop = True


def _offline(scene: Scene) -> None:
    scene.store = store_of(scene.store.manifest.model("tiny"), offline=True)


def _full(scene: Scene) -> AbstractContextManager[object]:
    full = shutil.disk_usage("/")._replace(free=1000)
    return mock.patch.object(shelf.shutil, "disk_usage", lambda path: full)


def _environment(**variables: str) -> Surroundings:
    return lambda scene: mock.patch.dict(os.environ, variables)


@contextmanager
def _read_only(scene: Scene) -> Iterator[None]:
    """Root may write anywhere: become nobody for a while."""
    scene.store.root.parent.mkdir(parents=True)
    scene.store.root.parent.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        scene.store.root.parent.chmod(0o755)


ROWS = (
    Row("no fault", _nothing),
    Row("server hangs up after 1500 bytes, four times", _server(loopback.cut(1500), times=4)),
    Row("server hangs up at once, always", _server(loopback.cut(0), times=30)),
    Row("server stalls once in the middle", _server(loopback.stall(1500, 5))),
    Row("server stalls always", _server(loopback.stall(0, 3), times=30)),
    Row("server sends a byte now and then", _server(loopback.trickle)),
    Row("server is busy once (503)", _server(loopback.status(503))),
    Row("server asks for time (429, Retry-After: 1)", _server(loopback.busy(1))),
    Row("404", _server(loopback.status(404))),
    Row("404 at the first address, the mirror has it", _only_at_the_mirror),
    Row("HTML with 200 (a hotel's network)", _server(loopback.page)),
    Row("announces another length", _server(loopback.another(b"short"))),
    Row("never stops sending", _server(loopback.unannounced(bytes(1 << 20)))),
    Row("sends more than it announces", _server(loopback.longer(b"and more"))),
    Row("another file of the right size", _another_file),
    Row("redirects in circles", _server(loopback.redirect(f"/{FIRST}"), times=30)),
    Row("redirects to another server without https", _server(loopback.redirect("http://elsewhere.example/encoder.pth"))),
    Row("redirects to file:///etc/passwd", _server(loopback.redirect("file:///etc/passwd"))),
    Row("206 that begins elsewhere, half a file was there", _both(_part(_half), _server(loopback.from_zero))),
    Row("200 to a request for the rest", _both(_part(_half), _server(loopback.whole))),
    Row("416 to a request for the rest", _both(_part(_half), _server(loopback.status(416)))),
    Row("what was there is longer than the file", _part(lambda whole: whole + b"more")),
    Row("the half that was there is rotten", _part(lambda whole: bytes(len(whole) // 2))),
    Row("nobody listens at NST_MODELS_MIRROR", _nothing, _environment(NST_MODELS_MIRROR="http://127.0.0.1:9")),
    Row("the folder of NST_MODELS_MIRROR is empty", _nothing, _environment(NST_MODELS_MIRROR="/nonexistent")),
    Row("the proxy does not answer", _nothing, _environment(http_proxy="http://127.0.0.1:9", no_proxy="")),
    Row("offline", _offline),
    Row("cancelled in mid-download", _cancelled),
    Row("disk too full", _nothing, _full),
    Row("folder read-only", _nothing, _read_only),
    Row("weights on disk damaged", _damaged),
    Row("weights on disk damaged, server gone", _both(_damaged, _gone)),
    Row("a pickle that runs a command", lambda scene: scene.publish(evil_checkpoint)),
    Row("a zip bomb", lambda scene: scene.publish(zip_bomb)),
    Row("a tensor of 64 GB made of one number", lambda scene: scene.publish(view_bomb)),
)


def outcome(row: Row, folder: Path) -> tuple[str, str]:
    """What the user reads, and what lies in the model's folder afterwards with its bytes."""
    with mock.patch.dict(os.environ, {"NST_HOME": str(folder / "home")}), loopback.serving() as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "NST_MODELS_MIRROR", "NST_OFFLINE"):
            os.environ.pop(name, None)
            os.environ.pop(name.upper(), None)
        scene = _scene(server, folder)
        row.arrange(scene)
        with row.surroundings(scene):
            read = _read(scene)
        for secret, public in ((server.address, "http://host"), (str(folder), "~")):
            read = read.replace(secret, public)
        return read, _on_disk(scene)


def _scene(server: Loopback, folder: Path) -> Scene:
    originals = folder / "tiny"
    originals.mkdir()
    for name, state in STATES.items():
        torch.save(state, originals / f"{name}.pth")
        server.files[f"first/{name}.pth"] = (originals / f"{name}.pth").read_bytes()
    model: Model = described(originals, server.address)
    return Scene(server, store_of(model), originals)


def _read(scene: Scene) -> str:
    seen: list[float] = []

    def report(fraction: float, stage: str, preview: object = None) -> None:
        seen.append(fraction)
        if scene.stop and fraction > 0 and seen.count(fraction) > 5:
            raise Cancelled

    try:
        scene.store.fetch("tiny", report)
    except (ModelError, Cancelled) as error:
        return f"error: {error.message}"
    return "(it works)"


def _on_disk(scene: Scene) -> str:
    folder = scene.store.root / "tiny"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return ", ".join(f"{path.name} ({path.stat().st_size})" for path in files) or "nothing"


def main() -> None:
    """Print the table as Markdown."""
    print("| fault | what the user reads | on disk afterwards |\n|---|---|---|")
    for row in ROWS:
        # Everybody may look in: one row becomes nobody.
        with tempfile.TemporaryDirectory() as name:
            os.chmod(name, 0o755)
            read, left = outcome(row, Path(name))
        print(f"| {row.fault} | {read} | {left} |", flush=True)


if __name__ == "__main__":
    main()
