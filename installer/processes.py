"""Running other programs with a clean environment, and saying what happens."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]

# What another Python, a conda shell or an AppImage leaves behind and what would make a child load foreign files.
_DROPPED_PREFIXES = ("PYTHON", "CONDA", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_")
# Settings of pip and uv that make sense in the user's own projects, but would turn our installs elsewhere or refuse them.
_DROPPED_NAMES = {
    "GI_TYPELIB_PATH",
    "__PYVENV_LAUNCHER__",
    *(f"PIP_{name}" for name in ("CONSTRAINT", "PREFIX", "REQUIRE_VIRTUALENV", "ROOT", "TARGET", "USER")),
    *(
        f"UV_{name}"
        for name in ("BUILD_CONSTRAINT", "CONSTRAINT", "FROZEN", "LOCKED", "OVERRIDE", "PROJECT", "PROJECT_ENVIRONMENT")
    ),
    *(f"UV_{name}" for name in ("PYTHON", "REQUIRE_HASHES", "SYSTEM_PYTHON", "WORKING_DIRECTORY")),
}
_KEPT_LINES = 2000


@dataclass(frozen=True)
class Finished:
    """A program that ended: its exit status and what it printed, errors included (the last 2000 lines of it)."""

    code: int
    output: str

    @property
    def tail(self) -> str:
        """The last lines, enough to see why it failed."""
        return "\n".join(self.output.splitlines()[-25:])

    @property
    def last_line(self) -> str:
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return lines[-1] if lines else f"it ended with exit code {self.code} and said nothing"


def say(text: str = "") -> None:
    """Print a line for the user at once, also into a pipe."""
    print(text, flush=True)


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without what leaks from other Pythons, plus `extra`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(_DROPPED_PREFIXES) and name.upper() not in _DROPPED_NAMES
    }
    return {**kept, **extra}


def engine_environment(**extra: str) -> dict[str, str]:
    """The environment in which a worker's Python finds this checkout's `nst_core` and no package of the user's own."""
    return clean_environment(PYTHONPATH=str(REPOSITORY), PYTHONNOUSERSITE="1", PYTHONUTF8="1", **extra)


def run(
    command: Sequence[str | Path],
    environment: dict[str, str] | None = None,
    show: Callable[[str], bool] | None = None,
    timeout: float | None = None,
) -> Finished:
    """Run `command` without input to its end; lines that `show` wants are passed on, indented, while they come.

    A program that can't be started counts as finished with code 127, its reason in `output`; after `timeout` seconds
    it is killed.
    """
    output: deque[str] = deque(maxlen=_KEPT_LINES)
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=clean_environment() if environment is None else environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        return Finished(127, f"{command[0]}: {error.strerror or error}")
    assert process.stdout is not None
    killer = threading.Timer(timeout, process.kill) if timeout else None
    try:
        if killer:
            killer.start()
        for line in process.stdout:
            output.append(line.rstrip())
            if show and show(line):
                say(f"    {line.rstrip()}")
        return Finished(process.wait(), "\n".join(output))
    finally:
        if killer:
            killer.cancel()
        _end(process)


def run_visibly(command: Sequence[str | Path], environment: dict[str, str], folder: Path | None = None) -> int:
    """Run `command` on the user's own terminal, with its progress bars and colours; the exit status."""
    sys.stdout.flush()
    process = subprocess.Popen([str(part) for part in command], env=environment, stdin=subprocess.DEVNULL, cwd=folder)
    try:
        return process.wait()
    finally:
        _end(process)


def _end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """After Ctrl+C: let the program, which got the signal too, tidy up; end it if it doesn't."""
    if process.poll() is not None:
        return
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
