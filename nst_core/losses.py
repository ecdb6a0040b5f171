"""Perceptual losses: Gatys' content and style terms, and the relative ones that training and evaluation use; no network here.

Features are NCHW maps of one layer, of any float dtype; every loss is differentiable with respect to the first argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def content_loss(features: Tensor, target: Tensor) -> Tensor:
    """½ Σ (F - P)² of two maps of the same shape (Gatys et al. 2016, "Image style transfer using convolutional neural networks",
    equation 1), summed over the whole batch."""
    return (features - target).square().sum() / 2


def style_loss(features: Tensor, target: Tensor) -> Tensor:
    """Σ (G - A)² / (4 N² M²) of one layer (Gatys et al. 2016, equations 3 and 4): N channels, M places, G = F Fᵀ and A likewise.

    Summed over the batch; a `target` of one picture serves them all. A target with another number of places counts as if it
    had M: the two Gram matrices are compared per place.
    """
    channels = features.shape[1]
    return (gram(features) - gram(target)).square().sum() / (4 * channels**2)


def gram(features: Tensor) -> Tensor:
    """Gram matrices (N, C, C) of maps (N, C, H, W), divided by the number of places."""
    flat = places(features)
    return flat.transpose(1, 2) @ flat / flat.shape[1]


def places(features: Tensor) -> Tensor:
    """(N, C, H, W) as (N, H·W, C); without a copy when the maps are channels-last."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


def relative_gram(features: Tensor, target: Tensor) -> Tensor:
    """|G - A|² / |A|² of every picture, (N,): 0 is equal, 1 is what an all-zero map gets. `gram` says what G and A are."""
    wanted = gram(target.float())
    return (gram(features.float()) - wanted).square().sum((1, 2)) / wanted.square().sum((1, 2))


def relative_content(features: Tensor, target: Tensor) -> Tensor:
    """Squared distance of the maps over the target's variance about its mean, of every picture, (N,).

    0 is equal, 1 is what the best constant map gets.
    """
    features, target = features.float(), target.float()
    return (features - target).square().mean((1, 2, 3)) / target.var((1, 2, 3), correction=0)


@dataclass(frozen=True)
class Statistics:
    """Mean (N, C) and covariance (N, C, C) of one layer's features over all places; float32 at least."""

    mean: Tensor
    covariance: Tensor

    def mixed(self, other: Statistics, share: Tensor) -> Statistics:
        """`share` (N,) of this and the rest of the other, picture by picture."""
        return Statistics(
            torch.lerp(other.mean, self.mean, share[:, None]),
            torch.lerp(other.covariance, self.covariance, share[:, None, None]),
        )


def statistics(features: Tensor) -> Statistics:
    """Mean and covariance of maps (N, C, H, W) over their places.

    The product runs in the maps' own dtype, centred before, so that bfloat16 keeps its digits.
    """
    return Statistics(*_MeanAndCovariance.apply(places(features)))


class _MeanAndCovariance(torch.autograd.Function):
    """Of samples (N, L, C), over L. Its gradient is one matrix product, where autograd's takes six passes over the samples: half
    of what the statistics cost in training."""

    @staticmethod
    def forward(ctx: Any, samples: Tensor) -> tuple[Tensor, Tensor]:
        precise = torch.promote_types(samples.dtype, torch.float32)
        mean = samples.mean(1, dtype=precise)
        centred = samples - mean[:, None].to(samples.dtype)
        ctx.save_for_backward(centred)
        return mean, (centred.transpose(1, 2) @ centred).to(precise) / samples.shape[1]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, mean: Tensor, covariance: Tensor) -> Tensor:
        """Of the mean 1/L; of the covariance centred · (C + Cᵀ)/L: the mean in it adds nothing, as the centred sum up to 0."""
        (centred,) = ctx.saved_tensors
        both = ((covariance + covariance.transpose(1, 2)) / centred.shape[1]).to(centred.dtype)
        shift = (mean / centred.shape[1]).to(centred.dtype)
        return torch.baddbmm(shift[:, None].expand_as(centred), centred, both)


def relative_style(found: Statistics, wanted: Statistics, typical: Statistics) -> tuple[Tensor, Tensor]:
    """Squared errors of means and of covariances over the wanted ones' squares, of every picture: two losses (N,).

    A tenth of the square of a `typical` picture's statistics (any batch) is added to the divisor: a flat style would
    otherwise divide by nothing. Covariance errors beyond four times the target grow like their root, as a picture that is far
    off would otherwise drown the batch.
    """
    mean_error = (found.mean - wanted.mean).square().sum(1)
    mean_size = wanted.mean.square().sum(1) + 0.1 * typical.mean.square().sum(1).mean()
    error = (found.covariance - wanted.covariance).square().sum((1, 2))
    size = wanted.covariance.square().sum((1, 2)) + 0.1 * typical.covariance.square().sum((1, 2)).mean()
    ratio = error / size
    bounded = torch.where(ratio > 4, 4 * ratio.clamp_min(4).sqrt() - 4, ratio)
    return mean_error / mean_size, bounded
