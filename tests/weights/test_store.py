"""The store on good days: first use, mirrors, offline, import by hand, lists; and what it says when it can't."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from nst_core import converters, folders, provenance
from nst_core.errors import ModelError
from nst_core.manifest import Model
from nst_core.weights import Store

from ..conftest import REPOSITORY
from ..loopback import Loopback
from .tiny import WANT, assert_same, files_in, flip, refused, store_of

# --- first use


def test_first_use_fetches_checks_converts_and_keeps_only_the_weights(store: Store, server: Loopback) -> None:
    assert_same(store.state("tiny"), WANT)
    assert store.root == folders.models()
    assert files_in(store) == ["tiny.json", "tiny.safetensors"]
    assert sorted(path for path, _ in server.asked) == ["first/decoder.pth", "first/encoder.pth"]


def test_the_record_tells_where_the_weights_come_from(store: Store, model: Model) -> None:
    path = store.fetch("tiny")
    record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert record["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert record["size"] == path.stat().st_size
    assert record["converter_version"] == converters.VERSION
    assert record["licence"]["name"] == "MIT"
    assert [(source["name"], source["sha256"]) for source in record["sources"]] == [
        (source.name, source.sha256) for source in model.files
    ]


def test_the_first_use_is_told_once_with_size_licence_and_terms(model: Model, server: Loopback) -> None:
    heard: list[str] = []
    store = store_of(model, log=heard.append)
    store.fetch("tiny")
    store.fetch("tiny")
    assert heard == ["fetching Tiny: 0.0 MB, licence MIT, commercial use: yes (https://models.example/LICENSE)"]


def test_sources_are_kept_when_they_are_asked_for_also_later(store: Store, server: Loopback, originals: Path) -> None:
    kept = ["decoder.pth", "encoder.pth", "tiny.json", "tiny.safetensors"]
    store.fetch("tiny")
    assert files_in(store) == kept[2:]
    for _ in range(2):
        store.fetch("tiny", keep_sources=True)
        assert files_in(store) == kept
    assert len(server.asked) == 4, "what is kept is not fetched again"
    assert (store.root / "tiny" / "decoder.pth").read_bytes() == (originals / "decoder.pth").read_bytes()


def test_only_keys_that_are_to_be_kept_are_kept(model: Model) -> None:
    encoder, decoder = model.files
    store = store_of(replace(model, files=(replace(encoder, keep="conv.w"), decoder)))
    assert_same(store.state("tiny"), {key: tensor for key, tensor in WANT.items() if key != "encoder.conv.bias"})


def test_second_use_needs_no_network(store: Store, server: Loopback) -> None:
    store.fetch("tiny")
    server.asked.clear()
    assert_same(store.state("tiny"), WANT)
    assert server.asked == []


def test_progress_shows_the_licence_and_grows_to_the_end(store: Store, model: Model) -> None:
    seen: list[tuple[float, str]] = []
    store.fetch("tiny", lambda fraction, stage, preview=None: seen.append((fraction, stage)))
    fractions, stages = zip(*seen)
    assert list(fractions) == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    assert stages[0] == "fetching Tiny: 0.0 MB, licence MIT, commercial use: yes"
    assert "downloading tiny: 0.0 of 0.0 MB" in stages
    assert stages[-1] == "Tiny is ready"


def test_progress_counts_all_files_in_megabytes(shared: Path, home: Path, mirror: Path) -> None:
    stages: list[str] = []
    Store().fetch("microast", lambda fraction, stage, preview=None: stages.append(stage))
    assert any(stage.startswith("downloading microast: 1.2 of 1.9 MB") for stage in stages)


@pytest.mark.parametrize("model_id", ["microast", "magenta-mobile"])
def test_the_real_models_come_from_a_mirror_folder_without_a_network(
    model_id: str, shared: Path, home: Path, mirror: Path
) -> None:
    got = Store(offline=True).state(model_id)
    parts = {"microast": [""], "magenta-mobile": ["predictor", "transformer"]}[model_id]
    want: dict[str, torch.Tensor] = {}
    for piece in parts:
        name = f"{model_id}-{piece}" if piece else model_id
        reference = load_file(shared / "weights" / "converted" / f"{name}.safetensors")
        want.update({f"{piece}.{key}" if piece else key: tensor for key, tensor in reference.items()})
    assert_same(got, want)


def test_an_unknown_model_is_told_with_those_there_are(store: Store) -> None:
    for action in (store.state, store.fetch, store.path, store.verify, store.remove, store.licence):
        with pytest.raises(ModelError, match=r"model 'huge' is unknown: choose one of tiny"):
            action("huge")


# --- where from


def test_a_mirror_folder_is_searched_first(
    store: Store, originals: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NST_MODELS_MIRROR", str(originals.parent))
    assert_same(store.state("tiny"), WANT)
    assert server.asked == []


def test_a_mirror_address_is_asked_first(store: Store, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    server.files.update({path.replace("first/", "mine/tiny/"): content for path, content in server.files.items()})
    monkeypatch.setenv("NST_MODELS_MIRROR", server.url("mine/"))
    assert_same(store.state("tiny"), WANT)
    assert sorted(path for path, _ in server.asked) == ["mine/tiny/decoder.pth", "mine/tiny/encoder.pth"]


def test_a_mirror_folder_may_be_given_as_a_file_address(
    store: Store, originals: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NST_MODELS_MIRROR", originals.parent.as_uri())
    assert_same(store.state("tiny"), WANT)
    assert server.asked == []


def test_two_homes_have_two_stores(model: Model, server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store_of(model).fetch("tiny")
    monkeypatch.setenv("NST_HOME", str(tmp_path / "another home"))
    second = store_of(model).fetch("tiny")
    assert second != first and tmp_path / "another home" in second.parents
    assert len(server.asked) == 4


@pytest.mark.parametrize("kind", ["folder", "address"])
def test_a_mirror_without_the_model_does_not_matter(
    kind: str, store: Store, server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NST_MODELS_MIRROR", str(tmp_path / "none") if kind == "folder" else server.url("none"))
    assert_same(store.state("tiny"), WANT)


def test_after_a_404_the_next_mirror_is_asked(store: Store, server: Loopback) -> None:
    server.files["second/encoder.pth"] = server.files.pop("first/encoder.pth")
    assert_same(store.state("tiny"), WANT)
    assert [path for path, _ in server.asked] == ["first/encoder.pth", "second/encoder.pth", "first/decoder.pth"]


def test_when_nobody_has_it_the_user_reads_file_addresses_and_what_to_do(store: Store, server: Loopback) -> None:
    server.files.clear()
    error = refused(
        lambda: store.state("tiny"),
        f"encoder.pth could not be fetched from {server.url('first/encoder.pth')} (404 Not Found)",
        f"nor from {server.url('second/encoder.pth')} (404 Not Found)",
        'run "nst_core models fetch tiny" again',
        "NST_MODELS_MIRROR",
        'run "nst_core models import tiny FILE..."',
    )
    assert error.exit_code == 4


def test_a_wrong_file_is_deleted_and_named_with_both_hashes(store: Store, server: Loopback, model: Model) -> None:
    wrong = bytes(model.files[0].size or 0)
    server.files["first/encoder.pth"] = wrong
    got, want = hashlib.sha256(wrong).hexdigest()[:8], str(model.files[0].sha256)[:8]
    refused(lambda: store.state("tiny"), "encoder.pth", f"damaged: SHA-256 {got}… instead of {want}…; deleted")
    assert files_in(store) == []


# --- offline


@pytest.mark.parametrize("how", ["option", "environment"])
def test_offline_says_what_is_missing_and_asks_nobody(
    how: str, model: Model, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "environment":
        monkeypatch.setenv("NST_OFFLINE", "1")
    monkeypatch.setenv("NST_MODELS_MIRROR", server.url("mine"))
    store = store_of(model, offline=how == "option")
    named = ("encoder.pth is not on this machine", server.url("first/encoder.pth"), "go online", "models import tiny FILE...")
    refused(lambda: store.state("tiny"), *named)
    assert server.asked == []


def test_offline_uses_what_is_there_and_a_mirror_folder(
    model: Model, originals: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NST_MODELS_MIRROR", str(originals.parent))
    assert_same(store_of(model, offline=True).state("tiny"), WANT)
    monkeypatch.delenv("NST_MODELS_MIRROR")
    assert_same(store_of(model, offline=True).state("tiny"), WANT)
    assert server.asked == []


def test_offline_with_a_mirror_folder_that_lacks_it_names_the_folder(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NST_MODELS_MIRROR", str(tmp_path))
    refused(lambda: store_of(model, offline=True).fetch("tiny"), f"{tmp_path / 'tiny' / 'encoder.pth'} (not there): go online")


@pytest.mark.parametrize("value", ["", "0", "no", "False"])
def test_offline_can_be_told_no(value: str, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NST_OFFLINE", value)
    assert not store_of(model).offline


# --- import, remove, list


def test_files_are_imported_by_their_bytes_whatever_their_names(
    store: Store, originals: Path, tmp_path: Path, server: Loopback
) -> None:
    renamed = [
        shutil.copy(originals / "decoder.pth", tmp_path / "a (1).bin"),
        shutil.copy(originals / "encoder.pth", tmp_path / "b"),
    ]
    path = store.import_files("tiny", renamed)
    assert path == store.path("tiny")
    assert_same(store.state("tiny"), WANT)
    assert server.asked == []
    assert all(Path(copy).exists() for copy in renamed)


def test_a_folder_is_imported_for_the_files_in_it(store: Store, originals: Path, tmp_path: Path) -> None:
    shutil.copytree(originals, tmp_path / "downloads")
    (tmp_path / "downloads" / "holiday.jpg").write_bytes(b"not weights")
    store.import_files("tiny", [tmp_path / "downloads"])
    assert_same(store.state("tiny"), WANT)


def test_an_incomplete_import_says_what_is_missing_and_is_continued(store: Store, originals: Path, server: Loopback) -> None:
    named = ("still missing decoder.pth", server.url("first/decoder.pth"), 'run "nst_core models import tiny FILE..."')
    refused(lambda: store.import_files("tiny", [originals / "encoder.pth"]), *named)
    store.import_files("tiny", [originals / "decoder.pth"])
    assert_same(store.state("tiny"), WANT)
    assert server.asked == []


def test_what_cannot_be_imported_is_named_and_left_alone(store: Store, originals: Path, tmp_path: Path) -> None:
    stranger, damaged, empty = tmp_path / "stranger.pth", tmp_path / "encoder.pth", tmp_path / "empty"
    stranger.write_bytes(b"?")
    shutil.copy(originals / "encoder.pth", damaged)
    flip(damaged, 100)
    empty.mkdir()
    refused(lambda: store.import_files("tiny", [stranger]), f"{stranger} is none of its files: import encoder.pth (")
    refused(
        lambda: store.import_files("tiny", [damaged]), f"{damaged} is damaged or another version (SHA-256", "get it again from"
    )
    refused(lambda: store.import_files("tiny", [empty]), f"{empty} is none of its files")
    refused(lambda: store.import_files("tiny", [tmp_path / "missing"]), "cannot be read (No such file or directory)")
    assert stranger.exists() and damaged.exists()
    assert not store.list()[0].installed


def test_remove_says_how_many_bytes_it_freed(store: Store) -> None:
    path = store.fetch("tiny")
    size = path.stat().st_size + provenance.record_of(path).stat().st_size
    assert store.remove("tiny") == size
    assert not path.parent.exists()
    assert store.remove("tiny") == 0
    refused(lambda: store.path("tiny"), 'it is not on this machine: run "nst_core models fetch tiny"')
    refused(lambda: store.verify("tiny"), "it is not on this machine")


def test_the_list_is_plain_data_and_tells_what_is_installed(store: Store, model: Model) -> None:
    (before,) = store.list()
    assert (before.id, before.installed, before.path, before.size) == ("tiny", False, "", model.size)
    assert (before.licence, before.commercial) == ("MIT", "yes")
    path = store.fetch("tiny")
    (after,) = store.list()
    assert (after.installed, after.path) == (True, str(path))
    assert json.loads(json.dumps(asdict(after))) == asdict(after)
    assert store.licence("tiny") == model.licence


def test_listing_loads_neither_torch_nor_the_network(home: Path) -> None:
    code = (
        "import sys; from nst_core.weights import Store; print(*(m.id for m in Store().list()));"
        "print(*{'torch', 'numpy', 'requests', 'safetensors', 'tflite'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    models, loaded = done.stdout.split("\n")[:2]
    assert models.split()[0] == "embedded"
    assert loaded == ""
