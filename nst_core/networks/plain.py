"""The networks as functions of a whole picture, every layer by itself: as their papers' code runs them, which is what speed is
held against and what tests compare with, and as other runtimes are given them.

No bands, nothing folded. In the `portable` form convolutions are those of `phases`, which are faster, and statistics are taken
row by row, because a runtime's sums of millions of values in float32 lose digits (1e-3 of the picture at 2048²).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import adain, animegan, embedded, magenta, microast, microast_mixed
from .phases import AfterDoubling, AfterDoublingHalfway

MOBILE = 8  # channels of Magenta's mobile transformer


def microast_plain(module: microast.MicroAST, content: Tensor, code: microast.StyleCode) -> Tensor:
    """`MicroAST.forward`: (1, 3, H, W) to the same, sides rounded up to multiples of 4."""

    def styled(layer: microast.ResidualLayer, x: Tensor, signal: microast.Signal) -> Tensor:
        x = restyled(x, signal, microast.EPSILON)
        y = F.relu(convolved(layer.conv1.conv_layer, x) * signal.weight + x * signal.bias)
        return convolved(layer.conv2.conv_layer, y) * signal.weight + y * signal.bias + x

    x = microast_mixed.chained([*module.content_encoder.enc1, *module.content_encoder.enc2], content, convolved)
    x = styled(module.decoder.dec2, styled(module.decoder.dec1, x, code.deep), code.shallow)
    return microast_mixed.chained(module.decoder.dec3, x, convolved)


def restyled(x: Tensor, wanted: Any, epsilon: float, portable: bool = False) -> Tensor:
    """AdaIN to the `mean` and `deviation` that are wanted."""
    if not portable:
        variance, mean = torch.var_mean(x, (2, 3), keepdim=True)
        return (x - mean) / (variance + epsilon).sqrt() * wanted.deviation + wanted.mean
    apart, variance = spread(x, (3, 2))
    count = x.shape[2] * x.shape[3]
    return apart * (variance * (count / (count - 1)) + epsilon).rsqrt() * wanted.deviation + wanted.mean


def normalised(x: Tensor, epsilon: float, portable: bool) -> Tensor:
    """Every plane with mean 0 and variance 1."""
    if not portable:
        return F.instance_norm(x, eps=epsilon)
    apart, variance = spread(x, (3, 2))
    return apart * (variance + epsilon).rsqrt()


def spread(x: Tensor, axes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """What is left of `x` without its mean over the axes, which are summed over one after the other, and its variance."""
    apart = x - mean_over(x, axes)
    return apart, mean_over(apart.square(), axes)


def mean_over(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    for axis in axes:
        x = x.mean(axis, keepdim=True)
    return x


def convolved(layer: nn.Conv2d, x: Tensor, border: str = "reflect", portable: bool = False) -> Tensor:
    """The convolution after padding, as the layer computes it itself or bare."""
    margin = layer.kernel_size[0] // 2
    padded = F.pad(x, (margin,) * 4, mode=border) if margin else x
    return layer(padded) if portable else F.conv2d(padded, layer.weight, layer.bias, layer.stride, groups=layer.groups)


def magenta_plain(module: magenta.Magenta, content: Tensor, bottleneck: Tensor, portable: bool = False) -> Tensor:
    """`Transformer.forward`: (1, 3, H, W) to the same, sides rounded up to multiples of 4."""
    net = module.transformer
    border = net.contract1.border

    def normed(norm: magenta.ConditionalNorm, x: Tensor) -> Tensor:
        factor, summand = norm.gamma(bottleneck)[..., None, None], norm.beta(bottleneck)[..., None, None]
        return normalised(x, magenta.EPSILON, portable) * factor + summand

    x = content
    for contract in (net.contract1, net.contract2, net.contract3):
        x = F.relu(convolved(contract.conv, x, border))
    for block in net.residual:
        assert isinstance(block, magenta.Residual)
        y = F.relu(normed(block.norm1, convolved(block.conv1.conv, x, border)))
        x = x + normed(block.norm2, convolved(block.conv2.conv, y, border))
    for expand in (net.expand1, net.expand2):
        x = F.relu(normed(expand.norm, expand.conv(x) if portable else convolved(expand.conv.conv, doubled(x), border)))
    return torch.sigmoid(normed(net.expand3.norm, convolved(net.expand3.conv.conv, x, border, portable)))


def embedded_plain(module: embedded.Embedded, content: Tensor, code: Tensor, portable: bool = False) -> Tensor:
    """`Embedded.forward`, the normalisations unfolded: (1, 3, H, W) to the same, sides multiples of 16."""

    def styled(layer: embedded.StyledConv, x: Tensor) -> Tensor:
        scale, shift = layer.style(code)[..., None, None].chunk(2, 1)
        if layer.normalised:
            x = normalised(x, embedded.EPSILON, portable)
        return convolved(layer, x * (1 + scale) + shift, "replicate")

    def wide(block: Any, x: Tensor) -> Tensor:
        inner = F.relu(convolved(block.depthwise, F.relu(styled(block.expand, x)), "replicate"))
        return x + convolved(block.project, inner, "replicate")

    def dense(block: Any, x: Tensor) -> Tensor:
        return x + convolved(block.second, F.relu(styled(block.first, x)), "replicate")

    fine = F.relu(module.stem(F.pad(content, (2,) * 4, mode="reflect")))
    quarter = F.relu(convolved(module.to_quarter, fine, "replicate"))
    eighth = wide(module.eighth_in, F.relu(styled(module.to_eighth, quarter)))
    sixteenth = F.relu(styled(module.to_sixteenth, eighth))
    for block in module.sixteenth:
        sixteenth = wide(block, sixteenth)
    eighth = embedded.enlarge(styled(module.from_sixteenth, sixteenth)) + eighth
    for block in module.eighth:
        eighth = wide(block, eighth)
    quarter = embedded.enlarge(styled(module.from_eighth, eighth)) + styled(module.across_quarter, quarter)
    for block in module.quarter:
        quarter = dense(block, quarter)
    half = F.relu(embedded.enlarge(styled(module.from_quarter, quarter)) + styled(module.across_half, fine))
    return module.palette(F.relu(styled(module.shade, half)), code)


def adain_plain(module: adain.AdaIN, content: Tensor, code: adain.StyleCode, portable: bool = False) -> Tensor:
    """`AdaIN.forward`: (1, 3, H, W) to the same, sides rounded up to multiples of 8."""
    content = content.contiguous(memory_format=torch.channels_last)  # what lies channel by channel may not go directly
    x = restyled(module.encoder(content), code, adain.EPSILON, portable)
    if portable:
        return module.decoder(x)
    for layer in module.decoder:
        x = convolved(layer, doubled(x)) if isinstance(layer, AfterDoubling) else layer(x)
    return x


def doubled(x: Tensor) -> Tensor:
    """Twice as large, to the nearest."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def animegan_plain(module: animegan.Generator, picture: Tensor, code: None = None, portable: bool = False) -> Tensor:
    """`Generator.forward`: (1, 3, H, W) in [-1, 1] to the same, sides multiples of 4."""

    def chained(layers: Iterable[nn.Module], x: Tensor) -> Tensor:
        for layer in layers:
            if isinstance(layer, animegan.InvertedResidual):
                y = chained(layer.layers, x)
                x = x + y if layer.adds else y
            elif isinstance(layer, animegan.ConvNorm):
                x = chained(layer, x)
            elif isinstance(layer, nn.GroupNorm) and portable:
                x = normalised_together(layer, x)
            elif isinstance(layer, AfterDoublingHalfway) and not portable:
                x = convolved(layer, halfway(halfway(x, 2), 3))
            else:
                x = layer(x)
        return x

    def enlarged(x: Tensor) -> Tensor:
        if module.enlargement == "legacy":  # the next layer sees to it
            return x
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)

    x = chained([*module.block_a, *module.block_b, *module.block_c], picture)
    for block in (module.block_d, module.block_e):
        x = chained(block, enlarged(x))
    return module.out_layer(x)


def normalised_together(norm: nn.GroupNorm, x: Tensor) -> Tensor:
    """All channels with mean 0 and variance 1 together, then as the layer has it; in as few passes over `x` as there can be.

    Their mean lies among them: unlike a single channel's, its square can be taken from the mean of their squares.
    """
    mean, squares = mean_over(x, (3, 2, 1)), mean_over(x.square(), (3, 2, 1))
    scale = (squares - mean.square() + norm.eps).rsqrt() * norm.weight[:, None, None]
    return x * scale + (norm.bias[:, None, None] - mean * scale)


def halfway(x: Tensor, axis: int) -> Tensor:
    """Twice the rows or columns: behind each one its mean with the next, behind the last one itself."""
    following = torch.cat([x.narrow(axis, 1, x.shape[axis] - 1), x.narrow(axis, x.shape[axis] - 1, 1)], axis)
    return torch.stack([x, (x + following) / 2], axis + 1).flatten(axis, axis + 1)


@dataclass(frozen=True)
class Plain:
    """A kind of network as a function, and what is to be known of running that.

    run: (module, picture, code) to the painting; without `mixed`, (module, picture, code, portable).
    size_multiple: of the sides of the pictures that it takes.
    compiled_bytes_per_pixel: measured peak of OpenVINO's memory per pixel in float32, input and output included.
    mixed: for other runtimes where bfloat16 everywhere does not, (module, picture, code, precision of the convolutions); the rest
        is in float32.
    """

    run: Callable[..., Tensor]
    size_multiple: int
    compiled_bytes_per_pixel: int
    mixed: Callable[..., Tensor] | None = None


PLAIN: Mapping[type[nn.Module], Plain] = {
    embedded.Embedded: Plain(embedded_plain, 16, 150),
    microast.MicroAST: Plain(microast_plain, 1, 400, mixed=microast_mixed.paint),
    magenta.Magenta: Plain(magenta_plain, 1, 150),
    adain.AdaIN: Plain(adain_plain, 1, 800),
    animegan.Generator: Plain(animegan_plain, 4, 1300),
}


def plain_of(module: nn.Module) -> Plain:
    """Of this network."""
    found = PLAIN[type(module)]
    if isinstance(module, magenta.Magenta) and module.transformer.channels > MOBILE:
        wider = module.transformer.channels // MOBILE
        found = replace(found, compiled_bytes_per_pixel=wider * found.compiled_bytes_per_pixel)
    return found
