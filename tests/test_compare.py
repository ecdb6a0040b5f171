"""The numbers of a comparison are those of the plain formulas."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from nst_core.compare import compare
from nst_core.raster import Raster

RANDOM = np.random.default_rng(2)


def noise(height: int, width: int, channels: str, dtype: str = "uint8") -> Raster:
    return Raster(RANDOM.integers(0, np.iinfo(dtype).max + 1, (height, width, len(channels))).astype(dtype), channels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", ["RGB", "RGBA"])
def test_numbers_are_those_of_the_formulas(channels: str, dtype: str) -> None:
    one, other = noise(150, 40, channels, dtype), noise(150, 40, channels, dtype)
    difference = np.abs(one.pixels.astype(float) - other.pixels) / np.iinfo(dtype).max
    got = compare(one, other)
    assert got.max_difference == pytest.approx(difference.max(), rel=1e-6)
    assert got.mean_difference == pytest.approx(difference.mean(), rel=1e-6)
    assert got.psnr == pytest.approx(-10 * math.log10((difference**2).mean()), rel=1e-6)
    assert got.differing == pytest.approx(difference.any(-1).mean())
    assert not got.identical and got.same_size and got.same_channels and got.same_depth


def test_one_changed_value_is_found_wherever_it_is() -> None:
    one = noise(130, 9, "RGBA")
    for place in ((0, 0, 0), (129, 8, 3), (64, 4, 1)):
        pixels = one.pixels.copy()
        pixels[place] ^= 1
        got = compare(one, Raster(pixels, "RGBA"))
        assert got.max_difference == pytest.approx(1 / 255) and got.differing == pytest.approx(1 / (130 * 9))


def test_equal_pictures_are_identical_and_infinitely_good() -> None:
    one = noise(5, 6, "LA")
    got = compare(one, Raster(one.pixels.copy(), "LA"))
    assert got.identical and got.max_difference == 0 and got.psnr == math.inf
    assert json.loads(json.dumps(got.as_json(), allow_nan=False))["psnr"] is None
    assert str(got) == "identical: 6x5 LA u8"


def test_depths_and_channels_are_compared_by_what_they_show() -> None:
    grey = noise(5, 6, "L")
    deep = Raster(grey.pixels.astype(np.uint16).repeat(3, -1) * np.uint16(257), "RGB")
    got = compare(grey, deep)
    assert (got.same_channels, got.same_depth, got.identical) == (False, False, False)
    assert got.max_difference is not None and got.max_difference < 1e-7
    opaque = Raster(np.concatenate([grey.pixels, np.full_like(grey.pixels, 255)], -1), "LA")
    assert compare(grey, opaque).max_difference == 0
    seen = Raster(np.concatenate([grey.pixels, np.full_like(grey.pixels, 51)], -1), "LA")
    assert compare(grey, seen).max_difference == pytest.approx(0.8)


def test_sizes_that_differ_have_no_differences() -> None:
    got = compare(noise(5, 6, "RGB"), noise(6, 5, "RGB"))
    assert not got.same_size and got.max_difference is None and got.psnr is None
    assert str(got) == "sizes differ: 6x5 RGB u8 and 5x6 RGB u8"
    assert got.as_json()["max_difference"] is None


def test_values_that_are_no_numbers_differ_from_numbers_only() -> None:
    values = np.array([[[np.nan, np.inf, 0.5]]], np.float32)
    assert compare(Raster(values, "RGB"), Raster(values.copy(), "RGB")).max_difference == 0
    got = compare(Raster(values, "RGB"), Raster(np.full((1, 1, 3), 0.5, np.float32), "RGB"))
    assert got.max_difference == math.inf and got.psnr == -math.inf
    json.dumps(got.as_json(), allow_nan=False)
