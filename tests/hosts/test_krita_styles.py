"""Several styles in a full Krita: what is painted is what the engine paints of the same order without a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nst_core import stylize
from nst_core.raster import Raster
from nst_core.warm import Warm
from nst_core.weights import Store
from tests.hosts.conftest import REPOSITORY, Hosts
from tests.hosts.krita_driver import Profile, make_profile

pytestmark = pytest.mark.hosts

SAMPLES = REPOSITORY / "nst_core" / "samples"
WIDTH, HEIGHT = 360, 240
GREY = 160  # of the layer that is a mask, as the script paints it
WOODCUT, MOSAIC = ("style-woodcut.jpg", 1.0, "everywhere", ""), ("style-mosaic.jpg", 1.0, "everywhere", "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("krita-styles")


@pytest.fixture(scope="module")
def profile(hosts: Hosts, shared: Path, folder: Path) -> Profile:
    with Image.open(SAMPLES / "scene-lake.jpg") as photo:
        photo.convert("RGB").resize((WIDTH, HEIGHT)).save(folder / "photo.png")
    return make_profile(hosts, folder, shared)


@pytest.fixture(scope="module")
def said(profile: Profile, folder: Path) -> dict[str, Any]:
    """What the script in the window wrote down."""
    return profile.looked("krita_styles", folder, timeout=600, NST_PHOTO=str(folder / "photo.png"))


def painted(folder: Path, name: str) -> np.ndarray:
    """The new layer, (height, width, 4), red first."""
    return np.frombuffer((folder / name).read_bytes(), np.uint8).reshape(HEIGHT, WIDTH, 4)[..., [2, 1, 0, 3]]


def headless(folder: Path, *styles: tuple[str, float, np.ndarray | None]) -> np.ndarray:
    """What the engine paints by itself."""
    with Image.open(folder / "photo.png") as image:
        content = Raster(np.array(image.convert("RGBA")), "RGBA")
    grey = [None if mask is None else Raster(np.ascontiguousarray(mask)[..., None], "L") for _, _, mask in styles]
    chosen = tuple(stylize.Style(SAMPLES / name, weight, mask) for (name, weight, _), mask in zip(styles, grey))
    task = stylize.Task(content, chosen, "embedded", {})
    return stylize.stylize(task, Warm(), Store(), lambda *_: None, lambda _: None).raster.pixels


def selection(folder: Path) -> np.ndarray:
    return np.frombuffer((folder / "selection").read_bytes(), np.uint8).reshape(HEIGHT, WIDTH)


def preview(folder: Path, name: str) -> np.ndarray:
    with Image.open(folder / f"{name}.png") as image:
        return np.array(image.convert("RGB")).astype(float)


def difference(one: np.ndarray, other: np.ndarray) -> int:
    """The largest of all pixels, in steps of 255."""
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def entry(*styles: tuple[Any, ...]) -> list[list[Any]]:
    return [list(style) for style in styles]


def test_one_style_looks_as_before(said: dict[str, Any]):
    assert said["rows of one"] == 0 and said["large picture of one"]


def test_style_is_added_by_keyboard_and_another_one_put_in_its_place(said: dict[str, Any]):
    assert said["rows while choosing"] == 0
    assert said["added"] == entry(WOODCUT, ("style-hatching.jpg", *WOODCUT[1:]))
    assert said["rows of two"] == 2 and not said["large picture of two"]
    assert said["marked in the gallery"] == "style-hatching.jpg"
    assert said["replaced"] == entry(WOODCUT, MOSAIC)


def test_everything_has_a_name_and_room_and_tab_reaches_it(said: dict[str, Any]):
    assert said["unlabelled"] == said["unlabelled in the window"] == []
    assert said["clipped"] == said["clipped when full"] == said["clipped in the window"] == []
    titles = ["Woodcut: red sun and a sail", "Mosaic: two fish"]
    one, two = (
        [f"Style {place}: {title}", f"Remove {title}", *2 * [f"Weight of {title}"], f"Where {title} goes"]
        for place, title in enumerate(titles, 1)
    )
    assert said["names"] == two and said["order of Tab"] == [*one, *two, "Add style…"]


def test_weight_is_typed_and_told_in_percent_and_nothing_is_read_anew(said: dict[str, Any]):
    assert said["weighed"] == entry(WOODCUT, ("style-mosaic.jpg", 0.25, "everywhere", ""))
    assert said["shares"] == ["80 %", "20 %"] and said["slider"] == 25
    assert not said["read anew for a weight"] and said["preview has changed"]


def test_two_styles_with_weights_are_what_the_engine_makes_of_them(said: dict[str, Any], folder: Path):
    mixed, alone = painted(folder, "mixed"), painted(folder, "alone")
    assert said["layer mixed"] == "woodcut 80 % + mosaic 20 %, Quick, 100 %"
    assert difference(mixed, headless(folder, ("style-woodcut.jpg", 1.0, None), ("style-mosaic.jpg", 0.25, None))) <= 1
    assert difference(alone, headless(folder, ("style-woodcut.jpg", 1.0, None))) <= 1
    assert np.abs(mixed.astype(float) - alone).mean() > 3


def test_preview_mixes_as_the_layer_does(said: dict[str, Any], folder: Path):
    for shown, layer in (("preview", "mixed"), ("preview-halves", "halves"), ("preview-light", "light")):
        assert np.abs(preview(folder, shown) - painted(folder, layer)[..., :3]).mean() < 1


def test_style_that_goes_by_the_selection_wants_one(said: dict[str, Any]):
    sentence = 'Nothing is selected, but the style "woodcut" goes by the selection: select a part, or let it go everywhere.'
    assert said["nothing selected"] == sentence
    assert sentence in said["nothing selected, applied"]
    assert said["places"][:3] == ["Everywhere", "Inside the selection", "Outside the selection"]
    assert said["places"][-1] == "Where “Background” is light"
    assert said["places of the other"][0] == "Everywhere else"


def test_each_half_has_its_style_and_soft_edges_mix_them(said: dict[str, Any], folder: Path):
    mask, halves = selection(folder), painted(folder, "halves")
    assert set(np.unique(mask)) > {0, 255}
    want = headless(folder, ("style-woodcut.jpg", 1.0, mask), ("style-mosaic.jpg", 1.0, 255 - mask))
    assert difference(halves, want) <= 1
    for name, half in (("woodcut", mask == 255), ("mosaic", mask == 0)):
        assert difference(halves[half], headless(folder, (f"style-{name}.jpg", 1.0, None))[half]) <= 1
    assert said["layer halves"] == "woodcut + mosaic, Quick, 100 %" and said["masks on the halves"] == []


def test_layer_is_a_mask_by_its_light_and_its_alpha_under_any_name(said: dict[str, Any], folder: Path):
    light = GREY * (255 * np.arange(WIDTH) // (WIDTH - 1)) / 255
    mask = np.tile(light.round().astype(np.uint8), (HEIGHT, 1))
    want = headless(folder, ("style-woodcut.jpg", 1.0, None), ("style-mosaic.jpg", 1.0, mask))
    assert difference(painted(folder, "light"), want) <= 2  # Qt's premultiplied alpha rounds once more
    assert said["places beside a layer"] == "Everywhere else"


def test_layer_that_is_gone_is_told_before_anything_is_painted(said: dict[str, Any]):
    sentence = 'There is no layer "Sky" any more, which says where the style "mosaic" goes: choose another place for it.'
    assert said["layer gone"] == sentence and sentence in said["layer gone, applied"]
    assert said["left as it was"]


def test_presets_history_and_last_order_hold_all_of_it(said: dict[str, Any]):
    both = entry(WOODCUT, MOSAIC)
    assert said["suggested name"] == "woodcut + mosaic, Quick, 100 %"
    assert said["shown after a change"] == "Both *" and said["shown"] == "Both"
    assert said["of the preset"] == said["in the window"] == both
    mask = [[*WOODCUT], ["style-mosaic.jpg", 1.0, "layer", "Sky"]]
    halves = [["style-woodcut.jpg", 1.0, "inside", ""], ["style-mosaic.jpg", 1.0, "outside", ""]]
    mixed = [[*WOODCUT], ["style-mosaic.jpg", 0.25, "everywhere", ""]]
    assert [styles for _, styles in said["of the history"]] == [mask, halves, [[*WOODCUT]], mixed]
    assert said["of the last order"] == mask


def test_eight_are_the_most_and_a_word_says_so(said: dict[str, Any]):
    assert said["most"] == 8 and said["full"] == "8 styles are the most that this method takes."
    assert said["of a method without"] == [False, []] and said["back with the method"] == 8


def test_dropped_picture_is_one_more_style_or_takes_the_place_of_its_row(said: dict[str, Any]):
    rest = MOSAIC[1:]
    dropped = [MOSAIC, ("style-pointillism.jpg", *rest), ("style-watercolour.jpg", *rest)]
    assert said["dropped on a row"] == entry(*dropped)
    assert said["dropped beside the rows"] == entry(("style-watercolour.jpg", *rest), ("style-hatching.jpg", *rest))
    assert said["dropped when full"] == ["The picture was not taken as a style.", said["full"], 8]


def test_styles_are_removed_until_one_is_left(said: dict[str, Any]):
    assert said["left"] == entry(MOSAIC, ("style-pointillism.jpg", *MOSAIC[1:]))
    assert said["keyboard after removing"] == "Remove Mosaic: two fish"
    assert said["last one left"] == entry(MOSAIC) and said["rows at the end"] == 0 and said["large picture at the end"]


def test_all_of_it_is_remembered_after_another_start(said: dict[str, Any], profile: Profile, folder: Path):
    again = folder / "again"
    again.mkdir()
    assert profile.looked("krita_styles", again, timeout=300)["at the start"] == entry(WOODCUT, MOSAIC)
