"""Adam and L-BFGS on one picture: they are given the gradient and change the picture in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

Evaluate = Callable[[Tensor], tuple[float, Tensor]]
"""A picture to its loss and gradient."""


class Optimiser(Protocol):
    def step(self, picture: Tensor, evaluate: Evaluate) -> float:
        """Evaluate once, change `picture` in place, and give the loss that it had before."""

    def resize(self, height: int, width: int) -> None:
        """Go on with a picture of another size."""


class Adam:
    """Kingma and Ba 2015, algorithm 1. Its moments are pictures: they can be carried over to a larger scale.

    With more than one of `levels` it works on the picture as a sum of pictures, each half as large as the one before and with
    moments of its own: what a region's pixels agree on, its tone above all, moves at once instead of pixel by pixel.
    `damping` raises the root of every value's mean square by a share of the root of their mean: where hardly anything pulls,
    plain Adam walks as far as anywhere else, and paints speckle on even ground.
    """

    def __init__(
        self,
        rate: float,
        decay: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        levels: int = 1,
        damping: float = 0.0,
    ) -> None:
        self.rate, self.decay, self.epsilon, self.damping = rate, decay, epsilon, damping
        self.count = 0
        self._levels = levels
        self._moments: list[_Moments] = []

    def step(self, picture: Tensor, evaluate: Evaluate) -> float:
        loss, gradient = evaluate(picture)
        gradients = [gradient]
        while len(gradients) < self._levels:
            gradients.append(_halved(gradients[-1]))
        self._moments = self._moments or [_Moments(torch.zeros_like(one), torch.zeros_like(one)) for one in gradients]
        self.count += 1
        coarser: Tensor | None = None
        for moments, gradient in zip(reversed(self._moments), reversed(gradients)):
            move = self._move(moments, gradient)
            if coarser is not None:
                move += F.interpolate(coarser, move.shape[2:], mode="bilinear", align_corners=False)
            coarser = move
        assert coarser is not None
        picture.sub_(coarser, alpha=self.rate)
        return loss

    def _move(self, moments: _Moments, gradient: Tensor) -> Tensor:
        """What one level is moved by at a rate of 1."""
        first, second = self.decay
        moments.mean.lerp_(gradient, 1 - first)
        moments.square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        root = moments.square.sqrt()
        if self.damping:
            root += self.damping * moments.square.mean().sqrt()
        root.div_((1 - second**self.count) ** 0.5).add_(self.epsilon)
        return torch.div(moments.mean, root, out=root).div_(1 - first**self.count)

    def resize(self, height: int, width: int) -> None:
        for moments in self._moments:
            moments.resize(height, width)
            height, width = -(-height // 2), -(-width // 2)


def _halved(gradient: Tensor) -> Tensor:
    """Half as large, each value from 1 3 3 1 in both directions: the adjoint of the bilinear enlargement that its move gets.

    From 1 1 alone, squares of two by two share nothing, and the picture changes more from square to square than within one.
    """
    once = F.avg_pool2d(F.pad(gradient, (1, 1, 1, 1), mode="reflect"), 2, stride=1)
    return F.avg_pool2d(F.avg_pool2d(once, 2, stride=1), 2, ceil_mode=True)


@dataclass
class _Moments:
    """The running means of one level's gradient and of its square."""

    mean: Tensor
    square: Tensor

    def resize(self, height: int, width: int) -> None:
        self.mean = F.interpolate(self.mean, (height, width), mode="bicubic", align_corners=False)
        self.square = F.interpolate(self.square, (height, width), mode="bilinear", align_corners=False)


class LBFGS:
    """Liu and Nocedal 1989 without a line search, as the public engines run it: one evaluation and one step of length 1.

    The history is of no use at another size: it is forgotten there.
    """

    def __init__(self, history: int = 10, rate: float = 1.0) -> None:
        self.history, self.rate = history, rate
        self._inner: torch.optim.LBFGS | None = None
        self._picture: Tensor | None = None

    def step(self, picture: Tensor, evaluate: Evaluate) -> float:
        if self._inner is None or self._picture is not picture:
            self._picture = picture
            self._inner = torch.optim.LBFGS(
                [picture], lr=self.rate, max_iter=1, history_size=self.history, tolerance_grad=0, tolerance_change=0
            )

        def closure() -> float:
            loss, picture.grad = evaluate(picture)
            return loss

        loss = float(self._inner.step(closure))
        picture.grad = None
        return loss

    def resize(self, height: int, width: int) -> None:
        self._inner = self._picture = None
