"""uv, the tool that makes the environments: from PATH, or a private copy from the package index."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from nst_core import folders

from . import index
from .errors import InstallError
from .processes import clean_environment, run, say

VERSION = "0.13.9"  # of the private copy: the one that all this was tried with
OLDEST = (0, 7, 14)  # knows --torch-backend for NVIDIA, AMD and Intel cards


@dataclass(frozen=True)
class Uv:
    """A uv that runs on this machine; `system_certificates` makes it trust what the system trusts, not its own list."""

    path: Path
    version: str
    private: bool
    system_certificates: bool = False

    def environment(self, **extra: str) -> dict[str, str]:
        """What uv runs with; the private copy keeps its downloads in our cache folder, where `uninstall --all` finds them."""
        settings = index.for_uv()
        if self.private and not os.environ.get("UV_CACHE_DIR"):
            settings["UV_CACHE_DIR"] = str(folders.cache() / "uv")
        if self.system_certificates:
            settings |= {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}  # today's name and that of older versions
        return clean_environment(**settings, **extra)


def find() -> Uv | None:
    """uv from PATH if it is new enough, else our private copy, else None."""
    on_path = shutil.which("uv")
    candidates = [(Path(on_path), False)] if on_path else []
    for path, private in [*candidates, (_private_path(), True)]:
        version = _version(path)
        if version and tuple(int(part) for part in version.split(".")[:3]) >= OLDEST:
            return Uv(path, version, private)
    return None


def ensure() -> Uv:
    """uv, fetched from the package index if this machine has none; raises InstallError with every way that failed."""
    found = find()
    if found:
        return found
    say(f"uv is not on PATH: fetching a private copy into {_private_path().parent}")
    _private_path().parent.mkdir(parents=True, exist_ok=True)
    failures = []
    for way in (_with_pip, _by_hand):
        with tempfile.TemporaryDirectory(prefix="uv-", dir=_private_path().parent, ignore_cleanup_errors=True) as folder:
            try:
                binary = way(Path(folder))
            except InstallError as error:
                failures.append(error.message)
                continue
            os.replace(binary, _private_path())
        found = find()
        if found:
            return found
        failures.append(f"{_private_path()} does not run on this machine")
    raise InstallError(
        "uv can't be installed from the package index: check the network and the index, "
        "or install uv yourself (https://docs.astral.sh/uv) and run this again",
        details="\n".join(failures),
    )


def _private_path() -> Path:
    return folders.data() / "tools" / ("uv.exe" if sys.platform == "win32" else "uv")


def _version(path: Path) -> str:
    """What `path` says it is, or "" when it doesn't run (a pyenv shim on PATH may stand for nothing)."""
    if not path.is_file():
        return ""
    finished = run([path, "--version"])
    match = re.match(r"uv (\d+\.\d+\.\d+)", finished.output)
    return match.group(1) if finished.code == 0 and match else ""


def _with_pip(folder: Path) -> Path:
    """pip, in an environment of its own; on Debian without python3-venv, the system's pip into a folder."""
    python = folder / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    target: list[str | Path] = []
    if run([sys.executable, "-m", "venv", folder / "venv"]).code != 0:
        python, target = Path(sys.executable), ["--target", folder / "target"]
    if run([python, "-m", "pip", "--version"]).code != 0:
        raise InstallError("this Python has neither venv nor pip")
    options = ["--no-input", "--disable-pip-version-check", "--only-binary", ":all:", "--retries", "2"]
    finished = run([python, "-m", "pip", "install", *options, *target, f"uv=={VERSION}"])
    if finished.code != 0:
        raise InstallError(f"pip: {index.without_secrets(finished.last_line)}")
    name = _private_path().name
    for found in (*folder.glob(f"*/bin/{name}"), *folder.glob(f"*/Scripts/{name}")):
        return found
    raise InstallError(f"pip installed uv {VERSION} without its program")


def _by_hand(folder: Path) -> Path:
    """Without pip: the wheel straight from the index, and the program out of it."""
    content = index.download_wheel("uv", VERSION)
    name = _private_path().name
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        for member in wheel.namelist():
            if member.endswith(f".data/scripts/{name}"):
                binary = folder / name
                binary.write_bytes(wheel.read(member))
                binary.chmod(0o755)
                return binary
    raise InstallError(f"the wheel of uv {VERSION} holds no program {name}")
