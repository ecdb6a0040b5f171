"""Whose colours a painting has: luminance transfer and colour matching; pure tensor functions, no networks here.

Gatys, Bethge, Hertzmann, Shechtman 2016, "Preserving color in neural artistic style transfer" (arXiv:1606.05897).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

LUMA = (0.2126, 0.7152, 0.0722)
"""Rec. 709, on sRGB-encoded values, as the hosts' own layer modes "luma" take it."""

LARGEST_GAIN = 2.5
"""No difference in colour grows more than this. On paper that is white but for a scanner's noise, or in an ink drawing,
there is no colour to spread, and spreading the noise to a photograph's range paints blotches: seen from 3 on."""

CLIPPED = 0.01
"""The share of a painting's darkest pixels, and of its lightest, that may run into black and white: what is skewed, as ink on
paper is, can't have a photograph's mean and its contrast too, and shadows without drawing look worse than a flatter picture."""
SAMPLES = 2**16  # pixels that show where the darkest and the lightest are


@dataclass(frozen=True)
class ColourMap:
    """One linear map of colours: `gain` (N, 3, 3) and `shift` (N, 3), float64 on the CPU."""

    gain: Tensor
    shift: Tensor

    def __call__(self, picture: Tensor) -> Tensor:
        """`picture` (N, 3, H, W) mapped: same shape, in [0, 1]."""
        # The map is made in fp64 on the CPU, and applied where the picture lies: not every device has fp64.
        gain, shift = self.gain.to(picture), self.shift.to(picture)[..., None]
        return _banded(lambda band: into_gamut((gain @ band.flatten(2) + shift).view_as(band)), picture)


def match_luminance(picture: Tensor, reference: Tensor) -> Tensor:
    """Give `picture` the luminance of itself and the colours of `reference`.

    Both (N, 3, H, W), sRGB-encoded in [0, 1]; same shape back, clamped. Gatys et al. 2016, section 3, with Rec. 709
    luma in place of YIQ's. A colour that the new luminance leaves no room for loses saturation, not hue or luminance.
    """
    return _banded(lambda one, other: into_gamut(other + (luma(one) - luma(other))), picture, reference)


def matching(picture: Tensor, reference: Tensor, weights: Tensor | None = None) -> ColourMap:
    """The map that gives `picture` the mean and covariance of the colours of `reference`.

    Both (N, 3, H, W), sRGB-encoded in [0, 1]. `weights` (N, 1, H, W) says how much each pixel counts, its alpha for instance;
    where all are 0, the map changes nothing.

    Gatys et al. 2016, section 4, leave a rotation free. Of all maps that match, this is the one that moves the colours
    least (Pitié and Kokaram 2007, "The linear Monge-Kantorovitch linear colour mapping"), so that no hue swaps places
    with another. It stretches by `LARGEST_GAIN` at most, and by less where more than `CLIPPED` would turn black or white.
    """
    mean, covariance = _statistics(picture, weights)
    wanted_mean, wanted_covariance = _statistics(reference, weights)
    gain = _least_movement(covariance, wanted_covariance)
    if weights is not None:
        counted = (weights > 0).flatten(1).any(dim=1).cpu()[:, None]
        gain = torch.where(counted[..., None], gain, torch.eye(3, dtype=gain.dtype))
        wanted_mean = torch.where(counted, wanted_mean, mean)
    gain = gain * _room(picture, weights, gain, mean, wanted_mean)[:, None, None]
    return ColourMap(gain, wanted_mean - (gain @ mean[..., None]).squeeze(-1))


def luma(picture: Tensor) -> Tensor:
    """Rec. 709 luma (N, 1, H, W) of `picture` (N, 3, H, W)."""
    red, green, blue = picture.unbind(dim=1)
    return (LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue)[:, None]


def into_gamut(picture: Tensor) -> Tensor:
    """`picture` (N, 3, H, W) in [0, 1]: what lies outside moves towards the grey of its own luma until it is inside.

    The `ClipColor` of the W3C's "Compositing and blending level 1", section 10.2. Clipping channel by channel shifts hues.
    """
    own = luma(picture)
    grey = own.clamp(0, 1)
    tiny = torch.finfo(picture.dtype).tiny
    above = picture.amax(dim=1, keepdim=True).sub_(own).clamp_min_(tiny)
    below = own.sub(picture.amin(dim=1, keepdim=True)).clamp_min_(tiny)
    room = torch.minimum((1 - grey).div_(above), grey / below).clamp_max_(1)
    return (picture - own).mul_(room).add_(grey).clamp_(0, 1)


def _room(picture: Tensor, weights: Tensor | None, gain: Tensor, mean: Tensor, wanted_mean: Tensor) -> Tensor:
    """By how much (N), 1 at most, contrast must shrink for no more than `CLIPPED` of the luma to leave [0, 1] at either end."""
    step = max(1, picture[0, 0].numel() // SAMPLES)
    factors = []
    for index, one in enumerate(picture.flatten(2)[..., ::step].cpu().double()):
        seen = one if weights is None else one[:, weights[index].flatten()[::step].cpu() > 0]
        middle = luma(wanted_mean[index].view(1, 3, 1, 1)).flatten()
        away = luma((gain[index] @ (seen - mean[index][:, None]))[None, :, None]).flatten()
        if away.numel() == 0:
            away = torch.zeros(1, dtype=torch.float64)
        darkest, lightest = torch.quantile(away, torch.tensor([CLIPPED, 1 - CLIPPED], dtype=torch.float64))
        down = torch.where(darkest < 0, middle / -darkest, 1.0)
        up = torch.where(lightest > 0, (1 - middle) / lightest, 1.0)
        factors.append(torch.minimum(down, up).clamp(0, 1))
    return torch.cat(factors)


def _statistics(picture: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
    """Mean (N, 3) and covariance (N, 3, 3) of the colours of `picture`, in fp64 on the CPU, in bands of rows."""
    # fp64: in fp32, the covariance of a flat picture cancels to something below nothing.
    count = first = second = torch.zeros((), dtype=torch.float64)
    for rows in _bands(picture):
        band = picture[..., rows, :].cpu().double().flatten(2)
        weight = None if weights is None else weights[..., rows, :].cpu().double().flatten(2).clamp_min(0)
        counted = band if weight is None else weight * band
        count = count + (band.shape[2] if weight is None else weight.sum(dim=2))
        first = first + counted.sum(dim=2)
        second = second + counted @ band.mT
    count = count.clamp_min(1e-12)
    mean = first / count
    return mean, second / count[..., None] - mean[:, :, None] * mean[:, None, :]


def _bands(picture: Tensor) -> list[slice]:
    """Rows of about four million pixels at a time: the memory for what lies in between stays bounded."""
    height, width = picture.shape[-2:]
    rows = max(1, 2**22 // width)
    return [slice(start, start + rows) for start in range(0, height, rows)]


def _banded(function: Callable[..., Tensor], *pictures: Tensor) -> Tensor:
    """`function` of pictures of one size, which works on each pixel by itself."""
    result = torch.empty_like(pictures[0])
    for rows in _bands(result):
        result[..., rows, :] = function(*(picture[..., rows, :] for picture in pictures))
    return result


def _least_movement(covariance: Tensor, wanted: Tensor) -> Tensor:
    """The symmetric T of least movement with T C T = W: C^-1/2 (C^1/2 W C^1/2)^1/2 C^-1/2, stretching at most `LARGEST_GAIN`."""
    root = _power(covariance, 0.5)
    inverse = _power(covariance, -0.5)
    gain = inverse @ _power(root @ wanted @ root, 0.5) @ inverse
    values, vectors = torch.linalg.eigh((gain + gain.mT) / 2)
    return vectors @ torch.diag_embed(values.clamp(0, LARGEST_GAIN)) @ vectors.mT


def _power(matrix: Tensor, exponent: float) -> Tensor:
    """A symmetric matrix without negative eigenvalues to a power; where a picture doesn't vary, 0 stays 0 also under -1/2."""
    values, vectors = torch.linalg.eigh((matrix + matrix.mT) / 2)
    # The variance of a thousandth of an 8-bit step: rounding of the sums lies below it, the flattest real picture above.
    flat = 1e-11 if exponent < 0 else 0.0
    powers = torch.where(values > flat, values.clamp_min(flat) ** exponent, 0.0)
    return vectors @ torch.diag_embed(powers) @ vectors.mT
