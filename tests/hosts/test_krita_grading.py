"""Comparing a painted layer in the real Krita: the engine's grades, a heat map that one undo removes, words for what can't be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nst_core import imagefile
from nst_core.grade import grade
from tests.graded_pairs import FILES
from tests.hand import PAINTED
from tests.hosts.conftest import Hosts
from tests.hosts.krita_driver import make_profile

pytestmark = pytest.mark.hosts

PAINTING, REFERENCE = PAINTED / "lake-after-oil-by-hand.jpg", PAINTED / "lake-after-oil.jpg"


@pytest.fixture(scope="module")
def said(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("krita-grading")
    told = {"NST_PAINTING": str(PAINTING), "NST_REFERENCE": str(REFERENCE), "NST_STYLE": str(FILES["oil"])}
    found = make_profile(hosts, folder, shared).looked("krita_grading", folder, timeout=400, **told, NST_PREFIX="krita-grading")
    found["heat"] = np.fromfile(folder / "heat", np.uint8)
    return found


def test_the_grades_are_the_engine_s(said: dict[str, Any]):
    want = grade(imagefile.read(PAINTING).raster, imagefile.read(REFERENCE).raster, imagefile.read(FILES["oil"]).raster)
    # Another decoder of JPEG than ours opened the files.
    assert said["grades"] == pytest.approx(want.grades.by_name, abs=0.1)
    heat = said["heat"].reshape(want.heat_map.pixels.shape)
    assert np.abs(heat[..., 3] - want.heat_map.pixels[..., 3].astype(int)).mean() < 3
    for name, value in said["grades"].items():
        assert f"{value:.1f}: {said['words'][name]}" in said["labels"]


def test_the_heat_map_lies_above_the_painting_and_one_undo_removes_it(said: dict[str, Any]):
    assert said["after"] == [*said["with painting"], f"{said['grades']['overall']:.1f} of 10, heat map"]
    assert said["offered"] == said["before"]
    assert said["undone"] == said["with painting"]


def test_a_style_that_is_not_there_is_told(said: dict[str, Any]):
    assert "/nowhere.png" in said["told"]


def test_the_painting_stays_the_active_layer(said: dict[str, Any]):
    assert said["active"] == "my painting"


def test_grey_layer_and_group_of_the_same_picture_are_the_same(said: dict[str, Any]):
    assert said["grey beside its group"] == {"overall": 10.0, "content": 10.0, "style": 10.0}
    assert said["heat map of grey"] == ["RGBA", "my painting"]


def test_everything_has_a_name_and_a_tooltip_and_room(said: dict[str, Any]):
    assert said["style at first"] == ""
    assert said["unlabelled"] == []
    assert said["clipped"] == []


def test_a_heat_map_is_not_taken_for_a_painting(said: dict[str, Any]):
    assert "choose the layer of your painting" in said["heat map active"]
