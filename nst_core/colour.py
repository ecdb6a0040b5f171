"""Whose colours a stylized picture has: luminance transfer and colour matching; pure tensor functions, no networks here.

Gatys, Bethge, Hertzmann, Shechtman 2016, "Preserving color in neural artistic style transfer" (arXiv:1606.05897).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

LUMA = (0.2126, 0.7152, 0.0722)
"""Rec. 709, on sRGB-encoded values, as the hosts' own layer modes "luma" take it."""

LARGEST_GAIN = 5.0
"""No difference in colour grows more than this. On paper that is white but for a scanner's noise, or in an ink drawing,
there is no colour to spread, and spreading the noise to a photograph's range paints blotches."""


def match_luminance(picture: Tensor, reference: Tensor) -> Tensor:
    """Give `picture` the luminance of itself and the colours of `reference`.

    Both (N, 3, H, W), sRGB-encoded in [0, 1]; same shape back, clamped. Gatys et al. 2016, section 3, with Rec. 709
    luma in place of YIQ's. A colour that the new luminance leaves no room for loses saturation, not hue or luminance.
    """
    return _banded(lambda one, other: into_gamut(other + (luma(one) - luma(other))), picture, reference)


def match_colour_statistics(picture: Tensor, reference: Tensor, weights: Tensor | None = None) -> Tensor:
    """Give `picture` the mean and covariance of the colours of `reference`, by one linear map of its colours.

    `picture` and `reference` (N, 3, ·, ·), sRGB-encoded in [0, 1], of sizes of their own; same shape as `picture` back,
    clamped. `weights` (N, 1, ·, ·) says how much each pixel of `reference` counts, its alpha for instance; where all are
    0, `picture` comes back.

    Gatys et al. 2016, section 4, leave a rotation free. Of all maps that match, this is the one that moves the colours
    least (Pitié and Kokaram 2007, "The linear Monge-Kantorovitch linear colour mapping"), so that no hue swaps places
    with another. Its stretch ends at `LARGEST_GAIN`.
    """
    mean, covariance = _statistics(picture, None)
    wanted_mean, wanted_covariance = _statistics(reference, weights)
    gain = _least_movement(covariance, wanted_covariance)
    shift = wanted_mean - (gain @ mean[..., None]).squeeze(-1)
    # The map is made in fp64 on the CPU, and applied where the picture lies: not every device has fp64.
    gain, shift = gain.to(picture), shift.to(picture)
    matched = _banded(lambda band: into_gamut((gain @ band.flatten(2) + shift[..., None]).view_as(band)), picture)
    if weights is None:
        return matched
    counted = (weights > 0).flatten(1).any(dim=1)[:, None, None, None].to(picture.device)
    return torch.where(counted, matched, picture)


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


def _statistics(picture: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
    """Mean (N, 3) and covariance (N, 3, 3) of the colours of `picture`, in fp64 on the CPU, in bands of rows."""
    # fp64: in fp32, the covariance of a flat picture cancels to something below nothing.
    count = first = second = torch.zeros((), dtype=torch.float64)
    for rows in _bands(picture):
        band = picture[..., rows, :].to("cpu", torch.float64).flatten(2)
        weight = None if weights is None else weights[..., rows, :].to("cpu", torch.float64).flatten(2).clamp_min(0)
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
