"""Several styles in the plug-in's dialog in the real GIMP: by mouse and keyboard, in the preview, in presets and the history.

Screenshots go to the folder $NST_SCREENSHOTS, where it is set.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nst_core import raster, samples, schema, stylize
from nst_core.weights import Store
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import Profile, make_profile

pytestmark = pytest.mark.hosts

OIL, WOODCUT, MOSAIC = "style-swirled-oil.jpg", "style-woodcut.jpg", "style-mosaic.jpg"
MARGIN = 64  # what the plug-in reads around a selection
EVERYWHERE = ["everywhere", "everywhere"]


@pytest.fixture(scope="module")
def profile(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)


@pytest.fixture(scope="module")
def seen(profile: Profile) -> dict[str, Any]:
    seen, folder = profile.looked("gimp_mixing.py", "mixing", "pruned several full masked remembered", timeout=550)
    return {**seen, "folder": folder}


def pixels(seen: dict[str, Any], name: str) -> np.ndarray:
    return np.frombuffer((seen["folder"] / f"{name}.pixels").read_bytes(), np.uint8).reshape(seen["sizes"][name])


def test_button_for_more_styles_takes_no_height(seen: dict[str, Any]):
    assert seen["several"]["height"] == seen["several"]["height without"]


def test_style_is_added_by_keyboard_and_looked_at(seen: dict[str, Any]):
    assert seen["several"]["added"] == [[OIL, WOODCUT], [1, 1], EVERYWHERE]
    value, title = seen["several"]["looked at"]
    assert Path(value).name == WOODCUT and title == "Style picture 2 of 2"


def test_everything_that_can_have_the_keyboard_has_a_name(seen: dict[str, Any]):
    assert seen["several"]["unnamed"] == []
    assert seen["several"]["names"] == ["Style 1: swirled oil", "Style 2: Woodcut"]


def test_weight_can_be_typed_and_region_chosen_by_keys(seen: dict[str, Any]):
    assert seen["several"]["weighed"] == [[OIL, WOODCUT], [1, 0.25], EVERYWHERE]
    assert seen["several"]["region"] == [[OIL, WOODCUT], [1, 0.25], ["everywhere", "inside"]]


def test_region_by_a_selection_that_is_not_there_is_told_over_the_picture(seen: dict[str, Any]):
    assert seen["several"]["words"].startswith('Nothing is selected, but the style "woodcut" goes by the selection')


def test_gallery_chooses_for_the_row_that_asked_and_all_else_for_the_one_that_is_looked_at(seen: dict[str, Any]):
    assert seen["several"]["replaced"] == [[MOSAIC, WOODCUT], [1, 0.25], ["everywhere", "inside"]]
    assert seen["several"]["chosen for the second"] == [[MOSAIC, OIL], [1, 0.25], ["everywhere", "inside"]]


def test_removal_leaves_the_other_as_a_single_style(seen: dict[str, Any]):
    assert seen["several"]["removed"] == [[OIL], [1], ["everywhere"]]
    assert seen["several"]["rows"] == [False, "", []]


def test_no_more_than_a_method_takes_with_a_word_why(seen: dict[str, Any]):
    assert seen["full"]["eight"] == [8, False, "8 styles are the most that this method takes."]
    assert seen["full"]["weightless"] == ["Give at least one style a weight above 0.", False, True, False]
    assert seen["full"]["anime"] == [False, False]


@pytest.mark.parametrize(("name", "weight"), [("equal", 1.0), ("weighed", 0.2)])
def test_preview_has_weights_and_regions(seen: dict[str, Any], name: str, weight: float, tmp_path: Path):
    look = pixels(seen, "look")
    left = np.zeros((*look.shape[:2], 1), np.uint8)
    left[:, : look.shape[1] // 2] = 255
    masks = raster.Raster(left, "L"), raster.Raster(255 - left, "L")
    styles = tuple(
        stylize.Style(samples.path(style), share, mask)
        for style, share, mask in (("swirled-oil", 1, masks[0]), ("mosaic", weight, masks[0]), ("woodcut", 1, masks[1]))
    )
    content = raster.Raster(look.copy(), "RGB" if look.shape[2] == 3 else "RGBA")
    task = stylize.Task(content, styles, schema.DEFAULT_METHOD, {})
    want = stylize.stylize(task, stylize.Warm(), Store(tmp_path), lambda *_: None, lambda _: None).raster.pixels
    assert np.abs(pixels(seen, name).astype(int) - want).max() <= 1


def test_another_weight_rereads_nothing_and_shows(seen: dict[str, Any]):
    assert seen["masked"]["reads"] == 0 and seen["masked"]["told"][1] == [1, 0.2, 1]
    half = pixels(seen, "look").shape[1] // 2
    change = np.abs(pixels(seen, "equal").astype(int) - pixels(seen, "weighed"))
    assert change[:, : half - 1].mean() > 4 and change[:, half + 1 :].max() == 0


def test_selection_limits_again_what_is_painted_when_no_style_goes_by_it(seen: dict[str, Any]):
    whole, limited = pixels(seen, "look"), pixels(seen, "limited")
    with Image.open(samples.path("lake")) as picture:
        width, height = picture.size
    assert whole.shape[1] / whole.shape[0] == pytest.approx(width / height, abs=0.01)
    assert limited.shape[1] / limited.shape[0] == pytest.approx((width / 2 + MARGIN) / height, abs=0.01)


def test_cache_of_thumbnails_is_bounded_and_keeps_what_is_used(seen: dict[str, Any]):
    assert seen["pruned"]["kept"] == 4
    # Each was made once, those that are looked at all the time, too.
    assert len(seen["pruned"]["made"]) == len(set(seen["pruned"]["made"])) == seen["pruned"]["pictures"] > 4


def test_presets_and_history_have_all_styles(seen: dict[str, Any]):
    assert seen["remembered"]["changed"] == "" and seen["remembered"]["preset"] == ["Two", True]
    assert seen["remembered"]["result"].startswith("swirled oil + woodcut, Quick, 100 %")
    assert seen["remembered"]["again"] is True and seen["remembered"]["at hand"] is True
