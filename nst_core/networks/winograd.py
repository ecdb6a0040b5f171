"""3 by 3 convolutions in float32 by Winograd's minimal filtering F(6×6, 3×3), by the library for it that PyTorch brings along.

64 products give 36 places of an output from an input channel, where 324 are counted otherwise (Lavin and Gray 2016, "Fast
algorithms for convolutional neural networks"). The library is NNPACK: in PyTorch for Linux and macOS, on processors with AVX2 or
NEON. It wants maps whose channels lie one behind the other. Relative to direct sums in float64 its error is 3e-6, ten times
theirs.
"""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from .planar import layout

LEAST_PLACES = 48 * 48
"""A smaller map takes less time directly: the weights' own transform is most of the work there. Times of oneDNN's direct
convolution (one thread, AVX-512; C to C channels at a side of 32, 64, 128, 256) over Winograd's:

    C     32    64    128   256
    64    0.9   1.2   1.6   1.5
    128   0.9   1.4   2.2   1.4
    256   1.6   2.6   2.7   2.6
    512   1.1   3.0   3.3
"""
MOST_THREADS = 4
"""What it moves through memory for every product keeps several threads waiting: an iteration of VGG-19 at 512 px takes 0.5 of the
time that it takes directly with one thread, 0.6 with two. More have not been seen; direct sums gain all that they bring."""
TILE = 6  # places of an output that are computed at once, in either direction
EXPANSION = ((TILE + 2) / TILE) ** 2  # of a map that is transformed
WORKSPACE = 64 << 20  # bytes of transformed maps at a time; the library keeps as much ever after


@cache
def is_there() -> bool:
    """Whether it works here: an operator without a promise, so it is tried once."""
    try:
        x = torch.arange(8.0).repeat(1, 4, 8, 1)
        weight = torch.ones(4, 4, 3, 3)
        # Asking is also what makes it ready.
        return torch._nnpack_available() and torch.allclose(_whole(x, weight, None, 1, 1), F.conv2d(x, weight, padding=1))
    except (RuntimeError, AttributeError, NotImplementedError):
        return False


def pays(x: Tensor) -> bool:
    """Whether it is there for a map like this one (1, C, H, W), and the faster way."""
    large = x[0, 0].numel() >= LEAST_PLACES and torch.get_num_threads() <= MOST_THREADS
    return x.device.type == "cpu" and x.dtype == torch.float32 and len(x) == 1 and large and is_there()


def takes(x: Tensor) -> bool:
    """Whether the map lies as this method wants it, channel by channel, and is faster so."""
    return layout(x) is torch.contiguous_format and pays(x)


def convolution(x: Tensor, weight: Tensor, bias: Tensor | None, zeros: int) -> Tensor:
    """The convolution of x (1, C, H, W) with so many zeros around it (0 to 2), by `weight` (O, C, 3, 3): (1, O, H + 2 zeros - 2,
    W + 2 zeros - 2), channels one behind the other, as they are best in `x`; where `is_there`."""
    height, width = (length + 2 * zeros - 2 for length in x.shape[2:])
    rows = _rows_at_once(height, width, sum(weight.shape[:2]))
    if rows >= height:
        return _whole(x, weight, bias, zeros, zeros)
    output = x.new_empty(1, len(weight), height, width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        first, last = top - zeros, bottom - zeros + 2
        above, below = max(-first, 0), max(last - x.shape[2], 0)
        lines = F.pad(x[:, :, first + above : last - below], (0, 0, above, below))
        output[:, :, top:bottom] = _whole(lines, weight, bias, 0, zeros)
    return output


def _rows_at_once(height: int, width: int, channels: int) -> int:
    """Rows of about even strips, whose transforms in both maps, of so many channels together, fit into the workspace."""
    most = max(WORKSPACE / (4 * EXPANSION * channels * width), TILE)
    strips = -(-height // int(most))
    return -(-height // (strips * TILE)) * TILE


def _whole(x: Tensor, weight: Tensor, bias: Tensor | None, rows: int, columns: int) -> Tensor:
    return torch._nnpack_spatial_convolution(x, weight, bias, [rows, columns], [1, 1])
