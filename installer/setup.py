"""`python3 -m installer.setup`: makes the worker's environment for a plug-in that shows how it goes.

It says one JSON object a line: {"stage", "fraction", "seconds_left"} and {"note"} on the way, at the end {"done"}, or {"error",
"details"}, or {"cancelled"}. With --cost it only tells what would come. When its input is closed, whoever asked has changed
their mind or is gone: it stops at once. What was downloaded in full stays, and the next time goes on from there.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, TextIO

from nst_core import folders
from nst_core.errors import NstError

from . import cost, environment, files, uv, worker_file
from .headway import Headway

Tell = Callable[..., None]


def main(arguments: list[str]) -> int:
    """Do it, and say how it went; the exit status is 0, 1 or 130."""
    tell = _teller(sys.stdout)
    try:
        if arguments == ["--cost"]:
            tell(**_cost())
            return 0
        with _stopped_by_silence():
            tell(done=str(_make(tell)))
        return 0
    except NstError as error:
        tell(error=error.message, details=error.details)
        return 1
    except KeyboardInterrupt:
        files.remove(files.beside(environment.worker().folder, "new"))
        tell(cancelled=True)
        return 130
    except Exception as error:  # whoever reads this needs a last line, whatever happens
        tell(error=f"internal error: {type(error).__name__}: {error}", details="")
        return 1


def _cost() -> dict[str, Any]:
    """What will probably come, what comes at most, and what there is room for."""
    folder = folders.data()
    most = max(cost.expected(), cost.package_index(), key=lambda one: one.download)
    return {**asdict(cost.expected()), "most_download": most.download, "folder": str(folder), "free": files.free_space(folder)}


def _make(tell: Tell) -> os.PathLike[str]:
    """The environment, and the file by which clients find it; gives its Python."""
    recipe = environment.worker()
    headway = Headway(tell, recipe.folder)
    with contextlib.redirect_stdout(_Lines(headway.hear)), headway.watching():
        headway.at(0.0, "looking for the tool that makes environments")
        tool = uv.ensure()
        headway.at(0.02, "planning")
        made = environment.ensure(recipe, tool)
        worker_file.write(folders.data(), made.python)
    return made.python


def _teller(stream: TextIO) -> Tell:
    """What writes a line; somebody who has hung up is told nothing more."""
    lock = threading.Lock()

    def tell(**values: Any) -> None:
        with lock, contextlib.suppress(OSError, ValueError):
            stream.write(json.dumps(values) + "\n")
            stream.flush()

    return tell


@contextlib.contextmanager
def _stopped_by_silence() -> Iterator[None]:
    """Let the end of our input stop us and all that we have started."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    if sys.platform != "win32":
        signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=_wait_for_silence, name="input", daemon=True).start()
    yield


def _wait_for_silence() -> None:
    with contextlib.suppress(OSError, ValueError):
        while os.read(sys.stdin.fileno(), 1):  # not the stream's own buffer: Python could not end while it is read
            pass
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(os.getpid())], check=False)
    elif os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)


class _Lines(io.TextIOBase):
    """A stream that gives each line that is printed to a function."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take, self._rest = take, ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in filter(str.strip, lines):
            self._take(line.strip())
        return len(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
