"""How much two pictures differ, in numbers; for the command line's `compare` and for tests."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .raster import Raster, to_unit


@dataclass(frozen=True)
class Comparison:
    """Two pictures side by side. Differences are in units of full scale, over all colour channels and alpha.

    Grey counts as three equal channels and a picture without alpha as opaque. Differences are None when the sizes differ.
    """

    first: str
    """Size, channels and depth in words."""
    second: str
    same_size: bool
    same_channels: bool
    same_depth: bool
    identical: bool
    """Every stored value is equal, bit for bit."""
    max_difference: float | None = None
    mean_difference: float | None = None
    psnr: float | None = None
    """Peak signal-to-noise ratio in dB, 10 log10 of 1 over the mean squared difference; infinite when nothing differs."""
    differing: float | None = None
    """Share of the pixels in which anything differs."""

    def as_json(self) -> dict[str, Any]:
        """All fields for JSON, which has no infinity: such a one is null."""
        fields = asdict(self).items()
        return {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in fields}

    def __str__(self) -> str:
        if not self.same_size:
            return f"sizes differ: {self.first} and {self.second}"
        kinds = self.first if self.first == self.second else f"{self.first} and {self.second}"
        if self.identical:
            return f"identical: {kinds}"
        numbers = f"max {self.max_difference:.6g}, mean {self.mean_difference:.6g}, PSNR {self.psnr:.2f} dB"
        return f"{numbers}, {self.differing:.2%} of the pixels: {kinds}"


def compare(first: Raster, second: Raster) -> Comparison:
    """The differences between two pictures of any channels and depths; not-a-number differs infinitely from any number."""
    same_size = first.pixels.shape[:2] == second.pixels.shape[:2]
    same_channels, same_depth = first.channels == second.channels, first.depth == second.depth
    identical = same_size and same_channels and same_depth and _equal_bytes(first.pixels, second.pixels)
    facts = (_words(first), _words(second), same_size, same_channels, same_depth, identical)
    if not same_size:
        return Comparison(*facts)
    alpha = first.has_alpha or second.has_alpha
    largest = total = squares = 0.0
    differing = 0
    for row in range(0, first.height, 64):
        difference = _difference(_complete(first, row, alpha), _complete(second, row, alpha))
        largest = max(largest, float(difference.max()))
        total += float(difference.sum())
        squares += float(np.square(difference).sum())
        differing += int(difference.any(axis=-1).sum())
    pixels = first.width * first.height
    values = pixels * (4 if alpha else 3)
    psnr = math.inf if squares == 0 else -math.inf if math.isinf(squares) else -10 * math.log10(squares / values)
    return Comparison(*facts, largest, total / values, psnr, differing / pixels)


def _difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        difference = np.abs(one - other)
    difference[(one == other) | (np.isnan(one) & np.isnan(other))] = 0  # infinity less itself is no number
    difference[np.isnan(difference)] = np.inf
    return difference


def _complete(raster: Raster, row: int, alpha: bool) -> np.ndarray:
    """64 rows from `row` in fp64 with three colour channels and, if wanted, alpha."""
    pixels = to_unit(raster.pixels[row : row + 64]).astype(np.float64)
    opaque = pixels[..., -1:] if raster.has_alpha else np.ones_like(pixels[..., :1])
    colours = pixels[..., : len(raster.channels) - raster.has_alpha]
    colours = np.broadcast_to(colours, (*colours.shape[:2], 3))
    return np.concatenate([colours, opaque], axis=-1) if alpha else colours


def _equal_bytes(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.array_equal(one.reshape(-1).view(np.uint8), other.reshape(-1).view(np.uint8)))


def _words(raster: Raster) -> str:
    return f"{raster.width}x{raster.height} {raster.channels} {raster.depth}"
