"""`install` and `uninstall`: the worker's environment, the plug-in in every profile, and how the two find each other."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nst_core import __version__, folders

from . import bundle, environment, files, hosts, kritarc, uv, worker_file
from .errors import InstallError
from .hosts import Choice, Profile
from .processes import say


def install(choice: Choice, python: Path | None = None, fresh: bool = False) -> None:
    """Put the plug-in into the chosen profiles; `python` replaces the environment that is made otherwise.

    Raises InstallError when there is no profile, the environment can't be made, or a profile could not be written (the
    other profiles are finished first).
    """
    _demand_profiles(choice)
    _refuse_store_python()
    interpreter = _interpreter(python, fresh)
    for folder in {folders.data(), *(profile.data for profile in choice.profiles)}:
        worker_file.write(folder, interpreter)
    say(f"worker: {interpreter}")
    environment.stop_worker(interpreter)  # it may run the code that is replaced now
    failures = []
    for profile in choice.profiles:
        try:
            _install_into(profile, interpreter)
        except InstallError as error:
            failures.append(f"{profile.title}: {error.message}")
    for sentence in choice.missing:
        say(f"note: {sentence}")
    if os.environ.get("NST_HOME", "").strip():
        say("note: NST_HOME is set; GIMP and Krita must be started with it too, or they will not find the worker")
    if failures:
        raise InstallError("; ".join(failures))


def uninstall(choice: Choice, everything: bool = False) -> None:
    """Take the plug-in out of the chosen profiles; `everything` also removes environment, models, caches and logs."""
    worker = worker_file.python(folders.data())
    if worker is not None:
        environment.stop_worker(worker)
    for profile in choice.profiles:
        removed = bundle.remove(profile)
        if profile.config is not None and kritarc.disable(profile.config):
            removed.append(profile.config)
        say(f"{profile.title}: " + (", ".join(f"{path} {_verb(profile, path)}" for path in removed) or "nothing to remove"))
        files.remove(profile.data / worker_file.NAME)
    files.remove(folders.data() / worker_file.NAME)
    if everything:
        _remove_data()
    else:
        say(f"kept: {folders.data()} (environment and models; `uninstall --all` removes them)")


def _install_into(profile: Profile, interpreter: Path) -> None:
    """Copy, switch on and say what to know about this one profile."""
    before = bundle.version(profile)
    folder = bundle.copy(profile)
    replaced = f", replacing {before}" if before and before != __version__ else ""
    say(f"{profile.title}: {folder} ({__version__}{replaced})")
    if profile.host == "krita":
        _switch_on(profile)
    if hosts.is_running(profile.host):
        say(f"    {hosts.NAMES[profile.host]} is running: restart it to see the plug-in")
    if profile.kind in ("Flatpak", "Snap") and not interpreter.resolve().is_relative_to(Path.home()):
        say(f"    not tried: {profile.kind}'s sandbox may not see {interpreter.resolve()}; if the worker doesn't start there,")
        say("    `uv run --managed-python --no-project python -m installer install --fresh` takes a Python in your home folder")
    if profile.kind == "Microsoft Store":
        say("    not tried: the Store's builds may not be allowed to start the worker; the ordinary installers' are")


def _switch_on(profile: Profile) -> None:
    if profile.config is None:
        say("    switch it on in Settings > Configure Krita > Python Plugin Manager (or name the kritarc with --krita-config)")
        return
    changed = kritarc.enable(profile.config)
    say(f"    {'switched on' if changed else 'is switched on'} in {profile.config}")


def _demand_profiles(choice: Choice) -> None:
    if not choice.profiles:
        raise InstallError("; ".join(choice.missing) or "no profile was chosen: --only leaves none of the named ones")


def _refuse_store_python() -> None:
    """The Microsoft Store's Python keeps what it writes below AppData in a folder that GIMP and Krita never see."""
    if sys.platform == "win32" and "WindowsApps" in Path(sys.base_prefix).parts:
        raise InstallError(
            "this Python is from the Microsoft Store, which hides the files it writes from GIMP and Krita: "
            "install Python from python.org and run the installer with that one"
        )


def _interpreter(python: Path | None, fresh: bool) -> Path:
    """The worker's Python: the given one, checked, or that of the environment, made if need be."""
    if python is not None:
        found = python.expanduser().absolute()  # not resolved: a virtual environment's python is a link
        if not found.is_file():
            raise InstallError(f"{found} is no file: --python takes the path of a Python interpreter")
        environment.probe(found)
        return found
    made = environment.ensure(environment.worker(), uv.ensure(), fresh)
    if made.reused:
        say(f"the worker environment is complete: {environment.worker().folder}")
    return made.python


def _verb(profile: Profile, path: Path) -> str:
    return "switched off" if path == profile.config else "removed"


def _remove_data() -> None:
    """Remove all that can be made or downloaded again, saying how large it is; the user's own settings stay."""
    data = folders.data()
    for path in (data / "worker-env", data / "tools", folders.models(), folders.state(), folders.cache(), folders.logs()):
        if path.exists():
            say(f"removing {path} ({files.human(files.size(path))})")
            files.remove(path)
    for path in data.glob(".worker-env.*"):
        files.remove(path)
    if data.is_dir() and not any(data.iterdir()):
        data.rmdir()
    elif data.is_dir():
        say(f"kept: {data} (your settings)")
