"""What is made of a network's painting: its size, colours, opacity and region; quick, and never a reason to paint again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from . import blend, colour, raster
from .colour import ColourMap
from .methods.painter import Painter
from .raster import Raster
from .regions import Regions


@dataclass(frozen=True)
class Finishing:
    """How a painting of `content` comes back to it.

    `visible` (1, 3, H, W) in [0, 1] is what the network was to see, `alpha` (1, 1, H, W) or None how much of it is seen;
    `styled` tells whether the painting's light and colours come from style pictures; `parameters` are all of the method's,
    checked. Paintings (1, 3, h, w) in [0, 1] are at any working size, and stay as they are.
    """

    painter: Painter
    content: Raster
    visible: Tensor
    alpha: Tensor | None
    regions: Regions | None
    styled: bool
    parameters: Mapping[str, Any]

    def layer(self, painting: Tensor) -> Raster:
        """The layer that a painting becomes."""
        small = blend.resize(self.visible, _size(painting))
        painted = self.painter.finished(small, painting, self.parameters)
        if small is not self.visible:
            painted = blend.enlarge(painted, small, self.visible, 1 - self.parameters["strength"])
        del small
        maps = self._colour_maps(painted)

        def finished(rows: slice, band: Raster) -> Tensor:
            coloured = self._coloured(painted[:, :, rows], maps, rows)
            return self._laid_over(coloured, raster.to_tensors(band)[0], rows)

        return raster.from_bands(finished, self.content)

    def look(self, painting: Tensor) -> Tensor:
        """A painting, perhaps one that is still being painted, as its layer will look: at its own size."""
        size = _size(painting)
        alpha = None if self.alpha is None else blend.resize(self.alpha, size)
        regions = None if self.regions is None else self.regions.resized(*size)
        here = replace(self, visible=blend.resize(self.visible, size), alpha=alpha, regions=regions)
        painted = self.painter.finished(here.visible, painting, self.parameters)
        coloured = here._coloured(painted, here._colour_maps(painted), slice(None))
        return here._laid_over(coloured, here.visible, slice(None))

    def _colour_maps(self, painted: Tensor) -> list[ColourMap]:
        """What brings the painting's colours to the content's, where those are kept: for all of it, or region by region.

        Gatys et al. 2016, "Preserving color in neural artistic style transfer", change the style's colours or light before it
        is painted. Done to the painting it looks as good (seen on twelve pairs), and another choice costs no painting.
        """
        if self.parameters["preserve_color"] == "none" or not self.styled:
            return []
        if self.regions is None:
            return [colour.matching(painted, self.visible, self.alpha)]
        seen = 1.0 if self.alpha is None else self.alpha
        masks = (mask[None, None].float() / 255 for mask in self.regions.masks)
        return [colour.matching(painted, self.visible, mask * seen) for mask in masks]

    def _coloured(self, painted: Tensor, maps: Sequence[ColourMap], rows: slice) -> Tensor:
        """Some rows of the painting in the colours that are wanted."""
        if maps and self.regions is None:
            painted = maps[0](painted)
        elif maps and self.regions is not None:
            shares = self.regions.shares(rows)
            painted = torch.stack([one(painted) * share for one, share in zip(maps, shares)]).sum(dim=0)
        if self.parameters["preserve_color"] == "luminance":
            painted = colour.match_luminance(painted, self.visible[:, :, rows])
        return painted

    def _laid_over(self, painted: Tensor, original: Tensor, rows: slice) -> Tensor:
        """Some rows of the painting over the original (1, 3, h, W), which may leave [0, 1]."""
        finished = blend.blend(blend.with_excess(painted, original), original, self.parameters["blend"])
        if self.regions is None:
            return finished
        coverage = self.regions.coverage(rows)
        # Not the mix alone: an infinite value times 0 is no number.
        return torch.where(coverage == 0, original, torch.lerp(original, finished, coverage))


def _size(painting: Tensor) -> tuple[int, int]:
    return painting.shape[3], painting.shape[2]
