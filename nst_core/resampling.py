"""A picture at another size: bicubic and antialiased as Pillow does it (a = -1/2), or enlarged without a trace of the smaller
size; on any device; pure tensor functions."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

MOST_SHRUNK = 16
"""A GPU shrinks up to so many times: CUDA's kernel holds the weights of a place's neighbours in 48 kB of shared memory, which is
too little from 47 times on, or from 23 in float64; others have less."""


def bicubic(picture: Tensor, height: int, width: int) -> Tensor:
    """`picture` (N, C, H, W) at that size, on its device; beside edges it overshoots."""
    if picture.device.type == "cpu" or max(picture.shape[2] / height, picture.shape[3] / width) <= MOST_SHRUNK:
        try:
            return _interpolated(picture, height, width)
        except NotImplementedError:  # by some GPUs
            pass
    return _interpolated(picture.cpu(), height, width).to(picture.device)


def _interpolated(picture: Tensor, height: int, width: int) -> Tensor:
    return F.interpolate(picture, (height, width), mode="bicubic", antialias=True, align_corners=False)


def resized(picture: Tensor, height: int, width: int) -> Tensor:
    """The picture at another size, in [0, 1]; itself where the size is the same."""
    return picture if picture.shape[2:] == (height, width) else bicubic(picture, height, width).clamp_(0, 1)


ROWS = 256
"""That many rows' weights are in memory at once, in float64 on the CPU: 17 MB of them for a picture of 8,000 rows."""


def bandlimited(picture: Tensor, height: int, width: int) -> Tensor:
    """`picture` (N, C, H, W), any float, enlarged as the sum of cosines that it is (DCT-II): mirrored at its border, and
    overshooting beside edges. A picture of the size is given back itself.

    A bicubic picture is as sharp as the smaller one at its pixels and blurred halfway between them. These places come again in a
    regular pattern, which shows where the picture is then worked on, as by an optimiser. Cosines are shifted without loss.
    """
    tall = picture if picture.shape[2] == height else _bandlimited_rows(picture, height)
    return tall if picture.shape[3] == width else _bandlimited_rows(tall.mT, width).mT.contiguous()


def _bandlimited_rows(picture: Tensor, height: int) -> Tensor:
    """As many rows as wanted; same columns."""
    batch, channels, known, width = picture.shape
    found = picture.new_empty(batch, channels, height, width)
    for first in range(0, height, ROWS):
        rows = torch.arange(first, min(first + ROWS, height), dtype=torch.float64)
        weights = _cosine_weights((rows + 0.5) * (known / height), known).to(picture.dtype).to(picture.device)
        torch.matmul(weights, picture, out=found[:, :, first : first + len(rows)])
    return found


def _cosine_weights(places: Tensor, count: int) -> Tensor:
    """What each of `count` samples at 0.5, 1.5, ... adds to the value at each of the places: (places, count), float64.

    The DCT-II and its inverse in one, 1 + 2 Σ cos(πkp/n) cos(πkq/n) over 0 < k < n and divided by n, with the sum in closed form:
    Dirichlet's kernel of the distance, and of the distance from the mirrored sample.
    """
    samples = torch.arange(count, dtype=torch.float64) + 0.5
    return (_dirichlet(places[:, None] - samples, count) + _dirichlet(places[:, None] + samples, count)) / (2 * count)


def _dirichlet(distance: Tensor, count: int) -> Tensor:
    """1 + 2 Σ cos(πkd/n) over 0 < k < n."""
    angle = distance * (math.pi / count)
    half = torch.sin(angle / 2)
    near = half.abs() < 1e-12
    return torch.where(near, 2.0 * count - 1, torch.sin((count - 0.5) * angle) / torch.where(near, 1.0, half))
