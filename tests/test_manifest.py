"""The manifest: what ships agrees with the facts, and a slip of the pen is an error instead of a hole."""

from __future__ import annotations

import copy
import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nst_core import download, manifest, schema
from nst_core.converters import CONVERTERS
from nst_core.errors import ModelError

from .conftest import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "models_manifest.schema.json").read_text(encoding="utf-8"))

MINIMAL: dict[str, Any] = {
    "version": 1,
    "models": {
        "tiny": {
            "method": "arbitrary",
            "title": "Tiny",
            "description": "A model of one file.",
            "files": [
                {
                    "name": "tiny.pth",
                    "url": "https://models.example/tiny.pth",
                    "converter": "pytorch",
                    "size": 3,
                    "sha256": "ab" * 32,
                }
            ],
            "licence": {"name": "MIT", "url": "https://models.example/LICENSE", "commercial": "yes"},
            "attribution": "Nobody",
            "input_range": [0, 1],
            "size_multiple": 4,
            "minimum_side": 16,
            "memory": {"weights": 3, "megapixel": 1000},
        }
    },
    "packs": {
        "old": {
            "title": "Old",
            "description": "One painting.",
            "paintings": {
                "wave": {
                    "title": "Wave",
                    "artist": "Somebody",
                    "year": "1831",
                    "page": "https://models.example/wave",
                    "licence": {"name": "public domain", "url": "https://models.example/wave", "commercial": "yes"},
                    "file": {"name": "wave.jpg", "url": "https://models.example/wave.jpg", "size": 5, "sha256": "cd" * 32},
                }
            },
        }
    },
}


def changed(*path: Any, to: Any) -> dict[str, Any]:
    """The minimal manifest with one value of the model replaced."""
    document = copy.deepcopy(MINIMAL)
    place: Any = document["models"]["tiny"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return document


def pack(pack_id: str = "old", name: str = "wave", **file: Any) -> dict[str, Any]:
    """The minimal manifest with other names in its pack."""
    document = copy.deepcopy(MINIMAL)
    entry = document["packs"].pop("old")
    entry["paintings"][name] = entry["paintings"].pop("wave")
    entry["paintings"][name]["file"].update(file)
    document["packs"][pack_id] = entry
    return document


def bundled(name: str, sha256: str | None) -> dict[str, Any]:
    """The minimal manifest with a model that ships with the code."""
    document = copy.deepcopy(MINIMAL)
    entry = document["models"]["tiny"]
    del entry["files"]
    entry.update(bundled=name, sha256=sha256)
    return document


NO_MODEL = "none"  # what stands in a method's choices for a model that the user has yet to choose


def test_what_ships_has_every_model_that_the_methods_offer() -> None:
    shipped = manifest.load()
    for method in schema.METHODS.values():
        for choice in next((p.choices for p in method.parameters if p.name == "model"), ()):
            if choice.value != NO_MODEL:
                assert shipped.model(choice.value).method == method.name
                assert choice.label.startswith(shipped.model(choice.value).title)


def test_no_default_model_has_doubtful_terms() -> None:
    shipped = manifest.load()
    for method in schema.METHODS.values():
        default = method.defaults.get("model", method.model)
        assert default == NO_MODEL or shipped.model(default).licence.commercial == "yes"


def test_every_file_has_a_converter_and_a_size_to_expect() -> None:
    for model in manifest.load().models.values():
        for source in model.files:
            assert source.converter in CONVERTERS
            assert source.bytes


def test_what_ships_fits_the_schema_beside_it() -> None:
    document = json.loads((REPOSITORY / "models_manifest.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert [error.message for error in validator.iter_errors(document)] == []
    assert [error.message for error in validator.iter_errors(MINIMAL)] == []


def test_hashes_and_sizes_are_those_of_the_facts(shared: Path) -> None:
    """Every hash of the manifest is one that the facts give, with the same size where they give one."""
    known: dict[str, int | None] = {}
    for entry in _entries(json.loads((shared / "facts" / "models.json").read_text(encoding="utf-8"))):
        known.update({entry[name]: entry.get("size") for name in ("sha256", "git_blob_sha1") if entry.get(name)})
    for model in manifest.load().models.values():
        for source in model.files:
            hashes = {digest for digest in (source.sha256, source.git_blob_sha1) if digest}
            assert hashes & set(known), source.name
            assert {known[digest] for digest in hashes & set(known)} <= {source.size, None}


def test_what_was_never_seen_is_marked_as_stated_and_what_was_seen_is_not(shared: Path) -> None:
    """The original bytes of some files are at hand: they agree with size and both hashes. All others rest on statements."""
    shipped = manifest.load()
    files = [(model.id, source) for model in shipped.models.values() for source in model.files]
    files += [(f"style-pack-{one.pack}", one.file) for one in shipped.paintings.values()]
    for folder, source in files:
        original = shared / "weights" / "mirror" / folder / source.name
        if original.is_file():
            assert source.stated == () and download.mismatch(original, source) == ""
            assert download.git_blob_sha1(original) == source.git_blob_sha1
        else:
            # A blob's name in the commit that an address is pinned to is no statement: git computed it from the bytes.
            assert set(source.stated) == {name for name in ("size", "sha256") if getattr(source, name)}


def test_every_own_address_is_pinned_to_a_commit_or_a_release() -> None:
    shipped = manifest.load()
    sources = [source for model in shipped.models.values() for source in model.files]
    for source in [*sources, *(one.file for one in shipped.paintings.values())]:
        commit = re.search(r"/[0-9a-f]{40}/", source.url)
        digest = re.search(r"-([0-9a-f]{8})\.pth$", source.url)  # torchvision names files by their hash
        assert (
            commit
            or "/releases/download/v" in source.url
            or (digest and digest[1] == (source.sha256 or "")[:8])
            or (source.url.startswith("https://storage.googleapis.com/download.tensorflow.org/models/tflite/"))
        ), source.url


def test_a_file_that_two_models_need_is_in_the_manifest_once() -> None:
    names = [source.url for model in manifest.load().models.values() for source in model.files]
    assert len(set(names)) == len(names)
    assert manifest.load().model("adain").uses == {"vgg19-normalised": "encoder."}


NETWORKS = {
    "embedded": "embedded",
    "microast": "microast",
    "magenta-mobile": "magenta",
    "adain": "adain",
    "animegan2-hayao": "animegan",
}


@pytest.mark.parametrize("model_id", NETWORKS)
def test_memory_needs_are_about_those_that_the_network_states(model_id: str) -> None:
    """A picture of a million pixels is one band; the networks' figures move a little whenever somebody improves them."""
    facts = importlib.import_module(f"nst_core.networks.{NETWORKS[model_id]}").FACTS
    memory = manifest.load().model(model_id).memory
    assert memory.measured
    assert 1 / 2 < memory.megapixel / 1e6 / (facts.bytes_per_pixel + facts.band_bytes_per_pixel) < 2


def test_six_paintings_are_attributed_and_free() -> None:
    paintings = manifest.load().paintings
    assert len(paintings) == 6
    for painting in paintings.values():
        assert all((painting.title, painting.artist, painting.year, painting.page, painting.licence.url))
        assert painting.licence.commercial == "yes"
        assert painting.page.startswith("https://github.com/") and painting.file.url.split("/")[3] in painting.page
    assert paintings["pack:great-wave"].credit.startswith(
        "Under the Wave off Kanagawa, Katsushika Hokusai, about 1831; public domain"
    )


def _entries(facts: Any) -> list[dict[str, Any]]:
    """Every object below `facts` that describes a file."""
    if isinstance(facts, list):
        return [entry for item in facts for entry in _entries(item)]
    if not isinstance(facts, dict):
        return []
    return [facts, *(entry for item in facts.values() for entry in _entries(item))]


def test_a_minimal_entry_is_read() -> None:
    model = manifest.parse(MINIMAL).model("tiny")
    assert (model.id, model.size, model.input_range) == ("tiny", 3, (0.0, 1.0))
    assert model.files[0].mirrors == ()
    assert model.licence.commercial == "yes"


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (changed("files", 0, "name", to="../../.bashrc"), "plain file name"),
        (changed("files", 0, "name", to="/etc/passwd"), "plain file name"),
        (changed("files", 0, "name", to="a\\b"), "plain file name"),
        (changed("files", 0, "name", to="C:evil"), "plain file name"),
        (changed("files", 0, "name", to=".part"), "plain file name"),
        (changed("files", 0, "url", to="http://models.example/tiny.pth"), "https://"),
        (changed("files", 0, "mirrors", to=["file:///etc/passwd"]), "https://"),
        (changed("files", 0, "sha256", to=None), "nothing pins it"),
        (changed("files", 0, "sha256", to="AB" * 32), "hexadecimal"),
        (changed("files", 0, "sha256", to="ab"), "hexadecimal"),
        (changed("files", 0, "size", to=-1), "positive"),
        (changed("files", 0, "size", to="3"), "positive"),
        (changed("files", 0, "sha265", to="ab" * 32), "sha265"),
        (changed("licence", "commercial", to="perhaps"), "perhaps"),
        (changed("files", to=[]), "no files"),
        (changed("files", to=MINIMAL["models"]["tiny"]["files"] * 2), "same name"),
        (changed("bundled", to="tiny.safetensors"), "beside a bundled one"),
        (bundled("../tiny.safetensors", "ab" * 32), "plain file name with a sha256"),
        (bundled("tiny.safetensors", None), "plain file name with a sha256"),
        (bundled("tiny.safetensors", "ab"), "plain file name with a sha256"),
        (changed("files", 0, "name", to="nul.pth"), "plain file name"),
        (changed("files", 0, "name", to="tiny."), "plain file name"),
        (changed("files", 0, "name", to="tiny.pth.part"), "plain file name"),
        (changed("files", 0, "name", to="tiny.safetensors"), "called like what is made of it"),
        (changed("files", 0, "converter", to=""), "no converter"),
        (changed("files", 0, "stated", to=["git_blob_sha1"]), "stated is"),
        (changed("files", 0, "stated", to=["url"]), "stated is"),
        (changed("uses", to={"tiny": "a."}), "uses 'tiny'"),
        (changed("uses", to={"huge": "a."}), "uses 'huge'"),
        (changed("memory", to={"weight": 3}), "weight"),
        (pack(name="../wave"), "pack:../wave"),
        (pack(pack_id="../old"), "../old"),
        (pack(pack_id="con"), "con"),
        (pack(file_name=""), "file_name"),
        (pack(url="http://models.example/wave.jpg"), "https://"),
        (pack(sha256=None), "nothing pins it"),
        ({"version": 2, "models": {}}, "version"),
        ({"version": 1, "models": {"aux": MINIMAL["models"]["tiny"]}}, "aux"),
        ({"version": 1, "models": {"../up": MINIMAL["models"]["tiny"]}}, "../up"),
        ({"version": 1, "models": {"Tiny": MINIMAL["models"]["tiny"]}}, "Tiny"),
    ],
)
def test_a_dangerous_or_misspelt_entry_is_refused_and_named(document: dict[str, Any], named: str, tmp_path: Path) -> None:
    path = tmp_path / "models_manifest.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ModelError, match=r"install the program again") as refusal:
        manifest.load(path)
    assert named in refusal.value.message
    assert str(path) in refusal.value.message


@pytest.mark.parametrize(
    "document",
    [
        changed("files", 0, "name", to="../../.bashrc"),
        changed("files", 0, "url", to="http://models.example/tiny.pth"),
        changed("files", 0, "sha256", to="AB" * 32),
        changed("files", 0, "sha265", to="ab" * 32),
        changed("files", 0, "size", to="3"),
        changed("licence", "commercial", to="perhaps"),
        changed("files", to=[]),
        changed("bundled", to="tiny.safetensors"),
        bundled("tiny.safetensors", None),
        changed("memory", to={"weight": 3}),
        pack(name="../wave"),
        pack(sha256=None),
        pack(url="http://models.example/wave.jpg"),
        {"version": 2, "models": {}},
    ],
)
def test_the_schema_refuses_it_too(document: dict[str, Any]) -> None:
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"version": 1}', '{"version": 1, "models": {"tiny": {}}}'])
def test_what_is_no_manifest_is_told_in_one_sentence(content: str, tmp_path: Path) -> None:
    path = tmp_path / "models_manifest.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"is malformed"):
        manifest.load(path)
    with pytest.raises(ModelError, match=r"cannot be read"):
        manifest.load(tmp_path / "missing.json")


def test_an_unknown_model_is_told_with_those_there_are() -> None:
    with pytest.raises(ModelError, match=r"'mikroast' is unknown: choose one of embedded, microast, magenta-mobile"):
        manifest.load().model("mikroast")


@pytest.mark.parametrize("place", ["beside", "inside"])
def test_it_is_found_in_a_bundle_and_in_a_wheel_under_any_parent_package(place: str, tmp_path: Path) -> None:
    bundle = tmp_path / "style_transfer"
    shutil.copytree(REPOSITORY / "nst_core", bundle / "nst_core", ignore=shutil.ignore_patterns("__pycache__", "samples"))
    (bundle / "__init__.py").touch()
    shutil.copy(REPOSITORY / "models_manifest.json", bundle if place == "beside" else bundle / "nst_core")
    # -S and -I: nothing but the standard library is there to be imported
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
        "from style_transfer.nst_core import manifest; print(manifest.find()); print(*manifest.load().models)"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    found, models = done.stdout.splitlines()
    assert Path(found).parent == (bundle if place == "beside" else bundle / "nst_core")
    assert models.split()[0] == "embedded"
