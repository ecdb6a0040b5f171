"""A server with faults, and where its file is to arrive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .. import loopback
from ..loopback import Loopback
from .fetching import CONTENT


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's own proxy has nothing to do with 127.0.0.1."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback.serving(good=CONTENT) as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "weights.bin"
