"""MicroAST's encoders, modulator and decoder (Wang et al., "MicroAST: Towards Super-Fast Ultra-Resolution Arbitrary Style
Transfer", AAAI 2023, arXiv:2211.15313).

Sub-modules carry the names of the published state dicts, under the prefixes `content_encoder.`, `style_encoder.`,
`modulator.` and `decoder.`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .facts import NetworkFacts
from .moments import rescaled
from .phases import FewOutputs
from .sheets import Picture, Sheet, Space, run

FACTS = NetworkFacts(
    value_range=(0, 1),
    size_multiple=4,
    minimum_side=5,
    receptive_field=None,
    half_precision=True,
    bytes_per_pixel=28,
    band_bytes_per_pixel=430,
    band_pixels=2**20,
    halo=12,
    kept_bytes_per_pixel=16,
)

EXACT = (
    "style_encoder",
    "modulator",
    *(f"content_encoder.enc1.{layer}" for layer in (2, 4, 6, 8)),
    "content_encoder.enc2",
    "decoder.dec1",
    "decoder.dec2",
    "decoder.dec3.10",
)
"""The convolutions that are computed in float32 in any case: a style's factors lie between large values whose differences are the
picture (35 dB from float32 without dec1 and dec2, 45 without enc2, 50 with all), and the encoder's narrow layers cost little, but
each adds its rounding where a sky is all but even (34 dB after a woodcut without them, 40 with all)."""

EPSILON = 1e-5
CHANNELS = 64
# Rows of the picture that a wrong border value reaches: in the encoder's front 4 (9x9), so 3 rows at half, 2 at a quarter of the
# size (the strides); one at a quarter by each convolution after that; in the painter (interpolation reaches one row) at half 1
# and 2, at full size 5, 6, 10.
FRONT_HALO = 8
RESIDUAL_HALO = 8
PAINTER_HALO = 12
FRONT = 10  # layers of the encoder before its first residual layer


class Signal(NamedTuple):
    """What one level of the style says to the decoder, each (N, 64, 1, 1): the features' mean and deviation, and the factors
    of a modulated convolution's output (`weight`) and of its input (`bias`)."""

    mean: Tensor
    deviation: Tensor
    weight: Tensor
    bias: Tensor


class StyleCode(NamedTuple):
    """The style's signals at both levels; all that the picture of the style is needed for."""

    shallow: Signal
    deep: Signal


class ConvLayer(nn.Module):
    """Convolution after reflection padding; the stride divides the size, rounded up."""

    def __init__(
        self, inputs: int, outputs: int, side: int, stride: int = 1, groups: int = 1, kind: type[nn.Conv2d] = nn.Conv2d
    ) -> None:
        super().__init__()
        self.conv_layer = kind(inputs, outputs, side, stride, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        margin = self.conv_layer.kernel_size[0] // 2
        x = x.to(self.conv_layer.weight.dtype)
        return self.conv_layer(F.pad(x, (margin,) * 4, mode="reflect") if margin else x)


class ResidualLayer(nn.Module):
    """x + conv(relu(conv(x))); a signal modulates both convolutions (section 3.2 of the paper)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = ConvLayer(CHANNELS, CHANNELS, 3)
        self.conv2 = ConvLayer(CHANNELS, CHANNELS, 3)

    def forward(self, x: Tensor, signal: Signal | None = None) -> Tensor:
        inner = modulated(self.conv1, x, signal).relu_()
        return modulated(self.conv2, inner, signal).add_(x)


def modulated(layer: ConvLayer, x: Tensor, signal: Signal | None) -> Tensor:
    """The layer's output, and with a signal weight * output + bias * x."""
    y = layer(x)
    return y if signal is None else y.mul_(signal.weight).addcmul_(x, signal.bias)


class Encoder(nn.Module):
    """Picture (N, 3, H, W) in [0, 1] to features (N, 64, H/4, W/4) at two levels."""

    def __init__(self) -> None:
        super().__init__()
        self.enc1 = nn.Sequential(
            ConvLayer(3, 16, 9),
            nn.ReLU(inplace=True),
            ConvLayer(16, 32, 3, stride=2, groups=16),
            nn.ReLU(inplace=True),
            ConvLayer(32, 32, 1),
            nn.ReLU(inplace=True),
            ConvLayer(32, 64, 3, stride=2, groups=32),
            nn.ReLU(inplace=True),
            ConvLayer(64, 64, 1),
            nn.ReLU(inplace=True),
            ResidualLayer(),
        )
        self.enc2 = nn.Sequential(ResidualLayer())

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        shallow = self.enc1(picture)
        return shallow, self.enc2(shallow)

    def deep(self, picture: Sheet, space: Space) -> Sheet:
        """The deep features alone, of pictures of any size."""
        features = space.sheet(picture, CHANNELS, 4)
        run(self.enc1[:FRONT], [picture], features, space, FRONT_HALO, counted=False)
        run(self.enc1[FRONT], [features], features, space, RESIDUAL_HALO, counted=False)
        run(self.enc2, [features], features, space, RESIDUAL_HALO)
        return features


class Modulator(nn.Module):
    """A style's features at both levels to the factors of the decoder's convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.weight1 = self.factor()
        self.bias1 = self.factor()
        self.weight2 = self.factor()
        self.bias2 = self.factor()

    @staticmethod
    def factor() -> nn.Sequential:
        return nn.Sequential(ConvLayer(CHANNELS, CHANNELS, 3, groups=CHANNELS), nn.AdaptiveAvgPool2d(1))

    def forward(self, shallow: Tensor, deep: Tensor) -> StyleCode:
        return StyleCode(
            Signal(*moments(shallow), self.weight1(shallow), self.bias1(shallow)),
            Signal(*moments(deep), self.weight2(deep), self.bias2(deep)),
        )


class Decoder(nn.Module):
    """The content's deep features (N, 64, H/4, W/4) and a style's code to a picture (N, 3, H, W), not clamped."""

    def __init__(self) -> None:
        super().__init__()
        self.dec1 = ResidualLayer()
        self.dec2 = ResidualLayer()
        self.dec3 = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear"),
            ConvLayer(64, 32, 3, groups=32),
            nn.ReLU(inplace=True),
            ConvLayer(32, 32, 1),
            nn.ReLU(inplace=True),
            nn.Upsample(scale_factor=2, mode="bilinear"),
            ConvLayer(32, 16, 3, groups=16),
            nn.ReLU(inplace=True),
            ConvLayer(16, 16, 1),
            nn.ReLU(inplace=True),
            ConvLayer(16, 3, 9, kind=FewOutputs),
        )

    def forward(self, features: Sheet, code: StyleCode, space: Space) -> Tensor:
        structured = restyled(features, code.deep)
        run(lambda band: self.dec1(structured(band), code.deep), [features], features, space, RESIDUAL_HALO)
        coloured = restyled(features, code.shallow)
        run(lambda band: self.dec2(coloured(band), code.shallow), [features], features, space, RESIDUAL_HALO, counted=False)
        count, _, height, width = features.shape
        picture = Picture((count, 3, 4 * height, 4 * width))
        run(self.dec3, [features], picture, space, PAINTER_HALO, counted=False)
        return picture.whole


class MicroAST(nn.Module):
    """The whole of it: `code` for a style, once, then `forward` for every content."""

    def __init__(self) -> None:
        super().__init__()
        self.content_encoder = Encoder()
        self.style_encoder = Encoder()
        self.modulator = Modulator()
        self.decoder = Decoder()

    def code(self, style: Tensor) -> StyleCode:
        """The code of `style` (1, 3, H, W) in [0, 1], sides at least `FACTS.minimum_side`."""
        return self.modulator(*self.style_encoder(style))

    def forward(self, content: Tensor, code: StyleCode, space: Space | None = None) -> Tensor:
        """`content` (1, 3, H, W) in [0, 1] in the style of `code`: not clamped, sides rounded up to multiples of 4."""
        space = space or Space(content.device)
        return self.decoder(self.content_encoder.deep(Picture(content.shape, content), space), code, space)


def moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation (N, C, 1, 1) of every plane; unbiased variance, as the published code has it."""
    variance, mean = torch.var_mean(features, (2, 3), keepdim=True)
    return mean, (variance + EPSILON).sqrt()


def restyled(features: Sheet, signal: Signal) -> Callable[[Tensor], Tensor]:
    """AdaIN (Huang and Belongie 2017, equation 8) of a band of the features that the sheet holds now."""
    mean, variance = features.moments.of(signal.mean, correction=1)
    scale = signal.deviation[..., 0, 0] / (variance + EPSILON).sqrt()
    shift = signal.mean[..., 0, 0] - mean * scale
    return lambda band: rescaled(band, scale, shift)
