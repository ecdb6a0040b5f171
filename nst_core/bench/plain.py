"""The yardstick: the networks in plain eager PyTorch, as their papers' code runs them; also what tests compare with.

Contiguous planes, float32, one piece, every layer by itself: no bands, no blocks, nothing folded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..networks import embedded, magenta, microast


def microast_plain(module: microast.MicroAST, content: Tensor, code: microast.StyleCode) -> Tensor:
    """`MicroAST.forward`: (1, 3, H, W) to the same, sides rounded up to multiples of 4."""

    def layered(layers: nn.Module, x: Tensor) -> Tensor:
        for layer in layers.children():
            x = residual(layer, x, None) if isinstance(layer, microast.ResidualLayer) else step(layer, x)
        return x

    def step(layer: nn.Module, x: Tensor) -> Tensor:
        return convolved(layer.conv_layer, x) if isinstance(layer, microast.ConvLayer) else layer(x)  # type: ignore[arg-type]

    def residual(layer: microast.ResidualLayer, x: Tensor, signal: microast.Signal | None) -> Tensor:
        y = x
        for conv in (layer.conv1, layer.conv2):
            before = y
            y = convolved(conv.conv_layer, before)
            if signal is not None:
                y = y * signal.weight + before * signal.bias
            y = F.relu(y) if conv is layer.conv1 else y
        return y + x

    def restyled(x: Tensor, signal: microast.Signal) -> Tensor:
        variance, mean = torch.var_mean(x, (2, 3), keepdim=True)
        return (x - mean) / (variance + microast.EPSILON).sqrt() * signal.deviation + signal.mean

    x = layered(module.content_encoder.enc2, layered(module.content_encoder.enc1, content))
    x = residual(module.decoder.dec1, restyled(x, code.deep), code.deep)
    x = residual(module.decoder.dec2, restyled(x, code.shallow), code.shallow)
    return layered(module.decoder.dec3, x)


def convolved(layer: nn.Conv2d, x: Tensor, border: str = "reflect") -> Tensor:
    """The bare convolution after padding."""
    margin = layer.kernel_size[0] // 2
    padded = F.pad(x, (margin,) * 4, mode=border) if margin else x
    return F.conv2d(padded, layer.weight, layer.bias, layer.stride, groups=layer.groups)


def magenta_plain(module: magenta.Magenta, content: Tensor, bottleneck: Tensor) -> Tensor:
    """`Transformer.forward`: (1, 3, H, W) to the same, sides rounded up to multiples of 4."""
    net = module.transformer
    border = net.contract1.border

    def normed(norm: magenta.ConditionalNorm, x: Tensor) -> Tensor:
        weight, bias = norm.gamma(bottleneck)[0], norm.beta(bottleneck)[0]
        return F.instance_norm(x, weight=weight, bias=bias, eps=magenta.EPSILON)

    x = content
    for contract in (net.contract1, net.contract2, net.contract3):
        x = F.relu(convolved(contract.conv, x, border))
    for block in net.residual:
        assert isinstance(block, magenta.Residual)
        y = F.relu(normed(block.norm1, convolved(block.conv1.conv, x, border)))
        x = x + normed(block.norm2, convolved(block.conv2.conv, y, border))
    for expand in (net.expand1, net.expand2):
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = F.relu(normed(expand.norm, convolved(expand.conv.conv, x, border)))
    return torch.sigmoid(normed(net.expand3.norm, convolved(net.expand3.conv.conv, x, border)))


def embedded_plain(module: embedded.Embedded, content: Tensor, code: Tensor) -> Tensor:
    """`Embedded.forward`, the normalisations unfolded: (1, 3, H, W) to the same, sides multiples of 16."""

    def styled(layer: embedded.StyledConv, x: Tensor) -> Tensor:
        scale, shift = layer.style(code)[..., None, None].chunk(2, 1)
        if layer.normalised:
            variance, mean = torch.var_mean(x, (2, 3), keepdim=True, correction=0)
            x = (x - mean) / (variance + embedded.EPSILON).sqrt()
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


PLAIN: Mapping[str, Callable[[Any, Tensor, Any], Tensor]] = {
    "embedded": embedded_plain,
    "microast": microast_plain,
    "magenta": magenta_plain,
    "magenta-mobile": magenta_plain,
}
