"""The network's layers as plain operations with hand-written adjoints: a 3 by 3 convolution with its ReLU, and pools."""

from __future__ import annotations

from enum import Enum

import torch
import torch.nn.functional as F
from torch import Tensor

from ..networks import planar, winograd
from ..networks.planar import layout


class Pooling(Enum):
    MAX = "max"
    AVERAGE = "avg"


class Padding(Enum):
    """What lies around a map: nothing, its own places mirrored at the outermost ones, or the outermost ones repeated."""

    ZEROS = "constant"
    REFLECT = "reflect"
    REPLICATE = "replicate"

    @property
    def source(self) -> int:
        """How far inside the map the places are that stand for those just outside."""
        return 1 if self is Padding.REFLECT else 0


SMALL = 16 << 20
"""Bytes of a map up to which padding it costs less than computing its border again: its copies stay in the caches. An iteration
takes 0.64 of the time that it took without at 128 px, 0.84 at 256 and 0.93 at 512 (bfloat16, one thread; float32 alike)."""


class Convolution:
    """3 by 3, padded by one place, then ReLU; the adjoint takes no part in the weights' own gradient.

    The fast operator pads with zeros. Where something else is wanted, a small map is padded before. In a large one the border's
    places are computed once more, and the adjoint is told what came from outside: a few rows instead of two copies of the map.

    Large maps that lie channel by channel go by Winograd's method, all others directly; what comes out lies as what went in.
    """

    def __init__(self, weight: Tensor, bias: Tensor, dtype: torch.dtype, padding: Padding) -> None:
        """`weight` (out, in, 3, 3), `bias` (out,)."""
        self.weight = weight.to(dtype).contiguous(memory_format=torch.channels_last)
        self.bias = bias.to(dtype)
        self.channels = len(bias)
        # A convolution's adjoint is one with the channels swapped and the kernel turned by half.
        self.adjoint = self.weight.flip(2, 3).transpose(0, 1).contiguous(memory_format=torch.channels_last)
        self._padding = padding
        self._fused = _can_fuse(weight.device, dtype)

    def __call__(self, x: Tensor) -> Tensor:
        if self._pads(x):
            return self._outputs(F.pad(x, (1, 1, 1, 1), mode=self._padding.value), 0)
        output = self._outputs(x, 1)
        if self._padding is not Padding.ZEROS:
            for axis, place, lines, pads in _strips(x):
                padded = F.pad(lines, pads, mode=self._padding.value)
                output.narrow(axis, place, 1).copy_(F.conv2d(padded, self.weight, self.bias).relu_())
        return output

    def back(self, gradient: Tensor, output: Tensor) -> Tensor:
        """From the gradient with respect to `output` (which it overwrites) to the one with respect to the input."""
        through_relu(gradient, output)
        if self._pads(gradient):
            return fold(self._inputs(gradient, 2), self._padding).contiguous(memory_format=layout(gradient))
        found = self._inputs(gradient, 1)
        if self._padding is not Padding.ZEROS:
            self._back_from_outside(gradient, found)
        return found

    def _pads(self, x: Tensor) -> bool:
        return self._padding is not Padding.ZEROS and x.nbytes <= SMALL

    def _outputs(self, x: Tensor, zeros: int) -> Tensor:
        """Convolution and ReLU of a map with so many zeros around it."""
        if winograd.takes(x):
            return winograd.convolution(x, self.weight, self.bias, zeros).relu_()
        if self._fused:
            return _one_dnn(x, self.weight, self.bias, zeros, "relu")
        return F.conv2d(x, self.weight, self.bias, padding=zeros).relu_()

    def _inputs(self, gradient: Tensor, zeros: int) -> Tensor:
        """The adjoint of a convolution without padding, with so many zeros around the gradient: 2 for all of it."""
        if winograd.takes(gradient):
            return winograd.convolution(gradient, self.adjoint, None, zeros)
        if self._fused:
            return _one_dnn(gradient, self.adjoint, None, zeros, "none")
        return F.conv2d(gradient, self.adjoint, padding=zeros)

    def _back_from_outside(self, gradient: Tensor, found: Tensor) -> None:
        """Add to the gradient `found` what the places around the map got, where those places come from."""
        inside = self._padding.source
        for row in (0, -1):
            line = F.conv_transpose2d(gradient.narrow(2, row, 1), self.weight)[:, :, row]
            to = found[:, :, inside if row == 0 else -1 - inside]
            to += line[:, :, 1:-1]
            to[:, :, inside] += line[:, :, 0]
            to[:, :, -1 - inside] += line[:, :, -1]
        for column in (0, -1):
            line = F.conv_transpose2d(gradient.narrow(3, column, 1), self.weight)[:, :, 1:-1, column]
            found[:, :, :, inside if column == 0 else -1 - inside] += line


class FirstConvolution:
    """3 by 3 on a normalised picture that was padded by one place before, then ReLU.

    The picture is split into what the dtype holds of it and the rest: bfloat16 alone would step by one of 256 grey levels.
    """

    def __init__(self, weight: Tensor, bias: Tensor, dtype: torch.dtype) -> None:
        self._split = torch.finfo(dtype).bits < 32
        self._dtype = dtype
        self._weight = weight.to(dtype)
        self._twice = torch.cat([self._weight] * 2, 1) if self._split else self._weight
        self._bias = bias.to(dtype)
        self.channels = len(bias)

    def __call__(self, x: Tensor) -> Tensor:
        """(1, 3, H + 2, W + 2) in float32 or more, to (1, C, H, W); what comes out lies as what went in."""
        if self._split:
            coarse = x.to(self._dtype)
            x = torch.cat([coarse, (x - coarse).to(self._dtype)], 1)
        # The operator would rather follow the weight than the map.
        return F.conv2d(x, self._twice.contiguous(memory_format=layout(x)), self._bias).relu_()

    def back(self, gradient: Tensor, output: Tensor) -> Tensor:
        """To the gradient with respect to the padded picture, in float32 or more; overwrites `gradient`."""
        through_relu(gradient, output)
        if winograd.takes(gradient):
            return winograd.convolution(gradient, self._weight.flip(2, 3).transpose(0, 1), None, 2)
        found = F.conv_transpose2d(gradient, self._weight)
        return found.to(torch.promote_types(self._dtype, torch.float32))


def fold(gradient: Tensor, padding: Padding) -> Tensor:
    """The adjoint of padding a map by one place: (1, C, H + 2, W + 2) to (1, C, H, W); overwrites `gradient`."""
    if padding is not Padding.ZEROS:
        for axis in (2, 3):
            last, inside = gradient.shape[axis] - 1, 1 + padding.source
            gradient.narrow(axis, inside, 1).add_(gradient.narrow(axis, 0, 1))
            gradient.narrow(axis, last - inside, 1).add_(gradient.narrow(axis, last, 1))
    return gradient[:, :, 1:-1, 1:-1]


def through_relu(gradient: Tensor, output: Tensor) -> None:
    """Zero the gradient, in place, where the ReLU's output is zero."""
    torch.ops.aten.threshold_backward.grad_input(gradient, output, 0, grad_input=gradient)


def pool(x: Tensor, pooling: Pooling, ceil: bool) -> Tensor:
    """2 by 2, stride 2; an odd last row or column is dropped, or with `ceil` is pooled alone."""
    if pooling is Pooling.AVERAGE:
        return F.avg_pool2d(x, 2, ceil_mode=ceil)
    return planar.max_pool(x, ceil)


def pool_back(gradient: Tensor, x: Tensor, pooling: Pooling, ceil: bool) -> Tensor:
    """The adjoint of `pool` at `x`."""
    if pooling is Pooling.AVERAGE:
        return torch.ops.aten.avg_pool2d_backward(gradient, x, [2, 2], [2, 2], [0, 0], ceil, True, None)
    return planar.max_pool_back(gradient, x, ceil)


def _strips(x: Tensor) -> list[tuple[int, int, Tensor, tuple[int, int, int, int]]]:
    """For each side of a map: its axis and place, the two lines of the input beside it, and how they are to be padded."""
    return [
        (2, 0, x[:, :, :2], (1, 1, 1, 0)),
        (2, x.shape[2] - 1, x[:, :, -2:], (1, 1, 0, 1)),
        (3, 0, x[:, :, :, :2], (1, 0, 1, 1)),
        (3, x.shape[3] - 1, x[:, :, :, -2:], (0, 1, 1, 1)),
    ]


def _one_dnn(x: Tensor, weight: Tensor, bias: Tensor | None, zeros: int, then: str) -> Tensor:
    return torch.ops.mkldnn._convolution_pointwise(x, weight, bias, [zeros, zeros], [1, 1], [1, 1], 1, then, [], "")


def _can_fuse(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether oneDNN's convolution with the ReLU inside works here: an operator without a promise, so it is tried once."""
    if device.type != "cpu" or dtype not in (torch.float32, torch.bfloat16):
        return False
    try:
        probe = torch.ones(1, 16, 4, 4, dtype=dtype).contiguous(memory_format=torch.channels_last)
        weight = torch.full((16, 16, 3, 3), -1.0, dtype=dtype).contiguous(memory_format=torch.channels_last)
        return not _one_dnn(probe, weight, torch.zeros(16, dtype=dtype), 1, "relu").any()
    except (RuntimeError, AttributeError, NotImplementedError):
        return False
