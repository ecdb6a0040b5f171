"""What the losses compare: VGG's view of pictures, at full and at half size (and at a quarter for large ones)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..losses import Statistics, statistics
from ..networks.vgg import Vgg

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1")
FINE_CONTENT, COARSE_CONTENT = "conv3_1", "conv3_3"
LARGE = 192  # pixels; below, a quarter of the size has too few places for a covariance


@dataclass(frozen=True)
class View:
    """VGG's view of a batch: `style`, the statistics of every style layer at every size, finest size first; and the content maps,
    `fine` at full and `coarse` at half size (N, 256, h, w)."""

    style: tuple[Statistics, ...]
    fine: Tensor
    coarse: Tensor


def view(vgg: Vgg, pictures: Tensor, sizes: int = 2) -> View:
    """The view of `pictures` (N, 3, H, W) in [0, 1] at `sizes` sizes, each half of the one before; differentiable."""
    found = vgg(pictures, {*STYLE_LAYERS, FINE_CONTENT})
    fine = found[FINE_CONTENT]
    style = [statistics(found[layer]) for layer in STYLE_LAYERS]
    coarse = fine
    for size in range(1, sizes):
        pictures = F.avg_pool2d(pictures, 2)
        wanted = {*STYLE_LAYERS, COARSE_CONTENT} if size == 1 else {*STYLE_LAYERS}
        found = vgg(pictures, wanted)
        style += [statistics(found[layer]) for layer in STYLE_LAYERS]
        coarse = found.get(COARSE_CONTENT, coarse)
    return View(tuple(style), fine, coarse)


def sizes_for(side: int) -> int:
    """How many sizes a picture with this side is compared at."""
    return 3 if side >= LARGE else 2


def joined(views: list[View]) -> View:
    """Several views as one batch."""
    style = tuple(
        Statistics(torch.cat([one.mean for one in layer]), torch.cat([one.covariance for one in layer]))
        for layer in zip(*(one.style for one in views))
    )
    return View(style, torch.cat([one.fine for one in views]), torch.cat([one.coarse for one in views]))
