"""Adam and L-BFGS on one picture: they are given the gradient and change the picture in place."""

from __future__ import annotations

from collections.abc import Callable
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
    """Kingma and Ba 2015, algorithm 1. Its moments are pictures: they can be carried over to a larger scale."""

    def __init__(self, rate: float, decay: tuple[float, float] = (0.9, 0.999), epsilon: float = 1e-8) -> None:
        self.rate, self.decay, self.epsilon = rate, decay, epsilon
        self.count = 0
        self.mean: Tensor | None = None
        self.square: Tensor | None = None

    def step(self, picture: Tensor, evaluate: Evaluate) -> float:
        loss, gradient = evaluate(picture)
        if self.mean is None or self.square is None:
            self.mean, self.square = torch.zeros_like(picture), torch.zeros_like(picture)
        first, second = self.decay
        self.count += 1
        self.mean.lerp_(gradient, 1 - first)
        self.square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        root = self.square.sqrt().div_((1 - second**self.count) ** 0.5).add_(self.epsilon)
        picture.addcdiv_(self.mean, root, value=-self.rate / (1 - first**self.count))
        return loss

    def resize(self, height: int, width: int) -> None:
        if self.mean is not None and self.square is not None:
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
