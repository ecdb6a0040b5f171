"""Pictures between two pictures of the same thing: colours that lie evenly between theirs, and lines that stay clean."""

from __future__ import annotations

import functools
import math

import torch
import torch.nn.functional as F
from torch import Tensor

# Björn Ottosson, "A perceptual color space for image processing", 2020: linear sRGB to cones, and their cube roots to OKLab.
CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
OPPONENTS = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)

TONE = 6.0
"""Standard deviation in pixels: what is finer is a line or a texture, what is coarser the colour of something."""
HASTE = 0.75
"""How far lines and textures go ahead of colours: at 1 they would stand still at the end, at 0 go along."""
BAND_PIXELS = 2**20


def between(original: Tensor, drawn: Tensor, amount: float) -> Tensor:
    """The picture at `amount` in [0, 1] of the way from `original` to `drawn`, in OKLab.

    Both (1, 3, H, W), sRGB-encoded in [0, 1], on one device; the result, clamped, takes the place of `drawn`. Colours go
    evenly, while lines and textures go ahead: midway two thirds of them are the drawing's, since where a drawing is only
    half laid over a photograph, the photograph's textures show through its lines.
    """
    if amount == 1:
        return drawn
    height, width = original.shape[2:]
    rows = max(BAND_PIXELS // width, 1)
    margin = len(_kernel()) // 2
    finished: tuple[slice, Tensor] | None = None
    for start in range(0, height, rows):
        top, bottom = max(start - margin, 0), min(start + rows + margin, height)
        band = _between(original[:, :, top:bottom], drawn[:, :, top:bottom], amount)
        # A band is written after the next one has read its rows.
        if finished is not None:
            drawn[:, :, finished[0]] = finished[1]
        finished = slice(start, min(start + rows, height)), band[:, :, start - top : start - top + rows].contiguous()
    if finished is not None:
        drawn[:, :, finished[0]] = finished[1]
    return drawn


def to_oklab(picture: Tensor) -> Tensor:
    """(N, 3, H, W), sRGB-encoded in [0, 1], as lightness in [0, 1] and two opponent colours."""
    linear = torch.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055).clamp_min(0) ** 2.4)
    return _mixed(OPPONENTS, _mixed(CONES, linear).clamp_min_(0) ** (1 / 3))


def from_oklab(lab: Tensor) -> Tensor:
    """What `to_oklab` was given; colours outside of sRGB are clamped."""
    linear = _mixed(_inverse(CONES), _mixed(_inverse(OPPONENTS), lab) ** 3).clamp_(0, 1)
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _between(original: Tensor, drawn: Tensor, amount: float) -> Tensor:
    before = to_oklab(original)
    change = to_oklab(drawn).sub_(before)
    ahead = amount + HASTE * amount * (1 - amount)
    held_back = _blurred(change).mul_(ahead - amount)
    return from_oklab(before.add_(change, alpha=ahead).sub_(held_back))


def _blurred(picture: Tensor) -> Tensor:
    kernel = torch.tensor(_kernel(), dtype=picture.dtype, device=picture.device)
    margin, channels = len(kernel) // 2, picture.shape[1]
    across, down = (kernel.view(shape).expand(channels, *shape[1:]) for shape in ((1, 1, 1, -1), (1, 1, -1, 1)))
    picture = F.conv2d(F.pad(picture, (margin, margin, 0, 0), mode="replicate"), across, groups=channels)
    return F.conv2d(F.pad(picture, (0, 0, margin, margin), mode="replicate"), down, groups=channels)


@functools.cache
def _kernel() -> tuple[float, ...]:
    weights = [math.exp(-0.5 * (place / TONE) ** 2) for place in range(-math.ceil(3 * TONE), math.ceil(3 * TONE) + 1)]
    return tuple(weight / sum(weights) for weight in weights)


def _mixed(matrix: tuple[tuple[float, ...], ...], picture: Tensor) -> Tensor:
    """A 3x3 matrix at every pixel."""
    weight = torch.tensor(matrix, dtype=picture.dtype, device=picture.device)[:, :, None, None]
    return F.conv2d(picture, weight)


@functools.cache
def _inverse(matrix: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, torch.linalg.inv(torch.tensor(matrix, dtype=torch.float64)).tolist()))
