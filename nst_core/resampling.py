"""A picture at another size, bicubic and antialiased as Pillow does it (a = -1/2), on any device; pure tensor functions."""

from __future__ import annotations

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
