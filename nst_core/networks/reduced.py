"""A network whose convolutions compute in 16 bits: twice as fast where the hardware has instructions for it.

Normalisations keep their factors in float32, and layers compute in the precision of their weights. So the layers that need
digits, those that make the picture's pixels above all, stay as they are; each network says which in `EXACT`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from . import winograd

Network = TypeVar("Network", bound=nn.Module)


def reduced(network: Network, exact: Sequence[str], precision: torch.dtype = torch.bfloat16) -> Network:
    """A copy in that precision; the convolutions whose names begin with one of `exact` are those of `network`."""
    result = copy.deepcopy(network)
    for name, layer in result.named_modules():
        if isinstance(layer, nn.Conv2d) and not name.startswith(tuple(exact)):
            layer.to(precision)
    return result


class OwnPrecisionConv(nn.Conv2d):
    """A convolution that takes its input to the precision of its weights; for networks whose layers just follow each other.

    Large maps that lie channel by channel go by Winograd's method.
    """

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(self.weight.dtype)
        if self.kernel_size == (3, 3) and winograd.takes(x):
            return winograd.convolution(x, self.weight, self.bias, 0)
        return super().forward(x)
