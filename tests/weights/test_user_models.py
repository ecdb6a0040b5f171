"""Models of the user's own: a trained file becomes one that lists show, that loads, and that can be chosen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from nst_core import cli, errors, folders, schema, user_models
from nst_core.errors import ModelError
from nst_core.manifest import Licence, Manifest, Model
from nst_core.networks.animegan import Generator
from nst_core.weights import Store

from .tiny import assert_same, flip

HEADER = {"network": "animegan2", "title": "My films", "licence": "CC0-1.0", "commercial": "yes", "training": "{}"}
ANIME = replace(
    schema.ARBITRARY,
    name="anime",
    parameters=tuple(
        replace(one, default="paprika", choices=(schema.Choice("paprika", "Paprika"),)) if one.name == "model" else one
        for one in schema.ARBITRARY.parameters
    ),
)


@pytest.fixture(scope="session")
def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(2)
    return {name: value.clone() for name, value in Generator().state_dict().items()}


@pytest.fixture(scope="session")
def file(weights: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "films.safetensors"
    save_file(weights, path, HEADER)
    return path


@pytest.fixture
def store(home: Path) -> Store:
    return Store(manifest=Manifest({"paprika": published()}), offline=True)


def published() -> Model:
    terms = Licence("MIT", "https://models.example/LICENSE", "yes")
    return Model("paprika", "anime", "Paprika", "", (), terms, "", (-1.0, 1.0), 4, 16, "none.safetensors", "0" * 64)


def refused(store: Store, model_id: str, *paths: Path) -> str:
    with pytest.raises(ModelError) as refusal:
        store.import_files(model_id, paths)
    assert refusal.value.message.startswith(f"model {model_id}: ")
    assert model_id not in Store(store.root, store.published).manifest.models
    return refusal.value.message


def test_an_imported_file_is_a_model_like_any_other(store: Store, file: Path, weights: dict[str, torch.Tensor]) -> None:
    path = store.import_files("my-films", [file])
    assert path.parent == store.root / "my-films" and path.read_bytes() == file.read_bytes()
    for one in (store, Store(manifest=store.published, offline=True)):
        assert_same(one.state("my-films"), weights)
        assert one.fetch("my-films") == one.path("my-films") == path
        one.verify("my-films")
        assert one.licence("my-films") == Licence("CC0-1.0", "", "yes")
        info = {model.id: model for model in one.list()}["my-films"]
        assert (info.method, info.title, info.licence, info.installed, info.size) == ("anime", "My films", "CC0-1.0", True, 0)


def test_removing_it_leaves_nothing(store: Store, file: Path) -> None:
    store.import_files("my-films", [file])
    assert store.remove("my-films") > file.stat().st_size
    assert "my-films" not in Store(manifest=store.published).manifest.models
    assert not (store.root / "my-films").exists()


def test_a_second_import_takes_the_place_of_the_first(store: Store, file: Path, tmp_path: Path) -> None:
    store.import_files("my-films", [file])
    again = tmp_path / "again.safetensors"
    state = {name: value + 1 for name, value in load_file(file).items()}
    save_file(state, again, {**HEADER, "title": "Better", "commercial": "no"})
    store.import_files("my-films", [again])
    assert_same(store.state("my-films"), state)
    model = store.manifest.model("my-films")
    assert (model.title, model.licence.commercial) == ("Better", "no")


def test_damage_is_found_and_the_cure_is_told(store: Store, file: Path) -> None:
    path = store.import_files("my-films", [file])
    flip(path, -5)
    for action in (store.state, store.fetch, store.path, store.verify):
        with pytest.raises(ModelError, match=r'is damaged: SHA-256 .*: run "nst_core models import my-films FILE"'):
            action("my-films")
    path.unlink()
    with pytest.raises(ModelError, match=r'it is not on this machine: run "nst_core models import my-films FILE"'):
        store.state("my-films")
    assert not {model.id: model for model in store.list()}["my-films"].installed


def test_files_of_other_kinds_are_refused(store: Store, file: Path, tmp_path: Path, weights: dict[str, torch.Tensor]) -> None:
    other = tmp_path / "other.safetensors"
    save_file(weights, other, {"network": "microast"})
    bare = tmp_path / "bare.safetensors"
    save_file(weights, bare)
    text = tmp_path / "text.safetensors"
    text.write_text("no model at all, but long enough to have a header")
    for path in (other, bare, text):
        assert "is no model of a kind that is known" in refused(store, "mine", path)
    assert "these are 2" in refused(store, "mine", file, other)
    with pytest.raises(ModelError, match=r"none\.safetensors cannot be read"):
        store.import_files("mine", [tmp_path / "none.safetensors"])
    with pytest.raises(ModelError, match="comes with the program"):
        store.import_files("paprika", [file])


def test_weights_that_the_network_cannot_run_with_are_refused(
    store: Store, tmp_path: Path, weights: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "trained.safetensors"
    name = next(iter(weights))
    for state, told in (
        ({key: value for key, value in weights.items() if key != name}, name),
        ({**weights, name: torch.zeros(2, 2)}, name),
        ({**weights, name: torch.full_like(weights[name], torch.nan)}, "are not numbers"),
    ):
        save_file(state, path, HEADER)
        assert told in refused(store, "mine", path)
        assert list((store.root / "mine").iterdir()) == []
    save_file(weights, path, HEADER)
    path.write_bytes(path.read_bytes()[:-1000])
    assert "don't fit the network" in refused(store, "mine", path)


@pytest.mark.parametrize("model_id", ["My Films", "../films", "con", ""])
def test_an_id_that_is_no_name_for_a_folder_is_refused(store: Store, file: Path, model_id: str) -> None:
    assert "is not made of a-z, 0-9, _ and -" in refused(store, model_id, file)


def test_what_a_header_says_is_shown_as_one_short_line(store: Store, tmp_path: Path, weights: dict[str, torch.Tensor]) -> None:
    path = tmp_path / "rude.safetensors"
    save_file(weights, path, {"network": "animegan2", "title": "a\n\tb\x1b[2J" + "c" * 999, "commercial": "surely"})
    store.import_files("rude", [path])
    model = store.manifest.model("rude")
    assert model.title == ("a b[2J" + "c" * 999)[:200]
    assert model.licence == Licence("not stated", "", "unclear")


def test_a_record_that_cannot_be_read_hides_that_model_alone(store: Store, file: Path) -> None:
    for model_id in ("one", "two"):
        store.import_files(model_id, [file])
    record = store.root / "one" / user_models.RECORD
    for text in ("{", "[]", "{}", json.dumps({**json.loads(record.read_text()), "version": 2})):
        record.write_text(text)
        assert list(user_models.found(store.root)) == ["two"]


def test_a_published_model_cannot_be_replaced(home: Path, file: Path) -> None:
    Store(manifest=Manifest({})).import_files("paprika", [file])
    assert Store(manifest=Manifest({"paprika": published()})).manifest.model("paprika") == published()


def test_it_can_be_chosen_wherever_a_model_can(home: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(schema.METHODS, "anime", ANIME)
    with pytest.raises(errors.UsageError, match="'my-films' is unknown: choose one of paprika"):
        schema.check("anime", {"model": "my-films"})
    Store(folders.models()).import_files("my-films", [file])
    assert schema.check("anime", {"model": "my-films"})["model"] == "my-films"
    assert schema.method_with("my-films").name == "anime"
    (told,) = [one for one in schema.as_json() if one["name"] == "anime"]
    (model,) = [one for one in told["parameters"] if one["name"] == "model"]
    assert [choice["label"] for choice in model["choices"]] == ["Paprika", "My films"]
    with pytest.raises(errors.UsageError):
        schema.check("arbitrary", {"model": "my-films"})


def test_the_command_line_imports_and_lists_it(home: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "import", "my-films", str(file)]) == 0
    assert cli.main(["models", "list"]) == 0
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("my-films")]
    assert "your own" in row and "CC0-1.0" in row
    assert cli.main(["models", "list", "--json"]) == 0
    told = capsys.readouterr().out
    listed = {model["id"]: model for model in json.loads(told[told.index("{") :])["models"]}
    assert listed["my-films"]["own"] and listed["my-films"]["installed"] and not listed["microast"]["own"]
