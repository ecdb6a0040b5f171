"""Our own arbitrary-style network: a style picture becomes a code, and one pass paints a content picture after a code.

Own design, after an idea of Huang and Belongie (2017, arXiv:1703.06868) and Ghiasi et al. (2017, arXiv:1705.06830): a style
is what sets the statistics of normalised features. What is different here makes it fast and fit for large canvases:
whole-picture statistics are taken at a quarter of the size and below only, and of what goes *into* a convolution, so that
normalising and styling fold into the convolution's weights; nothing is computed at full size but the picture itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .facts import NetworkFacts
from .moments import moments

FACTS = NetworkFacts(
    value_range=(0, 1),
    size_multiple=16,
    minimum_side=16,
    receptive_field=None,
    half_precision=True,
    bytes_per_pixel=38,
    band_bytes_per_pixel=300,
    band_pixels=2**20,
    halo=8,
    kept_bytes_per_pixel=26,
)

CODE = 192
EPSILON = 1e-2  # of the variances: large, so that flat areas keep their calm instead of showing amplified rounding
HALF, QUARTER, EIGHTH, SIXTEENTH = 16, 48, 96, 128  # channels at these fractions of the size
Statistics = tuple[Tensor, Tensor]
"""Mean and variance (N, C) of what goes into a layer, where they are known: a band of a picture needs those of the whole."""
BAND_ROWS = 64  # rows, at a quarter of the size, that the tail paints at a time: they fit the processor's cache
TAIL_HALO = 2  # rows at a quarter of the size that the tail sees beyond its own


def pad(x: Tensor, margin: int) -> Tensor:
    """`x` with its border repeated outwards: unlike reflection this works from one pixel up."""
    return F.pad(x, (margin,) * 4, mode="replicate") if margin else x


def enlarge(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Conv(nn.Conv2d):
    """Convolution that keeps the size (or divides it by the stride): borders are repeated."""

    def __init__(self, inputs: int, outputs: int, side: int = 3, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, side, stride, groups=groups)
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        assert self.bias is not None
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.convolved(x, self.weight, self.bias)

    def convolved(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """With these weights, in the precision of `x`."""
        bias = None if bias is None else bias.to(x.dtype)
        return F.conv2d(pad(x, self.kernel_size[0] // 2), weight.to(x.dtype), bias, self.stride, groups=self.groups)


class StyledConv(Conv):
    """Convolution of an input that is scaled and shifted as the code says, after normalisation where `normalised`.

    A picture alone has the scale and shift folded into the weights: two passes over memory less. A batch can't, as each of
    its pictures has its own.
    """

    def __init__(self, inputs: int, outputs: int, side: int = 3, stride: int = 1, normalised: bool = True) -> None:
        super().__init__(inputs, outputs, side, stride)
        self.normalised = normalised
        self.style = nn.Linear(CODE, 2 * inputs)
        nn.init.normal_(self.style.weight, 0, 0.02)
        nn.init.zeros_(self.style.bias)

    def forward(self, x: Tensor, code: Tensor, statistics: Statistics | None = None) -> Tensor:  # type: ignore[override]
        scale, shift = self.restyling(x, code, statistics)
        if len(x) > 1:
            plane = (..., None, None)
            return super().forward(torch.addcmul(shift.to(x.dtype)[plane], x, scale.to(x.dtype)[plane]))
        return self.convolved(x, *self.folded(scale[0], shift[0]))

    def restyling(self, x: Tensor, code: Tensor, statistics: Statistics | None = None) -> tuple[Tensor, Tensor]:
        """What to multiply `x` with and what to add then, each (N, C) in float32."""
        scale, shift = self.style(code).float().chunk(2, 1)
        scale = 1 + scale
        if self.normalised:
            mean, variance = moments(x) if statistics is None else statistics
            scale = scale * (variance + EPSILON).rsqrt()
            shift = shift - mean * scale
        return scale, shift

    def folded(self, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
        """Weight and bias of a convolution that does the scaling and shifting too; exact, as the border is repeated."""
        assert self.bias is not None
        weight = self.weight.float() * scale[None, :, None, None]
        return weight, self.bias.float() + self.weight.float().sum((2, 3)) @ shift


class Wide(nn.Module):
    """Residual block of large reach: expand, depthwise 5x5, project."""

    def __init__(self, channels: int, expansion: int = 2) -> None:
        super().__init__()
        inner = channels * expansion
        self.expand = StyledConv(channels, inner, 1)
        self.depthwise = Conv(inner, inner, 5, groups=inner)
        self.project = Conv(inner, channels, 1)
        nn.init.normal_(self.project.weight, 0, 0.3 * inner**-0.5)  # a block begins close to the identity

    def forward(self, x: Tensor, code: Tensor, statistics: Statistics | None = None) -> Tensor:
        inner = self.depthwise(self.expand(x, code, statistics).relu_()).relu_()
        return self.project(inner).add_(x)


class Dense(nn.Module):
    """Residual block of two full 3x3 convolutions: where strokes get their shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = StyledConv(channels, channels)
        self.second = Conv(channels, channels)
        nn.init.normal_(self.second.weight, 0, 0.3 * (9 * channels) ** -0.5)

    def forward(self, x: Tensor, code: Tensor, statistics: Statistics | None = None) -> Tensor:
        return self.second(self.first(x, code, statistics).relu_()).add_(x)


class Palette(nn.Module):
    """Features at half size to the picture: bilinear enlargement and a 3x3 convolution whose colours the code turns.

    Both are linear, so that one convolution at half size does them for each of the four pixels of a place: four times less
    work, and no lattice on flat areas as a freely learnt sub-pixel convolution has.
    """

    # Where the taps at -1, 0, 1 of a kernel at full size fall at half size, for even and for odd pixels.
    PHASES = (
        ((0.75, 0.25, 0.0), (0.25, 0.75, 0.0), (0.0, 0.75, 0.25)),
        ((0.25, 0.75, 0.0), (0.0, 0.75, 0.25), (0.0, 0.25, 0.75)),
    )

    phases: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(3, channels, 3, 3) * (9 * channels) ** -0.5)
        self.tint = nn.Linear(CODE, 12)  # a 3x3 matrix of colours beside the identity, and an offset
        self.style = nn.Linear(CODE, channels)
        for linear in (self.tint, self.style):
            nn.init.normal_(linear.weight, 0, 0.02)
            nn.init.zeros_(linear.bias)
        self.register_buffer("phases", torch.tensor(self.PHASES), persistent=False)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        weight, bias = self.subpixel(code)
        x = pad(x, 1)
        if len(x) == 1:
            y = F.conv2d(x, weight[0].to(x.dtype), bias[0].to(x.dtype))
        else:
            y = torch.stack([F.conv2d(one[None], w, b)[0] for one, w, b in zip(x, weight.to(x.dtype), bias.to(x.dtype))])
        return F.pixel_shuffle(y, 2).sigmoid_()

    def subpixel(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """Weights (N, 12, C, 3, 3) and biases (N, 12) in the order that `pixel_shuffle` takes."""
        tint = self.tint(code).float()
        matrix = torch.eye(3, device=code.device) + tint[:, :9].view(-1, 3, 3)
        scale = 1 + self.style(code).float()
        colours = torch.einsum("npo,ocij,nc->npcij", matrix, self.kernel.float(), scale)
        weight = torch.einsum("npcij,yia,xjb->npyxcab", colours, self.phases.float(), self.phases.float())
        return weight.flatten(1, 3), tint[:, 9:].repeat_interleave(4, 1)


class StyleEncoder(nn.Module):
    """A style picture to its code: what it looks like at four scales, wherever that is in the picture.

    Means and deviations of features, and the covariances of a few mixtures of them, are all that goes on: the position of
    things in the style picture can't leak into the code.
    """

    CHANNELS = (16, 64, 96, 128)
    MIXED = 16

    def __init__(self) -> None:
        super().__init__()
        inputs = (12, *self.CHANNELS[:-1])
        self.levels = nn.ModuleList(Conv(i, o, 3, 1 if i == 12 else 2) for i, o in zip(inputs, self.CHANNELS))
        self.mixtures = nn.ModuleList(nn.Linear(c, self.MIXED, bias=False) for c in self.CHANNELS[:3])
        features = 2 * (5 + sum(self.CHANNELS)) + 6 + 3 * self.MIXED * (self.MIXED + 1) // 2
        self.norm = nn.LayerNorm(features)
        self.hidden = nn.Linear(features, 256)
        self.code = nn.Linear(256, CODE)

    def forward(self, style: Tensor) -> Tensor:
        red, green, blue = style.chunk(3, 1)
        opponents = torch.cat([red - green, blue - (red + green) / 2], 1) * 4
        colours = (style - 0.5) * 4
        seen = [*spread(colours), *spread(opponents), covariance(colours.permute(0, 2, 3, 1).flatten(1, 2))]
        x = F.pixel_unshuffle(style - 0.5, 2) * 4
        for index, level in enumerate(self.levels):
            x = level(x).relu_()
            seen += spread(x)
            if index < len(self.mixtures):
                seen.append(covariance(self.mixtures[index](x.permute(0, 2, 3, 1).flatten(1, 2))))
        return self.code(self.hidden(self.norm(torch.cat(seen, 1))).relu_())


def spread(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation (N, C) of every plane."""
    mean, variance = moments(x)
    return mean, (variance + 1e-5).sqrt()


def covariance(samples: Tensor) -> Tensor:
    """Upper triangle (N, C(C+1)/2) of the covariance of `samples` (N, L, C), its roots with their signs kept.

    Roots, because covariances of pictures differ by orders of magnitude and a deviation is as telling when it is small.
    """
    centred = samples.float() - samples.float().mean(1, keepdim=True)
    matrix = centred.transpose(1, 2) @ centred / centred.shape[1]
    rows, columns = torch.triu_indices(matrix.shape[1], matrix.shape[1], device=matrix.device)
    upper = matrix[:, rows, columns]
    return upper * (upper.abs() + 1e-4).rsqrt()


class Embedded(nn.Module):
    """The whole network: `encode` a style once, then `forward` for every content.

    `trunk_precision` is what the features at a quarter of the size and below are computed in. bfloat16 takes 0.6 of the time
    where the processor has instructions for it, and shows in no picture; the layers that make the pixels stay as they are.
    """

    def __init__(self, trunk_precision: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.trunk_precision = trunk_precision
        self.encoder = StyleEncoder()
        self.stem = nn.Conv2d(3, HALF, 6, 2)
        self.to_quarter = Conv(HALF, QUARTER, 3, 2)
        self.to_eighth = StyledConv(QUARTER, EIGHTH, 3, 2)
        self.eighth_in = Wide(EIGHTH)
        self.to_sixteenth = StyledConv(EIGHTH, SIXTEENTH, 3, 2)
        self.sixteenth = nn.ModuleList(Wide(SIXTEENTH) for _ in range(4))
        self.from_sixteenth = StyledConv(SIXTEENTH, EIGHTH, 1)
        self.eighth = nn.ModuleList(Wide(EIGHTH) for _ in range(3))
        self.from_eighth = StyledConv(EIGHTH, QUARTER, 1)
        self.across_quarter = StyledConv(QUARTER, QUARTER, 1)
        self.quarter = nn.ModuleList(Dense(QUARTER) for _ in range(2))
        self.from_quarter = StyledConv(QUARTER, HALF, 1)
        self.across_half = StyledConv(HALF, HALF, 1, normalised=False)
        self.shade = StyledConv(HALF, HALF, 3, normalised=False)
        self.palette = Palette(HALF)
        self._begin()

    def _begin(self) -> None:
        """The stem's first weights: pictures in [0, 1] come out with mean 0 and about unit variance."""
        nn.init.normal_(self.stem.weight, 0, 4 * self.stem.weight[0].numel() ** -0.5)
        with torch.no_grad():
            assert self.stem.bias is not None
            self.stem.bias.copy_(-0.5 * self.stem.weight.sum((1, 2, 3)))

    def encode(self, style: Tensor) -> Tensor:
        """The code (N, CODE) of `style` (N, 3, H, W) in [0, 1], sides at least `FACTS.minimum_side`."""
        height, width = style.shape[2:]
        return self.encoder(style[:, :, : height // 2 * 2, : width // 2 * 2])

    def forward(self, content: Tensor, code: Tensor) -> Tensor:
        """`content` (N, 3, H, W) in [0, 1] after `code` (N, CODE): same shape, in (0, 1).

        Any size from `FACTS.minimum_side` up: inside, sides are filled up to multiples of 16 by reflection.
        """
        height, width = content.shape[2:]
        picture = content
        if height % 16 or width % 16:
            picture = F.pad(picture, (0, -width % 16, 0, -height % 16), mode="reflect")
        picture = F.pad(picture, (2,) * 4, mode="reflect").contiguous(memory_format=torch.channels_last)
        fine = self.stem(picture).relu_()
        coarse = self.trunk(self.to_quarter(fine.to(self.trunk_precision)).relu_(), code).to(fine.dtype)
        return self.tail(fine, coarse, code)[:, :, :height, :width]

    def trunk(self, x: Tensor, code: Tensor) -> Tensor:
        """All that sees the whole picture: features (N, QUARTER, h, w) to what the tail gets of them (N, HALF, h, w)."""
        low = self.eighth_in(self.to_eighth(x, code).relu_(), code)
        lowest = self.to_sixteenth(low, code).relu_()
        for wide in self.sixteenth:
            lowest = wide(lowest, code)
        low = enlarge(self.from_sixteenth(lowest, code)).add_(low)
        for wide in self.eighth:
            low = wide(low, code)
        x = enlarge(self.from_eighth(low, code)).add_(self.across_quarter(x, code))
        for dense in self.quarter:
            x = dense(x, code)
        return self.from_quarter(x, code)

    def tail(self, fine: Tensor, coarse: Tensor, code: Tensor) -> Tensor:
        """Features at half and at a quarter of the size to the picture, band by band, as all of it is local."""
        rows = coarse.shape[2]
        if rows <= BAND_ROWS:
            return self.paint(fine, coarse, code)
        bands = []
        for start in range(0, rows, BAND_ROWS):
            stop = min(start + BAND_ROWS, rows)
            top, bottom = max(start - TAIL_HALO, 0), min(stop + TAIL_HALO, rows)
            band = self.paint(fine[:, :, 2 * top : 2 * bottom], coarse[:, :, top:bottom], code)
            bands.append(band[:, :, 4 * (start - top) : 4 * (stop - top)])
        return torch.cat(bands, 2)

    def paint(self, fine: Tensor, coarse: Tensor, code: Tensor) -> Tensor:
        x = enlarge(coarse).add_(self.across_half(fine, code)).relu_()
        return self.palette(self.shade(x, code).relu_(), code)


def mix(codes: Tensor, weights: Tensor) -> Tensor:
    """The code (1, CODE) of several styles together: `codes` (K, CODE), `weights` (K,) not all zero, none negative."""
    return (weights / weights.sum()).to(codes)[None] @ codes


def interpolate(own: Tensor, code: Tensor, strength: float) -> Tensor:
    """From the content's own code (strength 0: the picture about as it was) to the style's (1); all (N, CODE)."""
    return torch.lerp(own, code, strength)


def build(state: Mapping[str, Tensor], trunk_precision: torch.dtype = torch.float32) -> Embedded:
    """The network with weights of any precision, ready to paint in float32; RuntimeError when they don't fit."""
    network = Embedded(trunk_precision)
    network.load_state_dict(state)
    return network.to(memory_format=torch.channels_last).eval().requires_grad_(False)
