"""Drives the real Krita from a test: a home with the plug-in in it, cases in, what became of them out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nst_core import schema
from tests.hosts.conftest import REPOSITORY, Hosts

HERE = Path(__file__).resolve().parent
PAINTING = "style_hokusai_great_wave_928px.jpg"
KRITA = ("krita", "--nosplash")
SRGB = "sRGB-elle-V2-srgbtrc.icc"

# By Krita's depth: numpy's type, full scale, and where a pixel keeps red, green, blue and alpha.
DEPTHS = {
    "U8": (np.uint8, 255, (2, 1, 0, 3)),
    "U16": (np.uint16, 65535, (2, 1, 0, 3)),
    "F16": (np.float16, 1, (0, 1, 2, 3)),
    "F32": (np.float32, 1, (0, 1, 2, 3)),
}


@dataclass
class Case:
    """One picture with the layers "below", "source" and "above" of the same size, and one journey with "source" active.

    `content` (height, width, 4; grey: 2, CMYK: 5) fills "source"; it is in [0, 1], encoded as the `profile` says.
    """

    name: str
    content: np.ndarray
    offset: tuple[int, int] = (0, 0)
    canvas: tuple[int, int] = (0, 0)  # the layer's size where it is not said
    model: str = "RGBA"
    depth: str = "U8"
    profile: str = SRGB
    document: tuple[str, str, str] | None = None  # the picture's colour space where it is another than the layer's
    group: bool = False  # all three lie in a group
    masked: tuple[int, int, int, int] | None = None  # what a transparency mask leaves of "source"
    select: tuple[int, int, int, int] | None = None
    feather: int = 0
    active: str = "source"  # or "group", "mask", "none", or a layer over it: "clone", "vector", "file", "fill", "filter"
    locked: bool = False  # the alpha of "source"
    passing: bool = False  # the group lets through what lies below it
    output: str = "masked"
    meanwhile: str = ""  # "close", "delete", "cancel", "kill", "select": what happens while the worker paints
    environment: dict[str, str] = field(default_factory=dict)
    method: str = schema.DEFAULT_METHOD
    style: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        return self.content.shape[1], self.content.shape[0]

    def pixels(self) -> np.ndarray:
        """The content as the layer holds it."""
        kind, full, order = DEPTHS[self.depth]
        scaled = self.content * full
        whole = scaled.astype(kind) if full == 1 else np.rint(scaled).astype(kind)
        return np.ascontiguousarray(whole[..., order] if self.model == "RGBA" else whole)


@dataclass(frozen=True)
class Outcome:
    """What the script inside Krita wrote down about a case."""

    case: Case
    folder: Path
    said: dict[str, Any]

    @property
    def error(self) -> dict[str, str] | None:
        return self.said["error"]

    @property
    def tree(self) -> list[dict[str, Any]]:
        return self.said["tree"]

    @property
    def new(self) -> dict[str, Any]:
        """The one layer that was not there before."""
        before = [row["name"] for row in self.said["tree_before"]]
        (row,) = (row for row in self.tree if row["type"] == "paintlayer" and row["name"] not in before)
        return row

    def bytes(self, name: str) -> bytes:
        """The pixels of "before", "after" or "new" as the layer holds them."""
        return (self.folder / f"{self.case.name}.{name}").read_bytes()

    def pixels(self, name: str) -> np.ndarray:
        """The pixels of "before", "after" or "new" over the source's rectangle, (height, width, channels), red first."""
        kind, _, order = DEPTHS[self.case.depth]
        width, height = self.case.size
        whole = np.frombuffer(self.bytes(name), kind).reshape(height, width, -1)
        return whole[..., order] if self.case.model == "RGBA" else whole

    def sent(self) -> np.ndarray:
        """What has travelled to the worker, (height, width, 4), red first."""
        _, _, width, height, channels, depth = self.said["sent"]
        whole = np.frombuffer(self.bytes("sent"), DEPTHS[depth.upper()][0]).reshape(height, width, 4)
        return whole[..., (2, 1, 0, 3)] if channels == "BGRA" else whole

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns, in the source, of what has travelled."""
        x, y, width, height, *_ = self.said["sent"]
        left, top = x - self.case.offset[0], y - self.case.offset[1]
        return slice(top, top + height), slice(left, left + width)

    def plane(self, name: str) -> np.ndarray:
        """The "selection" or the new layer's "mask" over the source's rectangle, (height, width) u8."""
        width, height = self.case.size
        return np.frombuffer(self.bytes(name), np.uint8).reshape(height, width)


@dataclass(frozen=True)
class Profile:
    """A home folder with warm Krita resources, the plug-in, and the engine's data."""

    hosts: Hosts
    folder: Path
    shared: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def nst_home(self) -> Path:
        return self.folder / "nst"

    @property
    def resources(self) -> Path:
        return self.home / ".local" / "share" / "krita"

    @property
    def config(self) -> Path:
        return self.home / ".config" / "kritarc"

    def environment(self, **more: str) -> dict[str, str]:
        """What the programs in the tree are told."""
        return {
            "NST_HOME": str(self.nst_home),
            "NST_MODELS_MIRROR": str(self.shared / "weights" / "mirror"),
            "OMP_NUM_THREADS": "1",  # two threads that wait for each other on a busy machine take thirty times as long
            **more,
        }

    def run(self, command: list[str], x: bool = False, timeout: float = 300, **more: str) -> subprocess.CompletedProcess[str]:
        """`command` in the tree, in this home."""
        binds = [self.folder, self.shared]
        return self.hosts.run(command, x=x, binds=binds, env=self.environment(**more), home=self.home, timeout=timeout)

    def runner(self, script: str, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """The `__main__` of a module beside this one, inside Krita without a window."""
        # kritarunner keeps other folders than krita: what the installer made for the one is shown to the other.
        path = f"{HERE}:{self.resources / 'pykrita'}"
        command = ["kritarunner", "-s", script, "-f", "__main__", *arguments]
        return self.run(command, timeout=timeout, QT_QPA_PLATFORM="offscreen", PYTHONPATH=path)

    def window(
        self, script: str, out: Path, told: dict[str, str], timeout: float = 300, command: Sequence[str] = KRITA
    ) -> subprocess.CompletedProcess[str]:
        """The `steps` of a module beside this one, inside Krita with its window, told `told`; `command` starts Krita."""
        driver = self.resources / "pykrita" / "krita_steps"
        if not driver.is_dir():
            driver.mkdir()
            shutil.copy(HERE / "krita_steps.py", driver / "__init__.py")
            entry = [
                "[Desktop Entry]",
                "Type=Service",
                "ServiceTypes=Krita/PythonPlugin",
                "X-KDE-Library=krita_steps",
                "Name=Steps",
            ]
            driver.with_suffix(".desktop").write_text("\n".join(entry))
            self.config.write_text(self.config.read_text().replace("[python]", "[python]\nenable_krita_steps=true"))
        driven = {"NST_SCRIPT": script, "NST_SCRIPTS": str(HERE), "NST_OUT": str(out)}
        return self.run([*command], x=True, timeout=timeout, **driven, **told)

    def looked(self, script: str, out: Path, timeout: float = 300, **told: str) -> dict[str, Any]:
        """What the `steps` of a script wrote down; pictures of the screen are kept in $NST_SCREENSHOTS, if that is set."""
        inside = out / "screenshots"
        inside.mkdir()
        done = self.window(script, out, {"NST_SCREENSHOTS": str(inside), **told}, timeout)
        keep_pictures(inside)
        path = out / "said.json"
        assert path.is_file(), done.stdout
        said = json.loads(path.read_text())
        assert "broken" not in said, said["broken"]
        return said

    def cases(self, cases: list[Case], name: str, timeout: float = 300) -> dict[str, Outcome]:
        """Run all cases in one start of kritarunner; `name` is their folder's."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "cases.json").write_text(json.dumps([written(case, folder) for case in cases]))
        done = self.runner("krita_inside", str(folder), timeout=timeout)
        outcomes = {}
        for case in cases:
            path = folder / f"{case.name}.json"
            assert path.is_file(), f"{case.name}:\n{done.stdout}"
            said = json.loads(path.read_text())
            assert "broken" not in said, f"{case.name}:\n{said['broken']}\n{done.stdout}"
            outcomes[case.name] = Outcome(case, folder, said)
        return outcomes


def keep_pictures(folder: Path) -> None:
    """Copy the pictures of the screen to $NST_SCREENSHOTS, if that is set."""
    if os.environ.get("NST_SCREENSHOTS"):
        shutil.copytree(folder, os.environ["NST_SCREENSHOTS"], dirs_exist_ok=True)


def make_profile(hosts: Hosts, folder: Path, shared: Path) -> Profile:
    """A fresh home: Krita's warm resources and the plug-in, put there by the installer."""
    profile = Profile(hosts, folder, shared)
    cache = Path(os.environ.get("HOSTS_DIR") or Path.home() / ".cache" / "style-transfer-hosts")
    warm = cache / f"warm-{os.environ.get('HOSTS_SUITE', 'trixie')}"
    shutil.copytree(warm, profile.home, symlinks=True) if warm.is_dir() else profile.home.mkdir()
    profile.nst_home.mkdir()
    where = ["--krita-resources", str(profile.resources), "--krita-config", str(profile.config)]
    subprocess.run(
        [sys.executable, "-m", "installer", "install", *where, "--python", sys.executable],
        cwd=REPOSITORY,
        env={**os.environ, **profile.environment()},
        check=True,
    )
    return profile


def written(case: Case, folder: Path) -> dict[str, Any]:
    """The case as the script inside Krita reads it, its pixels in a file beside it."""
    if case.canvas == (0, 0):
        case.canvas = case.size
    (folder / f"{case.name}.pixels").write_bytes(case.pixels().tobytes())
    said = {key: value for key, value in asdict(case).items() if key != "content"}
    return {**said, "box": [*case.offset, *case.size]}
