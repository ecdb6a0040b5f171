"""The real Krita without a mouse: everything in window, docker and gallery is reached, in order, and shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nst_core import samples
from tests.hosts.conftest import Hosts
from tests.hosts.krita_driver import make_profile

pytestmark = pytest.mark.hosts

TILES = ["swirled oil", "hatching", "mosaic", "pointillism", "watercolour", "woodcut"]
SLIDERS = [name for name in ("Strength", "Stroke size", "Blend") for _ in ("slider", "number")]
ROWS = ["Add style…", *SLIDERS, "Colours", "Advanced", "Working size", "Device", "Restore defaults", "Apply"]
HEAD = ["Preview", "Live", "History…", "Preset", "Presets", "Method"]


@pytest.fixture(scope="module")
def said(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    profile = make_profile(hosts, tmp_path_factory.mktemp("krita"), shared)
    out = profile.folder / "keyboard"
    out.mkdir()
    return profile.looked("krita_keyboard", out, NST_PHOTO=str(samples.path("lake")))


def test_tab_leads_through_the_window_in_the_order_of_sight(said: dict[str, Any]):
    assert said["window"]["led"] == [*HEAD, *TILES, "Choose style…", *ROWS, "Result", "Close"]


def test_tab_leads_through_the_docker_and_on_to_the_next(said: dict[str, Any]):
    assert said["docker"]["led"] == [*HEAD, "Choose style…", *ROWS, "Result"]


@pytest.mark.parametrize("place", ["window", "docker"])
def test_tab_leads_through_the_styles_that_are_mixed_between_method_and_sliders(said: dict[str, Any], place: str):
    titles = ["Swirled oil: sunrise over the wheat", "Pen and ink: castle, bridge and tree"]
    rows = [name for number, title in enumerate(titles, 1) for name in row_of(number, title)]
    assert said[f"{place}, two styles"]["led"][: len(HEAD) + len(rows) + 2] == [*HEAD, *rows, "Add style…", "Strength"]


def row_of(number: int, title: str) -> list[str]:
    return [f"Style {number}: {title}", f"Remove {title}", *2 * [f"Weight of {title}"], f"Where {title} goes"]


@pytest.mark.parametrize("place", ["window", "docker", "gallery", "window, two styles", "docker, two styles"])
def test_everything_is_reached_and_shows_that_it_has_the_keyboard(said: dict[str, Any], place: str):
    told = said[place]
    assert (told["missed"], told["hidden"], told["blind"]) == ([], [], [])


def test_keys_lead_through_the_gallery_and_take_a_style(said: dict[str, Any]):
    assert said["gallery"]["led"] == ["Search", "Styles", "Favourite", "Other picture", "Close"]
    assert said["places"] == [said["pictures"] - 1, 0, 1]
    assert said["taken"].endswith("style-woodcut.jpg") and not said["gallery left open"]
