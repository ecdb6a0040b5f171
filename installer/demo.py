"""`demo`: from nothing to a stylized sample picture, with the time that each step took."""

from __future__ import annotations

import os
import time
from pathlib import Path

from nst_core import samples

from . import environment, uv
from .errors import InstallError
from .processes import engine_environment, run_visibly, say

SCENE, STYLE = "lake", "swirled-oil"


class Stopwatch:
    """The steps of the demo and how long each took."""

    def __init__(self) -> None:
        self._steps: list[tuple[str, float, str]] = []
        self._last = time.monotonic()

    def lap(self, step: str, what: str) -> None:
        """End the current step: its name and what came of it."""
        now = time.monotonic()
        self._steps.append((step, now - self._last, what))
        self._last = now

    def table(self) -> str:
        rows = [*self._steps, ("together", sum(seconds for _step, seconds, _what in self._steps), "")]
        return "\n".join(f"  {step:<13}{seconds:6.1f} s  {what}".rstrip() for step, seconds, what in rows)


def make(output: Path) -> None:
    """Stylize a sample into `output` and print the times; raises InstallError with what to do."""
    output = output.expanduser().absolute()
    content, style = _sample(SCENE), _sample(STYLE)
    _demand_writable(output)
    watch = Stopwatch()

    tool = uv.ensure()
    watch.lap("uv", f"{tool.version}, {tool.path}")

    made = environment.ensure(environment.worker(), tool)
    found = environment.describe(environment.worker())
    state = "was there" if made.reused else f"from {found.get('source')}"
    watch.lap("environment", f"torch {found.get('torch')} ({state}), {environment.worker().folder}")

    stylize: list[str | Path] = [made.python, "-m", "nst_core", "stylize", content, "--style", style]
    code = run_visibly([*stylize, "-o", output, "--in-process"], engine_environment())
    if code != 0:
        raise InstallError(f"the sample was not stylized (exit code {code}): the line above says why; see `installer doctor` too")
    watch.lap("stylization", f"{content.name} in the style of {style.name}")

    say(watch.table())
    say(f"The picture is at {output}")


def _sample(name: str) -> Path:
    path = samples.path(name)
    if not path.is_file():
        raise InstallError(f"{path} is missing: this copy of the project is incomplete; download it again")
    return path


def _demand_writable(output: Path) -> None:
    """Say at once, not after a long download, that the picture could not be written."""
    if not output.parent.is_dir():
        raise InstallError(f"the folder {output.parent} does not exist: make it, or give another --output")
    if output.is_dir() or not os.access(output.parent, os.W_OK):
        raise InstallError(f"{output} can't be written: give another --output")
