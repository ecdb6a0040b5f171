"""Pruning: what nobody needs goes, what is needed or isn't ours stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nst_core import converters, prune, user_models
from nst_core.manifest import Licence, Manifest, Model, Painting, Source
from nst_core.weights import Store

from .. import loopback
from ..loopback import Loopback
from .tiny import PATIENCE, WANT, assert_same, files_in, refused, store_of


def pruned(store: Store) -> dict[str, int]:
    """What went, by its path in the store."""
    return {one.path.relative_to(store.root).as_posix(): one.freed for one in prune.prune(store)}


def test_what_is_needed_stays(store: Store) -> None:
    store.fetch("tiny")
    assert pruned(store) == {}
    assert_same(store_of(store.manifest.model("tiny"), offline=True).state("tiny"), WANT)


def test_without_a_store_there_is_nothing_to_do(store: Store) -> None:
    assert pruned(store) == {} and not store.root.exists()


def test_kept_and_unfinished_files_go(store: Store, server: Loopback) -> None:
    store.fetch("tiny", keep_sources=True)
    (store.root / "tiny" / "decoder.pth.part").write_bytes(b"half")
    gone = pruned(store)
    assert set(gone) == {"tiny/encoder.pth", "tiny/decoder.pth", "tiny/decoder.pth.part"}
    assert gone["tiny/decoder.pth.part"] == 4
    assert files_in(store) == ["tiny.json", "tiny.safetensors"]


def test_a_folder_that_has_nothing_else_goes_too(store: Store, server: Loopback) -> None:
    server.faults["first/decoder.pth"] = [loopback.status(404)]
    del server.files["first/decoder.pth"]
    refused(lambda: store.fetch("tiny"), "decoder.pth")
    assert set(pruned(store)) == {"tiny/encoder.pth"}
    assert not (store.root / "tiny").exists()


def test_weights_of_an_older_converter_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.fetch("tiny")
    monkeypatch.setattr(converters, "VERSION", converters.VERSION + 1)
    assert set(pruned(store)) == {"tiny/tiny.safetensors", "tiny/tiny.json"}


def test_models_that_are_gone_from_the_manifest_go_and_strangers_stay(store: Store, model: Model) -> None:
    store.fetch("tiny")
    (store.root / "mine").mkdir()
    (store.root / "mine" / "mine.json").write_text(json.dumps({"something": "else"}))
    (store.root / "notes.txt").write_text("mine as well")
    (store.root / "tiny" / "readme.txt").write_text("and this")
    other = Store(manifest=Manifest({"other": replace(model, id="other")}), patience=PATIENCE)
    assert set(pruned(other)) == {"tiny"}
    assert sorted(path.name for path in store.root.iterdir()) == ["mine", "notes.txt", "tiny.lock"]


def test_files_of_ones_own_in_a_models_folder_stay(store: Store) -> None:
    store.fetch("tiny")
    (store.root / "tiny" / "readme.txt").write_text("mine")
    assert pruned(store) == {}


def test_paintings_stay_and_what_is_left_of_others_goes(home: Path) -> None:
    free = Licence("public domain", "https://pictures.example/", "yes")
    file = Source("wave.jpg", "https://pictures.example/wave.jpg", size=4, sha256="0" * 64)
    painting = Painting("pack:wave", "old", "Wave", "Nobody", "1831", "https://pictures.example/wave", free, file)
    store = Store(manifest=Manifest({}, {painting.id: painting}))
    for name, content in (
        ("style-pack-old/wave.jpg", b"full"),
        ("style-pack-old/wave.jpg.part", b"ha"),
        ("style-pack-gone/x.jpg", b"xxx"),
    ):
        (store.root / name).parent.mkdir(parents=True, exist_ok=True)
        (store.root / name).write_bytes(content)
    assert pruned(store) == {"style-pack-old/wave.jpg.part": 2, "style-pack-gone": 3}


def test_a_model_of_the_users_own_stays(store: Store) -> None:
    told = {"version": user_models.VERSION, "network": "animegan2", "title": "Mine", "licence": "", "commercial": "yes"}
    (store.root / "mine").mkdir(parents=True)
    (store.root / "mine" / user_models.RECORD).write_text(json.dumps({**told, "sha256": "0" * 64}))
    (store.root / "mine" / "mine.safetensors").write_bytes(b"weights")
    mine = store_of(store.manifest.model("tiny"))
    assert mine.installed() == ["mine"]
    assert pruned(mine) == {}


def test_a_link_to_elsewhere_is_left_alone(store: Store, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "tiny.json").write_text(json.dumps({"model": "tiny"}))
    store.root.mkdir(parents=True)
    (store.root / "old").symlink_to(tmp_path / "elsewhere")
    assert pruned(store) == {}
