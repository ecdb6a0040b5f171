"""Presets and history in a full Krita: what was saved or painted comes back, in the docker and in the window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.hosts.conftest import REPOSITORY, Hosts
from tests.hosts.krita_driver import make_profile

pytestmark = pytest.mark.hosts

PHOTO = REPOSITORY / "nst_core" / "samples" / "scene-lake.jpg"
BACKGROUND, WOODCUT, MOSAIC = ["Background", []], ["woodcut, Quick, 40 %", []], ["mosaic, Quick, 90 %", []]
NAMED = ["None", "Rough wood"]


@pytest.fixture(scope="module")
def said(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script in the window wrote down."""
    folder = tmp_path_factory.mktemp("krita-presets")
    return make_profile(hosts, folder, shared).looked("krita_presets", folder, timeout=600, NST_PHOTO=str(PHOTO))


def test_who_has_no_presets_sees_none(said: dict[str, Any]):
    assert said["presets at first"] == ["None"]
    assert [entry for entry in said["menu by keyboard"] if entry] == ["Save as…", "Import…"]


def test_everything_has_a_name_and_a_tooltip_and_room(said: dict[str, Any]):
    assert said["unlabelled"] == said["unlabelled in the history"] == []
    assert said["clipped in the history"] == []


def test_preset_is_saved_by_keyboard_under_a_name_that_is_suggested(said: dict[str, Any]):
    assert said["suggested name"] == "woodcut, Quick, 70 %"
    assert said["presets after saving"] == NAMED and said["shown after saving"] == "Rough wood"


def test_preset_brings_back_method_style_and_values(said: dict[str, Any]):
    assert said["shown after a change"] == "Rough wood *"
    assert said["chosen"] == ["embedded", "style-woodcut.jpg", 0.7]
    assert said["shown after choosing"] == "Rough wood"


def test_preset_is_saved_over(said: dict[str, Any]):
    assert said["saved over"] == 0.4


def test_name_that_is_taken_is_refused(said: dict[str, Any]):
    assert said["name that is taken"] == [
        "The preset was not renamed.",
        'There is a preset "Rough wood" already: choose another name.',
    ]


def test_preset_is_renamed(said: dict[str, Any]):
    assert said["presets after renaming"] == [*NAMED, "Softer"] and said["shown after renaming"] == "Softer"


def test_nothing_is_replaced_or_deleted_without_a_question(said: dict[str, Any]):
    assert said["question before replacing"] == "Replace the preset “Rough wood”?"
    assert said["question before deleting"] == "Delete the preset “Softer”?"
    assert said["presets after deleting"] == NAMED and said["shown after deleting"] == "None"


def test_exported_preset_is_imported_under_a_free_name(said: dict[str, Any]):
    assert said["export is called"] == "Rough wood.style-preset.json"
    assert said["presets after importing"] == [*NAMED, "Rough wood (2)"] and said["shown after importing"] == "Rough wood (2)"


def test_file_that_is_no_preset_is_told(said: dict[str, Any]):
    assert said["no preset"] == [
        "The preset was not imported.",
        "scene-lake.jpg is no preset: choose a file that was exported here.",
    ]


def test_history_is_empty_before_anything_is_painted(said: dict[str, Any]):
    assert said["empty history"] == ["Nothing was painted yet.", False]


def test_history_shows_the_results_newest_first(said: dict[str, Any]):
    assert said["results"] == ["mosaic, Quick, 90\N{NO-BREAK SPACE}%", "woodcut, Quick, 40\N{NO-BREAK SPACE}%"]
    assert said["painted"].startswith("mosaic, Quick, 90 %. Painted today at ")
    assert said["thumbnails"] == [True, True]


def test_settings_of_a_result_are_taken_again_by_keyboard(said: dict[str, Any]):
    assert said["settings taken again"] == ["embedded", "style-woodcut.jpg", 0.4]


def test_result_is_applied_again(said: dict[str, Any]):
    assert sorted(said["layers before"]) == sorted([BACKGROUND, WOODCUT, MOSAIC])
    assert sorted(said["layers after"]) == sorted([BACKGROUND, WOODCUT, MOSAIC, MOSAIC])
    assert said["results of the same order"] == 2
    assert said["last order"] == ["embedded", "style-mosaic.jpg", 0.9]


def test_window_has_the_docker_s_presets_and_results(said: dict[str, Any]):
    assert said["presets in the window"] == [*NAMED, "Rough wood (2)"]
    assert said["results in the window"] == said["results"]
    assert said["results after clearing"] == []
