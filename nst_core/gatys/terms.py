"""Terms of the loss that look at the picture itself, not at features."""

from __future__ import annotations

from typing import Protocol

import torch
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
