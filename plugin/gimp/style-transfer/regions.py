"""Where on a layer each style goes: masks out of the selection, other layers and channels; no dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import buffers
from chosen import CHANNEL
from common.layers import Box
from common.styles import INSIDE, INVERSE, OUTSIDE, Chosen, Styles, by_region, layer_gone, nothing_selected, place_of
from gi.repository import Babl, Gimp

from nst_core import client, errors

Place = tuple[str, str, Gimp.Drawable]
Scale = tuple[float, tuple[int, int]]


def places(image: Gimp.Image) -> list[Place]:
    """What can say by its light where a style goes, topmost first: the id and the name that a region has, and the thing."""

    def below(layers: Sequence[Gimp.Layer]) -> list[Place]:
        return [
            place
            for layer in layers
            for place in (("", layer.get_name(), layer), *(below(layer.get_children()) if layer.is_group() else ()))
        ]

    channels = [(CHANNEL + channel.get_name(), channel.get_name(), channel) for channel in image.get_channels()]
    return below(image.get_layers()) + channels


def with_masks(wanted: Styles, mask: Callable[[Chosen], client.Picture]) -> list[client.Style]:
    """The styles as the worker takes them; the `mask` of each region is asked for once."""
    return [client.Style(one.source, one.weight, found) for one, found in zip(wanted, by_region(wanted, mask))]


def styles(image: Gimp.Image, layer: Gimp.Layer, wanted: Styles, box: Box) -> list[client.Style]:
    """The styles with their masks over `box`, which is in the layer's coordinates; UsageError when one can't be had."""
    return with_masks(wanted, lambda one: read(image, layer, one, box))


def read(image: Gimp.Image, layer: Gimp.Layer, one: Chosen, box: Box, scale: Scale | None = None) -> client.Picture:
    """Where `one`, which has a region of its own, goes in `box`, which is in the layer's coordinates: white is there.

    `scale` reduces it, see `buffers.reduction`. UsageError when what says so isn't there.
    """
    _, x, y = layer.get_offsets()
    factor, size = scale or (1.0, (box.width, box.height))
    data = _light(_marker(image, one), box.moved(x, y), factor, size)
    return client.Picture(*size, "L", "u8", data.translate(INVERSE) if one.region.kind == OUTSIDE else data)


def _marker(image: Gimp.Image, one: Chosen) -> Gimp.Drawable:
    """What says where the style goes."""
    if one.region.kind in (INSIDE, OUTSIDE):
        if Gimp.Selection.is_empty(image):
            raise errors.UsageError(nothing_selected(one))
        return image.get_selection()
    known = places(image)
    place = place_of(one.region, [(id_, name) for id_, name, _ in known])
    if place is None:
        raise errors.UsageError(layer_gone(one))
    return known[place][2]


def _light(marker: Gimp.Drawable, box: Box, factor: float, size: tuple[int, int]) -> bytes:
    """How light it is in `box`, which is in the image's coordinates; nothing lies outside of it."""
    _, x, y = marker.get_offsets()
    seen = box.cut(Box(x, y, marker.get_width(), marker.get_height()))
    if seen == box:
        return _values(marker, box.moved(-x, -y), factor, size)
    # Reduced pixels at its border must not mix with the nothing outside, nor be continued there.
    left, top = round((seen.x - box.x) * factor), round((seen.y - box.y) * factor)
    width, height = min(round(seen.width * factor), size[0] - left), min(round(seen.height * factor), size[1] - top)
    plane = bytearray(size[0] * size[1])
    if width > 0 and height > 0:
        part = _values(marker, seen.moved(-x, -y), factor, (width, height))
        for row in range(height):
            begin = (top + row) * size[0] + left
            plane[begin : begin + width] = part[row * width : (row + 1) * width]
    return bytes(plane)


def _values(marker: Gimp.Drawable, box: Box, factor: float, size: tuple[int, int]) -> bytes:
    """A selection's or a channel's own values; of a layer the luminance times the alpha."""
    if isinstance(marker, Gimp.Layer):
        return buffers.read_visible(marker, box, "Y'aA u8", factor, size)[::2]
    encoded = Babl.format_get_encoding(marker.get_format()).startswith("Y'")
    return buffers.get(marker, box, "Y' u8" if encoded else "Y u8", factor, size)
