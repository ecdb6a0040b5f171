"""Terms of the loss that look at the picture itself, not at features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from ..photoreal import laplacian_of

TINY = 1e-20  # what keeps a flat picture from dividing by nothing


class PictureTerm(Protocol):
    """A part of the loss with a hand-written gradient."""

    name: str

    def energy_and_gradient(self, picture: Tensor) -> tuple[float, Tensor]:
        """Value and gradient, its weight included, at a picture (1, 3, H, W) in [0, 1]."""


class TotalVariation:
    """weight · Σ (differences of neighbours in rows and columns)²: Mahendran and Vedaldi 2015, equation 6, with β = 2."""

    name = "total variation"

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def balanced(self, compared: Tensor) -> TotalVariation:
        """The one whose gradient per value of a picture is as long at `compared` as the weight says."""
        _, gradient = TotalVariation(1 / compared.numel()).energy_and_gradient(compared)
        return TotalVariation(self.weight / (float(gradient.norm()) + TINY))

    def energy_and_gradient(self, picture: Tensor) -> tuple[float, Tensor]:
        gradient, energy = torch.zeros_like(picture), 0.0
        for axis in (2, 3):
            steps = picture.diff(dim=axis)
            energy += float(steps.square().sum())
            length = picture.shape[axis]
            gradient.narrow(axis, 1, length - 1).add_(steps, alpha=2 * self.weight)
            gradient.narrow(axis, 0, length - 1).sub_(steps, alpha=2 * self.weight)
        return self.weight * energy, gradient


SOFT = 2 / 255
"""Bends that count by their squares still, as nobody sees them: a picture that is even has a gradient, too."""
FAINT = 17 / 255
"""The mean bend of the faintest style that is told from fainter ones: what those would forbid is the content's as well."""


class SecondVariation:
    """weight · Σ √(ε² + the squares of the second differences in rows and columns, in all channels) - ε: variation of second
    order (Lysaker, Lundervold and Tai 2003, but without mixed differences), over the channels together.

    A bend costs what it is high, where squares of differences charge an edge a hundred times what they charge a weave of a tenth
    of its height. What makes a weave pulls little, everywhere: Gram matrices of early layers want fine contrast, and on even
    ground a content layer behind two pools hardly sees where that goes. Lengths stop it there; of second differences, as broad
    strokes and slopes bend less than a weave of the same contrast. Those of first ones left skies without strokes.
    """

    name = TotalVariation.name

    def __init__(self, weight: float) -> None:
        self.weight = weight

    @classmethod
    def balanced(cls, share: float, styles: Sequence[Tensor], shares: Sequence[float], pixels: int) -> SecondVariation:
        """The one that would cost `share` at a picture of so many pixels with as much variation as the styles (1, 3, H, W) have
        in the mean: the fainter a style's own strokes, the fainter is what is taken for a weave."""
        bends = [cls(1 / style[0, 0].numel()).energy_and_gradient(style)[0] for style in styles]
        mean = sum(bend * part for bend, part in zip(bends, shares))
        return cls(share / (max(mean, FAINT) * pixels))

    def energy_and_gradient(self, picture: Tensor) -> tuple[float, Tensor]:
        across, along = F.pad(picture.diff(n=2, dim=2), (0, 0, 1, 1)), F.pad(picture.diff(n=2, dim=3), (1, 1))
        lengths = across.square().sum(1, keepdim=True).add_(SOFT**2)
        lengths = lengths.add_(along.square().sum(1, keepdim=True)).sqrt_()
        gradient = torch.zeros_like(picture)
        for axis, bends in ((2, across), (3, along)):
            pull = bends.div_(lengths).mul_(self.weight)
            gradient.sub_(pull, alpha=2)
            others = picture.shape[axis] - 1
            gradient.narrow(axis, 0, others).add_(pull.narrow(axis, 1, others))
            gradient.narrow(axis, 1, others).add_(pull.narrow(axis, 0, others))
        return self.weight * float((lengths - SOFT).sum()), gradient


class Photorealism:
    """weight · Σ_c x_cᵀ M x_c with the matting Laplacian M of `photograph` (1, 3, H, W) in [0, 1], whose size pictures have: Luan
    et al. 2017, equation 2.

    With a picture to compare with, as `targets.balance` compares, the gradient there is `weight` long.
    """

    name = "photorealism"

    def __init__(self, photograph: Tensor, weight: float, compared: Tensor | None = None) -> None:
        self._laplacian = laplacian_of(photograph)
        self._weight = weight
        if compared is not None:
            self._weight /= float(self._laplacian.energy_and_gradient(compared)[1].norm()) + TINY

    def energy_and_gradient(self, picture: Tensor) -> tuple[float, Tensor]:
        energy, gradient = self._laplacian.energy_and_gradient(picture)
        return self._weight * float(energy), gradient.mul_(self._weight)
