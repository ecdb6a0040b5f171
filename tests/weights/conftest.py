"""What the store's tests share: the made-up model, a server that publishes it, a store that has it in its manifest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from nst_core.manifest import Model
from nst_core.weights import Store

from .. import loopback
from ..loopback import Loopback
from .tiny import STATES, described, store_of


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up model's published files, as they lie in a mirror."""
    folder = tmp_path_factory.mktemp("originals") / "tiny"
    folder.mkdir()
    for name, state in STATES.items():
        torch.save(state, folder / f"{name}.pth")
    return folder


@pytest.fixture
def server(originals: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with loopback.serving() as running:
        running.files = {f"first/{path.name}": path.read_bytes() for path in originals.iterdir()}
        yield running


@pytest.fixture
def model(originals: Path, server: Loopback) -> Model:
    return described(originals, server.address, "second")


@pytest.fixture
def store(model: Model) -> Store:
    return store_of(model)
