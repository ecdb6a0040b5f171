"""Mean and variance of features, of a band and of all bands together, and what normalises by them; no network here."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SUMMED = 2**10  # pixels in one sum: over more, float32 loses digits of a mean that is large beside the deviation


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and biased variance (N, C) of every plane, in float32 at least.

    Of one picture on the processor they come from the pass that batch normalisation makes for itself: six times as fast as
    sums, but without a gradient. `torch.var_mean` is slower than either by far on channels-last pictures. What is written out
    is centred, because E[x²] - E[x]² cancels.
    """
    dtype = torch.promote_types(x.dtype, torch.float32)
    if len(x) == 1 and x.device.type == "cpu" and not x.requires_grad:
        unused = torch.zeros(x.shape[1], dtype=dtype)
        mean, variance = torch.batch_norm_update_stats(x, unused, unused, 0.0)
        return mean[None], variance[None]
    flat = x.permute(0, 2, 3, 1).flatten(1, 2).to(dtype)  # float16 has no room for the square of 256
    mean = flat.mean(1, keepdim=True)
    variance = (flat - mean).square().mean(1)
    return mean[:, 0], variance


def pieces(band: Tensor) -> list[Tensor]:
    """The same pixels as bands of few; only one picture on the processor is cut, as only there sums are that simple."""
    if len(band) > 1 or band.device.type != "cpu":
        return [band]
    pixels = band.permute(0, 2, 3, 1).flatten(0, 2)
    return [piece.T[None, :, None] for piece in pixels.split(SUMMED)]


def rescaled(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """`x` (N, C, H, W) times `scale` plus `shift`, each (N, C) and in float32 at least: a new tensor of the precision of `x`."""
    if len(x) > 1:
        return torch.addcmul(shift[..., None, None], x, scale[..., None, None]).to(x.dtype)
    # What batch normalisation does with numbers that it is given: the factors keep their digits where `x` has fewer.
    return F.batch_norm(x, torch.zeros_like(shift[0]), torch.ones_like(scale[0]), scale[0], shift[0], eps=0.0)


class Moments:
    """Count, mean and sum of squared deviations of every plane, gathered band by band: Chan et al. 1983, "Algorithms for
    computing the sample variance", formula 1.5, in fp64."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = self.squares = torch.zeros((), dtype=torch.float64)

    def add(self, band: Tensor) -> None:
        """Count the pixels of `band` (N, C, h, W) too."""
        found = [(moments(piece), piece.shape[2] * piece.shape[3]) for piece in pieces(band)]
        self._merge(
            torch.tensor([count for _, count in found], dtype=torch.float64)[:, None, None],
            torch.stack([mean for (mean, _), _ in found]).cpu().double(),
            torch.stack([variance for (_, variance), _ in found]).cpu().double(),
        )

    def _merge(self, counts: Tensor, means: Tensor, variances: Tensor) -> None:
        """Count planes of so many pixels (K, 1, 1) with these moments (K, N, C) too."""
        count = int(counts.sum())
        mean = (means * counts).sum(0) / count
        squares = (counts * (variances + (means - mean).square())).sum(0)
        total = self.count + count
        apart = mean - self.mean
        self.squares = self.squares + squares + apart.square() * (self.count * count / total)
        self.mean = self.mean + apart * (count / total)
        self.count = total

    def of(self, like: Tensor, correction: int = 0) -> tuple[Tensor, Tensor]:
        """Mean and variance, each (N, C), where `like` lies and as it is, in float32 at least."""
        dtype = torch.promote_types(like.dtype, torch.float32)
        variance = self.squares / max(self.count - correction, 1)
        return self.mean.to(dtype).to(like.device), variance.to(dtype).to(like.device)
