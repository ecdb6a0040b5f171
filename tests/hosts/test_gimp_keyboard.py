"""The plug-in's dialog in the real GIMP without a mouse: everything is reached, in order, and shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import make_profile

pytestmark = pytest.mark.hosts

TILES = [
    "Swirled oil: sunrise over the wheat",
    "Woodcut: red sun and a sail",
    "Mosaic: two fish",
    "Watercolour: poppies and cornflowers",
    "Pointillism: an evening on the river bank",
    "Pen and ink: castle",
]
VIEW = ["Preview", "Divider between before and after"]
HEAD = ["Preset", "Manage presets", "History…", "Method", "Add style…", "Favourite", *TILES, "Gallery…", "Open…", "Take from…"]
ROWS = ["Strength", "Stroke size", "Blend", "Colours", "Advanced"]
END = ["Result", "Reset", "Cancel"]


@pytest.fixture(scope="module")
def seen(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    profile = make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)
    return profile.looked("gimp_keyboard.py", "keyboard", "one two")[0]


def test_tab_leads_through_the_dialog_in_the_order_of_sight(seen: dict[str, Any]):
    assert seen["one"]["led"] == ["Paint", *VIEW, *HEAD, *ROWS, "Working size", "Device", *END]


def test_tab_leads_through_the_styles_that_are_mixed(seen: dict[str, Any]):
    rows = [name for number, title in enumerate(("Swirled oil", "Woodcut"), 1) for name in row_of(number, title)]
    assert seen["two"]["led"] == ["Paint", *VIEW, *HEAD, *rows, *ROWS, *END]


def row_of(number: int, title: str) -> list[str]:
    change = f"Choose another picture in the place of “{title}”."
    return [f"Style {number}: {title}", change, f"Weight of {title}", f"Where {title} goes", f"Remove {title}"]


def test_gallery_is_led_through_and_escape_leads_back(seen: dict[str, Any]):
    led = seen["two"]["gallery"]["led"]
    assert led[: 1 + len(TILES)] == ["Search styles", *TILES]
    assert led[-8:] == ["Folder…", "Favourite", "Reset", "Cancel", "Paint", *VIEW, "Back"]
    assert seen["two"]["marked"] == ["Woodcut: red sun and a sail"]  # which is chosen, wherever the keyboard has been
    assert seen["two"]["back at"] == "Paint"  # where it was


@pytest.mark.parametrize("place", ["one", "two", "gallery"])
def test_everything_is_reached_and_shows_that_it_has_the_keyboard(seen: dict[str, Any], place: str):
    told = seen["two"]["gallery"] if place == "gallery" else seen[place]
    assert (told["missed"], told["hidden"], told["blind"]) == ([], [], [])
