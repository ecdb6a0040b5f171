"""The environments: the worker's, and the one that runs the tests.

An environment is built beside its place and moved there as the last step, so what lies in its place is complete, and an
install that was stopped leaves the old one working. Its stamp says what it was made from; another lock means a new one.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path

from nst_core import folders

from . import cost, explain, files, index
from .errors import InstallError
from .processes import REPOSITORY, Finished, engine_environment, run, say
from .uv import Uv

OLDEST_PYTHON, NEWEST_PYTHON = (3, 10), (3, 14)  # every locked package has a wheel for them
LOCKS = REPOSITORY / "installer" / "locks"
ENGINE_IMPORTS = (
    *("numpy", "torch", "torchvision", "PIL", "platformdirs", "requests", "safetensors"),
    *("imagecodecs", "tifffile", "tflite"),
)

_CURE_FOR_GIVEN_PYTHON = (
    "its packages must be those of installer/locks/worker.txt; "
    "without --python, `python3 -m installer install` makes an environment that has them"
)
_CURE_FOR_OWN_ENVIRONMENT = (
    "a file was damaged or kept back by an antivirus program, or the system lacks a library "
    "(on Windows the Visual C++ redistributable): mend that and run this again"
)
_STAMP = "style-transfer.json"
_PROBE = """
import importlib, json, sys
found = {"python": ".".join(str(part) for part in sys.version_info[:3])}
for name in sys.argv[1:]:
    found[name] = str(getattr(importlib.import_module(name), "__version__", ""))
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Recipe:
    """What an environment is: its name for the user, its place, its locked packages, and what must import in it."""

    name: str
    folder: Path
    lock: Path
    imports: tuple[str, ...] = ENGINE_IMPORTS

    @property
    def python(self) -> Path:
        return python_in(self.folder)

    @property
    def stamp(self) -> Path:
        return self.folder / _STAMP


@dataclass(frozen=True)
class Environment:
    """A complete environment: its interpreter, and whether it had been there before."""

    python: Path
    reused: bool


def worker() -> Recipe:
    """The packages that the engine needs, in the user's data folder."""
    return Recipe("worker environment", folders.data() / "worker-env", LOCKS / "worker.txt")


def test() -> Recipe:
    """The same and the developer's tools, in the user's cache folder: one for all checkouts, never mixed up with a `.venv`."""
    return Recipe("test environment", folders.cache() / "test-env", LOCKS / "test.txt", (*ENGINE_IMPORTS, "pytest", "mypy"))


def python_in(folder: Path) -> Path:
    """The interpreter of the environment in `folder`."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def is_complete(recipe: Recipe) -> bool:
    """Whether the environment lies in its place, was made from the current lock, and its Python still runs."""
    return _read_stamp(recipe).get("lock") == _fingerprint(recipe) and run([recipe.python, "-c", ""]).code == 0


def ensure(recipe: Recipe, uv: Uv, fresh: bool = False) -> Environment:
    """Make the environment, or reuse it when it is complete; raises InstallError with uv's last lines as details."""
    with files.locked(recipe.folder.parent / f".{recipe.folder.name}.lock"):
        if not fresh and is_complete(recipe):
            return Environment(recipe.python, reused=True)
        new = files.beside(recipe.folder, "new")
        files.remove(new)
        try:
            _build(recipe, uv, new)
        except InstallError:
            files.remove(new)  # gigabytes, perhaps the very ones that the disk lacked
            raise
        stop_worker(recipe.python)
        files.swap(recipe.folder)
    return Environment(recipe.python, reused=False)


def probe(python: Path, imports: tuple[str, ...] = ENGINE_IMPORTS, cure: str = _CURE_FOR_GIVEN_PYTHON) -> dict[str, str]:
    """The versions of `python` and of what it imports; raises InstallError naming what it lacks, with `cure`."""
    finished = run([python, "-c", _PROBE, *imports], engine_environment())
    if finished.code != 0:
        raise InstallError(f"{python} can't run the engine ({finished.last_line}): {cure}", details=finished.tail)
    found: dict[str, str] = json.loads(finished.last_line)
    if tuple(int(part) for part in found["python"].split(".")[:2]) < (3, 10):
        raise InstallError(f"{python} is Python {found['python']}: the worker needs 3.10 or newer")
    return found


def stop_worker(python: Path) -> None:
    """Ask a worker that runs from the old environment to leave; nothing happens where there is none."""
    if python.exists():
        run([python, "-m", "nst_core", "worker", "--stop"], engine_environment(), timeout=20)


def describe(recipe: Recipe) -> dict[str, str]:
    """What the stamp says: versions of Python and torch, and where torch came from; empty without an environment."""
    return {name: value for name, value in _read_stamp(recipe).items() if name != "lock"}


def _build(recipe: Recipe, uv: Uv, folder: Path) -> None:
    """Make the environment in `folder` and stamp it."""
    say(f"making the {recipe.name} in {recipe.folder}")
    recipe.folder.parent.mkdir(parents=True, exist_ok=True)
    made = run([uv.path, "venv", "--relocatable", "--no-project", "--python", _base_python(), folder], uv.environment())
    _demand(made, recipe)
    source = _install_packages(recipe, uv, python_in(folder))
    say("    checking that everything imports")
    found = probe(python_in(folder), recipe.imports, _CURE_FOR_OWN_ENVIRONMENT)
    stamp = {"lock": _fingerprint(recipe), "source": source, "python": found["python"], "torch": found.get("torch", "")}
    files.write(folder / _STAMP, json.dumps(stamp, indent=1).encode())


def _install_packages(recipe: Recipe, uv: Uv, python: Path) -> str:
    """Install the lock, torch from PyTorch's own index or else from the package index; returns which."""
    command: list[str | Path] = [uv.path, "pip", "install", "--python", python, "--no-build", "-r", recipe.lock]
    backend = os.environ.get("UV_TORCH_BACKEND", "").strip() or "auto"
    accelerated: list[str | Path] = [*command, "--torch-backend", backend]
    # Planning first costs a second, fails fast where PyTorch's index can't be reached, and tells how much will come.
    plan = run([*accelerated, "--dry-run"], uv.environment(UV_HTTP_RETRIES="1"))
    if plan.code != 0 and explain.cause(plan.output) is explain.Cause.CERTIFICATE:
        say("    uv doesn't trust a server's certificate; trying with the certificates that the system trusts")
        uv = replace(uv, system_certificates=True)
        plan = run([*accelerated, "--dry-run"], uv.environment(UV_HTTP_RETRIES="1"))
    if plan.code == 0:
        _demand_space(recipe, cost.planned(plan.output).disk)
    if plan.code == 0 or not _is_about_pytorch(plan):
        plan = run(accelerated, uv.environment(), show=_is_news)
    if plan.code == 0:
        return f"PyTorch's index ({backend})"
    if not _is_about_pytorch(plan):
        _demand(plan, recipe)
    say(f"    PyTorch's own index can't serve this machine; taking torch from the package index ({_package_index_build()})")
    _demand_space(recipe, cost.package_index().disk)
    environment = uv.environment()
    environment.pop("UV_TORCH_BACKEND", None)
    _demand(run(command, environment, show=_is_news), recipe)
    return "package index"


def _is_about_pytorch(failed: Finished) -> bool:
    """Whether taking torch from elsewhere may help: a full disk or a forbidden folder stays what it is."""
    elsewhere = (explain.Cause.DISK, explain.Cause.REFUSED)
    return "pytorch" in failed.output.lower() and explain.cause(failed.output) not in elsewhere


def _is_news(line: str) -> bool:
    """Downloads and totals; errors come at the end with what to do, and the list of all packages is in the lock."""
    return line.split(maxsplit=1)[:1] in (["Resolved"], ["Downloading"], ["Downloaded"], ["Prepared"], ["Installed"])


def _package_index_build() -> str:
    if sys.platform == "linux":
        return "its build for NVIDIA cards, which runs without one too"
    return "its build for Apple's GPU and CPU" if sys.platform == "darwin" else "its build for the CPU alone"


def _demand_space(recipe: Recipe, needed: int) -> None:
    """Raise InstallError when the disk is too small; uv links files from its cache, so one disk holds them once."""
    free = files.free_space(recipe.folder)
    say(f"    up to {files.human(needed)} on the disk of {recipe.folder.parent}, which has {files.human(free)} free")
    if free < needed:
        raise InstallError(
            f"the {recipe.name} needs about {files.human(needed)}, but the disk of {recipe.folder.parent} has only "
            f"{files.human(free)} free: make room, or set NST_HOME to a folder on another disk"
        )


def _demand(finished: Finished, recipe: Recipe) -> None:
    """Raise InstallError with uv's last lines when it failed."""
    if finished.code == 0:
        return
    raise InstallError(
        f"the {recipe.name} can't be made: {explain.cause(finished.output).value}", details=index.without_secrets(finished.tail)
    )


def _base_python() -> str:
    """This Python when the locked packages exist for it and it will stay, else one that uv finds or downloads."""
    known = OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON and sys.maxsize > 2**32
    fits = known and platform.python_implementation() == "CPython" and _is_ordinary() and not _goes_with_a_host()
    return sys.executable if fits else f">=3.{OLDEST_PYTHON[1]},<3.{NEWEST_PYTHON[1] + 1}"


def _is_ordinary() -> bool:
    """Whether wheels are built for this Python: GIMP's on Windows is compiled another way."""
    return sys.platform != "win32" or sysconfig.get_platform().startswith("win")


def _goes_with_a_host() -> bool:
    """Whether this Python belongs to a program that takes it along when it is updated or closed."""
    packaged = any(os.environ.get(name) for name in ("APPDIR", "FLATPAK_ID", "SNAP"))
    return packaged or any(host in sys.base_prefix.lower() for host in ("gimp", "krita"))


def _fingerprint(recipe: Recipe) -> str:
    return hashlib.sha256(recipe.lock.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _read_stamp(recipe: Recipe) -> dict[str, str]:
    try:
        stamp = json.loads(recipe.stamp.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}
