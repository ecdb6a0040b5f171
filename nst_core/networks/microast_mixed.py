"""MicroAST as other runtimes are given it: its convolutions in bfloat16 or float32, what lies between its styled ones in float32.

A style's factors lie between large values whose differences are the picture: with everything in bfloat16 it is 28 dB from
float32's. But a convolution of x is that of x - m, plus a summand for the constant m that float32 has room for. Where the means m
are taken out, only deviations are rounded, and the picture keeps 43 dB and more (two photographs with skies after three styles).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .microast import EPSILON, ConvLayer, MicroAST, ResidualLayer, Signal, StyleCode
from .phases import FewOutputs, of_few_outputs

GREY = 128 / 255  # the middle of a picture of 8 bits, from which its levels are whole numbers up to 128: bfloat16 has them all
LEVELS = 255.0
DENSE = 512  # inputs times outputs: so few are computed in groups more slowly than all of them


def paint(module: MicroAST, content: Tensor, code: StyleCode, precision: torch.dtype) -> Tensor:
    """`MicroAST.forward`, its convolutions in `precision`: (1, 3, H, W) to the same, sides rounded up to multiples of 4."""
    first, *narrow, residual = module.content_encoder.enc1
    assert isinstance(first, ConvLayer)
    x = centred(first.conv_layer, content * LEVELS, content.new_full((1, 3, 1, 1), GREY * LEVELS), precision, 1 / LEVELS)
    # Small layers, whose roundings add up where a sky is all but even: 34 dB with them in bfloat16, 45 without.
    x = chained(narrow, x.float(), partial(rounded, precision=torch.float32))
    convolved = partial(rounded, precision=precision)
    x = chained([residual, *module.content_encoder.enc2], x.to(precision), convolved).float()
    x = styled(module.decoder.dec1, x, code.deep, precision)
    x = styled(module.decoder.dec2, x, code.shallow, precision)
    return chained(module.decoder.dec3, x.to(precision), convolved).float()


def chained(layers: Iterable[nn.Module], x: Tensor, convolved: Callable[[nn.Conv2d, Tensor], Tensor]) -> Tensor:
    """Layers that no style changes, one after the other; `convolved` is a convolution after padding."""
    for layer in layers:
        if isinstance(layer, ResidualLayer):
            x = chained([layer.conv1, nn.ReLU(), layer.conv2], x, convolved) + x
        elif isinstance(layer, ConvLayer):
            x = convolved(layer.conv_layer, x)
        else:
            x = F.relu(x) if isinstance(layer, nn.ReLU) else layer(x)
    return x


def styled(layer: ResidualLayer, x: Tensor, signal: Signal, precision: torch.dtype) -> Tensor:
    """AdaIN and a modulated residual layer, float32 to float32."""
    apart = x - mean_of(x)
    count = x.shape[2] * x.shape[3]
    apart = apart * ((mean_of(apart.square()) * (count / (count - 1)) + EPSILON).rsqrt() * signal.deviation)
    x = apart + signal.mean
    y = F.relu(centred(layer.conv1.conv_layer, x, signal.mean, precision) * signal.weight + x * signal.bias)
    return centred(layer.conv2.conv_layer, y, mean_of(y), precision) * signal.weight + y * signal.bias + x


def centred(layer: nn.Conv2d, x: Tensor, mean: Tensor, precision: torch.dtype, scale: float = 1.0) -> Tensor:
    """The convolution, without groups or stride, of `x` times `scale` after padding; about `mean` (1, C, 1, 1) is rounded."""
    weight = layer.weight * scale
    summand = F.conv2d(mean, weight.sum((2, 3), keepdim=True), layer.bias)
    return F.conv2d(mirrored(layer, (x - mean).to(precision)), weight.to(precision)).float() + summand


def rounded(layer: nn.Conv2d, x: Tensor, precision: torch.dtype) -> Tensor:
    """The convolution after padding, all of it in `precision`; without groups where there are few channels."""
    weight, groups = layer.weight, layer.groups
    if groups > 1 and layer.in_channels * layer.out_channels <= DENSE:
        belongs = torch.block_diag(*[torch.ones(layer.out_channels // groups, layer.in_channels // groups)] * groups)
        weight, groups = weight.repeat(1, groups, 1, 1) * belongs[..., None, None], 1
    assert layer.bias is not None
    x, weight, bias = mirrored(layer, x.to(precision)), weight.to(precision), layer.bias.to(precision)
    if isinstance(layer, FewOutputs):
        return of_few_outputs(x, weight, bias)
    return F.conv2d(x, weight, bias, layer.stride, groups=groups)


def mirrored(layer: nn.Conv2d, x: Tensor) -> Tensor:
    margin = layer.kernel_size[0] // 2
    return F.pad(x, (margin,) * 4, mode="reflect") if margin else x


def mean_of(x: Tensor) -> Tensor:
    """Of every plane, row by row: a runtime's sums of millions of values in float32 lose digits."""
    return x.mean(3, keepdim=True).mean(2, keepdim=True)
