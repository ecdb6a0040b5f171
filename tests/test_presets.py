"""Presets: what was saved comes back, in either host and on another machine, and nothing strange gets in."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from nst_core import errors, schema
from plugin.common.presets import LONGEST_NAME, Preset, Presets
from plugin.common.styles import Chosen, alone

ROUGH = Preset("Rough", "embedded", alone("/p/wave.jpg"), {"strength": 0.7})


def presets(folder: Path, samples: str = "/krita/nst_core/samples") -> Presets:
    return Presets(folder, samples, schema.check, errors.UsageError)


def complete(preset: Preset) -> Preset:
    """With all that was not said at its default."""
    return replace(preset, parameters={**schema.method(preset.method).defaults, **preset.parameters})


def names(folder: Path) -> list[str]:
    return [preset.name for preset in presets(folder).all()]


def test_saved_presets_come_back_by_name_in_another_process(tmp_path: Path):
    soft = Preset(
        "  a  soft\tone ", "arbitrary", (Chosen("/p/a.jpg"), Chosen("pack:great-wave", 0.5)), {"model": "adain", "size": 512}
    )
    for preset in (ROUGH, soft):
        presets(tmp_path).save(preset)
    assert presets(tmp_path).all() == [complete(replace(soft, name="a soft one")), complete(ROUGH)]


def test_same_name_replaces(tmp_path: Path):
    presets(tmp_path).save(ROUGH)
    presets(tmp_path).save(Preset("Rough", "gatys", (), {}))
    assert [(preset.name, preset.method) for preset in presets(tmp_path).all()] == [("Rough", "gatys")]


def test_rename_and_delete(tmp_path: Path):
    for name in ("a", "b"):
        presets(tmp_path).save(Preset(name, "embedded", (), {}))
    assert presets(tmp_path).rename("a", " c ") == "c"
    assert names(tmp_path) == ["b", "c"]
    with pytest.raises(errors.UsageError, match='there is a preset "b" already: choose another name'):
        presets(tmp_path).rename("c", "b")
    with pytest.raises(errors.UsageError, match='there is no preset "a" any more'):
        presets(tmp_path).rename("a", "d")
    presets(tmp_path).delete("b")
    presets(tmp_path).delete("b")
    assert names(tmp_path) == ["c"]


@pytest.mark.parametrize("name", ["", "  \n", "x" * (LONGEST_NAME + 1), "a\x07b"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str):
    with pytest.raises(errors.UsageError, match="name"):
        presets(tmp_path).save(Preset(name, "embedded", (), {}))
    assert names(tmp_path) == []


def test_value_that_does_not_fit_is_never_saved(tmp_path: Path):
    with pytest.raises(errors.UsageError, match="strength 7 is out of range"):
        presets(tmp_path).save(Preset("a", "embedded", (), {"strength": 7}))
    assert not (tmp_path / "presets.json").exists()


def test_export_and_load_keep_everything_and_take_a_free_name(tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "there"
    presets(here).save(ROUGH)
    file = tmp_path / "Größe.style-preset.json"
    presets(here).export("Rough", file)
    assert presets(there).load(file) == complete(ROUGH)
    assert presets(there).load(file).name == "Rough (2)"
    assert names(there) == ["Rough", "Rough (2)"]


def test_free_name_is_never_too_long(tmp_path: Path):
    long = Preset("x" * LONGEST_NAME, "embedded", (), {})
    presets(tmp_path).save(long)
    presets(tmp_path).export(long.name, tmp_path / "x.json")
    assert presets(tmp_path).load(tmp_path / "x.json").name == "x" * (LONGEST_NAME - 4) + " (2)"


def test_picture_that_ships_is_each_host_s_own(tmp_path: Path):
    own = Preset("own", "embedded", alone(os.path.join("/gimp/nst_core/samples", "style-woodcut.jpg")), {})
    presets(tmp_path, "/gimp/nst_core/samples").save(own)
    assert "/gimp" not in (tmp_path / "presets.json").read_text()
    (got,) = presets(tmp_path, "/krita/nst_core/samples").all()
    assert got.styles == alone(os.path.join("/krita/nst_core/samples", "style-woodcut.jpg"))


def exported(**changed: object) -> str:
    row = {"name": "a", "method": "embedded", "styles": ["/p/a.jpg"], "parameters": {"strength": 0.5}, **changed}
    return json.dumps({"version": 1, "style_transfer_preset": row})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "x.json is no preset: choose a file that was exported here"),
        ("[1, 2]", "x.json is no preset"),
        ('{"style_transfer_preset": 3}', "x.json is no preset"),
        (exported(styles="/p/a.jpg"), "x.json is no preset"),
        (exported(styles=[{"style": "/p/a.jpg", "weight": 2, "region": "everywhere"}]), "x.json is no preset"),
        (exported(parameters=[1]), "x.json is no preset"),
        (exported(method="magic"), "x.json: .*magic"),
        (exported(parameters={"strength": "high"}), "x.json: strength 'high' is not a number"),
        (exported(parameters={"warmth": 1}), "x.json: method embedded has no parameter 'warmth'"),
        (exported(name=" "), "x.json: a preset needs a name"),
        (" " * (1 << 20) + exported(), "x.json is no preset"),
    ],
)
def test_file_that_is_no_preset_is_told_in_one_sentence(tmp_path: Path, text: str, told: str):
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(errors.UsageError, match=told) as caught:
        presets(tmp_path / "home").load(file)
    assert "\n" not in str(caught.value)
    assert names(tmp_path / "home") == []


def test_missing_file_is_told(tmp_path: Path):
    with pytest.raises(errors.UsageError, match=r"gone\.json can't be read \(No such file"):
        presets(tmp_path).load(tmp_path / "gone.json")


def test_folder_that_can_t_be_written_is_told(tmp_path: Path):
    presets(tmp_path).save(ROUGH)
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.UsageError, match=r"x\.json can't be written"):
        presets(tmp_path).export("Rough", tmp_path / "file" / "x.json")
    with pytest.raises(errors.UsageError, match=r"presets can't be kept in presets\.json"):
        presets(tmp_path / "file").save(ROUGH)


def test_presets_of_another_version_are_hidden_but_kept(tmp_path: Path):
    stranger = {"name": "new", "method": "invented-later", "styles": [], "parameters": {}}
    (tmp_path / "presets.json").write_text(json.dumps({"version": 2, "presets": [stranger, "rubbish"]}))
    presets(tmp_path).save(ROUGH)
    assert names(tmp_path) == ["Rough"]
    assert stranger in json.loads((tmp_path / "presets.json").read_text())["presets"]


def test_damaged_file_is_set_aside(tmp_path: Path):
    (tmp_path / "presets.json").write_text('{"presets": [{"name"')
    assert names(tmp_path) == []
    presets(tmp_path).save(ROUGH)
    assert names(tmp_path) == ["Rough"]
    assert (tmp_path / "presets.damaged").read_text() == '{"presets": [{"name"'


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    presets(tmp_path).save(ROUGH)
    before = (tmp_path / "presets.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(errors.UsageError, match="No space left"):
        presets(tmp_path).save(Preset("b", "embedded", (), {}))
    assert [path.name for path in tmp_path.iterdir()] == ["presets.json"]
    assert (tmp_path / "presets.json").read_bytes() == before
