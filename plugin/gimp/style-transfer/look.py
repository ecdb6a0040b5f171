"""What the live preview paints: reduced copies of the layer and of what says where styles go, each read once."""

from __future__ import annotations

import buffers
import regions
from common.styles import Chosen, Region, Styles, by_selection
from common.translation import _
from gi.repository import Gimp

from nst_core import client, errors

SIDE, DENSE_SIDE = 384, 576  # long side in pixels; the second where the screen has several a point


class Look:
    """A reduced look at `layer`."""

    def __init__(self, image: Gimp.Image, layer: Gimp.Layer, side: int = SIDE) -> None:
        """`side` is the long one's, in pixels."""
        self._image, self._layer, self._side = image, layer, side
        self._contents: dict[bool, client.Picture | None] = {}
        self._masks: dict[tuple[bool, Region], client.Picture] = {}

    def content(self, styles: Styles) -> client.Picture:
        """The part of the layer that is painted; UsageError when there is none."""
        whole = by_selection(styles)
        if whole not in self._contents:
            self._contents[whole] = buffers.read_reduced(self._image, self._here(), self._side, whole)
        content = self._contents[whole]
        if content is None:
            raise errors.UsageError(_("the selection does not touch the layer: there is nothing to paint"))
        return content

    def styles(self, styles: Styles) -> list[client.Style]:
        """The styles as the worker takes them, with masks for `content`; UsageError when there is none where one is wanted."""
        whole = by_selection(styles)

        def mask(one: Chosen) -> client.Picture:
            key = whole, one.region
            if key not in self._masks:
                layer = self._here()
                box = buffers.region_of(self._image, layer, whole)
                self._masks[key] = regions.read(self._image, layer, one, box, buffers.reduction(box, self._side))
            return self._masks[key]

        return regions.with_masks(styles, mask)

    def _here(self) -> Gimp.Layer:
        if not self._layer.is_valid():
            raise errors.UsageError(_("the layer was deleted: choose another one and open this window again"))
        return self._layer
