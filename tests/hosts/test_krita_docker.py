"""The docker in a full Krita window: its preview is what the engine paints, it follows the painting, and disturbs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nst_core import raster, stylize
from nst_core.weights import Store
from tests.hosts.conftest import REPOSITORY, Hosts
from tests.hosts.krita_driver import make_profile

pytestmark = pytest.mark.hosts

SAMPLES = REPOSITORY / "nst_core" / "samples"
STYLE = SAMPLES / "style-swirled-oil.jpg"  # what a first look is taken with
PAINTED = "swirled oil, Quick, 100 %"
BACKGROUND, EMPTY = ["Background", []], ["empty", []]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("krita-docker")


@pytest.fixture(scope="module")
def said(hosts: Hosts, shared: Path, folder: Path) -> dict[str, Any]:
    """What the script in the window wrote down."""
    profile = make_profile(hosts, folder, shared)
    said = profile.looked("krita_docker", folder, timeout=600, NST_PHOTO=str(SAMPLES / "scene-lake.jpg"))
    for each in said["latencies"]:
        print("preview, seconds:", {name: round(seconds, 3) for name, seconds in each.items()})
    return said


def picture(folder: Path, name: str) -> np.ndarray:
    """One of the pictures that the preview has shown, (height, width, 4) u8."""
    with Image.open(folder / f"{name}.png") as image:
        return np.asarray(image.convert("RGBA"))


def painted(content: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """What the engine makes of it, without worker, wire or host."""
    task = stylize.Task(raster.Raster(content, "RGBA"), (stylize.Style(STYLE),), "embedded", {"strength": strength})
    return stylize.stylize(task, stylize.Warm(), Store(), lambda *_: None, lambda _: None).raster.pixels


def test_without_a_picture_it_says_so(said: dict[str, Any]):
    assert said["without a picture"] == said["target without a picture"] == "No picture is open."


def test_preview_is_a_small_copy_of_the_layer(said: dict[str, Any], folder: Path):
    got = picture(folder, "first-before").astype(float)
    with Image.open(SAMPLES / "scene-lake.jpg") as photo:
        want = np.asarray(photo.convert("RGBA").resize((384, 256), Image.Resampling.BOX)).astype(float)
    assert got.shape == want.shape
    assert np.abs(got - want).mean() < 5.5  # two ways to make a picture smaller; a pixel aside it would be 9


@pytest.mark.parametrize(("name", "strength"), [("first", 1.0), ("dragged", 0.5), ("live", 1.0)])
def test_preview_is_what_the_engine_paints(said: dict[str, Any], folder: Path, name: str, strength: float):
    want = painted(picture(folder, f"{name}-before"), strength)
    assert np.array_equal(picture(folder, f"{name}-after"), want)


def test_dragging_shows_a_picture_a_step_at_most_and_ends_with_the_last(said: dict[str, Any]):
    assert 1 <= said["pictures while dragging"] <= 21


def test_nothing_keeps_krita_waiting(said: dict[str, Any]):
    assert said["turns while a preview is under way"] == 20


def test_divider_is_dragged_and_moved_by_keyboard(said: dict[str, Any]):
    got, want = said["divider dragged"]
    assert abs(got - want) < 0.02
    assert said["divider by keyboard"] == pytest.approx(got + 0.02)
    assert said["zoom"] == 1.25
    assert said["all shown"] == [1.0, 0.0]


def test_stroke_is_seen_when_it_is_done_and_not_before(said: dict[str, Any]):
    assert said["pictures in mid-stroke"] == 0
    assert said["stroke is seen"]


def test_without_live_the_preview_stays(said: dict[str, Any]):
    assert said["pictures when not live"] == 0


def test_outside_the_selection_nothing_changes(said: dict[str, Any], folder: Path):
    before, after = picture(folder, "selected-before").astype(int), picture(folder, "selected-after").astype(int)
    # The part that is painted is the selection and 64 pixels of margin on each side of 512 × 341.
    scale = 384 / (512 + 128)
    edge = int(64 * scale) - 2
    inside = np.zeros(before.shape[:2], bool)
    inside[edge:-edge, edge:-edge] = True
    assert np.array_equal(before[~inside], after[~inside])
    assert np.abs(before - after)[inside].mean() > 8
    assert said["target with a selection"] == "Paints the selected part of “Background” on a new layer above it."


def test_layer_with_nothing_on_it_is_told(said: dict[str, Any]):
    assert said["empty layer"].startswith('The layer "empty" has nothing on the canvas')
    assert said["target on the empty layer"] == "Paints “empty” on a new layer above it."
    assert said["back on the layer"] == ""


def test_apply_puts_the_result_above(said: dict[str, Any]):
    assert said["layers before"] == [BACKGROUND, EMPTY]
    assert said["layers applied"] == [BACKGROUND, [PAINTED, []], EMPTY]


def test_apply_again_by_a_shortcut(said: dict[str, Any]):
    assert said["layers applied again"] == [BACKGROUND, [PAINTED, []], [PAINTED, []], EMPTY]


def test_reading_is_told_before_krita_stands_still_for_it(said: dict[str, Any]):
    assert said["told while a layer is read"] == ["Reading the layer", "Reading the layer"]


def test_nothing_is_held_of_what_was_painted_or_cancelled(said: dict[str, Any]):
    assert said["pictures that are held"] == []


def test_preview_goes_with_the_picture_that_is_shown(said: dict[str, Any]):
    assert said["second document"] == [300, 200]


@pytest.mark.parametrize("name", ["grey", "passing"])
def test_what_is_painted_of_a_grey_layer_is_shown_in_grey(said: dict[str, Any], folder: Path, name: str):
    before, after = picture(folder, f"{name}-before"), picture(folder, f"{name}-after")
    assert before.shape == (150, 200, 4) and (before[..., 3] == 255).all()
    red, green, blue, _ = np.moveaxis(after, -1, 0)
    assert np.array_equal(red, green) and np.array_equal(red, blue)
    assert np.abs(after.astype(int) - before).mean() > 8


def test_closing_pictures_and_hiding_the_docker_end_all_work(said: dict[str, Any]):
    assert not said["running when all is closed"]
    assert not said["watching when hidden"]


def test_everything_has_a_name_and_a_tooltip_and_room(said: dict[str, Any]):
    assert said["unlabelled"] == []
    assert said["clipped"] == []
