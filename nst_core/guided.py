"""Guided filter: a picture made anew, window by window, from affine maps of a photograph's colours; no method here.

He, Sun, Tang 2013, "Guided image filtering", section 3.4 (the guide has colours).
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

from .device import with_float64

BAND_PIXELS = 2**19
"""Pixels of a band: about 200 bytes each are in use at a time."""


def guided_filter(picture: Tensor, guide: Tensor, radius: int, epsilon: float) -> Tensor:
    """`picture` (1, C, H, W) with the edges and details of `guide` (1, 3, H, W) in [0, 1]; same shape back, not clamped.

    Windows have 2 `radius` + 1 pixels to a side, and fewer at the border. Where the guide varies less than `epsilon` (a
    variance), the picture is smoothed over; where it varies more, the picture follows it. Works in bands of rows, and the
    result does not depend on where they end.
    """
    height, width = picture.shape[-2:]
    # A pixel is the mean of the maps of all windows over it, and these reach one radius further.
    halo = 2 * radius
    rows = max(BAND_PIXELS // width, halo, 1)
    # fp64: sums run over whole rows, and a variance is the small difference of two of them.
    place = with_float64(picture.device)
    filtered = torch.empty_like(picture)
    for start in range(0, height, rows):
        stop = min(start + rows, height)
        top, bottom = max(start - halo, 0), min(stop + halo, height)
        band, band_guide = (whole[:, :, top:bottom].to(place).double() for whole in (picture, guide))
        filtered[:, :, start:stop] = _filter(band, band_guide, radius, epsilon)[:, :, start - top : stop - top]
    return filtered


def _filter(picture: Tensor, guide: Tensor, radius: int, epsilon: float) -> Tensor:
    """`guided_filter` in one piece."""
    guide_mean, picture_mean = _box(guide, radius), _box(picture, radius)
    filtered = torch.zeros_like(picture)
    offset = picture_mean
    for channel, slope in enumerate(_slopes(picture, picture_mean, guide, guide_mean, radius, epsilon)):
        one = slice(channel, channel + 1)
        offset = offset - slope * guide_mean[:, one]
        filtered += _box(slope, radius) * guide[:, one]
    return filtered.add_(_box(offset, radius))


def _slopes(
    picture: Tensor, picture_mean: Tensor, guide: Tensor, guide_mean: Tensor, radius: int, epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    """(Σ + ε)⁻¹ cov(guide, picture) of every window, for each of the guide's three channels (1, C, H, W); equation 19."""

    def guide_covariance(first: int, second: int) -> Tensor:
        product = _box((guide[:, first] * guide[:, second])[:, None], radius)
        return product - (guide_mean[:, first] * guide_mean[:, second])[:, None]

    def covariance(channel: int) -> Tensor:
        one = slice(channel, channel + 1)
        return _box(guide[:, one] * picture, radius) - guide_mean[:, one] * picture_mean

    # Gaussian elimination; a matrix without negative eigenvalues needs no pivoting.
    pivot = guide_covariance(0, 0) + epsilon
    red_green, red_blue, red = guide_covariance(0, 1), guide_covariance(0, 2), covariance(0)
    share = red_green / pivot
    green_pivot = guide_covariance(1, 1) + epsilon - share * red_green
    green_blue, green = guide_covariance(1, 2) - share * red_blue, covariance(1) - share * red
    share, green_share = red_blue / pivot, green_blue / green_pivot
    blue_pivot = guide_covariance(2, 2) + epsilon - share * red_blue - green_share * green_blue
    third = (covariance(2) - share * red - green_share * green) / blue_pivot
    second = (green - green_blue * third) / green_pivot
    return (red - red_green * second - red_blue * third) / pivot, second, third


def _box(picture: Tensor, radius: int) -> Tensor:
    """Means over windows (2 `radius` + 1 pixels to a side), of those pixels that lie inside."""
    height, width = picture.shape[-2:]
    rows = _differences(functional.pad(picture, (0, 0, radius + 1, radius)).cumsum(-2), height, -2)
    sums = _differences(functional.pad(rows, (radius + 1, radius)).cumsum(-1), width, -1)
    return sums.div_(_counts(height, radius, picture)[:, None] * _counts(width, radius, picture))


def _differences(sums: Tensor, length: int, axis: int) -> Tensor:
    """Sums over windows from running sums, whose first is 0: so the radius costs nothing."""
    window = sums.shape[axis] - length
    return sums.narrow(axis, window, length) - sums.narrow(axis, 0, length)


def _counts(length: int, radius: int, like: Tensor) -> Tensor:
    """How many pixels of a line each window has."""
    here = torch.arange(length, dtype=like.dtype, device=like.device)
    return (here + radius).clamp_max(length - 1) - (here - radius).clamp_min(0) + 1
