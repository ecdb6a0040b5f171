"""For maintainers: `python3 -m installer lock` refreshes installer/locks from pyproject.toml.

A lock holds for every system and Python at once. What torch's CUDA build alone needs is left out: torch names it with
exact versions itself, and a machine that gets the CPU build must not fetch it.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from . import files, index
from .environment import LOCKS
from .errors import InstallError
from .processes import REPOSITORY, run, say
from .uv import Uv, ensure

_HEADER = "# Made from pyproject.toml by `python3 -m installer lock`; don't edit by hand.\n"
_ONLY_CUDA = re.compile(r"(nvidia-|cuda-|triton\b)")


def refresh() -> None:
    """Resolve the newest versions again and replace both locks; raises InstallError with uv's lines."""
    uv = ensure()
    worker = _compile(uv, [])
    with tempfile.TemporaryDirectory() as folder:
        # The tests run with exactly the worker's versions.
        constraint = Path(folder) / "worker.txt"
        constraint.write_text(worker, encoding="utf-8")
        test = _compile(uv, ["--extra", "dev", "--constraint", constraint])
    for name, text in (("worker.txt", worker), ("test.txt", test)):
        files.write(LOCKS / name, text.encode())
        say(f"{LOCKS / name}: {len(text.splitlines()) - 1} lines")


def without_cuda_parts(requirements: str) -> str:
    """The lines of a lock without those packages that come and go with torch's build."""
    return "".join(line for line in requirements.splitlines(keepends=True) if not _ONLY_CUDA.match(line))


def _compile(uv: Uv, options: list[str | Path]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "lock.txt"
        common = ["--universal", "--python-version", "3.10", "--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"]
        finished = run(
            [uv.path, "pip", "compile", *common, *options, "-o", lock, REPOSITORY / "pyproject.toml"], uv.environment()
        )
        if finished.code != 0:
            raise InstallError("the versions can't be resolved: see uv's lines above", index.without_secrets(finished.tail))
        return _HEADER + without_cuda_parts(lock.read_text(encoding="utf-8"))
