"""AnimeGANv2's generator as training needs it: its layers one after the other, and their first weights; the network itself is in
`networks.animegan`, whose own forward runs in bands and writes over what a gradient would need."""

from __future__ import annotations

from torch import Tensor, nn

from ..networks.animegan import Generator, InvertedResidual


def fresh() -> Generator:
    """A generator with He's weights (He et al. 2015, arXiv:1502.01852), after torch's seed; it enlarges as the original does."""
    generator = Generator()
    for layer in generator.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
    return generator


def paint(generator: Generator, photographs: Tensor) -> Tensor:
    """`photographs` (N, 3, H, W) in [-1, 1], sides multiples of 4: what the generator makes of them, differentiable."""
    features = photographs
    for block in (generator.block_a, generator.block_b, generator.block_c, generator.block_d, generator.block_e):
        for layer in block:
            features = through(layer, features)
    return generator.out_layer(features)


def through(layer: nn.Module, features: Tensor) -> Tensor:
    """A layer of a block: a convolution with all that belongs to it, or a residual block of such."""
    if isinstance(layer, nn.Sequential):
        for part in layer:
            features = through(part, features)
        return features
    if isinstance(layer, InvertedResidual):
        inner = through(layer.layers, features)
        return features + inner if layer.adds else inner
    return layer(features)
