"""The manifest: what ships agrees with the facts, and a slip of the pen is an error instead of a hole."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nst_core import download, manifest, schema
from nst_core.converters import CONVERTERS
from nst_core.errors import ModelError

from .conftest import REPOSITORY

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


def bundled(name: str, sha256: str | None) -> dict[str, Any]:
    """The minimal manifest with a model that ships with the code."""
    document = copy.deepcopy(MINIMAL)
    entry = document["models"]["tiny"]
    del entry["files"]
    entry.update(bundled=name, sha256=sha256)
    return document


def facts(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "facts" / "models.json").read_text(encoding="utf-8"))


def test_what_ships_has_every_model_that_the_methods_offer() -> None:
    shipped = manifest.load()
    for method in schema.METHODS.values():
        for choice in next((p.choices for p in method.parameters if p.name == "model"), ()):
            assert shipped.model(choice.value).method == method.name
            assert shipped.model(choice.value).title == choice.label


def test_no_default_model_has_doubtful_terms() -> None:
    shipped = manifest.load()
    for method in schema.METHODS.values():
        if "model" in method.defaults:
            assert shipped.model(method.defaults["model"]).licence.commercial == "yes"


def test_every_file_has_a_converter_and_an_exact_size() -> None:
    for model in manifest.load().models.values():
        for source in model.files:
            assert source.converter in CONVERTERS
            assert source.size


def test_addresses_sizes_and_hashes_are_those_of_the_facts(shared: Path) -> None:
    known = facts(shared)
    stated = [*known["microast"], known["magenta_tflite_predict_int8"], known["magenta_tflite_transfer_f16"]]
    shipped = [source for name in ("microast", "magenta-mobile") for source in manifest.load().model(name).files]
    assert [(source.url, source.size, source.sha256) for source in shipped] == [
        (fact["url"], fact["size"], fact["sha256"]) for fact in stated
    ]
    for source, fact in zip(shipped, stated):
        assert source.git_blob_sha1 == fact.get("git_blob_sha1", source.git_blob_sha1)


def test_the_original_bytes_agree_with_both_hashes(shared: Path) -> None:
    for name in ("microast", "magenta-mobile"):
        for source in manifest.load().model(name).files:
            original = shared / "weights" / "mirror" / name / source.name
            assert download.mismatch(original, source) == ""
            assert download.git_blob_sha1(original) == source.git_blob_sha1


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
        ({"version": 2, "models": {}}, "version"),
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
