"""A network in bands paints what it paints in one piece."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from nst_core.networks import bands, magenta, microast
from tests.methods.tiny import random_magenta, random_microast

SIZES = [(333, 90), (401, 17), (258, 65)]
EXACT = 1e-11  # in fp64: a halo that is one row short gives 1e-8


def both_ways(monkeypatch, paint):
    """What `paint` gives in one piece, and in bands of 64 rows."""
    with torch.no_grad():
        whole = paint()
        monkeypatch.setattr(bands, "BAND_PIXELS", 1)
        return whole, paint()


@pytest.mark.parametrize("size", SIZES)
def test_microast_in_bands_equals_it_in_one_piece(monkeypatch, size):
    network, content = random_microast().double(), torch.rand(1, 3, *size).double()
    code = network.code(torch.rand(1, 3, 50, 60).double())
    whole, banded = both_ways(monkeypatch, lambda: network(content, code))
    assert (whole - banded).abs().max() <= EXACT


@pytest.mark.parametrize("size", SIZES)
def test_magenta_in_bands_equals_it_in_one_piece(monkeypatch, size):
    network, content = random_magenta().transformer.double(), torch.rand(1, 3, *size).double()
    bottleneck = torch.randn(1, magenta.BOTTLENECK).double()
    whole, banded = both_ways(monkeypatch, lambda: network(content, bottleneck))
    assert (whole - banded).abs().max() <= EXACT


def test_every_row_is_computed_once_and_with_its_neighbours():
    seen = []

    def blurred(band):
        seen.append(band.shape[2])
        return F.avg_pool2d(F.pad(band, (1, 1, 1, 1), mode="reflect"), 3, 1)

    picture = torch.rand(1, 2, 37, 9)
    assert torch.allclose(bands.in_bands(blurred, picture, 1, Fraction(1), 10), blurred(picture))
    assert seen == [11, 12, 12, 8, 37]


@pytest.mark.parametrize(("width", "height"), [(100, 7), (1024, 1024), (4096, 4096), (20000, 500)])
def test_computed_pixels_are_those_of_the_picture_and_some_halo(width, height):
    share = bands.computed_pixels(height, width, 24) / (width * height)
    assert 1 <= share < 1.8
    assert share == 1 or height > bands.rows_of(width)


@pytest.mark.parametrize("facts", [microast.FACTS, magenta.FACTS])
def test_the_largest_picture_of_a_budget_takes_all_of_it(facts):
    for budget in (1e8, 5e8, 1e10):
        pixels = facts.pixels_in(budget)
        taken = pixels * facts.bytes_per_pixel + min(pixels, facts.band_pixels) * facts.band_bytes_per_pixel
        assert budget - 1000 < taken <= budget
