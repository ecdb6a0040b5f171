"""AdaIN's encoder and decoder (Huang and Belongie, "Arbitrary style transfer in real-time with adaptive instance normalization",
ICCV 2017, arXiv:1703.06868), as published for PyTorch (github.com/naoto0804/pytorch-AdaIN).

Sub-modules carry the numbers of the published state dicts, under the prefixes `encoder.` (`vgg_normalised.pth`, as far as it is
needed) and `decoder.`. Whole-picture statistics are taken once, in the middle: everything else is local.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from . import winograd
from .facts import NetworkFacts
from .moments import Moments, rescaled
from .phases import AfterDoubling
from .planar import max_pool
from .reduced import OwnPrecisionConv
from .sheets import Picture, Sheet, Space, run

FACTS = NetworkFacts(
    value_range=(0, 1),
    size_multiple=8,
    minimum_side=9,
    receptive_field=None,
    half_precision=True,
    bytes_per_pixel=56,
    band_bytes_per_pixel=1450,  # by Winograd's method; 900 directly
    band_pixels=2**20,
    halo=32,
    kept_bytes_per_pixel=32,
)

EXACT = ("encoder.0", "decoder.28")
"""The convolutions that are computed in float32 in any case."""

EPSILON = 1e-5
ENCODER = ((64, 64), (128, 128), (256, 256, 256, 256), (512,))
"""Outputs of the convolutions of VGG-19 up to conv4_1, a pool between the blocks."""
DECODER = ((256,), (256, 256, 256, 128), (128, 64), (64,))
"""The same backwards, an enlargement between the blocks and one more convolution to the picture at the end."""
# Rows of the picture that a wrong border value reaches: 30 in the encoder (2 at full size, 2 at half, 4 at a quarter, 1 at an
# eighth of it), as many in the decoder.
ENCODER_HALO = DECODER_HALO = FACTS.halo


class StyleCode(NamedTuple):
    """Mean and deviation (N, 512, 1, 1) of a style's features; all that the picture of the style is needed for."""

    mean: Tensor
    deviation: Tensor


class AdaIN(nn.Module):
    """The whole of it: `code` for a style, once, then `forward` for every content."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = encoder()
        self.decoder = decoder()

    def code(self, style: Tensor) -> StyleCode:
        """The code of `style` (1, 3, H, W) in [0, 1], sides at least `FACTS.minimum_side`."""
        features = self.features(Picture(style.shape, style), Space(style.device))
        return code_of(features.moments, style)

    def features(self, picture: Sheet, space: Space) -> Sheet:
        """relu4_1 of a picture of any size: (1, 512, H/8, W/8), rounded up."""
        features = space.sheet(picture, ENCODER[-1][-1], 8)
        run(self.encoded, [picture], features, space, ENCODER_HALO)
        return features

    def encoded(self, band: Tensor) -> Tensor:
        colours, *others = self.encoder
        x = self.laid_out(colours(band))
        for layer in others:
            x = layer(x)
        return x

    def laid_out(self, band: Tensor) -> Tensor:
        """A band as the convolutions are fastest on it."""
        in_float32 = self.decoder[1].weight.dtype == torch.float32
        return band.contiguous() if in_float32 and winograd.pays(band) else band

    def forward(self, content: Tensor, code: StyleCode, space: Space | None = None) -> Tensor:
        """`content` (1, 3, H, W) in [0, 1] in the style of `code`: not clamped, sides rounded up to multiples of 8."""
        space = space or Space(content.device)
        features = self.features(Picture(content.shape, content), space)
        count, _, height, width = features.shape
        picture = Picture((count, 3, 8 * height, 8 * width))
        scale, shift = restyling(code_of(features.moments, content), code)

        def painted(band: Tensor) -> Tensor:
            return self.decoder(self.laid_out(rescaled(band, scale, shift)))

        run(painted, [features], picture, space, DECODER_HALO, counted=False)
        features.close()
        return picture.whole


def encoder() -> nn.Sequential:
    """VGG-19 with the published numbering: a 1x1 convolution that turns RGB in [0, 1] into what the weights expect, then every
    convolution after a reflection padding; pools round sizes up."""
    layers: list[nn.Module] = [nn.Conv2d(3, 3, 1)]
    inputs = 3
    for block in ENCODER:
        for outputs in block:
            layers += [*padded(inputs, outputs), nn.ReLU(inplace=True)]
            inputs = outputs
        layers += [Pool()]
    return nn.Sequential(*layers[:-1])


class Pool(nn.Module):
    """2 by 2, sides rounded up."""

    def forward(self, x: Tensor) -> Tensor:
        return max_pool(x, ceil=True)


def decoder() -> nn.Sequential:
    """The same backwards. A convolution behind an enlargement to the nearest sees the small picture; the numbers stay."""
    layers: list[nn.Module] = []
    inputs = ENCODER[-1][-1]
    for number, block in enumerate(DECODER):
        for place, outputs in enumerate(block):
            layers += [*(doubling if number and not place else padded)(inputs, outputs), nn.ReLU(inplace=True)]
            inputs = outputs
    return nn.Sequential(*layers, *padded(inputs, 3))


def padded(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return nn.ReflectionPad2d(1), OwnPrecisionConv(inputs, outputs, 3)


def doubling(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    """Instead of enlargement, padding and convolution."""
    return nn.Identity(), nn.Identity(), AfterDoubling(inputs, outputs, 3, padding=1, padding_mode="reflect")


def code_of(moments: Moments, like: Tensor) -> StyleCode:
    """Mean and deviation of features; unbiased variance, as the published code has it."""
    mean, variance = moments.of(like, correction=1)
    return StyleCode(mean[..., None, None], (variance + EPSILON).sqrt()[..., None, None])


def restyling(own: StyleCode, wanted: StyleCode) -> tuple[Tensor, Tensor]:
    """AdaIN (equation 8 of the paper) as a factor and a summand (N, C), to be applied band by band."""
    scale = wanted.deviation / own.deviation
    return scale[..., 0, 0], (wanted.mean - own.mean * scale)[..., 0, 0]


def needed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Those weights of `state` that the network has: the published encoder goes on to relu5_4."""
    last = len(encoder())
    return {key: value for key, value in state.items() if not key.startswith("encoder.") or int(key.split(".")[1]) < last}
