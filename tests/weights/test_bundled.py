"""A model that ships with the code: there at once, checked like any other, and never written."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from safetensors.torch import save_file

from nst_core import download, weights
from nst_core.manifest import Licence, Model
from nst_core.weights import Store

from .tiny import STATES, assert_same, flip, refused, store_of

OWN = Licence("Apache-2.0", "https://models.example/LICENSE", "yes")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The weights as they lie beside the code."""
    monkeypatch.setattr(weights, "BUNDLED", tmp_path / "networks")
    weights.BUNDLED.mkdir()
    save_file(STATES["encoder"], weights.BUNDLED / "tiny.safetensors")
    return weights.BUNDLED / "tiny.safetensors"


@pytest.fixture
def model(file: Path) -> Model:
    pin = download.sha256(file)
    return Model("tiny", "embedded", "Tiny", "Ours.", (), OWN, "Us", (0.0, 1.0), 4, 16, file.name, pin)


@pytest.fixture
def store(model: Model, home: Path) -> Store:
    return store_of(model, offline=True)


def test_it_is_there_before_anything_was_fetched_and_nothing_is_written(store: Store, file: Path, home: Path) -> None:
    (info,) = store.list()
    assert (info.installed, info.size, info.path, info.commercial) == (True, 0, str(file), "yes")
    assert_same(store.state("tiny"), STATES["encoder"])
    assert store.fetch("tiny") == store.path("tiny") == file
    store.verify("tiny")
    assert not home.exists()


def test_damage_is_found_at_every_load_and_the_file_stays(store: Store, file: Path) -> None:
    flip(file, -5)
    for action in (store.state, store.fetch, store.path, store.verify):
        refused(partial(action, "tiny"), "tiny.safetensors is damaged: SHA-256", ": install the program again")
    assert file.exists()


def test_a_missing_file_is_told(store: Store, file: Path) -> None:
    file.unlink()
    assert not store.list()[0].installed
    refused(lambda: store.state("tiny"), "it is not on this machine: install the program again")


def test_it_is_neither_removed_nor_imported(store: Store, file: Path) -> None:
    refused(lambda: store.remove("tiny"), "it comes with the program: it goes when the program is uninstalled")
    refused(lambda: store.import_files("tiny", [file]), "it comes with the program: there is nothing to import")
    assert file.exists()


def test_another_version_of_the_program_has_another_pin(model: Model, home: Path) -> None:
    refused(lambda: store_of(replace(model, sha256="0" * 64)).state("tiny"), "instead of 00000000…")
