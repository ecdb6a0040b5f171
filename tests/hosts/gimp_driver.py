"""Drives the real GIMP from a test: a profile with the plug-in in it, cases in, what became of them out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from nst_core import samples
from tests.hosts.conftest import REPOSITORY, Hosts

HERE = Path(__file__).resolve().parent
LOOKS = ("GTK_THEME", "GDK_SCALE")
PAINTING = "style_hokusai_great_wave_928px.jpg"

# By precision: numpy's type and full scale of a pixel as it travels, and babl's name of its component.
WIRE = {
    "u8": (np.uint8, 255, "u8"),
    "u16": (np.uint16, 65535, "u16"),
    "f32": (np.float32, 1, "float"),
}


def scenery(width: int, height: int, seed: int = 0) -> np.ndarray:
    """A smooth coloured picture with some noise and every degree of transparency, (height, width, 4) in [0, 1]."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    waves = [0.5 + 0.4 * np.sin(x / (7 + 5 * plane) + y / (11 + 3 * plane) + seed) for plane in range(3)]
    picture = np.stack([*waves, np.clip(1.4 * x / width, 0, 1)], -1)
    picture[..., :3] += random.normal(0, 0.03, (height, width, 3))
    return np.clip(picture, 0, 1)


@dataclass
class Case:
    """One image with the layers "above", "source" and "below" of the same size, and one call with "source" active.

    `content` (height, width, 4) in [0, 1] fills "source"; `box` is its x, y, width, height on the `canvas`.
    """

    name: str
    content: np.ndarray
    offset: tuple[int, int] = (0, 0)
    canvas: tuple[int, int] = (0, 0)  # the layer's size where it is not said
    base: str = "rgb"  # or "gray", "indexed"
    precision: str = "U8_NON_LINEAR"
    depth: str = "u8"  # in which it must travel
    alpha: bool = True
    profile: str = ""  # a constructor of Gimp.ColorProfile
    group: bool = False  # all three lie in a group
    mask: np.ndarray | None = None  # of "source", (height, width) u8
    effect: str = ""  # a GEGL operation, laid on "source" without changing its pixels
    select: tuple[int, int, int, int] | None = None
    feather: float = 0
    channel: bool = False  # what is selected becomes the channel "kept", and nothing is selected any more
    active: str = "source"  # or "group", "mask", "channel", "two"
    # Words of a command line, and when it is killed: "painting", in the middle of it, or when a file of this name is there.
    kill: tuple[list[str], str] | None = None
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        return self.content.shape[1], self.content.shape[0]

    @property
    def channels(self) -> str:
        return "RGBA" if self.alpha else "RGB"


@dataclass(frozen=True)
class Outcome:
    """What the script inside GIMP wrote down about a case."""

    case: Case
    folder: Path
    said: dict[str, Any]

    @property
    def status(self) -> str:
        return self.said["status"]

    @property
    def message(self) -> str:
        return self.said["message"]

    @property
    def tree(self) -> list[dict[str, Any]]:
        return self.said["tree"]

    @property
    def new(self) -> dict[str, Any]:
        """The only layer that was not there before."""
        (row,) = (row for row in self.tree if row["name"] not in self.old)
        return row

    @property
    def old(self) -> set[str]:
        """The names of the layers that were there before."""
        return {row["name"] for row in self.said["tree_before"]}

    def native(self, name: str) -> bytes:
        """The pixels of "before", "after" or "new" as the layer holds them."""
        return (self.folder / f"{self.case.name}.{name}.native").read_bytes()

    def wire(self, name: str) -> np.ndarray:
        """The pixels of "before", "after" or "new" as they travel, (height, width, 4)."""
        kind = WIRE[self.case.depth][0]
        width, height = self.said["before" if name == "before" else name]["size"]
        return np.frombuffer((self.folder / f"{self.case.name}.{name}.wire").read_bytes(), kind).reshape(height, width, 4)

    def selection(self) -> np.ndarray:
        """How much each pixel of the image is selected, (height, width) in [0, 1]."""
        return self._plane("selection", self.case.canvas)

    def mask(self) -> np.ndarray:
        """The new layer's mask, (height, width) in [0, 1]."""
        width, height = self.said["new"]["size"]
        return self._plane("mask", (width, height))

    def _plane(self, name: str, size: tuple[int, int]) -> np.ndarray:
        return np.frombuffer((self.folder / f"{self.case.name}.{name}").read_bytes(), np.float32).reshape(size[1], size[0])


@dataclass(frozen=True)
class Profile:
    """A home folder with a warm GIMP profile, the plug-in, and the engine's data."""

    hosts: Hosts
    folder: Path
    shared: Path
    version: str  # of the profile's folder: "3.0", "3.2"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def nst_home(self) -> Path:
        return self.folder / "nst"

    @property
    def gimp(self) -> Path:
        return self.home / ".config" / "GIMP" / self.version

    @property
    def plug_in(self) -> Path:
        return self.gimp / "plug-ins" / "style-transfer"

    def environment(self, more: dict[str, str] | None = None) -> dict[str, str]:
        """What the programs in the tree are told; `more` goes before it."""
        return {
            "NST_HOME": str(self.nst_home),
            "NST_MODELS_MIRROR": str(self.shared / "weights" / "mirror"),
            **(more or {}),
        }

    def run(
        self, command: list[str], x: bool = False, timeout: float = 300, more: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """`command` in the tree, in this home."""
        binds = [self.folder, self.shared]
        return self.hosts.run(command, x=x, binds=binds, env=self.environment(more), home=self.home, timeout=timeout)

    def batch(
        self, script: Path, more: dict[str, str], timeout: float = 300, x: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """A Python script inside GIMP without a window; with `x` there is a screen for windows of its own."""
        command = ["gimp-console", "--no-interface", "--no-data", "--batch-interpreter=python-fu-eval"]
        # The script is not imported but read: GIMP's interpreter has no folder of its own to import from.
        return self.run([*command, "-b", f"exec(open({str(script)!r}).read())", "--quit"], x=x, timeout=timeout, more=more)

    def looked(
        self, script: str, name: str, steps: str, more: Mapping[str, str] | None = None, timeout: float = 300
    ) -> tuple[dict[str, Any], Path]:
        """What the `steps` of a script with `gimp_hands.py` saw; and their folder `name`: what else they wrote, and the `output`.

        Pictures of the screen are kept in $NST_SCREENSHOTS, if that is set, in the theme and size of $GTK_THEME and $GDK_SCALE.
        """
        folder = self.folder / name
        folder.mkdir()
        told = {
            "PLUG_IN": str(self.plug_in),
            "HANDS": str(HERE),
            "FOLDER": str(folder),
            "STEPS": steps,
            "STYLE": str(samples.path("swirled-oil")),
            "PICTURE": str(samples.path("lake")),
            "OMP_NUM_THREADS": "1",
            **{variable: os.environ[variable] for variable in LOOKS if variable in os.environ},
        }
        done = self.batch(HERE / script, {**told, **(more or {})}, timeout=timeout, x=True)
        keep_pictures(folder)
        (folder / "output").write_text(done.stdout)
        assert (folder / "seen.json").is_file(), done.stdout
        seen = json.loads((folder / "seen.json").read_text())
        broken = [step["broken"] for step in seen.values() if "broken" in step]
        assert not broken, f"{broken[0]}\n{done.stdout}\nscreenshots: {folder}"
        return seen, folder

    def driven(
        self, script: str, name: str, side: int, *arguments: Path, more: Mapping[str, str] | None = None, timeout: float = 500
    ) -> dict[str, Any]:
        """What a script with `gimp_screen.py` saw of GIMP's window, which shows a square of `side` pixels, in the folder `name`;
        its first argument is that picture, the `arguments` follow. Pictures of the screen are kept as in `looked`."""
        folder = self.folder / name
        folder.mkdir()
        with Image.open(samples.path("lake")) as photo:
            ImageOps.fit(photo, (side, side)).save(folder / "lake.png")
        command = ["python3", *map(str, (HERE / script, folder / "lake.png", *arguments))]
        done = self.run(command, x=True, timeout=timeout, more={"FOLDER": str(folder), **(more or {})})
        keep_pictures(folder)
        assert done.returncode == 0, f"{done.stdout}\n{(folder / 'gimp.log').read_text()}\nscreenshots: {folder}"
        seen: dict[str, Any] = json.loads((folder / "seen.json").read_text())
        return seen

    def cases(self, cases: list[Case], name: str, timeout: float = 300, more: dict[str, str] | None = None) -> dict[str, Outcome]:
        """Run all cases in one start of GIMP; `name` is their folder's."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "cases.json").write_text(json.dumps([written(case, folder) for case in cases]))
        done = self.batch(HERE / "gimp_inside.py", {"NST_CASES": str(folder / "cases.json"), **(more or {})}, timeout)
        outcomes = {}
        for case in cases:
            path = folder / f"{case.name}.json"
            assert path.is_file(), done.stdout
            said = json.loads(path.read_text())
            assert "broken" not in said, said["broken"] + done.stdout
            outcomes[case.name] = Outcome(case, folder, said)
        return outcomes


def keep_pictures(folder: Path) -> None:
    """Copy the pictures of the screen to $NST_SCREENSHOTS, if that is set."""
    kept = os.environ.get("NST_SCREENSHOTS")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        for picture in folder.glob("gimp-*.png"):
            shutil.copy(picture, kept)


def make_profile(hosts: Hosts, folder: Path, shared: Path) -> Profile:
    """A fresh home: the warm GIMP profile and the plug-in, put there by the installer."""
    cache = Path(os.environ.get("HOSTS_DIR") or Path.home() / ".cache" / "style-transfer-hosts")
    warm = cache / f"warm-{os.environ.get('HOSTS_SUITE', 'trixie')}" / ".config" / "GIMP"
    (version,) = (path.name for path in warm.glob("3.*"))
    profile = Profile(hosts, folder, shared, version)
    shutil.copytree(warm / version, profile.gimp)
    profile.nst_home.mkdir()
    with open(profile.gimp / "gimprc", "a") as settings:
        settings.write("(show-welcome-dialog no)\n(check-updates no)\n")
    subprocess.run(
        [sys.executable, "-m", "installer", "install", "--gimp-profile", str(profile.gimp), "--python", sys.executable],
        cwd=REPOSITORY,
        env={**os.environ, **profile.environment()},
        check=True,
    )
    return profile


def written(case: Case, folder: Path) -> dict[str, Any]:
    """The case as the script inside GIMP reads it, its pixels in files beside it."""
    if case.canvas == (0, 0):
        case.canvas = case.size
    kind, full, component = WIRE[case.depth]
    scaled = case.content * full
    pixels = scaled.astype(kind) if full == 1 else np.rint(scaled).astype(kind)
    (folder / f"{case.name}.pixels").write_bytes(np.ascontiguousarray(pixels).tobytes())
    if case.mask is not None:
        (folder / f"{case.name}.mask-in").write_bytes(np.ascontiguousarray(case.mask, np.uint8).tobytes())
    said = {key: value for key, value in asdict(case).items() if key not in ("content", "mask")}
    return {
        **said,
        "box": [*case.offset, *case.size],
        "pixels": f"{case.name}.pixels",
        "format": f"R'G'B'A {component}",
        "wire": f"R'G'B'A {component}",
        "mask": f"{case.name}.mask-in" if case.mask is not None else None,
    }
