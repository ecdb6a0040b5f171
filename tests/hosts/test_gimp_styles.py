"""Several styles in the real GIMP, asked for by a script: weights and regions paint what the headless engine paints with them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nst_core import samples
from tests.hosts.conftest import REPOSITORY, Hosts
from tests.hosts.gimp_driver import Case, Outcome, Profile, make_profile, scenery

pytestmark = pytest.mark.hosts

OIL, WOODCUT = str(samples.path("swirled-oil")), str(samples.path("woodcut"))
TWO: dict[str, Any] = {"style": OIL, "more-styles": [WOODCUT]}
WIDTH, HEIGHT = 120, 90
# Of linear light, as ICC profiles of sRGB have them: adapted to D50.
WEIGHTS = [0.2225, 0.7169, 0.0606]
LEFT = (0, 0, WIDTH // 2, HEIGHT)
SOFT: dict[str, Any] = {"select": (30, 20, 50, 40), "feather": 14}
BY_SELECTION: dict[str, Any] = {"style-regions": ["inside", "outside"]}


def case(name: str, arguments: dict[str, Any], **rest: Any) -> Case:
    return Case(name, scenery(WIDTH, HEIGHT), arguments=arguments, **rest)


GOOD = [
    case("oil", {"style": OIL}),
    case("woodcut", {"style": WOODCUT}),
    case("equal", TWO),
    case("weighed", {**TWO, "style-weights": "3 1"}),
    case("halves", {**TWO, **BY_SELECTION}, select=LEFT),
    case("soft", {**TWO, **BY_SELECTION}, **SOFT),
    case("soft, layer off the canvas", {**TWO, **BY_SELECTION}, **SOFT, offset=(-25, 30), canvas=(90, 100)),
    case("one inside", {**TWO, "style-regions": ["everywhere", "inside"]}, **SOFT),
    case("light", {**TWO, "style-regions": ["layer:source", "everywhere"]}),
    case("channel", {**TWO, "style-regions": ["everywhere", "channel:kept"]}, select=(10, 10, 60, 50), channel=True),
    case("selected", {**TWO, "style-regions": ["layer:source", "everywhere"]}, select=(0, 0, 20, 20)),
]
BAD: dict[str, tuple[dict[str, Any], list[str]]] = {
    "gone": ({"style-regions": ["everywhere", "layer:Sky"]}, ['no layer "Sky"', "woodcut"]),
    "no channel": ({"style-regions": ["everywhere", "channel:Sky"]}, ['no layer "Sky"', "woodcut"]),
    "nothing selected": ({"style-regions": ["inside", "everywhere"]}, ["nothing is selected", "swirled oil"]),
    "too few weights": ({"style-weights": "1"}, ["2 styles but 1 in style-weights"]),
    "no weights": ({"style-weights": "much little"}, ["'much little'", "style-weights"]),
    "no region": ({"style-regions": ["here", "there"]}, ["'here'", "layer:NAME"]),
    "too many": ({"more-styles": [WOODCUT] * 8}, ["9"]),
}


@pytest.fixture(scope="module")
def profile(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)


@pytest.fixture(scope="module")
def outcomes(profile: Profile) -> dict[str, Outcome]:
    """All cases, in one start of GIMP with one worker."""
    bad = [case(name, {**TWO, **arguments}) for name, (arguments, _) in BAD.items()]
    return profile.cases([*GOOD, *bad], "styles", more={"OMP_NUM_THREADS": "1"})


@pytest.fixture(scope="module")
def headless(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., np.ndarray]:
    """`python -m nst_core stylize` of an outcome's source with the styles; (height, width, 4) comes back."""
    folder = tmp_path_factory.mktemp("headless")

    def paint(outcome: Outcome, *words: str, masks: tuple[np.ndarray | None, ...] = ()) -> np.ndarray:
        Image.fromarray(outcome.wire("before")).save(folder / "content.png")
        for number, mask in enumerate(masks):
            if mask is not None:
                Image.fromarray(mask).save(folder / f"mask-{number}.png")
            words = (*words, "--style-mask", "rest" if mask is None else f"mask-{number}.png")
        command = [sys.executable, "-m", "nst_core", "stylize", "content.png", "-o", "painted.png", "--in-process", *words]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
        subprocess.run(command, cwd=folder, env=environment, check=True)
        with Image.open(folder / "painted.png") as picture:
            return np.asarray(picture.convert("RGBA"))

    return paint


STYLES = ("--style", OIL, "--style", WOODCUT)


def differences(outcome: Outcome, want: np.ndarray) -> np.ndarray:
    """How far the new layer is from `want` at every visible pixel, in steps of 255."""
    return np.abs(outcome.wire("new").astype(int) - want)[want[..., 3] > 0]


def selected(outcome: Outcome) -> np.ndarray:
    """How much of the layer is selected, as a mask of its size; nothing is beyond the canvas."""
    (x, y), (width, height) = outcome.case.offset, outcome.case.size
    plane = np.zeros((height, width), np.uint8)
    canvas = np.rint(outcome.selection() * 255).astype(np.uint8)
    top, left = max(0, -y), max(0, -x)
    bottom, right = min(height, canvas.shape[0] - y), min(width, canvas.shape[1] - x)
    plane[top:bottom, left:right] = canvas[top + y : bottom + y, left + x : right + x]
    return plane


def light(outcome: Outcome) -> np.ndarray:
    """Luminance, encoded as sRGB is, times alpha of the source."""
    pixels = outcome.wire("before") / 255
    colours = pixels[..., :3]
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4) @ WEIGHTS
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(255 * encoded * pixels[..., 3]).astype(np.uint8)


@pytest.mark.parametrize("name", [case.name for case in GOOD])
def test_succeeds(outcomes: dict[str, Outcome], name: str):
    assert outcomes[name].status == "success", outcomes[name].message


@pytest.mark.parametrize(("name", "weights"), [("equal", ("1", "1")), ("weighed", ("3", "1"))])
def test_two_styles_are_mixed_as_headless(outcomes: dict[str, Outcome], headless, name: str, weights: tuple[str, str]):
    want = headless(outcomes[name], *STYLES, "--style-weight", weights[0], "--style-weight", weights[1])
    assert differences(outcomes[name], want).max() <= 1


@pytest.mark.parametrize("one", ["oil", "woodcut"])
def test_two_styles_are_not_one(outcomes: dict[str, Outcome], one: str):
    assert differences(outcomes["equal"], outcomes[one].wire("new")).mean() > 8
    assert differences(outcomes["equal"], outcomes["weighed"].wire("new")).mean() > 2


def test_each_half_is_painted_in_its_own_style(outcomes: dict[str, Outcome]):
    halves = outcomes["halves"].wire("new").astype(int)
    left, right = halves[:, : WIDTH // 2], halves[:, WIDTH // 2 :]
    assert np.abs(left - outcomes["oil"].wire("new")[:, : WIDTH // 2]).max() <= 1
    assert np.abs(right - outcomes["woodcut"].wire("new")[:, WIDTH // 2 :]).max() <= 1


def test_selection_that_says_where_styles_go_limits_nothing(outcomes: dict[str, Outcome]):
    assert outcomes["halves"].new["box"] == [0, 0, WIDTH, HEIGHT] and not outcomes["halves"].new["mask"]
    assert outcomes["selected"].new["mask"]


@pytest.mark.parametrize("name", ["soft", "soft, layer off the canvas"])
def test_feathered_selection_and_its_inverse_are_headless_masks(outcomes: dict[str, Outcome], headless, name: str):
    mask = selected(outcomes[name])
    want = headless(outcomes[name], *STYLES, masks=(mask, 255 - mask))
    assert differences(outcomes[name], want).max() <= 1
    assert ((mask > 20) & (mask < 235)).any()


def test_everywhere_is_what_the_others_leave_over(outcomes: dict[str, Outcome], headless):
    want = headless(outcomes["one inside"], *STYLES, masks=(None, selected(outcomes["one inside"])))
    assert differences(outcomes["one inside"], want).max() <= 1


def test_layer_says_by_its_light_where_a_style_goes(outcomes: dict[str, Outcome], headless):
    want = headless(outcomes["light"], *STYLES, masks=(light(outcomes["light"]), None))
    # GIMP rounds luminance and alpha one after the other.
    assert differences(outcomes["light"], want).max() <= 3
    assert differences(outcomes["light"], outcomes["equal"].wire("new")).mean() > 2


def test_channel_says_where_a_style_goes(outcomes: dict[str, Outcome], headless):
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[10:60, 10:70] = 255
    want = headless(outcomes["channel"], *STYLES, masks=(None, mask))
    assert differences(outcomes["channel"], want).max() <= 1


def test_layer_is_called_after_all_styles_and_notes_their_shares(outcomes: dict[str, Outcome]):
    assert outcomes["equal"].new["name"] == "swirled oil + woodcut, Quick, 100 %"
    assert outcomes["weighed"].new["name"] == "swirled oil 75 % + woodcut 25 %, Quick, 100 %"


@pytest.mark.parametrize("name", BAD)
def test_what_can_not_be_painted_is_told_and_leaves_the_image_as_it_was(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    assert outcome.status != "success" and outcome.tree == outcome.said["tree_before"]
    for word in BAD[name][1]:
        assert word in outcome.message
