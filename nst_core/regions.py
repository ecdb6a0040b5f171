"""Where on a content each style goes: grey masks, read, fitted and turned into shares of every pixel; no networks here."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from . import blend, imagefile, raster
from .errors import UsageError
from .raster import Raster

Source = str | Path | Raster


@dataclass(frozen=True)
class Regions:
    """Region by region the styles that paint it (their indices), their weight together, and its mask.

    `masks` (R, H, W), uint8: 255 is where the region is; masks may be soft and may overlap.
    """

    members: tuple[tuple[int, ...], ...]
    weights: tuple[float, ...]
    masks: Tensor

    def resized(self, width: int, height: int) -> Regions:
        """The same regions on a copy of the content at another size."""
        if self.masks.shape[1:] == (height, width):
            return self
        return replace(self, masks=torch.stack([_bytes(blend.resize(_unit(mask), (width, height))) for mask in self.masks]))

    def shares(self, rows: slice) -> Tensor:
        """Of some rows (R, 1, h, W): the regions' shares of each pixel, which add up to 1, or are 0 where no region is."""
        pulls = self.masks[:, None, rows].float() * torch.tensor(self.weights)[:, None, None, None]
        return pulls / pulls.sum(dim=0).clamp_min(torch.finfo(pulls.dtype).tiny)

    def coverage(self, rows: slice) -> Tensor:
        """Of some rows (1, 1, h, W): how much of a painting is to be seen there, from 0 to 1."""
        return (self.masks[:, rows].sum(dim=0, dtype=torch.float32) / 255).clamp_max_(1)[None, None]

    def mask_of(self, style: int) -> Tensor:
        """Where the style goes: (1, 1, H, W) in [0, 1]."""
        for members, mask in zip(self.members, self.masks):
            if style in members:
                return _unit(mask)
        return _unit(torch.zeros_like(self.masks[0]))


def regions(
    masks: Sequence[Source | None], keys: Sequence[Hashable], weights: Sequence[float], content: Raster
) -> Regions | None:
    """The regions of styles whose masks and weights these are; None when no style has a mask.

    Styles with the same of the `keys` share a region; those without a mask paint what the others leave over. A mask's
    brightness counts, and transparent is black; one of another size than the content is stretched to it.
    UsageError when all is black, PictureError when a file can't be read.
    """
    if all(mask is None for mask in masks):
        return None
    named = {key: mask for key, mask in zip(keys, masks) if mask is not None}
    planes = {key: _plane(mask, content) for key, mask in named.items()}
    left_over = 255 - torch.stack(list(planes.values())).sum(dim=0).clamp_max(255)
    planes |= {key: left_over.byte() for key, mask in zip(keys, masks) if mask is None}
    members = {key: tuple(index for index, other in enumerate(keys) if other == key) for key in planes}
    pulls = {key: sum(weights[index] for index in styles) for key, styles in members.items()}
    seen = [key for key, pull in pulls.items() if pull > 0 and bool(planes[key].any())]
    if not seen:
        raise UsageError("the style masks are black everywhere: paint white where a style is to go")
    painted = torch.stack([planes[key] for key in seen])
    return Regions(tuple(members[key] for key in seen), tuple(pulls[key] for key in seen), painted)


def _plane(mask: Source, content: Raster) -> Tensor:
    """A mask (H, W), uint8, of the content's size."""
    rgb, alpha = raster.visible(mask if isinstance(mask, Raster) else imagefile.read(mask).raster)
    grey = rgb.mean(dim=1, keepdim=True)
    return _bytes(blend.resize(grey if alpha is None else grey * alpha, (content.width, content.height)))


def _unit(mask: Tensor) -> Tensor:
    """(1, 1, H, W) in [0, 1] of a mask (H, W)."""
    return mask[None, None].float() / 255


def _bytes(mask: Tensor) -> Tensor:
    """The other way round."""
    return (mask[0, 0] * 255).round_().byte()
