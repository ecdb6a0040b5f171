"""Grades are what the eye gives: see graded_pairs."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from nst_core import errors
from nst_core.grade import AREA, Grades, at_area, grade, style_grade, style_picture, word
from nst_core.manner import Manner, manner
from nst_core.raster import Raster
from nst_core.weights import Store
from tests.graded_pairs import FILES, OTHERS_GRADED, OURS_GRADED, Pair, picture

CLEARLY = 2.0  # grades apart: two people would agree on the order


@pytest.fixture(scope="module", params=["ours", "with others"])
def graded(request: pytest.FixtureRequest) -> list[tuple[Pair, float, float | None]]:
    """Every pair with its computed grades for style and, where the eye was asked, for content."""
    pairs: tuple[Pair, ...] = OURS_GRADED
    if request.param == "with others":
        request.getfixturevalue("shared")
        pairs += OTHERS_GRADED
    return [(pair, *computed(pair)) for pair in pairs]


@functools.cache
def computed(pair: Pair) -> tuple[float, float | None]:
    area = min(AREA, *(picture(name)[..., 0].size for name in (pair.painting, pair.reference)))
    style = style_grade(seen(pair.painting, area), seen(pair.reference, area))
    if pair.content is None:
        return style, None
    painting = picture(pair.painting)
    shaped = Image.fromarray(picture(pair.reference)).resize(painting.shape[1::-1])
    return style, grade(rgb(painting), rgb(np.asarray(shaped))).grades.content


@functools.cache
@torch.inference_mode()
def seen(name: str, area: int) -> Manner:
    tensor = torch.from_numpy(picture(name).copy()).permute(2, 0, 1)[None] / 255
    small = at_area(tensor, area)
    return manner(small, torch.ones_like(small[:, :1]))


def rgb(pixels: np.ndarray) -> Raster:
    return Raster(pixels, "RGB")


def ranks(values: np.ndarray) -> np.ndarray:
    """Places in order; equals share the middle of theirs."""
    ordered = np.sort(values)
    return (ordered.searchsorted(values, "left") + ordered.searchsorted(values, "right")) / 2


def in_the_eye_s_order(eye: np.ndarray, found: np.ndarray) -> float:
    """The share of pairs of pairs that the eye orders clearly, and the grades likewise."""
    clear = eye[:, None] - eye >= CLEARLY
    return float((found[:, None] > found)[clear].mean())


def columns(graded: list[tuple[Pair, float, float | None]], what: str) -> tuple[np.ndarray, np.ndarray]:
    """The eye's grades, and those that were computed."""
    if what == "style":
        return np.array([pair.style for pair, _, _ in graded]), np.array([style for _, style, _ in graded])
    asked = [(pair.content, content) for pair, _, content in graded if content is not None]
    return np.array([eye for eye, _ in asked]), np.array([found for _, found in asked])


@pytest.mark.parametrize("what", ["style", "content"])
def test_the_order_is_the_eye_s(graded: list[tuple[Pair, float, float | None]], what: str) -> None:
    eye, found = columns(graded, what)
    assert len(eye) >= 12
    assert np.corrcoef(ranks(eye), ranks(found))[0, 1] > 0.85
    assert in_the_eye_s_order(eye, found) > 0.93


@pytest.mark.parametrize("what", ["style", "content"])
def test_grades_are_about_those_of_the_eye(graded: list[tuple[Pair, float, float | None]], what: str) -> None:
    eye, found = columns(graded, what)
    assert np.abs(eye - found).mean() < 1.2
    assert (found[eye == 10] > 9.99).all()
    assert (found[eye >= 9] >= 8).all()
    assert (found[eye <= 1] < 3).all()


def test_a_picture_beside_itself_gets_ten_and_an_empty_heat_map() -> None:
    painting = rgb(picture("lake after oil by hand"))
    graded = grade(painting, painting, painting)
    assert graded.grades == Grades(10, 10, 10, 10, 1)
    assert graded.heat_map.channels == "RGBA" and graded.heat_map.pixels.shape[:2] == painting.pixels.shape[:2]
    assert not graded.heat_map.pixels[..., 3].any()


def test_empty_canvases_are_alike() -> None:
    white = rgb(np.full((40, 60, 3), 255, np.uint8))
    assert grade(white, white).grades.overall == 10
    assert grade(white, rgb(np.asarray(Image.fromarray(picture("lake")).resize((60, 40))))).grades.overall < 3


def test_the_heat_map_is_warm_where_the_painting_differs_and_nowhere_else() -> None:
    lake, half = picture("lake"), picture("lake: half of it another picture")
    heat = grade(rgb(half), rgb(lake)).heat_map.pixels.astype(int)
    middle, margin = lake.shape[1] // 2, 40
    assert heat[:, : middle - margin, 3].mean() > 90
    assert heat[:, middle + margin :, 3].max() == 0
    seen = heat[heat[..., 3] > 60]
    assert (seen[:, 0] > seen[:, 2] + 60).all()


def test_only_what_is_painted_is_graded() -> None:
    lake, half = picture("lake"), picture("lake: half of it another picture")
    alpha = np.zeros_like(lake[..., :1])
    alpha[:, lake.shape[1] // 2 + 8 :] = 255
    erased = Raster(np.concatenate([half, alpha], -1), "RGBA")
    graded = grade(erased, rgb(lake))
    assert graded.grades.painted == pytest.approx(0.5, abs=0.03)
    assert graded.grades.content > 9 and graded.grades.style > 8.5
    assert not graded.heat_map.pixels[:, : lake.shape[1] // 2, 3].any()
    assert "graded on the 48%" in str(graded.grades)
    with pytest.raises(errors.PictureError, match="nothing to grade"):
        grade(Raster(np.concatenate([half, 0 * alpha], -1), "RGBA"), rgb(lake))


def test_size_and_depth_of_the_painting_hardly_count() -> None:
    hand, after = picture("still life after oil by hand"), picture("still life after oil")
    once = grade(rgb(hand), rgb(after))
    large = np.asarray(Image.fromarray(after).resize((768, 576)))
    again = grade(rgb(hand.astype(np.uint16) * 257), rgb(large))
    assert again.heat_map.depth == "u16"
    for name, value in once.grades.by_name.items():
        assert again.grades.by_name[name] == pytest.approx(value, abs=0.5)


def test_other_shapes_and_tiny_pictures_are_refused_with_the_cure() -> None:
    lake = rgb(picture("lake"))
    with pytest.raises(errors.PictureError, match=r"different shapes .*cut both"):
        grade(lake, rgb(picture("oil: left").copy()))
    with pytest.raises(errors.PictureError, match="the reference is 8×8"):
        grade(lake, rgb(np.zeros((8, 8, 3), np.uint8)))


def test_a_cancelled_grading_stops() -> None:
    def report(fraction: float, stage: str, preview: object = None) -> None:
        if fraction >= 0.5:
            raise errors.Cancelled

    with pytest.raises(errors.Cancelled):
        grade(rgb(picture("lake")), rgb(picture("lake")), report=report)


def test_a_style_is_a_file_or_pixels(home: Path) -> None:
    from nst_core.progress import silent, unheard

    found = style_picture(FILES["oil"], Store(), silent, unheard)
    assert style_picture(found, Store(), silent, unheard) is found and found.width == 1024


def test_every_grade_has_a_word() -> None:
    assert [word(grade) for grade in (10, 9.9, 7, 5, 3, 0)] == [
        "the same",
        "very near",
        "near",
        "on the way",
        "far",
        "something else",
    ]
