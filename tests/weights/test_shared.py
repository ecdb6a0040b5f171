"""Weights that two models have in common: stored once, brought with either, never lost with one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nst_core.manifest import Manifest, Model
from nst_core.weights import Store

from ..loopback import Loopback
from .tiny import PATIENCE, STATES, assert_same, refused

WANT = {f"encoder.{key}": tensor for key, tensor in STATES["encoder"].items()} | STATES["decoder"]


@pytest.fixture
def store(model: Model) -> Store:
    """A model of the decoder that uses another one, which is the encoder alone."""
    encoder, decoder = (replace(source, prefix="") for source in model.files)
    shared = replace(model, id="shared", title="Shared", files=(encoder,))
    return store_of(replace(model, files=(decoder,), uses={"shared": "encoder."}), shared)


def store_of(*models: Model, offline: bool = False) -> Store:
    return Store(manifest=Manifest({model.id: model for model in models}), patience=PATIENCE, offline=offline)


def test_it_is_fetched_with_what_it_uses_and_loads_as_one(store: Store, server: Loopback) -> None:
    stages: list[tuple[float, str]] = []
    assert_same(store.state("tiny", lambda fraction, stage, preview=None: stages.append((fraction, stage))), WANT)
    assert [path for path, _ in server.asked] == ["first/encoder.pth", "first/decoder.pth"]
    fractions = [fraction for fraction, _ in stages]
    assert fractions == sorted(fractions) and fractions[-1] == 1
    assert {path.name for path in store.root.glob("*/*.safetensors")} == {"tiny.safetensors", "shared.safetensors"}


def test_what_is_there_already_is_not_fetched_again(store: Store, server: Loopback) -> None:
    assert_same(store.state("shared"), STATES["encoder"])
    store.fetch("tiny")
    assert [path for path, _ in server.asked] == ["first/encoder.pth", "first/decoder.pth"]


def test_the_list_counts_all_that_has_to_come_and_be_there(store: Store) -> None:
    tiny, shared = store.list()
    assert tiny.uses == ["shared"] and tiny.size == shared.size + store.manifest.model("tiny").size
    store.fetch("tiny")
    assert [info.installed for info in store.list()] == [True, True]
    store.remove("shared")
    assert [info.installed for info in store.list()] == [False, False]


def test_without_what_it_uses_it_is_not_there_and_comes_back_by_itself(store: Store) -> None:
    store.fetch("tiny")
    store.remove("shared")
    with pytest.raises(Exception, match=r'model shared: it is not on this machine: run "nst_core models fetch tiny"'):
        store.path("tiny")
    assert_same(store.state("tiny"), WANT)


def test_removing_it_leaves_what_others_use(store: Store) -> None:
    store.fetch("tiny")
    assert store.remove("tiny") > 0
    assert store.installed() == ["shared"]


def test_all_files_are_imported_under_one_name(store: Store, originals: Path, server: Loopback) -> None:
    refused_as_incomplete = "still missing encoder.pth (from "
    with pytest.raises(Exception, match="model shared: still missing") as refusal:
        store.import_files("tiny", [originals / "decoder.pth"])
    assert refused_as_incomplete in str(refusal.value)
    store.import_files("tiny", [originals])
    assert_same(store.state("tiny"), WANT)
    assert server.asked == []


def test_a_stranger_is_told_by_the_name_that_was_given(store: Store, originals: Path, tmp_path: Path) -> None:
    (tmp_path / "stranger.pth").write_bytes(b"?")
    refused(
        lambda: store.import_files("tiny", [originals / "decoder.pth", tmp_path / "stranger.pth"]),
        "is none of its files: import encoder.pth (",
    )
