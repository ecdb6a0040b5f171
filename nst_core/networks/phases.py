"""Convolutions in another form than they are written in: exact, and better use of the hardware.

A processor computes 16 channels as fast as 3, so that a convolution to few channels wastes most of what it can do: it computes a
block of neighbouring pixels as the channels of one place. And a picture that was enlarged says everything twice.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BLOCK = 4  # pixels on a side
Spread = tuple[tuple[float, float, float], ...]
"""What a pixel of a small picture adds to rows of the large one, after a 3x3 kernel's taps: rows of sums of them."""
NEAREST: Spread = ((0, 0, 1.0), (0, 1.0, 1.0), (1.0, 1.0, 0), (1.0, 0, 0))
"""For an enlargement to the nearest: what the pixel gives the row before its own two, them, and the one behind."""
HALFWAY: Spread = ((0, 0, 0.5), (0, 0.5, 1.0), (0.5, 1.0, 0.5), (1.0, 0.5, 0), (0.5, 0, 0))
"""The same where every second row is the mean of its neighbours, as TensorFlow 1 enlarges: two rows before, and one behind."""


class FewOutputs(nn.Conv2d):
    """A convolution without padding or stride to a few channels; computed in blocks where the size allows it."""

    def forward(self, x: Tensor) -> Tensor:
        return of_few_outputs(x, self.weight, self.bias)


def of_few_outputs(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """What `FewOutputs` computes with this weight and bias."""
    side = weight.shape[2]
    if (x.shape[2] - side + 1) % BLOCK or (x.shape[3] - side + 1) % BLOCK:
        return F.conv2d(x, weight, bias)
    bias = None if bias is None else bias.repeat_interleave(BLOCK**2)
    return F.pixel_shuffle(F.conv2d(x, blocked(weight), bias, BLOCK), BLOCK)


def blocked(weight: Tensor) -> Tensor:
    """Weight (O, I, k, k) as one of stride `BLOCK` for the pixels of a block: (O * BLOCK², I, k + BLOCK - 1, k + BLOCK - 1), in
    the order that `pixel_shuffle` takes."""
    outputs, inputs, side, _ = weight.shape
    larger = side + BLOCK - 1
    result = weight.new_zeros(outputs, BLOCK, BLOCK, inputs, larger, larger)
    for y in range(BLOCK):
        for x in range(BLOCK):
            result[:, y, x, :, y : y + side, x : x + side] = weight
    return result.flatten(0, 2).contiguous(memory_format=torch.channels_last)


class AfterDoubling(nn.Conv2d):
    """A 3x3 convolution of a picture that is enlarged twofold to the nearest and padded by 1 as `padding_mode` says (zeros or
    reflect), from the small picture (N, C, h, w)."""

    products = 16  # of weights, for a pixel of the small picture

    def forward(self, x: Tensor) -> Tensor:
        x, mirrored = x.to(self.weight.dtype), self.padding_mode == "reflect"
        # A repeated border gives the large picture its border mirrored, as one pixel has become two. Zeros need no padding, and
        # OpenVINO 2026.4 would leave it out of account.
        if mirrored:
            x = F.pad(x, (1, 1, 1, 1), mode="replicate")
        return after_doubling(x, self.weight, self.bias, NEAREST, mirrored)


class AfterDoublingHalfway(AfterDoubling):
    """The same where every second row and column is the mean of its neighbours; padded by reflection."""

    products = 25

    def forward(self, x: Tensor) -> Tensor:
        return after_doubling(halfway_padded(x.to(self.weight.dtype)), self.weight, self.bias, HALFWAY)


def after_doubling(x: Tensor, weight: Tensor, bias: Tensor | None, spread: Spread, padded: bool = True) -> Tensor:
    """A 3x3 convolution of the picture enlarged as `spread` says, from the small picture, padded by one pixel or in zeros.

    Pixels that are alike are multiplied once, by the sum of their weights: a transposed convolution of the small picture, with
    fewer products for a pixel of it than 36.
    """
    taps = weight.new_tensor(spread)
    kernel = torch.einsum("ocij,yi,xj->coyx", weight, taps, taps)
    size = len(spread)
    cut = size - 1 if padded else size - 3  # what the padding alone gives
    return F.conv_transpose2d(x, kernel, bias, 2, padding=cut, output_padding=size - 4)


def halfway_padded(x: Tensor) -> Tensor:
    """A picture padded by the pixel that, enlarged `HALFWAY`, gives the large one its mirrored border: mirrored above and on the
    left; below and on the right repeated, as the enlargement repeats its last row."""
    return F.pad(F.pad(x, (1, 0, 1, 0), mode="reflect"), (0, 1, 0, 1), mode="replicate")
