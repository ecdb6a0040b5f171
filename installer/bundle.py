"""What lies in a host's profile: the shim with the whole engine beside it, so that both are always of one version."""

from __future__ import annotations

import filecmp
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from . import files
from .errors import InstallError
from .hosts import Host, Profile
from .processes import REPOSITORY

_PLUGIN = REPOSITORY / "plugin"
_SKIPPED = {"__pycache__", "tests"}
_LEFT_OUT = {".pyc", ".po", ".pot"}  # Python's caches, and what the catalogues of texts are compiled from
# What `installer.setup` needs, which a host runs where there is no environment yet.
_SETUP = (
    *("__init__.py", "setup.py", "headway.py", "cost.py", "environment.py", "uv.py", "index.py", "explain.py"),
    *("files.py", "processes.py", "worker_file.py", "errors.py", "locks/worker.txt"),
)


class State(Enum):
    """How an installed plug-in stands to this checkout."""

    ABSENT = "not installed"
    CURRENT = "installed"
    CHANGED = "installed, but its files differ from this checkout's"
    OTHER_VERSION = "installed in another version"


@dataclass(frozen=True)
class Part:
    """One thing in a profile, replaced as a whole: a folder with `files` (path inside it -> source), or a single file.

    A single file has the one entry "".
    """

    target: Path
    files: dict[str, Path]

    @property
    def is_folder(self) -> bool:
        return "" not in self.files


def parts(profile: Profile) -> list[Part]:
    """What belongs into `profile`, in the order of copying: what makes the host see the plug-in comes last."""
    if profile.host == "gimp":
        return [Part(profile.folder / "plug-ins" / "style-transfer", _folder("gimp"))]
    pykrita = profile.folder / "pykrita"
    krita = _PLUGIN / "krita"
    return [
        Part(pykrita / "style_transfer", _folder("krita")),
        Part(profile.folder / "actions" / "style_transfer.action", {"": krita / "style_transfer.action"}),
        Part(pykrita / "style_transfer.desktop", {"": krita / "style_transfer.desktop"}),
    ]


def copy(profile: Profile) -> Path:
    """Install into `profile`, replacing an older version; returns the plug-in's folder.

    Each part is copied beside its place and then swapped in. Raises InstallError when a part of this checkout is missing,
    a foreign folder is in the place, or the system refuses.
    """
    wanted = parts(profile)
    _demand_sources(profile.host, wanted)
    for part in wanted:
        _demand_ours(part)
        new = files.beside(part.target, "new")
        try:
            files.remove(new)
            for inside, source in part.files.items():
                _copy_file(source, new / inside if inside else new)
        except OSError as error:
            raise files.unwritable(new, error) from error
        files.swap(part.target)
    return wanted[0].target


def remove(profile: Profile) -> list[Path]:
    """Take the plug-in out of `profile`; returns what was removed. A foreign folder of the same name stays."""
    removed = []
    for part in reversed(parts(profile)):
        foreign = part.is_folder and part.target.is_dir() and not _is_ours(part.target)
        halves = [files.beside(part.target, "new"), files.beside(part.target, "old")]
        for path in halves if foreign else [part.target, *halves]:
            if not (path.exists() or path.is_symlink()):
                continue
            try:
                files.remove(path)
            except OSError as error:
                raise InstallError(
                    f"{path} can't be removed ({error.strerror}): close GIMP and Krita and run this again"
                ) from error
            removed.append(path)
    return removed


def state(profile: Profile) -> State:
    """How what lies in `profile` stands to this checkout, by the content of every file."""
    wanted = parts(profile)
    if not any(part.target.exists() for part in wanted):
        return State.ABSENT
    if version(profile) != version():
        return State.OTHER_VERSION
    return State.CURRENT if all(_is_current(part) for part in wanted) else State.CHANGED


def version(profile: Profile | None = None) -> str:
    """The engine's version in `profile`, or in this checkout; "" when there is none."""
    folder = parts(profile)[0].target if profile else REPOSITORY
    try:
        text = (folder / "nst_core" / "__init__.py").read_text("utf-8")
    except OSError:
        return ""
    match = re.search(r'^__version__ = "(.+)"', text, re.MULTILINE)
    return match.group(1) if match else ""


def _folder(host: Host) -> dict[str, Path]:
    """The files of a plug-in's folder: path inside it -> source. With the part of the installer that makes the environment."""
    shim = _PLUGIN / ("gimp/style-transfer" if host == "gimp" else "krita/style_transfer")
    found = {"models_manifest.json": REPOSITORY / "models_manifest.json"}
    shared = {name: _PLUGIN / name for name in ("common", "locale")}
    for inside, source in {"": shim, **shared, "nst_core": REPOSITORY / "nst_core"}.items():
        for path in sorted(source.rglob("*")):
            below = path.relative_to(source)
            if path.is_file() and path.suffix not in _LEFT_OUT and not any(_is_skipped(name) for name in below.parts):
                found[(Path(inside) / below).as_posix()] = path
    return found | {f"installer/{name}": REPOSITORY / "installer" / name for name in _SETUP}


def _is_skipped(name: str) -> bool:
    """Caches, tests and hidden files of editors and systems stay out."""
    return name in _SKIPPED or name.startswith(".")


def _copy_file(source: Path, target: Path) -> None:
    """Copy the content; GIMP runs the script itself, so that one is executable whatever the checkout's file system knows."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read_bytes())
    target.chmod(0o755 if target.name == "style-transfer.py" else 0o644)


def _demand_sources(host: Host, wanted: list[Part]) -> None:
    """Raise InstallError when this checkout is incomplete, before anything in the profile is touched."""
    missing = [source for part in wanted for source in part.files.values() if not source.is_file()]
    entry = "style-transfer.py" if host == "gimp" else "__init__.py"
    if entry not in wanted[0].files:
        missing.append(_PLUGIN / host / wanted[0].target.name / entry)
    if missing:
        raise InstallError(f"{missing[0]} is missing: this copy of the project is incomplete; download it again")


def _demand_ours(part: Part) -> None:
    if part.is_folder and part.target.is_dir() and not _is_ours(part.target):
        raise InstallError(f"{part.target} belongs to something else: move it away and run this again")


def _is_ours(folder: Path) -> bool:
    """A folder is ours if the engine is in it; a link is a developer's link into a checkout, and only the link goes."""
    return folder.is_symlink() or (folder / "nst_core").exists() or not any(folder.iterdir())


def _is_current(part: Part) -> bool:
    """Whether exactly our files are there, each with our content; Python's caches don't count."""
    if not part.is_folder:
        return part.target.is_file() and filecmp.cmp(part.target, part.files[""], shallow=False)
    present = {
        path.relative_to(part.target).as_posix()
        for path in part.target.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return present == set(part.files) and all(
        filecmp.cmp(part.target / inside, source, shallow=False) for inside, source in part.files.items()
    )
