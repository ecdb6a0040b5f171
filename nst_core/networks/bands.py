"""Runs a local part of a network band by band: bounded memory, short convolutions; no network here."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import torch
from torch import Tensor

BAND_PIXELS = 2**20
"""Pixels of the working picture in one band: enough to keep a GPU busy, while a convolution over them is short on a CPU."""


def in_bands(part: Callable[[Tensor], Tensor], x: Tensor, halo: int, scale: Fraction, rows: int) -> Tensor:
    """`in_placed_bands` of a part that doesn't care where a band lies."""
    return in_placed_bands(lambda band, _: part(band), x, halo, scale, rows)


def in_placed_bands(part: Callable[[Tensor, int], Tensor], x: Tensor, halo: int, scale: Fraction, rows: int) -> Tensor:
    """Equal to `part(x, 0)` up to rounding, but computed `rows` rows of `x` at a time.

    `x` (N, C, H, W); the result has ceil(H * scale) rows and is channels-last. `part` must be local: what it pads by
    reflection at a band's edge may reach at most `halo` rows of `x` inwards. Those rows are computed and dropped, while at
    the picture's own border the band's edge is the picture's. `rows` and `halo` must give whole rows when scaled. `part` is told which row of `x` is its band's first.
    """
    height = x.shape[2]
    whole: Tensor | None = None
    for start in range(0, height, rows):
        stop = min(start + rows, height)
        top, bottom = max(start - halo, 0), min(stop + halo, height)
        band = part(x[:, :, top:bottom].contiguous(memory_format=torch.channels_last), top)
        if (top, bottom) == (0, height):
            return band
        if whole is None:
            shape = (*band.shape[:2], scaled(height, scale), band.shape[3])
            whole = torch.empty(shape, dtype=band.dtype, device=band.device, memory_format=torch.channels_last)
        skipped, first, last = scaled(start - top, scale), scaled(start, scale), scaled(stop, scale)
        whole[:, :, first:last] = band[:, :, skipped : skipped + last - first]
        del band  # before the next one is computed, so that only one is alive
    assert whole is not None
    return whole


def scaled(rows: int, scale: Fraction) -> int:
    """`rows` times `scale`, rounded up: a convolution of stride 2 keeps the odd row."""
    return -(-rows * scale.numerator // scale.denominator)


def rows_of(width: int) -> int:
    """Rows in a band of a picture so wide: about `BAND_PIXELS` pixels, a multiple of 4, and never mostly halo."""
    return max(BAND_PIXELS // width // 4, 16) * 4


def computed_pixels(height: int, width: int, halo: int) -> int:
    """Pixels that a network computes on a picture in bands, the halos included."""
    bands = -(-height // rows_of(width))
    return width * (height + 2 * halo * (bands - 1))
