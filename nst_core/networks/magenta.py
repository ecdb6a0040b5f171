"""Magenta's arbitrary image stylization: style predictor and transformer (Ghiasi et al., "Exploring the structure of a
real-time, arbitrary neural artistic stylization network", BMVC 2017, arXiv:1705.06830).

A predictor and a transformer belong together: with another's bottleneck a transformer gives noise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .facts import NetworkFacts
from .moments import rescaled
from .phases import AfterDoubling, FewOutputs
from .sheets import Counted, Picture, Sheet, Space, run

FACTS = NetworkFacts(
    value_range=(0, 1),
    size_multiple=4,
    minimum_side=5,
    receptive_field=None,
    half_precision=True,
    bytes_per_pixel=36,
    band_bytes_per_pixel=300,
    band_pixels=2**20,
    halo=8,
    kept_bytes_per_pixel=24,
)

EXACT = ("predictor", "transformer.expand3")
"""The convolutions that are computed in float32 in any case."""

BOTTLENECK = 100
PREDICTOR_SIDE = 256
EPSILON = 1e-5
FLAT = 1e-10  # the variance that float32's rounding makes of features that are all the same; real ones are far above it
FLAT_SHARE = 1e-9  # the same of their square
RESIDUALS = 5
# Rows of the picture that a wrong border value reaches: 4 by the 9x9, so 3 rows at half, 2 at a quarter of the size; one row of
# theirs by each convolution after that.
CONTRACT_HALO = 8
RESIDUAL_HALO = 4
EXPAND_HALO = 4
LAST_HALO = 8

Border = Literal["reflect", "constant"]
"""What a picture is padded with: its mirror image, or zeros, as the TensorFlow.js copy of the full transformer has it."""

MOBILENET_V2 = (
    # Sandler et al. 2018, table 2: outputs and stride of every inverted residual; all but the first expand sixfold.
    *((16, 1), (24, 2), (24, 1), (32, 2), (32, 1), (32, 1), (64, 2), (64, 1), (64, 1), (64, 1)),
    *((96, 1), (96, 1), (96, 1), (160, 2), (160, 1), (160, 1), (320, 1)),
)


class SameConv(nn.Module):
    """Convolution with TensorFlow's SAME padding, whose odd row goes to the bottom and right; then ReLU6 unless `linear`."""

    def __init__(self, inputs: int, outputs: int, side: int = 1, stride: int = 1, groups: int = 1, linear: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, side, stride, groups=groups)
        self.linear = linear

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(F.pad(x, (*self.margins(x.shape[3]), *self.margins(x.shape[2]))))
        return x if self.linear else F.relu6(x, inplace=True)

    def margins(self, size: int) -> tuple[int, int]:
        side, stride = self.conv.kernel_size[0], self.conv.stride[0]
        total = max((-(-size // stride) - 1) * stride + side - size, 0)
        return total // 2, total - total // 2


class InvertedResidual(nn.Module):
    """MobileNetV2's block: expand, depthwise, project, and the input added where the shape allows it."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        if expansion > 1:
            self.expand = SameConv(inputs, inner)
        self.depthwise = SameConv(inner, inner, 3, stride, groups=inner)
        self.project = SameConv(inner, outputs, linear=True)
        self.expands, self.adds = expansion > 1, stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.depthwise(self.expand(x) if self.expands else x))
        return y.add_(x) if self.adds else y


class MobilePredictor(nn.Module):
    """A style picture (N, 3, 256, 256) in [0, 1] to its bottleneck (N, 100)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = SameConv(3, 32, 3, stride=2)
        blocks, inputs = [], 32
        for index, (outputs, stride) in enumerate(MOBILENET_V2):
            blocks.append(InvertedResidual(inputs, outputs, stride, 6 if index else 1))
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = SameConv(inputs, 1280)
        self.bottleneck = nn.Linear(1280, BOTTLENECK)

    def forward(self, style: Tensor) -> Tensor:
        return self.bottleneck(self.head(self.blocks(self.stem(style))).mean((2, 3)))


class PaddedConv(nn.Module):
    """Convolution after padding, unless it pads by itself; the stride divides the size, rounded up."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        side: int,
        border: str = "reflect",
        stride: int = 1,
        bias: bool = False,
        kind: Callable[..., nn.Conv2d] = nn.Conv2d,
    ) -> None:
        super().__init__()
        self.conv = kind(inputs, outputs, side, stride, bias=bias)
        self.border = border

    def forward(self, x: Tensor) -> Tensor:
        x, margin = x.to(self.conv.weight.dtype), self.conv.kernel_size[0] // 2
        return self.conv(x if self.conv.padding[0] else F.pad(x, (margin,) * 4, mode=self.border))


class ConditionalNorm(nn.Module):
    """Instance normalisation whose factor and summand are affine in the bottleneck."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.beta = nn.Linear(BOTTLENECK, channels)
        self.gamma = nn.Linear(BOTTLENECK, channels)

    def forward(self, features: Sheet, bottleneck: Tensor) -> Callable[[Tensor], Tensor]:
        """What normalises a band of the features that the sheet holds now; a new tensor."""
        mean, variance = features.moments.of(bottleneck)
        # On a flat picture rounding is all that varies, and ten norms in a row would make noise of it.
        scale = torch.where(
            variance > FLAT + FLAT_SHARE * mean.square(), self.gamma(bottleneck) * (variance + EPSILON).rsqrt(), 0.0
        )
        shift = self.beta(bottleneck) - mean * scale
        return lambda band: rescaled(band, scale, shift)


class Residual(nn.Module):
    def __init__(self, channels: int, border: Border) -> None:
        super().__init__()
        self.conv1 = PaddedConv(channels, channels, 3, border)
        self.norm1 = ConditionalNorm(channels)
        self.conv2 = PaddedConv(channels, channels, 3, border)
        self.norm2 = ConditionalNorm(channels)

    def forward(self, x: Sheet, y: Sheet, bottleneck: Tensor, space: Space) -> None:
        """Changes `x`; `y` is a sheet of the same shape for what lies between."""
        run(self.conv1, [x], y, space, RESIDUAL_HALO)
        first = self.norm1(y, bottleneck)
        run(lambda band: self.conv2(first(band).relu_()), [y], y, space, RESIDUAL_HALO)
        second = self.norm2(y, bottleneck)
        run(lambda band, inner: second(inner).add_(band), [x, y], x, space, counted=False)


class Expand(nn.Module):
    """Convolution and norm, without the activation; a 3x3 convolution after nearest-neighbour enlargement to twice the size."""

    def __init__(self, inputs: int, outputs: int, side: int, border: Border) -> None:
        super().__init__()
        doubling = partial(AfterDoubling, padding=1, padding_mode="zeros" if border == "constant" else border)
        self.conv = PaddedConv(inputs, outputs, side, border, kind=doubling if side == 3 else FewOutputs)
        self.norm = ConditionalNorm(outputs)

    def forward(self, band: Tensor) -> Tensor:
        """A band before the norm."""
        return self.conv(band)


class Transformer(nn.Module):
    """A picture (N, 3, H, W) in [0, 1] and a bottleneck (N, 100) to the stylized picture in [0, 1], sides rounded up to
    multiples of 4.

    `channels` of the first layer: 32, or 8 in the mobile one (alpha 0.25). `border` is what the weights are used to.
    """

    def __init__(self, channels: int, border: Border = "reflect") -> None:
        super().__init__()
        # Batch norm is folded into the weights: at inference its statistics are fixed.
        self.contract1 = PaddedConv(3, channels, 9, border, bias=True)
        self.contract2 = PaddedConv(channels, channels * 2, 3, border, stride=2, bias=True)
        self.contract3 = PaddedConv(channels * 2, channels * 4, 3, border, stride=2, bias=True)
        self.residual = nn.ModuleList(Residual(channels * 4, border) for _ in range(RESIDUALS))
        self.expand1 = Expand(channels * 4, channels * 2, 3, border)
        self.expand2 = Expand(channels * 2, channels, 3, border)
        self.expand3 = Expand(channels, 3, 9, border)
        self.channels = channels

    def forward(self, content: Tensor, bottleneck: Tensor, space: Space | None = None) -> Tensor:
        space = space or Space(content.device)
        given = Picture(content.shape, content)
        x = space.sheet(given, 4 * self.channels, 4)
        run(self.contract, [given], x, space, CONTRACT_HALO, counted=False)
        y = space.sheet(given, 4 * self.channels, 4)
        for residual in self.residual:
            residual(x, y, bottleneck, space)
        y.close()
        return self.expanded(x, bottleneck, space)

    def contract(self, band: Tensor) -> Tensor:
        for layer in (self.contract1, self.contract2, self.contract3):
            band = layer(band).relu_()
        return band

    def expanded(self, x: Sheet, bottleneck: Tensor, space: Space) -> Tensor:
        """The picture of the residual layers' features."""
        count, _, height, width = x.shape
        picture = Picture((count, 3, 4 * height, 4 * width))
        half = space.sheet(picture, 2 * self.channels, 2)
        run(self.expand1, [x], half, space, EXPAND_HALO)
        x.close()
        first = self.expand1.norm(half, bottleneck)

        def full_size(band: Tensor) -> Tensor:
            return self.expand2(first(band).relu_())

        # At full size the features are as large as all others together: where memory is short, they are computed twice.
        full = space.sheet_or_count(picture, self.channels, 1)
        run(full_size, [half], full, space, EXPAND_HALO)
        second = self.expand2.norm(full, bottleneck)
        if isinstance(full, Counted):
            run(lambda band: self.expand3(second(full_size(band)).relu_()), [half], picture, space, LAST_HALO)
        else:
            run(lambda band: self.expand3(second(band).relu_()), [full], picture, space, LAST_HALO)
        third = self.expand3.norm(picture, bottleneck)
        run(lambda band: third(band).sigmoid_(), [picture], picture, space, counted=False)
        return picture.whole


class Magenta(nn.Module):
    """Predictor and transformer that belong together, under the prefixes `predictor.` and `transformer.`."""

    def __init__(self, channels: int = 8, predictor: nn.Module | None = None, border: Border = "reflect") -> None:
        super().__init__()
        self.predictor = predictor or MobilePredictor()
        self.transformer = Transformer(channels, border)


def facts_of(channels: int) -> NetworkFacts:
    """The facts of a transformer of that width: 8 channels are those of `FACTS`. Two sheets at a quarter of the size and one
    at half of it take three bytes a channel and pixel."""
    kept = 3 * channels
    band = FACTS.band_bytes_per_pixel * channels // 8
    return replace(FACTS, bytes_per_pixel=12 + kept, band_bytes_per_pixel=band, kept_bytes_per_pixel=kept)


def channels_of(state: Mapping[str, Tensor]) -> int:
    """The width of the transformer that a state dict of `Magenta` belongs to."""
    return state["transformer.contract1.conv.weight"].shape[0]
