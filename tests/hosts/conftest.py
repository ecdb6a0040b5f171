"""The tree with the real GIMP and Krita, built or reused once a run, and the way to run a command inside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


@dataclass(frozen=True)
class Hosts:
    """Runs commands inside the tree; the repository and this interpreter lie there at the same paths as outside."""

    def run(
        self,
        command: list[str],
        x: bool = False,
        binds: list[Path] | None = None,
        env: dict[str, str] | None = None,
        home: Path | None = None,
        timeout: float = 300,
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` and return its exit status and output; `x` gives it a screen, `home` replaces the throw-away profile."""
        shown = {REPOSITORY, Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve(), *(binds or [])}
        arguments = [str(HERE / "in-hosts.sh"), *(["-x"] if x else [])]
        for folder in sorted(shown):
            arguments += ["-b", str(folder)]
        for name, value in (env or {}).items():
            arguments += ["-e", f"{name}={value}"]
        if home is not None:
            arguments += ["-H", str(home)]
        return subprocess.run(
            ["timeout", "--kill-after=10", str(timeout), *arguments, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """As the workers of the hosts have it here: sums in another order end in other last bits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def hosts() -> Hosts:
    """The real programs; skips where the tree can't be built: it needs Linux, root and debootstrap."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("the tree with the real hosts needs root on Linux")
    if shutil.which("debootstrap") is None:
        pytest.skip("the tree with the real hosts needs debootstrap")
    if Path(sys.base_prefix) == Path("/usr"):
        pytest.skip("the tests' Python lies in /usr, where the tree has its own: run them with a Python from elsewhere")
    built = subprocess.run(
        [str(HERE / "setup-hosts.sh")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    # A failed build is a failure, not a skip: these tests are the only proof that the shims work.
    assert built.returncode == 0, built.stdout
    return Hosts()
