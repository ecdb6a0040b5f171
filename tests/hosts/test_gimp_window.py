"""The whole GIMP with its window: menu entry, dialog, result, undo, cancel, repeat and a failure.

Screenshots go to the folder $NST_SCREENSHOTS, where it is set.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nst_core import samples
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import Profile, make_profile

pytestmark = pytest.mark.hosts

SIDE = 1024


@pytest.fixture(scope="module")
def profile(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)


@pytest.fixture(scope="module")
def seen(profile: Profile) -> dict[str, Any]:
    """What happened step by step while the keys were pressed."""
    style = profile.folder / "swirled oil.jpg"
    shutil.copy(samples.path("swirled-oil"), style)  # a copy, as it goes missing on the way
    painting = profile.nst_home / "data" / "models" / "style-pack-public-domain" / "wave.jpg"
    return profile.driven("gimp_window.py", "window", SIDE, style, more={"PAINTING": str(painting)})


def test_menu_entry_puts_a_painted_layer_above_the_picture(seen: dict[str, Any]):
    (before,) = seen["opened"]["layers"]
    new, old = seen["painted"]["layers"]
    assert new["name"] == "swirled oil, Quick, 100 %"
    assert (new["size"], new["offsets"]) == (old["size"], old["offsets"]) == ([SIDE, SIDE], [0, 0])
    assert old == before
    assert new["pixels"] != old["pixels"]


def test_image_does_not_carry_this_machine_s_folders(seen: dict[str, Any]):
    assert not [name for name in seen["undone"]["layers"][0]["notes"] if "style-transfer" in name]


def test_one_undo_removes_it(seen: dict[str, Any]):
    assert seen["undone"] == seen["opened"]


def test_cancel_leaves_the_picture_as_it_was(seen: dict[str, Any]):
    assert seen["cancelled"] == seen["opened"]


def test_repeat_paints_with_the_last_choices_even_after_a_cancel(seen: dict[str, Any]):
    new, old = seen["repeated"]["layers"]
    assert new["name"] == "swirled oil, Quick, 50 %"
    assert [old] == seen["opened"]["layers"]
    assert new["pixels"] not in (old["pixels"], seen["painted"]["layers"][0]["pixels"])


def test_what_was_painted_is_remembered_newest_first(seen: dict[str, Any], profile: Profile):
    results = json.loads((profile.nst_home / "data" / "history.json").read_text())["results"]
    assert results[0]["styles"] == ["pack:great-wave", "sample:style-woodcut.jpg"]
    told = [(Path(result["styles"][0]).name, result["parameters"]["strength"]) for result in results[1:]]
    assert told == [("pack:great-wave", 0.5), ("swirled oil.jpg", 0.5), ("swirled oil.jpg", 1.0)]
    for result in results:
        with Image.open(profile.nst_home / "data" / "history" / result["thumbnail"]) as picture:
            assert picture.size == (256, 256)
    recent = json.loads((profile.nst_home / "data" / "gallery.json").read_text())["recent"]
    assert [Path(style).name for style in recent] == ["pack:great-wave", "sample:style-woodcut.jpg", "swirled oil.jpg"]


def test_paint_and_repeat_take_a_painting_from_the_gallery(seen: dict[str, Any]):
    again, new, old = seen["after-a-painting"]["layers"]
    assert [old] == seen["opened"]["layers"]
    assert new["name"] == "great wave, Quick, 50 %" and again["name"].startswith(new["name"])
    # The second time it is the first one's layer that is painted.
    assert len({layer["pixels"] for layer in (again, new, old)}) == 3


def test_repeat_paints_the_same_in_two_styles(seen: dict[str, Any]):
    first, again = (seen[step]["layers"] for step in ("two-styles", "two-styles-again"))
    assert first[0]["name"] == "great wave + woodcut, Quick, 50 %" and first[0] == again[0]
    assert first[1:] == again[1:] == seen["after-a-painting"]["layers"]
    assert first[0]["pixels"] not in {layer["pixels"] for layer in first[1:]}


def test_several_layers_are_painted_and_one_undo_removes_them_all(seen: dict[str, Any]):
    before, after = seen["after-a-painting"]["layers"], seen["all"]["layers"]
    assert after[1::2] == before and len(after) == 6
    assert seen["all-undone"]["layers"] == before


def test_dialog_comes_again_and_escape_leaves_the_picture_as_it_was(seen: dict[str, Any]):
    assert seen["shown-again"] == seen["opened"]


def test_failure_leaves_the_picture_and_its_details_on_the_clipboard(seen: dict[str, Any]):
    assert seen["failed"] == seen["opened"]
    assert "swirled oil.jpg" in seen["clipboard"] and "GIMP: 3." in seen["clipboard"]
