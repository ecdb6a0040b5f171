"""The plug-in's dialog in the real GIMP: rows of every method, the live preview, the question before a download.

Screenshots go to the folder $NST_SCREENSHOTS, where it is set.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nst_core import raster, samples, schema, stylize
from nst_core.weights import Store
from plugin.common.viewport import STEP, Viewport
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import Profile, make_profile

pytestmark = pytest.mark.hosts

STYLE = samples.path("swirled-oil")

# A method of its own kind: no style picture, a default of its own for a parameter that others have, nothing behind the fold.
NO_STYLE = """
METHODS["plain"] = Method(
    name="plain", label="Plain", help="Takes no style.", styles=0, model="embedded",
    parameters=(Parameter("redness", "int", 200, "Redness", "How red.", 100, 255), replace(BLEND, default=0.5)),
)
"""


@pytest.fixture(scope="module")
def profile(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    profile = make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)
    with open(profile.plug_in / "nst_core" / "schema.py", "a") as table:
        table.write(NO_STYLE)
    return profile


@pytest.fixture(scope="module")
def seen(profile: Profile) -> dict[str, Any]:
    go, slow = profile.folder / "go", profile.folder / "slow-python"
    slow.write_text(f"#!/bin/sh\nwhile [ ! -e '{go}' ]; do sleep 0.05; done\nexec '{sys.executable}' \"$@\"\n")
    slow.chmod(0o755)
    steps = "starting rows preview overtaken refused question"
    seen, folder = profile.looked("gimp_dialog.py", "dialog", steps, {"GO": str(go), "NST_PYTHON": str(slow)}, timeout=550)
    return {**seen, "folder": folder}


def pixels(seen: dict[str, Any], name: str) -> np.ndarray:
    return np.frombuffer((seen["folder"] / f"{name}.pixels").read_bytes(), np.uint8).reshape(seen["sizes"][name])


def test_only_the_chosen_methods_rows_are_shown(seen: dict[str, Any]):
    for method in schema.METHODS.values():
        rows = seen["rows"][method.name]
        assert rows["plain"] == [parameter.name for parameter in method.parameters if not parameter.advanced]
        assert rows["rare"] == [parameter.name for parameter in method.parameters if parameter.advanced]
        assert rows["style"] == (method.styles > 0)
        assert rows["paint"] == (method.defaults.get("model") != schema.NO_MODEL)


def test_method_without_style_hides_the_chooser_and_can_paint(seen: dict[str, Any]):
    assert seen["rows"]["plain"]["style"] is False and seen["rows"]["plain"]["paint"] is True
    assert (seen["rows"]["plain"]["plain"], seen["rows"]["plain"]["rare"]) == (["redness", "blend"], [])


def test_change_of_method_brings_its_defaults(seen: dict[str, Any]):
    assert seen["rows"]["plain"]["values"] == {"redness": 200, "blend": 0.5}
    for name in schema.METHODS:
        parameters = schema.METHODS[name].parameters
        assert seen["rows"][name]["values"] == {parameter.name: parameter.default for parameter in parameters}


def test_look_is_the_layer_reduced(seen: dict[str, Any]):
    look = pixels(seen, "look")
    with Image.open(samples.path("lake")) as picture:
        assert look.shape[:2] == (round(384 * picture.height / picture.width), 384)
        want = np.asarray(picture.convert("RGB").resize((look.shape[1], look.shape[0]), Image.Resampling.BOX))
    error = (look[..., :3].astype(float) - want)[2:-2, 2:-2]
    assert np.sqrt((error**2).mean()) < 12  # of 255: GEGL reduces in another way


@pytest.mark.parametrize(("name", "strength"), [("first", 1.0), ("second", 0.5), ("swept", None)])
def test_preview_is_what_the_engine_paints(seen: dict[str, Any], name: str, strength: float | None, tmp_path: Path):
    look = pixels(seen, "look")
    content = raster.Raster(look.copy(), "RGB" if look.shape[2] == 3 else "RGBA")
    parameters = {"strength": seen["preview"]["swept_to"] if strength is None else strength}
    task = stylize.Task(content, (stylize.Style(STYLE),), schema.DEFAULT_METHOD, parameters)
    want = stylize.stylize(task, stylize.Warm(), Store(tmp_path), lambda *_: None, lambda _: None).raster.pixels
    assert np.abs(pixels(seen, name).astype(int) - want).max() <= 1  # another number of threads, another last bit


def test_one_change_is_one_job_and_many_are_few(seen: dict[str, Any]):
    assert seen["preview"]["jobs_of_one_change"] == 1
    assert 1 <= seen["preview"]["jobs_of_60_changes"] < 60
    assert seen["preview"]["most_at_once"] == 1
    assert seen["preview"]["words"] == ""


def test_window_lives_while_the_worker_starts(seen: dict[str, Any]):
    # The worker came only after so many beats: a main loop that waits for it would have waited for ever.
    assert sum(words == "Starting…" for words, painted in seen["starting"]["beats"]) >= 20
    assert not any(painted for words, painted in seen["starting"]["beats"] if words == "Starting…")


def test_divider_parts_before_and_after(seen: dict[str, Any]):
    before, after, both = (pixels(seen, f"divided-{place}").astype(int) for place in (1.0, 0.0, 0.5))
    middle = both.shape[1] // 2
    assert np.array_equal(both[:, : middle - 8], before[:, : middle - 8])
    assert np.array_equal(both[:, middle + 8 :], after[:, middle + 8 :])
    assert np.abs(before - after)[:, 8:-8].mean() > 10


def test_divider_follows_mouse_and_keys(seen: dict[str, Any]):
    assert seen["preview"]["dragged_to"] == pytest.approx(0.2, abs=0.01)
    assert seen["preview"]["moved_by_keys_to"] == pytest.approx(0.23, abs=0.015)


def test_wheel_hand_and_keys_zoom_and_pan_what_is_seen(seen: dict[str, Any]):
    told = seen["preview"]["zoomed"]
    width, height = seen["sizes"]["swept"][1], seen["sizes"]["swept"][0]
    whole = Viewport().showing((width, height), tuple(told["room"]))
    near = whole
    for _notch in range(4):
        near = near.zoomed(STEP, (300, 180))
    assert told["wheel"] == pytest.approx([near.zoom, *near.centre])
    assert told["pointed at"][0] == pytest.approx(whole.share((300, 180))[0])
    # What is seen of the painting is that part of it, as another program enlarges it.
    (left, top), (right, bottom) = near.share((0, 0)), near.share(near.room)
    box = (max(left, 0) * width, max(top, 0) * height, min(right, 1) * width, min(bottom, 1) * height)
    shown = pixels(seen, "zoomed")
    want = Image.fromarray(pixels(seen, "swept")).resize(shown.shape[1::-1], Image.Resampling.BILINEAR, box)
    assert np.sqrt(((shown.astype(float) - np.asarray(want)) ** 2).mean()) < 4  # of 255
    moved = near.panned((-50, 20))
    assert told["dragged"] == pytest.approx([moved.zoom, *moved.centre])
    assert told["divider"] == seen["preview"]["moved_by_keys_to"]  # the picture was dragged, not the divider
    assert told["keys"][0] == pytest.approx(STEP**3)
    assert told["keys"][1] > moved.centre[0]
    assert told["all"] == [1.0, 0.5, 0.5]


def test_overtaken_job_is_cancelled_and_so_is_the_last_one_with_the_dialog(seen: dict[str, Any]):
    assert seen["overtaken"] == {"first": True, "second": False, "second_after_closing": True}


def test_preview_that_fails_says_why_over_the_picture_as_it_is(seen: dict[str, Any]):
    assert "/bin/sh" in seen["refused"]["words"] and seen["refused"]["words"].endswith(".")
    assert seen["refused"]["after"] is False and seen["refused"]["then"] == ""


def test_models_are_marked_with_what_they_cost(seen: dict[str, Any]):
    assert "MicroAST (1.9 MB to download)" in seen["question"]["offered"]
    assert "MicroAST is not on this machine yet" in seen["question"]["words"]
    assert seen["question"]["after"] is False  # nothing is downloaded for a preview


def test_look_is_to_be_chosen_where_no_model_is_a_default(seen: dict[str, Any]):
    assert seen["question"]["without a look"] == ["Choose a look.", False]
    words, paint = seen["question"]["with a look"]
    assert words.startswith("Hayao is not on this machine yet") and paint is True
    assert "Hayao (8.6 MB to download, non-commercial)" in seen["question"]["looks"]
    assert seen["question"]["kept"] == "animegan2-hayao"


def test_first_use_of_a_model_is_asked_about_once_each_time(seen: dict[str, Any]):
    (headline, text), again = seen["question"]["asked"]
    assert headline == "<b>Download MicroAST?</b>" and again == [headline, text]
    for fact in ("1.9 MB", "Licence: MIT", "Commercial use: allowed", "Source: github.com/EndyWon/MicroAST"):
        assert fact in text
    assert seen["question"]["accepted"] is True
    assert seen["question"]["bundled"] is True  # and nobody was asked, or this would have waited for ever


@pytest.fixture(scope="module")
def dense(profile: Profile) -> dict[str, Any]:
    """The dialog without a worker, on a screen with two pixels a point."""
    bare = {"NST_PYTHON": "/nowhere/python3", "NST_HOME": str(profile.folder / "bare"), "GDK_SCALE": "2"}
    seen, folder = profile.looked("gimp_dialog.py", "no worker", "failure places", bare)
    return {**seen, "folder": folder}


def test_missing_worker_is_told_in_the_preview(dense: dict[str, Any]):
    assert "/nowhere/python3" in dense["failure"]["words"] and "offers to set it up" in dense["failure"]["words"]
    assert dense["failure"]["after"] is False


def test_preview_has_the_pixels_of_a_dense_screen(dense: dict[str, Any]):
    look, shown = (Image.fromarray(pixels(dense, name)[..., :3]) for name in ("dense look", "dense"))
    assert max(look.size) == 576 and max(shown.size) == 2 * dense["failure"]["points"]
    half, coarse = (shown.width // 2, shown.height // 2), (40, 27)  # the picture begins at a part of a point, which is cut off
    assert error(shown.resize(coarse, Image.Resampling.BOX), look.resize(coarse, Image.Resampling.BOX)) < 6
    assert error(shown, shown.resize(half, Image.Resampling.BOX).resize(shown.size)) > 3  # enlarged, it would be below 2


def test_result_is_told_of_as_what_it_will_be(dense: dict[str, Any]):
    all_three = ["New layer, selection as its mask", "New layer, cut to the selection", "New image"]
    assert dense["places"]["everywhere"] == dense["places"]["layer"] == [all_three, all_three[0]]
    assert dense["places"]["inside"] == [["New layer above", "New image"], "New layer above"]


def error(one: Any, other: Any) -> float:
    """Root of the mean square of what the two pictures differ by, of 255."""
    return float(np.sqrt(((np.asarray(one, float) - np.asarray(other, float)) ** 2).mean()))
