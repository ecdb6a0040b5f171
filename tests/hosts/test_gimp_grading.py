"""Comparing a painted layer in the real GIMP: the engine's grades, a heat map where it differs, words for what can't be."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nst_core import imagefile
from nst_core.grade import grade
from nst_core.manifest import load
from nst_core.raster import Raster
from tests.graded_pairs import FILES
from tests.hand import PAINTED
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import HERE, make_profile

pytestmark = pytest.mark.hosts

PAINTING, REFERENCE = PAINTED / "lake-after-oil-by-hand.jpg", PAINTED / "lake-after-oil.jpg"


@pytest.fixture(scope="module")
def said(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("gimp")
    profile = make_profile(hosts, folder, shared)
    out = folder / "out"
    out.mkdir()
    told = {
        "NST_OUT": str(out),
        "NST_PAINTING": str(PAINTING),
        "NST_REFERENCE": str(REFERENCE),
        "NST_STYLE": str(FILES["oil"]),
        "PLUG_IN": str(profile.plug_in),
        "OMP_NUM_THREADS": "1",
    }
    done = profile.batch(HERE / "gimp_grading.py", told, timeout=150, x=True)
    if os.environ.get("NST_SCREENSHOTS"):
        for picture in out.glob("*.png"):
            shutil.copy(picture, os.environ["NST_SCREENSHOTS"])
    assert (out / "said.json").is_file(), done.stdout
    found = json.loads((out / "said.json").read_text())
    assert "broken" not in found, found["broken"] + done.stdout
    width, height = found["size"]
    found["heat"] = np.fromfile(out / "heat", np.uint8).reshape(height, width, 4).astype(int)
    return found


@pytest.fixture(scope="module")
def pictures() -> tuple[Raster, Raster]:
    return imagefile.read(PAINTING).raster, imagefile.read(REFERENCE).raster


def test_the_grades_are_the_engine_s(said: dict[str, Any], pictures: tuple[Raster, Raster]):
    want = grade(pictures[0], pictures[1], imagefile.read(FILES["oil"]).raster)
    assert said["graded"]["status"] == "success"
    # Another decoder of JPEG than ours opened the files.
    assert said["graded"]["grades"] == pytest.approx(list(want.grades.by_name.values()), abs=0.1)
    assert np.abs(said["heat"][..., 3] - want.heat_map.pixels[..., 3].astype(int)).mean() < 3
    assert said["active"] == ["painting"]
    assert said["names"][:2] == [f"{said['graded']['grades'][0]:.1f} of 10, heat map", "painting"]


def test_only_what_is_selected_is_compared(said: dict[str, Any], pictures: tuple[Raster, Raster]):
    painting, reference = (Raster(picture.pixels[50:200, 100:300], "RGB") for picture in pictures)
    found = said["selected"]
    assert found["box"] == [100, 50, 200, 150]
    assert found["grades"] == pytest.approx([*grade(painting, reference).grades.by_name.values(), -1], abs=0.2)


@pytest.mark.parametrize("kind", ["colours", "grey", "indexed"])
def test_what_a_mask_hides_is_not_graded(said: dict[str, Any], kind: str):
    found = said["masked"][kind]
    assert found["status"] == "success"
    assert found["grades"][:3] == pytest.approx([10, 10, 10], abs=0.5)  # forms end at the edge of what is seen


def test_the_windows_ask_and_tell(said: dict[str, Any]):
    windows = said["windows"]
    assert (windows["agreed"], windows["reference"], windows["style"]) == (True, "Background", str(FILES["oil"]))
    assert "painting" in windows["asked"]
    for value in said["graded"]["grades"]:
        assert any(told.startswith(f"{value:.1f}: ") for told in windows["graded"])


def test_painting_is_fetched_for_the_comparison_after_a_question(
    said: dict[str, Any], pictures: tuple[Raster, Raster], shared: Path
):
    fetched = said["fetched"]
    assert set(load().paintings) <= set(fetched["offered"])
    assert fetched["asked"] == ["<b>Download Under the Wave off Kanagawa?</b>"] * 2 and fetched["agreed"] is True
    wave = shared / "weights" / "mirror" / "style-pack-public-domain" / "wave.jpg"
    want = grade(*pictures, imagefile.read(wave).raster).grades.by_name["style_picture"]
    assert fetched["grade"] == pytest.approx(want, abs=0.1)


def test_what_can_not_be_compared_is_told(said: dict[str, Any]):
    assert said["alone"]["status"] == "calling-error" and "choose another layer" in said["alone"]["message"]
    assert said["apart"]["status"] == "calling-error" and "no place in common" in said["apart"]["message"]
