"""From coarse to fine: which sizes the picture is painted at, and what is carried over between them; no network here."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..resampling import bandlimited, resized
from .recipe import Recipe

SMALLEST = 32  # pixels: a side that a VGG can halve five times


@dataclass(frozen=True)
class Scale:
    height: int
    width: int
    iterations: int

    @property
    def pixels(self) -> int:
        return self.height * self.width

    @property
    def work(self) -> int:
        return self.pixels * self.iterations


def scales(height: int, width: int, recipe: Recipe) -> list[Scale]:
    """The sizes to paint at, the last one `height` by `width`; sides shrink by the recipe's step down to its first side."""
    found = [Scale(height, width, recipe.iterations)]
    long_side = max(height, width) / recipe.step
    while recipe.first_side and long_side > recipe.first_side * recipe.step**-0.5:
        share = long_side / max(height, width)
        small = (max(round(side * share), min(side, SMALLEST)) for side in (height, width))
        found.insert(0, Scale(next(small), next(small), recipe.coarse_iterations))
        long_side /= recipe.step
    return found


def grown(picture: Tensor, content: Tensor, detail: float) -> Tensor:
    """A smaller scale's picture at the size of `content` (1, 3, H, W): a new one, with a share of the content's own detail, which
    is what the smaller scale had no room for."""
    size = content.shape[2:]
    found = bandlimited(picture, *size)
    if found is picture:
        return picture.clone()
    if detail:
        found.add_(content - bandlimited(resized(content, *picture.shape[2:]), *size), alpha=detail)
    return found.clamp_(0, 1)
