"""Strokes larger or smaller than a network's own: the content is painted at another size, and its detail brought back.

A network paints strokes of so many pixels, nearly whatever the size of the style picture. On 12 pairs and three networks, half or
twice the style moved the painting 0.3 to 0.45 times as far as half or twice the content, and made no stroke visibly larger.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .. import blend

RADIUS = 2  # of the windows in which the painting is compared with the content
CALM = 1e-3  # a variance: where the content varies less, its detail says nothing of the painting's
LUMA = (0.2126, 0.7152, 0.0722)  # Rec. 709


def sized(content: Tensor, scale: float, least_side: int, most_pixels: int) -> Tensor:
    """The content (1, 3, H, W) at the size at which a network's strokes are `scale` times as large on it.

    No side gets shorter than `least_side` where it isn't already, and it has no more than `most_pixels` unless the content
    itself has more.
    """
    height, width = content.shape[2:]
    smallest = min(1.0, least_side / min(height, width))
    largest = max(1.0, (most_pixels / (height * width)) ** 0.5)
    factor = min(max(1 / scale, smallest), largest)
    return blend.resize(content, (max(round(width * factor), 1), max(round(height * factor), 1)))


def brought_back(painted: Tensor, sized: Tensor, content: Tensor, strength: float) -> Tensor:
    """`painted`, made from `sized`, at the size of the content that `sized` is a copy of: (1, 3, H, W) in [0, 1].

    What of the content is too fine for the copy comes back: at strength 0 all of it as it was, at 1 as far as the painting
    follows the content there, in the painting's own contrast. So edges are sharp and no stroke is covered by grain.
    He and Sun 2015, "Fast guided filter", arXiv:1505.00996, whose slopes are used here; the painting is kept, not smoothed.
    """
    if sized.shape[2] >= content.shape[2]:
        return blend.enlarge(painted, sized, content, 1 - strength)
    size = content.shape[3], content.shape[2]
    slope = blend.resize(slopes(luma(sized), luma(painted)), size)
    detail = luma(content).sub_(blend.resize(luma(sized), size)).mul_(slope).mul_(strength)
    del slope
    return blend.enlarge(painted, sized, content, 1 - strength).add_(detail).clamp_(0, 1)


def slopes(guide: Tensor, painted: Tensor) -> Tensor:
    """How the painting answers to a change of the guide, both (1, 1, h, w): the least-squares slopes of the windows over each
    place, meant."""
    mean, painted_mean = windowed(guide), windowed(painted)
    variance = windowed(guide.square()) - mean.square()
    covariance = windowed(guide * painted) - mean * painted_mean
    return windowed(covariance / (variance + CALM))


def windowed(plane: Tensor) -> Tensor:
    """Means over windows of 2 RADIUS + 1 pixels to a side; the border is repeated."""
    return F.avg_pool2d(F.pad(plane, (RADIUS,) * 4, mode="replicate"), 2 * RADIUS + 1, 1)


def luma(picture: Tensor) -> Tensor:
    """(1, 1, H, W)."""
    return torch.einsum("nchw,c->nhw", picture, picture.new_tensor(LUMA))[:, None]
