"""The losses of AnimeGANv2 (Chen, Liu, Chen 2020, "AnimeGAN: a novel lightweight GAN for photo animation", and the authors'
second version of it), each a pure function; pictures are (N, 3, H, W) in [-1, 1], as its networks take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..losses import gram
from ..networks import vgg

LAYER = "conv4_4"
USUAL = 400.0
"""Mean size of conv4_4's values before the ReLU in the weights that the published loss weights are made for (Caffe's): an
estimate from the sums of losses that its authors saw (about 1100, in an issue of the first version)."""

TO_YUV = ((0.299, 0.587, 0.114), (-0.14714119, -0.28886916, 0.43601035), (0.61497538, -0.51496512, -0.10001026))
"""BT.601's luma and colour differences from RGB in [0, 1], by rows."""


@dataclass(frozen=True)
class Weights:
    """What each term counts, as in the paper; `variation` and the discriminator's as in the second version's program.

    adversarial, content, style, colour, variation: the generator's terms; adversarial counts for the discriminator too.
    real, fake, grey, edges: the discriminator's: pictures of the style; painted photographs; the style without its colours,
    so that colours matter; the style with smoothed edges, so that edges do (the edge-promoting term).
    """

    adversarial: float = 300.0
    content: float = 1.5
    style: float = 3.0
    colour: float = 10.0
    variation: float = 1.0
    real: float = 1.7
    fake: float = 1.7
    grey: float = 1.7
    edges: float = 1.0


class Features:
    """VGG's values before the ReLU, times `scale`: of conv4_4 as published, or of the deepest convolution of a VGG that ends
    before it."""

    def __init__(self, network: vgg.Vgg, scale: float = 1.0) -> None:
        self.network, self.scale = network, scale
        names = list(network.places)
        self.layer = LAYER if LAYER in names else names[-1]
        self.before = names[names.index(self.layer) - 1]

    def __call__(self, pictures: Tensor) -> Tensor:
        found = self.network((pictures + 1) / 2, [self.before])[self.before]
        if self.layer.endswith("_1"):
            found = F.max_pool2d(found, 2, ceil_mode=self.network.reflecting)
        return self.network.features[self.network.places[self.layer]](found).float() * self.scale

    @property
    def published(self) -> bool:
        """Whether these are the features that the published weights are made for."""
        return self.layer == LAYER and self.network.normalisation == vgg.CAFFE

    @torch.no_grad()
    def scale_for(self, batches: Sequence[Tensor]) -> float:
        """The scale that gives these pictures' values their usual size; 1 for the published features."""
        if self.published:
            return 1.0
        return USUAL * self.scale * len(batches) / sum(float(self(batch).abs().mean()) for batch in batches)


def content_loss(features: Tensor, wanted: Tensor) -> Tensor:
    """Mean distance of two maps."""
    return (features - wanted).abs().mean()


def style_loss(features: Tensor, wanted: Tensor) -> Tensor:
    """Mean distance of the maps' Gram matrices, picture by picture, over the number of channels and places."""
    return (gram(features) - gram(wanted)).abs().mean() / features.shape[1]


def colour_loss(painted: Tensor, photographs: Tensor) -> Tensor:
    """Distance of the colours in YUV: absolute in Y, Huber's (of threshold 1) in U and V, each averaged over all pixels."""
    ours, theirs = yuv(painted), yuv(photographs)
    luma = (ours[:, 0] - theirs[:, 0]).abs().mean()
    return luma + sum(F.huber_loss(ours[:, plane], theirs[:, plane]) for plane in (1, 2))


def variation_loss(painted: Tensor) -> Tensor:
    """Half the mean square of differences downwards, and the same to the right."""
    down = painted[:, :, 1:] - painted[:, :, :-1]
    right = painted[..., 1:] - painted[..., :-1]
    return (down.square().mean() + right.square().mean()) / 2


def generator_loss(judged: Tensor) -> Tensor:
    """Least squares (Mao et al. 2017, arXiv:1611.04076): how far what was painted is from being taken for the style."""
    return (judged - 1).square().mean()


def discriminator_terms(real: Tensor, fake: Tensor, grey: Tensor, edges: Tensor) -> dict[str, Tensor]:
    """Least squares of the judgements of four kinds of pictures, see `Weights`: 1 is right for the real ones, 0 for the rest."""
    return {
        "real": (real - 1).square().mean(),
        "fake": fake.square().mean(),
        "grey": grey.square().mean(),
        "edges": edges.square().mean(),
    }


def yuv(pictures: Tensor) -> Tensor:
    """(N, 3, H, W): Y in [0, 1], U in [-0.44, 0.44], V in [-0.62, 0.62]."""
    matrix = torch.tensor(TO_YUV, dtype=pictures.dtype, device=pictures.device)
    return torch.einsum("yc,nchw->nyhw", matrix, (pictures + 1) / 2)


def grey(pictures: Tensor) -> Tensor:
    """(N, 3, H, W) with Y for each colour, in [-1, 1] as they are."""
    return (2 * yuv(pictures)[:, :1] - 1).expand_as(pictures)
