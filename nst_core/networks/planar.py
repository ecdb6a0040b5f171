"""Maps that lie in memory channel by channel, as Winograd's method wants them, and pools of two by two, which PyTorch computes of
such maps without vectors."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def layout(x: Tensor) -> torch.memory_format:
    """How a map (N, C, H, W) of more than one channel lies in memory: channel by channel, or place by place."""
    return torch.channels_last if x.stride(1) == 1 else torch.contiguous_format


def max_pool(x: Tensor, ceil: bool) -> Tensor:
    """2 by 2, stride 2; an odd last row or column is dropped, or with `ceil` is pooled alone."""
    return _larger(_larger(x, 2), 3) if _in_pairs(x, ceil) else F.max_pool2d(x, 2, ceil_mode=ceil)


def max_pool_back(gradient: Tensor, x: Tensor, ceil: bool) -> Tensor:
    """The adjoint of `max_pool` at `x`; what is larger is found again, as indices take twice the room of the pool."""
    if _in_pairs(x, ceil):
        return _to_larger(_to_larger(gradient, _larger(x, 2), 3), x, 2)
    _, indices = F.max_pool2d(x, 2, ceil_mode=ceil, return_indices=True)
    return torch.ops.aten.max_pool2d_with_indices_backward(gradient, x, [2, 2], [2, 2], [0, 0], [1, 1], ceil, indices)


def _in_pairs(x: Tensor, ceil: bool) -> bool:
    """Whether maxima are found faster pair by pair, and all places are in pairs that count."""
    whole = x.shape[2] % 2 == x.shape[3] % 2 == 0
    return layout(x) is torch.contiguous_format and x.device.type == "cpu" and (whole or not ceil)


def _pairs(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """The first and the second ones of all pairs along an axis; an odd last one is in none."""
    half = x.shape[axis] // 2
    pairs = x.narrow(axis, 0, 2 * half).unflatten(axis, (half, 2))
    return pairs.select(axis + 1, 0), pairs.select(axis + 1, 1)


def _larger(x: Tensor, axis: int) -> Tensor:
    """Of each pair along an axis the larger one."""
    return torch.maximum(*_pairs(x, axis))


def _to_larger(gradient: Tensor, x: Tensor, axis: int) -> Tensor:
    """The adjoint of `_larger` at `x`; of equal ones the first gets all."""
    first, second = _pairs(x, axis)
    found = torch.zeros_like(x) if x.shape[axis] % 2 else torch.empty_like(x)
    to_first, to_second = _pairs(found, axis)
    torch.mul(gradient, first >= second, out=to_first)
    torch.sub(gradient, to_first, out=to_second)
    return found
