"""The matting Laplacian M of a photograph: how far another picture is, locally, from an affine map of its colours.

Levin, Lischinski, Weiss 2006, "A closed-form solution to natural image matting", equation 12 and its extension to colour;
as a loss against painted distortions: Luan, Paris, Shechtman, Bala 2017, "Deep photo style transfer". No solver here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from .device import finest, with_float64

EPSILON = 1e-7
"""Levin's regularisation of the slope of the affine maps, for colours in [0, 1]."""

WINDOW = tuple((row, column) for row in range(3) for column in range(3))
"""The pixels of a 3 x 3 window, in reading order, from its upper left corner."""

OFFSETS = ((0, 1), (0, 2), *((down, right) for down in (1, 2) for right in range(-2, 3)))
"""From a pixel to the 12 of its neighbours that come later in reading order and can share a window with it; M is symmetric."""

BAND_PIXELS = {"cpu": 2**17, "gpu": 2**20}
"""Pixels that are worked on at a time: their temporary copies (900 bytes each) fit into a CPU's cache, and keep a GPU busy."""


@dataclass(frozen=True)
class MattingLaplacian:
    """M (N = H·W pixels squared) as the weights of its pairs: (M p)ᵢ = Σ_j wᵢⱼ (pᵢ - pⱼ); 48 bytes a pixel.

    `planes` (12, H, W), float32: in plane d at pixel i the weight between i and i + `OFFSETS[d]`, 0 where that lies outside.
    Only differences are weighted, so a constant picture gives exactly 0, and float32 does where sums over windows, the
    usual matrix-free form, explode: there Σ⁻¹ of a flat window, 1e8, meets the rounding of nearly equal sums.
    All pictures are (N, C, H, W) on the device of `planes`, and each channel counts alone.
    """

    planes: Tensor

    def apply(self, picture: Tensor) -> Tensor:
        """M times each channel of `picture`; same shape back."""
        product = torch.zeros_like(picture)
        for weight, here, there in self._pairs(picture.shape):
            flow = (picture[here] - picture[there]).mul_(weight)
            product[here] += flow
            product[there] -= flow
        return product

    def energy(self, picture: Tensor) -> Tensor:
        """Σ xᵀ M x over the channels and pictures: 0-dimensional, float64 where the device has it, and never below 0."""
        # Σ w (pᵢ - pⱼ)², not x · M x, whose large terms cancel.
        precise = finest(picture.device)
        total = torch.zeros((), dtype=precise, device=picture.device)
        for weight, here, there in self._pairs(picture.shape):
            total += (picture[here] - picture[there]).square_().mul_(weight).sum().to(precise)
        # M has no negative eigenvalue, its rounded weights may have one of -1e-7: what falls below 0 is 0.
        return total.clamp_min(0)

    def energy_and_gradient(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Σ xᵀ M x and its gradient 2 M x, at little more than the cost of one of them."""
        precise = finest(picture.device)
        total, gradient = torch.zeros((), dtype=precise, device=picture.device), torch.zeros_like(picture)
        for weight, here, there in self._pairs(picture.shape):
            difference = picture[here] - picture[there]
            flow = difference * weight
            total += (difference.mul_(flow)).sum().to(precise)
            gradient[here] += flow
            gradient[there] -= flow
        return total.clamp_min(0), gradient.mul_(2)

    def diagonal(self) -> Tensor:
        """The diagonal of M, (H, W): every pixel's sum of weights."""
        diagonal = torch.zeros_like(self.planes[0])
        for weight, here, there in self._pairs((1, 1, *diagonal.shape)):
            diagonal[here[2:]] += weight
            diagonal[there[2:]] += weight
        return diagonal

    def _pairs(self, shape: tuple[int, ...]) -> Iterator[tuple[Tensor, tuple[slice, ...], tuple[slice, ...]]]:
        """Weights, and the places in pictures of `shape` of both pixels of every pair: by offset, in bands of rows."""
        height, width = shape[-2:]
        everything = slice(None)
        for start, stop in _bands(height, width, self.planes.device):
            for plane, (down, right) in zip(self.planes, OFFSETS):
                left, until, last = max(-right, 0), width - max(right, 0), min(stop, height - down)
                if start < last and left < until:
                    here = (everything, everything, slice(start, last), slice(left, until))
                    there = (everything, everything, slice(start + down, last + down), slice(left + right, until + right))
                    yield plane[here[2:]], here, there


def matting_laplacian(photograph: Tensor, epsilon: float = EPSILON) -> MattingLaplacian:
    """M of `photograph` (1, C, H, W) in [0, 1], on its device; all windows that lie wholly inside count.

    Below 3 x 3 pixels there is no window, and M is 0.
    """
    height, width = photograph.shape[-2:]
    # fp64: on flat regions a window's covariance is far below what fp32 tells from 0.
    place = with_float64(photograph.device)
    planes = torch.zeros(len(OFFSETS), height, width, device=photograph.device)
    for start, stop in _bands(height, width, place):
        top, bottom = max(start - 2, 0), min(stop + 2, height)
        if min(bottom - top, width) >= 3:
            band = _weights(photograph[0, :, top:bottom].to(place).double(), epsilon)
            planes[:, start:stop] = band[:, start - top : stop - top]
    return MattingLaplacian(planes)


def _weights(photograph: Tensor, epsilon: float) -> Tensor:
    """The planes (12, H, W) of `photograph` (C, H, W), in its own precision.

    A window of 9 pixels adds (1 + (Iᵢ - μ)ᵀ (Σ + ε/9)⁻¹ (Iⱼ - μ)) / 9 to each of its pairs (Levin 2006, equation 12).
    """
    _, height, width = photograph.shape
    windows = torch.stack([photograph[:, row : height - 2 + row, column : width - 2 + column] for row, column in WINDOW])
    whitened = _whitened(windows - windows.mean(dim=0), epsilon)
    planes = photograph.new_zeros(len(OFFSETS), height, width)
    for first, second in combinations(range(9), 2):
        (row, column), (later_row, later_column) = WINDOW[first], WINDOW[second]
        plane = planes[OFFSETS.index((later_row - row, later_column - column))]
        weight = (whitened[first] * whitened[second]).sum(dim=0).add_(1).div_(9)
        plane[row : height - 2 + row, column : width - 2 + column] += weight
    return planes


def _whitened(centred: Tensor, epsilon: float) -> Tensor:
    """L⁻¹ (I - μ) with L Lᵀ = Σ + ε/9, for all windows at once; `centred` (9, C, ...) is I - μ, same shape back.

    Cholesky, channel by channel. Cofactors would be shorter, but where the photograph is grey the determinant of Σ
    cancels to nothing even in fp64.
    """
    channels = centred.shape[1]
    lower: dict[tuple[int, int], Tensor] = {}
    whitened: list[Tensor] = []
    for row in range(channels):
        rest = centred[:, row]
        for column in range(row):
            covariance = (centred[:, row] * centred[:, column]).mean(dim=0)
            known = sum((lower[row, before] * lower[column, before] for before in range(column)), torch.zeros_like(covariance))
            lower[row, column] = (covariance - known) / lower[column, column]
            rest = rest - lower[row, column] * whitened[column]
        variance = centred[:, row].square().mean(dim=0) + epsilon / 9
        lower[row, row] = sum((-lower[row, before].square() for before in range(row)), variance).sqrt()
        whitened.append(rest / lower[row, row])
    return torch.stack(whitened, dim=1)


def _bands(height: int, width: int, device: torch.device) -> list[tuple[int, int]]:
    """First and last-but-one rows of the bands of a picture."""
    rows = max(1, BAND_PIXELS["cpu" if device.type == "cpu" else "gpu"] // width)
    return [(start, min(start + rows, height)) for start in range(0, height, rows)]
