"""Any painter with a style of its own for every region of the content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ..progress import Report, parts
from ..regions import Regions
from .painter import Painter

BAND_PIXELS = 2**20  # are laid over each other at a time
PAINTING_BYTES = 12  # of a pixel, of what the paintings are gathered in
MASK_BYTES = 12  # of a pixel and mask: in float32 it is made, brought to the picture's size, and rounded or put to the others


class RegionPainter(Painter):
    """Paints the whole content once for every region, so that all see the same statistics, and lays the paintings side by side.

    Where masks are soft, the paintings are mixed as pixels: they have the content's shapes in common, and a mix of codes
    looked no better (two models, a mask across the whole picture). Painters that know regions themselves are left to it.
    """

    def __init__(self, painter: Painter, regions: Regions) -> None:
        taken = PAINTING_BYTES + MASK_BYTES * len(regions.masks)
        self.facts = replace(painter.facts, bytes_per_pixel=painter.facts.bytes_per_pixel + taken)
        self.shows_itself, self.knows_regions = painter.shows_itself, painter.knows_regions
        self.knows_between = painter.knows_between
        self._painter = painter
        self._regions = regions

    def read(self, picture: Tensor, report: Report) -> Any:
        return self._painter.read(picture, report)

    def mix(self, known: Sequence[Any], weights: Sequence[float]) -> Any:
        """A mix for each region, or of all where the painter knows regions."""
        if self._painter.knows_regions:
            return self._painter.mix(known, weights)
        groups = self._regions.members
        return [self._painter.mix([known[one] for one in group], [weights[one] for one in group]) for group in groups]

    def render(self, content: Tensor, prepared: Any, parameters: Mapping[str, Any], report: Report) -> Tensor:
        height, width = content.shape[2:]
        here = self._regions.resized(width, height)
        if self._painter.knows_regions:
            return self._painter.render(content, self._painter.in_regions(prepared, here), parameters, report)
        painted = torch.zeros_like(content)
        for region, (one, told) in enumerate(zip(prepared, parts(report, len(prepared)))):
            painting = self._painter.render(content, one, parameters, told)
            for rows in _bands(height, width):
                share = here.shares(rows)[region : region + 1].to(content)
                painted[:, :, rows] += painting[:, :, rows].to(content) * share
        return painted.clamp_(0, 1)

    def finished(self, content: Tensor, painted: Tensor, parameters: Mapping[str, Any]) -> Tensor:
        return self._painter.finished(content, painted, parameters)

    def between(self, content: Tensor, paintings: Mapping[float, Tensor], strength: float) -> Tensor:
        return self._painter.between(content, paintings, strength)  # regions are mixes of pixels, and so is this


def _bands(height: int, width: int) -> list[slice]:
    rows = max(1, BAND_PIXELS // width)
    return [slice(start, start + rows) for start in range(0, height, rows)]
