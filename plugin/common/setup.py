"""Setting up the worker's environment from within a host: a child process does it, and tells line by line how it goes.

The child is `python -m installer.setup` of the installer's part that the plug-in carries; see there for its lines.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from .engine_words import told
from .translation import _, size

NO_PYTHON = _(
    "no Python was found that could set up the engine: install Python 3.10 or newer (on Windows from python.org), or run "
    '"python3 -m installer install" in the folder that you downloaded'
)
CAN_DO_IT = "import sys; sys.exit(sys.version_info < (3, 9))"
NAMES = re.compile(r"(python[\d.]*|py)(\.exe)?", re.IGNORECASE)
KEPT_LINES = 30
PATIENCE = 5.0  # seconds that a child gets to tidy up


@dataclass(frozen=True)
class Cost:
    """What will come: which `build`, bytes to download (`most_download` where its first source can't be reached), bytes on the
    disk, of which so many are `free`, in which folder."""

    build: str
    download: int
    most_download: int
    disk: int
    free: int
    folder: str


@dataclass(frozen=True)
class Step:
    """`fraction` in [0, 1]; `seconds_left` is None while nothing can be said."""

    stage: str
    fraction: float
    seconds_left: float | None


@dataclass(frozen=True)
class Outcome:
    """How it ended: `ready`, or with an `error` in one sentence and its details, or with neither when it was cancelled."""

    ready: bool = False
    error: str = ""
    details: str = ""
    cost: Cost | None = None


class Setup:
    """One child on its way: call `step` from the main thread now and then, until there is an `outcome`."""

    def __init__(self, folder: Path, environment: Mapping[str, str], only_cost: bool = False) -> None:
        """Begin; `folder` is the plug-in's own, and `environment` what the child runs with."""
        self.outcome: Outcome | None = None
        self._steps: queue.SimpleQueue[Step] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = False
        arguments = ["--cost"] if only_cost else []
        threading.Thread(
            target=self._run, args=(folder, dict(environment), arguments), name="style-transfer set-up", daemon=True
        ).start()

    def step(self) -> Step | None:
        """The newest thing to show, or None when nothing has changed."""
        newest = None
        with contextlib.suppress(queue.Empty):
            while True:
                newest = self._steps.get_nowait()
        return newest

    def cancel(self) -> None:
        """Stop; returns at once, and what has been downloaded stays for the next time."""
        with self._lock:
            self._cancelled = True
            process = self._process
        self._end(Outcome())
        if process is not None:
            threading.Thread(target=_stop, args=(process,), name="style-transfer stop", daemon=True).start()

    def _run(self, folder: Path, environment: dict[str, str], arguments: list[str]) -> None:
        """In a thread of its own: nothing of a host may be touched here."""
        try:
            self._end(self._follow(folder, environment, arguments))
        except Exception as error:  # whatever a host's Python comes up with, nobody must wait for ever
            self._end(
                Outcome(error=_("the set-up could not be started: {reason}").format(reason=f"{type(error).__name__}: {error}"))
            )

    def _follow(self, folder: Path, environment: dict[str, str], arguments: list[str]) -> Outcome:
        python = interpreter()
        if python is None:
            return Outcome(error=NO_PYTHON)
        with self._lock:
            if self._cancelled:
                return Outcome()
            process = self._process = _start([python, "-m", "installer.setup", *arguments], folder, environment)
        assert process.stdout is not None
        said: deque[str] = deque(maxlen=KEPT_LINES)
        outcome = None
        for line in process.stdout:
            heard = _understood(line)
            if heard is None:
                said.append(line.decode("utf-8", "replace").rstrip())
            elif "stage" in heard:
                self._steps.put(Step(heard["stage"], heard["fraction"], heard.get("seconds_left")))
            elif "note" in heard:
                said.append(heard["note"])
            else:
                outcome = _outcome(heard, "\n".join(said))
        status = process.wait()
        silent = _("the set-up stopped without a word (exit status {status})").format(status=status)
        return outcome or Outcome(error=silent, details="\n".join(said))

    def _end(self, outcome: Outcome) -> None:
        with self._lock:
            if self.outcome is None:
                self.outcome = outcome


def interpreter() -> str | None:
    """A Python that can run the set-up: the one that runs us, unless a host has it inside itself, or one that is installed."""
    base = sys.base_prefix
    minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    inside = [os.path.join(base, "python.exe")] if sys.platform == "win32" else [os.path.join(base, "bin", minor)]
    found = [sys.executable, *inside, *(shutil.which(name) for name in ("python3", "python", "py"))]
    return next((path for path in found if path and _runs(path)), None)


def offer(cost: Cost) -> tuple[str, str]:
    """What the user is asked before anything is done: a headline, and what the answer depends on."""
    download = _("To download: about {size}.")
    if cost.most_download > cost.download:
        download = _("To download: about {size} ({most} where PyTorch's own server can't be reached).")
    disk = _("On the disk: about {size}; {free} are free.")
    if cost.free < cost.disk:
        disk = _("On the disk: about {size}; {free} are free: too little.")
    lines = (
        _("It needs an engine of its own before its first use: {build}.").format(build=told(cost.build)),
        download.format(size=size(cost.download), most=size(cost.most_download)),
        disk.format(size=size(cost.disk), free=size(cost.free)),
        _("Folder: {folder}.").format(folder=cost.folder),
    )
    return _("Set up Style Transfer?"), "\n".join(lines)


def _runs(path: str) -> bool:
    """Whether that is a Python which is new enough: a host's own program must not be started here."""
    if not NAMES.fullmatch(os.path.basename(path)) or not os.path.isfile(path):
        return False
    try:
        return subprocess.run([path, "-c", CAN_DO_IT], stdin=subprocess.DEVNULL, timeout=30, **_quietly()).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _quietly() -> dict[str, Any]:
    """A child without a window, in a group of its own."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _start(command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """The child; it stops when its input is closed, which happens also when this process ends in any way."""
    return subprocess.Popen(
        command,
        cwd=folder,  # Python imports from there first
        env={**environment, "PYTHONPATH": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **_quietly(),
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the child to stop, and see that it does, with all that it has started."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            process.kill() if sys.platform == "win32" else os.killpg(process.pid, signal.SIGKILL)


def _understood(line: bytes) -> dict[str, Any] | None:
    """A line of the child's own; None for what another program says."""
    try:
        heard = json.loads(line)
    except ValueError:
        return None
    return heard if isinstance(heard, dict) else None


def _outcome(heard: Mapping[str, Any], said: str) -> Outcome:
    if "error" in heard:
        return Outcome(error=heard["error"], details="\n".join(filter(None, (heard.get("details", ""), said))))
    if "download" in heard:
        return Outcome(ready=True, cost=Cost(**{field.name: heard[field.name] for field in fields(Cost)}))
    return Outcome(ready="done" in heard)
