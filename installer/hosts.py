"""Where GIMP and Krita keep this user's plug-ins, on every system and in every kind of package.

Seen on Debian; the places on Windows and macOS and in Flatpak, Snap and the Microsoft Store are the documented ones.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from nst_core import folders

from .processes import run

Host = Literal["gimp", "krita"]
NAMES: dict[Host, str] = {"gimp": "GIMP", "krita": "Krita"}

# The package folders of the sandboxed builds.
_FLATPAK: dict[Host, str] = {"gimp": "org.gimp.GIMP", "krita": "org.kde.krita"}
_STORE: dict[Host, str] = {"gimp": "*GIMP*", "krita": "*Krita*"}


@dataclass(frozen=True)
class Profile:
    """One place where a host looks for plug-ins.

    `folder` is GIMP's profile (its name is the version) or Krita's resource folder; `config` is Krita's kritarc, None
    where it is unknown; `data` is our data folder as this host sees it: in a sandbox it is another one.
    """

    host: Host
    folder: Path
    kind: str = "native"
    config: Path | None = None
    data: Path = field(default_factory=folders.data)

    @property
    def title(self) -> str:
        version = f" {self.folder.name}" if self.host == "gimp" and re.fullmatch(r"3\.\d+", self.folder.name) else ""
        return f"{NAMES[self.host]}{version}" + ("" if self.kind == "native" else f" ({self.kind})")


@dataclass(frozen=True)
class Choice:
    """The profiles to work on, and a sentence for each host that has none."""

    profiles: tuple[Profile, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """What the search depends on; the tests make up machines of every kind."""

    platform: str
    home: Path
    environ: dict[str, str]

    @classmethod
    def this(cls) -> Machine:
        return cls(sys.platform, Path.home(), dict(os.environ))

    def folder(self, variable: str, default: str) -> Path:
        """The folder that an environment variable names, or one below the home folder."""
        return Path(self.environ.get(variable) or self.home / default)


def choose(gimp: list[Path], krita: list[Path], krita_config: Path | None, only: Host | None) -> Choice:
    """The profiles that the options name, or, when they name none, all that are found for the wanted hosts."""
    named = [Profile("gimp", path.absolute(), "given") for path in gimp]
    named += [Profile("krita", path.absolute(), "given", krita_config) for path in krita]
    if named:
        return Choice(tuple(profile for profile in named if only in (None, profile.host)))
    choice = find(Machine.this(), only)
    if krita_config is None:
        return choice
    changed = (_with_config(profile, krita_config) if profile.host == "krita" else profile for profile in choice.profiles)
    return Choice(tuple(changed), choice.missing)


def find(machine: Machine, only: Host | None = None) -> Choice:
    """Every profile on `machine`; a host that is installed but was never started has none yet."""
    profiles: list[Profile] = []
    missing = []
    searches: dict[Host, list[Profile]] = {"gimp": _gimp_places(machine), "krita": _krita_places(machine)}
    for host, places in searches.items():
        if only not in (None, host):
            continue
        found = [place for place in places if place.folder.is_dir()]
        profiles += found
        if not found:
            missing.append(_missing(machine, host, places))
    return Choice(tuple(profiles), tuple(missing))


def is_running(host: Host) -> bool:
    """Whether the program runs now; False where that can't be told."""
    if sys.platform == "win32":
        return f"{host}" in run(["tasklist", "/NH", "/FI", f"IMAGENAME eq {host}*"], timeout=10).tail.lower()
    lines = run(["ps", "-A", "-o", "comm="], timeout=10).tail if sys.platform == "darwin" else _linux_programs()
    return any(re.fullmatch(rf"{host}(-[\d.]+)?", Path(line).name, re.IGNORECASE) for line in lines.splitlines())


def _linux_programs() -> str:
    """The names of all running programs, one a line; Debian's minimal systems have no `ps`."""
    names = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            names.append(path.read_text("utf-8", "replace").strip())
        except OSError:
            continue  # it has just ended
    return "\n".join(names)


def _gimp_places(machine: Machine) -> list[Profile]:
    """GIMP's folders by version: 3.0 and 3.2 have one each, and a user may have both."""
    if machine.environ.get("GIMP3_DIRECTORY"):
        return [Profile("gimp", _gimp_base(machine), "GIMP3_DIRECTORY")]
    bases = [("native", _gimp_base(machine), folders.data())]
    if machine.platform == "win32":
        for package in _store_packages(machine, "gimp"):
            bases.append(("Microsoft Store", package / "LocalCache/Roaming/GIMP", folders.data()))
    elif machine.platform != "darwin":
        flatpak, snap = _sandboxes(machine, "gimp")
        bases.append(("Flatpak", flatpak / "config/GIMP", flatpak / "data" / folders.APP))
        bases.append(("Snap", snap / ".config/GIMP", snap / ".local/share" / folders.APP))
    return [Profile("gimp", folder, kind, data=_data(machine, data)) for kind, base, data in bases for folder in _versions(base)]


def _gimp_base(machine: Machine) -> Path:
    """The folder of GIMP's profiles, or the one profile that GIMP3_DIRECTORY names."""
    if machine.environ.get("GIMP3_DIRECTORY"):
        return machine.home / machine.environ["GIMP3_DIRECTORY"]
    if machine.platform == "win32":
        return machine.folder("APPDATA", "AppData/Roaming") / "GIMP"
    if machine.platform == "darwin":
        return machine.home / "Library/Application Support/GIMP"
    return machine.folder("XDG_CONFIG_HOME", ".config") / "GIMP"


def _krita_places(machine: Machine) -> list[Profile]:
    """Krita's resource folders with the kritarc that belongs to each; kritarc may move the resources elsewhere."""
    places: list[tuple[str, Path, Path, Path]] = []
    if machine.platform == "win32":
        local = machine.folder("LOCALAPPDATA", "AppData/Local")
        places.append(("native", machine.folder("APPDATA", "AppData/Roaming") / "krita", local / "kritarc", folders.data()))
        for package in _store_packages(machine, "krita"):
            cache = package / "LocalCache"
            places.append(("Microsoft Store", cache / "Roaming/krita", cache / "Local/kritarc", folders.data()))
    elif machine.platform == "darwin":
        library = machine.home / "Library"
        places.append(("native", library / "Application Support/krita", library / "Preferences/kritarc", folders.data()))
    else:
        share = machine.folder("XDG_DATA_HOME", ".local/share")
        places.append(("native", share / "krita", machine.folder("XDG_CONFIG_HOME", ".config") / "kritarc", folders.data()))
        flatpak, snap = _sandboxes(machine, "krita")
        places.append(("Flatpak", flatpak / "data/krita", flatpak / "config/kritarc", flatpak / "data" / folders.APP))
        places.append(("Snap", snap / ".local/share/krita", snap / ".config/kritarc", snap / ".local/share" / folders.APP))
    return [
        Profile("krita", _resource_folder(config, folder), kind, config, _data(machine, data))
        for kind, folder, config, data in places
    ]


def _versions(base: Path) -> list[Path]:
    """The profile folders of GIMP 3 below `base`, newest last."""
    if not base.is_dir():
        return []
    found = [path for path in base.iterdir() if re.fullmatch(r"3\.\d+", path.name) and path.is_dir()]
    return sorted(found, key=lambda path: int(path.name.partition(".")[2]))


def _resource_folder(config: Path, default: Path) -> Path:
    """The folder that the user has chosen in Krita's settings (`ResourceDirectory`, before kritarc's first group)."""
    try:
        text = config.read_text("utf-8", "replace")
    except OSError:
        return default
    match = re.search(r"^ResourceDirectory=(.+)$", re.split(r"^\[", text, maxsplit=1, flags=re.MULTILINE)[0], re.MULTILINE)
    moved = Path(match.group(1).strip().replace("\\\\", "\\")) if match else default
    return moved if moved.is_dir() else default


def _sandboxes(machine: Machine, host: Host) -> tuple[Path, Path]:
    """The folders in which Flatpak and Snap keep what the program takes for its home."""
    return machine.home / ".var/app" / _FLATPAK[host], machine.home / "snap" / host / "current"


def _store_packages(machine: Machine, host: Host) -> list[Path]:
    """The Microsoft Store moves a program's AppData into a folder of the package."""
    return sorted((machine.folder("LOCALAPPDATA", "AppData/Local") / "Packages").glob(_STORE[host]))


def _data(machine: Machine, folder: Path) -> Path:
    """NST_HOME moves our data for every host, provided that the host gets the variable too."""
    return folders.data() if machine.environ.get("NST_HOME", "").strip() else folder


def _with_config(profile: Profile, config: Path) -> Profile:
    return Profile(profile.host, profile.folder, profile.kind, config, profile.data)


def _missing(machine: Machine, host: Host, places: list[Profile]) -> str:
    """What was looked for, and what to do."""
    if host == "gimp":
        name, place, option = "GIMP 3", str(_gimp_base(machine)), "--gimp-profile"
        if not machine.environ.get("GIMP3_DIRECTORY"):
            place += f"{os.sep}3.*"
        if any(_gimp_base(machine).glob("2.*")):
            place += " (GIMP 2 is there, but it can't run this plug-in)"
    else:
        name, place, option = "Krita", str(places[0].folder), "--krita-resources"
    return (
        f"no profile of {name} found: looked for {place}; start {name} once and run this again, or name the folder with {option}"
    )
