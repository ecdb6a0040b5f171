"""The gallery of styles in a full Krita: found, starred and chosen by mouse and keyboard, and pictures from elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from nst_core.samples import SAMPLES
from tests.hosts.conftest import REPOSITORY, Hosts
from tests.hosts.krita_driver import make_profile

pytestmark = pytest.mark.hosts

PICTURES = REPOSITORY / "nst_core" / "samples"
OURS = [sample.title for sample in SAMPLES if sample.kind == "style"]
STRANGE = "Gemälde für Ōtani #1"
WOODCUT, WATERCOLOUR, WAVE = "Woodcut: red sun and a sail", "Watercolour: poppies and cornflowers", "Under the Wave off Kanagawa"

GENJI = "Prince Genji Visits the Gankiro Tea House"


@pytest.fixture(scope="module")
def said(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script in the window wrote down."""
    folder = tmp_path_factory.mktemp("krita-gallery")
    own = folder / "pictures"
    own.mkdir()
    shutil.copy(PICTURES / "style-mosaic.jpg", own / f"{STRANGE}.jpg")
    shutil.copy(PICTURES / "style-hatching.jpg", own / "another one.jpg")
    (own / "no picture.jpg").write_text("words")
    profile = make_profile(hosts, folder, shared)
    told = {"NST_PHOTO": str(PICTURES / "scene-lake.jpg"), "NST_STRANGE": str(own / f"{STRANGE}.jpg")}
    return profile.looked("krita_gallery", folder, timeout=600, **told)


def test_gallery_comes_beside_the_docker_with_all_styles(said: dict[str, Any]):
    assert said["beside"]
    assert said["groups"]["With the program"] == OURS
    assert WAVE in said["groups"]["Public domain"] and said["paintings are known"] == len(said["groups"]["Public domain"])
    assert said["marked"].endswith("style-swirled-oil.jpg")


def test_everything_has_a_name_and_a_tooltip_and_room(said: dict[str, Any]):
    assert said["unlabelled"] == []
    assert said["clipped"] == []


def test_click_chooses_and_leaves_the_window_open(said: dict[str, Any]):
    assert said["clicked"].endswith("style-woodcut.jpg") and said["open after a click"]
    assert said["title in the docker"] == WOODCUT


def test_star_makes_a_favourite_and_chooses_nothing(said: dict[str, Any]):
    assert said["favourites by mouse"] == [WOODCUT]
    assert said["chosen after the star"].endswith("style-woodcut.jpg")


def test_keyboard_searches_stars_and_takes(said: dict[str, Any]):
    assert said["found"] == [WATERCOLOUR]
    assert said["favourites"] == [WOODCUT, WATERCOLOUR]
    assert said["taken by keyboard"].endswith("style-watercolour.jpg") and said["closed by Return"]
    assert said["marked again"] == said["taken by keyboard"]


def test_search_that_finds_nothing_says_so(said: dict[str, Any]):
    assert said["nothing found"] == "No style has these words."
    assert said["closed by Escape"]


def test_dropped_file_of_any_name_is_chosen_and_seen_among_the_recent(said: dict[str, Any]):
    assert Path(said["dropped"]).stem == STRANGE
    assert said["recent"] == [STRANGE]


def test_clipboard_becomes_a_style_on_white(said: dict[str, Any]):
    assert said["from the clipboard"].endswith("/data/styles/Clipboard.png")
    want = [(255 * 127 + colour * 128) / 255 for colour in (200, 30, 60)]
    assert said["colour on white"] == pytest.approx(want, abs=1)


def test_layer_becomes_a_style(said: dict[str, Any]):
    assert said["layers to take"] == ["green / hills?", "Background"]
    assert said["from a layer"].endswith("/data/styles/green hills.png")
    assert said["layer's colour"] == [0x40, 0xC0, 0x30]
    assert said["layer's size"] == [300, 200]


def test_empty_layer_is_told(said: dict[str, Any]):
    headline, sentence = said["empty layer"]
    assert headline == "The picture was not taken as a style."
    assert sentence == 'The layer "empty" has too little to be a style there: choose another one.'


def test_folder_shows_its_pictures_alone(said: dict[str, Any]):
    assert said["folder"] == ["another one", STRANGE]


def test_painting_that_is_not_here_is_told_of_asked_about_fetched_and_painted_with(said: dict[str, Any]):
    assert said["painting's title"] == WAVE and said["painting's mark"].endswith("MB to download")
    assert said["preview without the painting"].startswith(f"{WAVE} is not on this machine yet")
    headline, text = said["question"]
    assert headline == f"Download {WAVE}?" and "Licence: public domain" in text
    assert said["layers"][-1] == ["great wave, Quick, 100 %", []]
    assert said["recent after painting"] == [WAVE]


def test_painting_in_the_gallery_is_fetched_when_the_user_agrees_and_then_chosen(said: dict[str, Any]):
    assert said["picture before fetching"].endswith("MB to download")
    assert said["question in the gallery"] == f"Download {GENJI}?"
    assert said["chosen without agreement"] == "pack:great-wave"
    assert "style-pack-public-domain" in said["picture after fetching"]
    assert said["preview with the painting"] == ""
