"""The dialog's gallery, presets and history in the real GIMP: by mouse and keyboard, with downloads from a slow server.

Screenshots go to the folder $NST_SCREENSHOTS, where it is set.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nst_core import samples
from nst_core.manifest import load
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import Case, Profile, make_profile, scenery
from tests.loopback import serving

pytestmark = pytest.mark.hosts

SLOW = 0.012  # seconds between two kilobytes: the smallest painting takes some two
STEPS = "find stopped keys elsewhere presets history absent"
OURS = [sample.title for sample in samples.SAMPLES if sample.kind == "style"]
PAINTINGS = {painting.title: painting for painting in load().paintings.values()}
WAVE, WAVE_ID = "Under the Wave off Kanagawa", "pack:great-wave"


@pytest.fixture(scope="module")
def profile(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)


@pytest.fixture(scope="module")
def own(profile: Profile) -> Path:
    """A folder with two pictures of the user's, and what is none."""
    folder = profile.folder / "own"
    folder.mkdir()
    shutil.copy(samples.path("mosaic"), folder / "a wave.jpg")
    shutil.copy(samples.path("hatching"), folder / "lines.jpg")
    (folder / "no picture.jpg").write_text("words")
    return folder


@pytest.fixture(scope="module")
def seen(profile: Profile, shared: Path, own: Path) -> dict[str, Any]:
    """What the steps saw."""
    paintings = shared / "weights" / "mirror" / "style-pack-public-domain"
    with serving() as server:
        server.files = {f"{paintings.name}/{path.name}": path.read_bytes() for path in paintings.iterdir()}
        server.pace = SLOW
        style = profile.plug_in / "nst_core" / "samples" / "style-swirled-oil.jpg"
        told = {"OWN": str(own), "STYLE": str(style), "NST_MODELS_MIRROR": server.address}
        return profile.looked("gimp_gallery.py", "seen", STEPS, told, timeout=400)[0]


def test_gallery_has_our_styles_and_the_paintings(seen: dict[str, Any]):
    assert seen["find"]["groups"] == {"With the program": OURS, "Public domain": list(PAINTINGS)}


def test_every_tile_says_what_it_is_and_what_it_costs(seen: dict[str, Any]):
    names = seen["find"]["names"]
    assert all(name.startswith(title) for title, name in names.items())
    for title, painting in PAINTINGS.items():
        assert painting.artist in names[title] and painting.licence.name in names[title]
        assert names[title].endswith(f"To download {painting.file.bytes / 1e6:.1f} MB")


def test_everything_that_can_have_the_keyboard_has_a_name(seen: dict[str, Any]):
    assert seen["find"]["unnamed"] == {"settings": [], "history": [], "gallery": []}


def test_painting_is_fetched_after_a_question_with_progress_and_chosen(seen: dict[str, Any]):
    headline, text = seen["find"]["asked"]
    assert headline == f"<b>Download {WAVE}?</b>"
    assert "Size: 0.1 MB" in text and "Licence: public domain (the artist died in 1849)" in text
    assert any("Downloading pack:great-wave: 0.0 of 0.1 MB" in str(words) for words in seen["find"]["progress"])
    assert seen["find"]["painted_after"] == "pack:great-wave" and seen["find"]["words"] == ""
    assert "To download" not in seen["find"]["fetched"][WAVE]
    assert seen["find"]["told"].startswith(f"{WAVE}. Katsushika Hokusai, about 1831; public domain")
    assert seen["find"]["layer name"] == "great wave, Quick, 100 %"


def test_download_can_be_stopped_refused_and_fail_without_a_choice(seen: dict[str, Any]):
    visible, busy, value = seen["stopped"]["stopped"]
    assert (visible, busy, Path(value).name) == (False, False, "style-swirled-oil.jpg")
    assert seen["stopped"]["refused"] is False
    assert "offline mode keeps it from being fetched" in seen["stopped"]["failed"]


def test_arrow_keys_and_return_choose_and_press_no_other_button(seen: dict[str, Any]):
    assert seen["keys"]["third"] == "style-mosaic.jpg"
    assert seen["keys"]["further down"] == "style-woodcut.jpg"
    assert seen["keys"]["pressed"] == []
    assert seen["keys"]["back"] == [True, True]


def test_star_makes_a_favourite_which_comes_first(seen: dict[str, Any]):
    assert next(iter(seen["keys"]["starred"].items())) == ("Favourites", ["Mosaic: two fish"])
    assert seen["keys"]["starred"]["With the program"] == OURS


def test_own_folder_is_shown_without_what_is_no_picture(seen: dict[str, Any]):
    assert seen["keys"]["with a folder"]["My pictures"] == ["a wave", "lines"]


def test_layer_becomes_a_style_with_its_own_pixels(seen: dict[str, Any]):
    with Image.open(samples.path("lake")) as want, Image.open(seen["elsewhere"]["layer"]) as got:
        difference = np.asarray(want.convert("RGB")).astype(int) - np.asarray(got.convert("RGB"))
    assert np.abs(difference).max() <= 8 and np.abs(difference).mean() < 0.05  # two JPEG decoders
    assert seen["elsewhere"]["menu"] == ["The clipboard", "", "Layer Background"]


def test_clipboard_becomes_a_style_when_there_is_a_picture_on_it(seen: dict[str, Any]):
    told, kept = seen["elsewhere"]["empty clipboard"]
    assert told == "There is no picture on the clipboard: copy one first." and kept == seen["elsewhere"]["layer"]
    with Image.open(seen["elsewhere"]["clipboard"]) as picture:
        assert picture.size == (64, 48)


def test_file_that_is_dropped_on_the_window_is_chosen(seen: dict[str, Any], own: Path):
    assert seen["elsewhere"]["dropped"] == str(own / "a wave.jpg")


def test_preset_is_saved_chosen_renamed_deleted_and_brought_back(seen: dict[str, Any]):
    presets = seen["presets"]
    assert presets["first"] == ["", []]
    assert presets["saved"] == ["Soft evening", ["Soft evening"]]
    assert presets["changed"] == ["", ["Soft evening"]]
    assert presets["chosen again"] == [0.5, "embedded", "Soft evening", ["Soft evening"]]
    assert presets["renamed"] == ["Dusk", ["Dusk"]] and presets["exported"]
    assert presets["deleted"] == ["", []]
    assert presets["imported"] == [0.5, "Dusk", ["Dusk"]]
    assert presets["told"] == "dusk.json is no preset: choose a file that was exported here."


def test_history_tells_how_it_was_painted_and_applies_it_again(seen: dict[str, Any]):
    newest, older = seen["history"]["names"]
    assert newest.startswith("a wave, Quick, 100 %, today, ") and "Colours: " in newest
    assert older.startswith("swirled oil, Quick, 30 %, today, ") and older.endswith(" · Blend: 0.60")
    assert seen["history"]["applied"] == [0.3, 0.6, True]


def test_styles_that_were_used_come_first(seen: dict[str, Any]):
    assert seen["history"]["at hand"] == ["a wave", "Swirled oil: sunrise over the wheat"]


def test_painting_that_is_not_here_is_fetched_by_paint_alone_after_a_question(seen: dict[str, Any]):
    assert seen["absent"]["words"].startswith("The Starry Night is not on this machine yet, so there is no preview")
    assert seen["absent"]["asked"][0] == "<b>Download The Starry Night?</b>" and seen["absent"]["accepted"] is True


def test_script_names_a_painting_and_gets_what_its_file_gives(profile: Profile, shared: Path):
    file = shared / "weights" / "mirror" / "style-pack-public-domain" / "wave.jpg"
    cases = [Case(name, scenery(64, 48), arguments={"style": style}) for name, style in (("named", WAVE_ID), ("file", str(file)))]
    named, direct = profile.cases(cases, "script", more={"OMP_NUM_THREADS": "1"}).values()
    assert named.status == direct.status == "success", named.message
    assert named.new["name"] == "great wave, Quick, 100 %"
    assert named.native("new") == direct.native("new")
