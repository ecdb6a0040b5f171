"""AnimeGANv2's generator (Chen, Liu and Chen, "AnimeGAN: A Novel Lightweight GAN for Photo Animation", ISICA 2019, in its
second version; github.com/TachibanaYoshino/AnimeGANv2): a photograph to a frame of an animated film.

Sub-modules carry the names of the PyTorch port's state dicts (github.com/bryandlee/animegan2-pytorch). Every convolution is
followed by a normalisation over the whole picture and all channels. So what goes from layer to layer are sheets of a
convolution's bare values, together with what is to be made of a band of them; a layer that is cheap, or that there is no memory
for, leaves no sheet, and whoever comes after it computes it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .facts import NetworkFacts
from .moments import rescaled
from .phases import AfterDoublingHalfway
from .sheets import Counted, MemorySheet, MirroredPicture, Picture, Sheet, Space, run

FACTS = NetworkFacts(
    value_range=(-1, 1),
    size_multiple=4,
    minimum_side=5,
    receptive_field=None,
    half_precision=True,
    bytes_per_pixel=184,  # as little as it goes with; 388 in one piece
    band_bytes_per_pixel=2700,
    band_pixels=2**20,
    halo=8,
    kept_bytes_per_pixel=160,
    kept_in_half=True,
)

EXACT = ("out_layer",)
"""The convolutions that are computed in float32 in any case."""

EPSILON = 1e-5
SLOPE = 0.2  # of the leaky ReLUs
RESIDUALS = 4

Enlargement = Literal["legacy", "aligned"]
"""How the decoder doubles a size: as TensorFlow 1 does it, which the original was trained with (a row between two others is
their mean, the last one is repeated), or corner to corner, which the weights that were trained in PyTorch expect."""


class Features(NamedTuple):
    """What a layer is given: bands of `sheets`, of which `part` makes a band of features (N, C, h, W).

    At a band's upper and lower edge `part` spoils the rows that stand for `halo` rows of the picture.
    """

    sheets: tuple[Sheet, ...]
    part: Callable[..., Tensor]
    halo: int = 0


class ConvNorm(nn.Sequential):
    """Reflection padding, convolution, normalisation, leaky ReLU: published under the numbers 0 to 3.

    A stride of 2 pads the bottom and right alone, so that even sides are halved. One that `doubles` is of a picture that is
    enlarged first, from the small one.
    """

    def __init__(self, inputs: int, outputs: int, side: int = 3, stride: int = 1, groups: int = 1, doubles: bool = False) -> None:
        if doubles:
            convolution: nn.Conv2d = AfterDoublingHalfway(inputs, outputs, side, padding=1, bias=False)
            layers: list[nn.Module] = [nn.Identity(), convolution]
        else:
            pad = nn.ReflectionPad2d((0, 1, 0, 1) if stride > 1 else side // 2)
            layers = [pad, nn.Conv2d(inputs, outputs, side, stride, groups=groups, bias=groups > 1)]
        super().__init__(*layers, nn.GroupNorm(1, outputs, EPSILON), nn.LeakyReLU(SLOPE))
        self.margin = 2 if doubles else side // 2  # a row of the small picture is two

    def over(self, x: Features, target: Sheet, space: Space) -> Features:
        """The layer computed into `target`, and its features."""
        pad, convolution, norm, _ = self
        assert isinstance(convolution, nn.Conv2d)
        precision = convolution.weight.dtype
        return computed(lambda band: convolution(pad(band.to(precision))), self.margin, norm, SLOPE, x, target, space)


class InvertedResidual(nn.Module):
    """MobileNetV2's block (Sandler et al. 2018) with this network's normalisation; the input is added where it fits."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            ConvNorm(inputs, 2 * inputs, 1),
            ConvNorm(2 * inputs, 2 * inputs, 3, groups=2 * inputs),
            nn.Conv2d(2 * inputs, outputs, 1, bias=False),
            nn.GroupNorm(1, outputs, EPSILON),
        )
        self.adds = inputs == outputs

    def over(self, x: Features, inner: Sheet, outer: Sheet, space: Space) -> Features:
        """Uses `inner`, of twice the input's channels, and leaves its values in `outer`; a sum goes into the input's sheet."""
        *_, project, norm = self.layers
        y = computed(project, 0, norm, 1.0, chained(self.layers[:2], x, inner, space), outer, space)
        if not self.adds:
            return y
        (sheet,) = x.sheets
        run(lambda band, skipped: y.part(band).add_(x.part(skipped)), [outer, sheet], sheet, space, counted=False)
        return Features((sheet,), unchanged)


class Generator(nn.Module):
    """A picture (N, 3, H, W) in [-1, 1] to one of the same range, sides rounded up to multiples of 4."""

    def __init__(self, enlargement: Enlargement = "legacy") -> None:
        super().__init__()
        self.enlargement, doubles = enlargement, enlargement == "legacy"
        self.block_a = nn.ModuleList([ConvNorm(3, 32, 7), ConvNorm(32, 64, stride=2), ConvNorm(64, 64)])
        self.block_b = nn.ModuleList([ConvNorm(64, 128, stride=2), ConvNorm(128, 128)])
        residuals = [InvertedResidual(inputs, 256) for inputs in (128, *[256] * (RESIDUALS - 1))]
        self.block_c = nn.ModuleList([ConvNorm(128, 128), *residuals, ConvNorm(256, 128)])
        self.block_d = nn.ModuleList([ConvNorm(128, 128, doubles=doubles), ConvNorm(128, 128)])
        self.block_e = nn.ModuleList([ConvNorm(128, 64, doubles=doubles), ConvNorm(64, 64), ConvNorm(64, 32, 7)])
        self.out_layer = nn.Sequential(nn.Conv2d(32, 3, 1, bias=False), nn.Tanh())

    def forward(self, picture: Tensor, space: Space | None = None) -> Tensor:
        return self.painted(MirroredPicture(picture, FACTS.size_multiple), space or Space(picture.device))

    def painted(self, given: Sheet, space: Space) -> Tensor:
        """The same of a picture that is read some rows at a time, sides multiples of 4."""
        return self.decoded(self.transformed(self.encoded(given, space), given, space), given, space)

    def encoded(self, given: Sheet, space: Space) -> Features:
        """Blocks A and B: 128 channels at a quarter of the size."""
        half, first = space.sheet(given, 64, 2), space.sheet_or_count(given, 32, 1)
        x = chained(self.block_a[:1], Features((given,), unchanged), first, space)
        x = chained(self.block_a[1:2], x, half, space)
        first.close()
        x = chained(self.block_a[2:], x, half, space)
        x = chained(self.block_b, x, space.sheet(given, 128, 4), space)
        half.close()
        return x

    def transformed(self, x: Features, given: Sheet, space: Space) -> Features:
        """Block C, from and to the one sheet of `x`."""
        (sheet,) = x.sheets
        first, *residuals, last = self.block_c
        x = chained([first], x, sheet, space)
        sums, outer = (space.sheet(given, 256, 4) for _ in range(2))
        narrow, wide = (space.sheet_or_count(given, channels, 4) for channels in (256, 512))
        for residual in residuals:
            assert isinstance(residual, InvertedResidual)
            x = residual.over(x, wide, outer, space) if residual.adds else residual.over(x, narrow, sums, space)
        x = chained([last], x, sheet, space)
        for done in (narrow, wide, sums, outer):
            done.close()
        return x

    def decoded(self, x: Features, given: Sheet, space: Space) -> Tensor:
        """Blocks D and E and the picture."""
        picture = Picture(given.shape)
        (quarter,) = x.sheets
        half = space.sheet(given, 128, 2)
        x = chained(self.block_d, self.enlarged(x), half, space)
        quarter.close()
        full = space.sheet_or_count(given, 64, 1, dear=True)
        x = chained(self.block_e[:-1], self.enlarged(x), full, space)
        if half not in x.sheets:
            half.close()
        x = chained(self.block_e[-1:], x, space.sheet_or_count(given, 32, 1, dear=True), space)
        halo = in_whole_rows(x.halo, x.sheets)
        precision = next(self.out_layer.parameters()).dtype
        run(lambda *bands: self.out_layer(x.part(*bands).to(precision)), x.sheets, picture, space, halo, counted=False)
        return picture.whole

    def enlarged(self, x: Features) -> Features:
        """The features at twice their size, unless the next layer sees to that."""
        if self.enlargement == "legacy":
            return x
        (sheet,) = x.sheets
        height, width = sheet.shape[2:]
        numbers = torch.arange(height, dtype=torch.float64)[None, None, :, None]

        def part(band: Tensor, rows: Tensor) -> Tensor:
            return doubled(doubled(x.part(band), 2, int(rows[0, 0, 0, 0]), height), 3, 0, width)

        # The step between rows depends on how many there are, so where a band lies matters: their numbers travel with them.
        return Features((sheet, MemorySheet(numbers.shape, sheet.every, numbers)), part, sheet.every)


def chained(layers: Iterable[nn.Module], x: Features, target: Sheet, space: Space) -> Features:
    """Layers one after the other, each computed into `target`, over what the one before has left there."""
    for layer in layers:
        assert isinstance(layer, ConvNorm)
        x = layer.over(x, target, space)
    return x


def computed(
    layer: Callable[[Tensor], Tensor],
    margin: int,
    norm: nn.Module,
    slope: float,
    x: Features,
    target: Sheet,
    space: Space,
) -> Features:
    """A layer's values in `target`; what is to be made of them is normalised, and a leaky ReLU of that slope.

    `margin` is how many of its rows the layer spoils at a band's edge. When `target` only counts, they are computed again.
    """

    def values(*bands: Tensor) -> Tensor:
        return layer(x.part(*bands))

    halo = x.halo + margin * target.every
    run(values, x.sheets, target, space, in_whole_rows(halo, (*x.sheets, target)))
    finish = normalised(norm, target, slope)
    if isinstance(target, Counted):
        return Features(x.sheets, lambda *bands: finish(values(*bands)), halo)
    return Features((target,), finish)


def normalised(norm: nn.Module, features: Sheet, slope: float) -> Callable[[Tensor], Tensor]:
    """What normalises a band of the features that the sheet holds now, over all of their channels (Ba et al. 2016,
    arXiv:1607.06450), with a leaky ReLU behind; a new tensor."""
    assert isinstance(norm, nn.GroupNorm)
    moments = features.moments
    mean = moments.mean.mean(1, keepdim=True)
    variance = (moments.squares / moments.count).mean(1, keepdim=True) + moments.mean.var(1, correction=0, keepdim=True)
    scale = norm.weight * (variance + norm.eps).rsqrt().to(norm.weight)
    shift = norm.bias - mean.to(norm.weight) * scale
    return lambda band: F.leaky_relu_(rescaled(band, scale, shift), slope)


def in_whole_rows(halo: int, sheets: Iterable[Sheet]) -> int:
    """At least `halo` rows of the picture that are whole rows of every sheet."""
    coarsest = max(sheet.every for sheet in sheets)
    return -(-halo // coarsest) * coarsest


def unchanged(band: Tensor) -> Tensor:
    """A band of what is no layer's values: a picture, or a sum."""
    return band


def doubled(x: Tensor, axis: int, first: int, whole: int) -> Tensor:
    """Twice the rows (or columns) of `x`, from corner to corner of a larger picture with `whole` of them and linear between.

    `x` begins with row `first` of the larger picture; a place beyond its last row has that row's value.
    """
    size, step = x.shape[axis], (whole - 1) / (2 * whole - 1)
    places = torch.arange(2 * first, 2 * (first + size), dtype=torch.float64) * step  # which not every GPU has
    low = (places.floor().long() - first).clamp_(0, size - 1).to(x.device)
    share = (places - places.floor()).to(x.device, x.dtype).view(-1, *[1] * (4 - axis))
    # As they lie in memory, rows and columns are picked as they are: many times as fast as from planes.
    lying, axis = x.permute(0, 2, 3, 1), axis - 1
    drawn = lying.index_select(axis, low).lerp_(lying.index_select(axis, (low + 1).clamp_(max=size - 1)), share)
    return drawn.permute(0, 3, 1, 2)
