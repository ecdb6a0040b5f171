"""Workers with real weights."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nst_core import client

from .jobs import processes, until


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Path]:
    """One home with models at hand and one worker for the tests that leave it working; no process is left over at the end."""
    yield from served(tmp_path_factory.mktemp("worker"), shared)


@pytest.fixture
def fresh(tmp_path: Path, shared: Path) -> Iterator[Path]:
    """A home where no worker runs yet; no process is left over at the end."""
    yield from served(tmp_path / "home", shared)


def served(home: Path, shared: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NST_HOME", str(home))
        patch.setenv("NST_PYTHON", sys.executable)
        patch.setenv("NST_MODELS_MIRROR", str(shared / "weights" / "mirror"))
        yield home
        client.shut_down()
        until(lambda: not processes(home))
