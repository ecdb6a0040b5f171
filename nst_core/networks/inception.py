"""Magenta's full style predictor: InceptionV3 to Mixed_6e (Szegedy et al., arXiv:1512.00567; Ghiasi et al., arXiv:1705.06830).

Sub-modules carry the names of the published variables (slim's), misnomers included. Batch norms are folded into the
convolutions; ReLU6 follows every one of them.
"""

from __future__ import annotations

from typing import Union

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .magenta import BOTTLENECK

Size = Union[int, tuple[int, int]]

SQUARE = (("Conv2d_0a_1x1", "Conv2d_0b_5x5"), ("Conv2d_0b_1x1", "Conv_1_0c_5x5"))
"""How the convolutions of the 5x5 branch are called: in Mixed_5b and 5d, and in 5c."""


class Conv(nn.Module):
    """Convolution and ReLU6; sizes are kept, or with a stride or as `valid` nothing is padded."""

    def __init__(self, inputs: int, outputs: int, size: Size = 1, stride: int = 1, valid: bool = False) -> None:
        super().__init__()
        height, width = (size, size) if isinstance(size, int) else size
        padding = (0, 0) if valid or stride > 1 else (height // 2, width // 2)
        self.conv = nn.Conv2d(inputs, outputs, (height, width), stride, padding)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu6(self.conv(x), inplace=True)


class AveragePool(nn.Module):
    """Mean over 3x3, at the border over those of them that there are, as TensorFlow has it."""

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


class Mixed(nn.Module):
    """Branches side by side, their channels one after the other."""

    def __init__(self, *branches: nn.Sequential) -> None:
        super().__init__()
        for number, branch in enumerate(branches):
            self.add_module(f"Branch_{number}", branch)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.children()], 1)


class Predictor(nn.Module):
    """A style picture (N, 3, 256, 256) in [0, 1] to its bottleneck (N, 100)."""

    def __init__(self) -> None:
        super().__init__()
        self.InceptionV3 = chain(
            Conv2d_1a_3x3=Conv(3, 32, 3, stride=2),
            Conv2d_2a_3x3=Conv(32, 32, 3, valid=True),
            Conv2d_2b_3x3=Conv(32, 64, 3),
            MaxPool_3a_3x3=nn.MaxPool2d(3, 2),
            Conv2d_3b_1x1=Conv(64, 80),
            Conv2d_4a_3x3=Conv(80, 192, 3, valid=True),
            MaxPool_5a_3x3=nn.MaxPool2d(3, 2),
            Mixed_5b=mixed_5(192, 32, SQUARE[0]),
            Mixed_5c=mixed_5(256, 64, SQUARE[1]),
            Mixed_5d=mixed_5(288, 64, SQUARE[0]),
            Mixed_6a=mixed_6a(),
            Mixed_6b=mixed_6(128),
            Mixed_6c=mixed_6(160),
            Mixed_6d=mixed_6(160),
            Mixed_6e=mixed_6(192),
        )
        self.bottleneck = nn.Linear(768, BOTTLENECK)

    def forward(self, style: Tensor) -> Tensor:
        return self.bottleneck(self.InceptionV3(style).mean((2, 3)))


def mixed_5(inputs: int, pooled: int, names: tuple[str, str]) -> Mixed:
    """35x35 in the paper (figure 5): 1x1, 5x5, two 3x3, and `pooled` channels of means."""
    first, second = names
    return Mixed(
        chain(Conv2d_0a_1x1=Conv(inputs, 64)),
        chain(**{first: Conv(inputs, 48), second: Conv(48, 64, 5)}),
        chain(Conv2d_0a_1x1=Conv(inputs, 64), Conv2d_0b_3x3=Conv(64, 96, 3), Conv2d_0c_3x3=Conv(96, 96, 3)),
        chain(AvgPool_0a_3x3=AveragePool(), Conv2d_0b_1x1=Conv(inputs, pooled)),
    )


def mixed_6a() -> Mixed:
    """Half the size (figure 10); what is called 1a_1x1 is 3x3."""
    return Mixed(
        chain(Conv2d_1a_1x1=Conv(288, 384, 3, stride=2)),
        chain(Conv2d_0a_1x1=Conv(288, 64), Conv2d_0b_3x3=Conv(64, 96, 3), Conv2d_1a_1x1=Conv(96, 96, 3, stride=2)),
        chain(MaxPool_1a_3x3=nn.MaxPool2d(3, 2)),
    )


def mixed_6(inner: int) -> Mixed:
    """17x17 in the paper (figure 6): 7x7 as rows and columns, once and twice."""
    row, column = (1, 7), (7, 1)
    return Mixed(
        chain(Conv2d_0a_1x1=Conv(768, 192)),
        chain(Conv2d_0a_1x1=Conv(768, inner), Conv2d_0b_1x7=Conv(inner, inner, row), Conv2d_0c_7x1=Conv(inner, 192, column)),
        chain(
            Conv2d_0a_1x1=Conv(768, inner),
            Conv2d_0b_7x1=Conv(inner, inner, column),
            Conv2d_0c_1x7=Conv(inner, inner, row),
            Conv2d_0d_7x1=Conv(inner, inner, column),
            Conv2d_0e_1x7=Conv(inner, 192, row),
        ),
        chain(AvgPool_0a_3x3=AveragePool(), Conv2d_0b_1x1=Conv(768, 192)),
    )


def chain(**layers: nn.Module) -> nn.Sequential:
    """Layers one after the other, under their names."""
    sequence = nn.Sequential()
    for name, layer in layers.items():
        sequence.add_module(name, layer)
    return sequence
