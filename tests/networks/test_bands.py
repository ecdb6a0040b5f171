"""A part of a network in bands gives what it gives in one piece."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from nst_core.networks import bands


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
