"""From where a network looks at a picture. Pools step over it by two, four, eight places, always the same ones: what an iteration
adds would repeat in those steps, and show as a woven grid. Seen from changing corners, the grids blot each other out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class View:
    """A picture that begins so many rows and columns earlier, mirrored there."""

    rows: int = 0
    columns: int = 0

    def of(self, picture: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, rows + H, columns + W)."""
        return F.pad(picture, self._padding, mode="reflect") if self.rows or self.columns else picture

    def back(self, gradient: Tensor, picture: Tensor) -> Tensor:
        """The adjoint of `of` at `picture`: a gradient with respect to what is seen to the one with respect to the picture."""
        if not self.rows and not self.columns:
            return gradient
        return torch.ops.aten.reflection_pad2d_backward(gradient, picture, self._padding)

    @property
    def _padding(self) -> list[int]:
        return [self.columns, 0, self.rows, 0]


VIEWS = (View(), View(5, 10), View(10, 5), View(15, 15))
"""To be taken in turns, so that an optimiser's running mean sees them together: modulo 2 every corner occurs once, modulo 4 every
row and every column, modulo 8 and 16 no two corners are alike."""

TURN = 8
"""Iterations that a view is kept where there is memory for the content's features in one view alone: they are computed anew for
the next one, 3 % of the time at 1024 px."""


def in_turn(iteration: int, views: int, kept: int) -> int:
    """The number of the view that an iteration has, where `kept` of so many `views` are kept: all or one."""
    return iteration // (1 if kept == views else TURN) % views
