"""A small copy of what would be painted, for the preview: read in milliseconds, without waiting for Krita's own work."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from krita import Document, Node, Selection

from . import colours, incoming, masks, pixels
from .common import styles
from .common.layers import Box
from .common.styles import Region, Styles
from .nst_core import client
from .qt import QtCore, QtGui

SIDE = 384  # the long side in pixels
DIRECT = 2 * SIDE  # layers up to this are read whole; of larger ones Krita picks about as many pixels
LARGEST_SAMPLE = 2048  # pixels a side that Krita is asked to pick, when a small part of a large layer is meant
LEAST = 16  # what the engine takes
TRACED_ROWS = 24  # of a selection, in which a change of its shape is seen

ARGB = QtGui.QImage.Format.Format_ARGB32
UNSCALED = QtCore.Qt.AspectRatioMode.IgnoreAspectRatio
SMOOTH = QtCore.Qt.TransformationMode.SmoothTransformation


class Trace(NamedTuple):
    """What tells, at no cost, whether anything of a layer has changed, or of what says where the styles go."""

    layer: str
    selected: tuple[int, ...] | None
    regions: tuple[tuple[Region, int], ...]
    pixels: int

    def same_place(self, other: Trace | None) -> bool:
        """Whether it is the same part of the same layer, whatever is painted there."""
        return other is not None and self[:2] == other[:2]


@dataclass(frozen=True)
class Reduced:
    """`image` (ARGB32, sRGB-encoded) is the part that would be painted; `mask` (Grayscale8) what of it is selected.

    `regions` (Grayscale8) are white where the styles go that have a place of their own. Of a `grey` layer, so is what is painted.
    """

    image: QtGui.QImage
    mask: QtGui.QImage | None
    regions: dict[Region, QtGui.QImage] = field(default_factory=dict)
    grey: bool = False

    @property
    def picture(self) -> client.Picture:
        """The image as it travels."""
        image = self.image
        return client.Picture(image.width(), image.height(), "BGRA", "u8", _bytes(image))

    def sent(self, chosen: Styles) -> list[client.Style]:
        """The styles as the worker takes them; their regions are those that were read."""
        sent = {region: masks.picture_of(mask) for region, mask in self.regions.items()}
        return [client.Style(one.source, one.weight, sent.get(one.region)) for one in chosen]

    def painted(self, result: QtGui.QImage) -> QtGui.QImage:
        """What the user would see: `result`, outside the selection what was there."""
        if self.grey:
            result = _without_colours(result)
        if self.mask is None:
            return result
        selected = result.convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied)
        shape = QtGui.QImage(selected.size(), selected.format())
        shape.fill(QtCore.Qt.GlobalColor.black)
        shape.setAlphaChannel(self.mask)
        _draw(selected, shape, QtGui.QPainter.CompositionMode.CompositionMode_DestinationIn)
        seen = self.image.convertToFormat(selected.format())
        _draw(seen, selected, QtGui.QPainter.CompositionMode.CompositionMode_SourceOver)
        return seen


def trace(document: Document, node: Node, chosen: Styles) -> Trace:
    """Which layer it is, what is selected, where styles go, and numbers that are other ones after every change of pixels.

    PictureError where a style goes by a selection or a layer that isn't there.
    """
    regions = {one.region: 0 if one.region.kind != styles.LAYER else _mark(masks.layer_of(document, one)) for one in chosen}
    if styles.by_selection(chosen):
        masks.selection_of(document, next(one for one in chosen if styles.by_selection((one,))))
    return Trace(masks.id_of(node), _selected(document.selection()), tuple(regions.items()), _mark(node))


def read(document: Document, node: Node | None, chosen: Styles) -> Reduced:
    """A copy of what would be painted of `node`, and of where the styles go; PictureError when that is nothing."""
    node = pixels.layer(node)
    box, selection = pixels.part(document, node, whole=styles.by_selection(chosen))
    long_side = max(box.width, box.height)
    scale = min(1.0, SIDE / long_side)
    size = QtCore.QSize(max(round(box.width * scale), 1), max(round(box.height * scale), 1)).expandedTo(
        QtCore.QSize(LEAST, LEAST)
    )
    regions = {one.region: _region(document, one, box, size) for one in chosen if one.region.kind != styles.EVERYWHERE}
    mask = None if selection is None else _mask(selection, box, size)
    return Reduced(_image(node, box, size), mask, regions, colours.space_of(node).model == "GRAYA")


def image_of(picture: client.Picture) -> QtGui.QImage:
    """A picture from the worker (BGRA u8, or RGB u8 as its previews come) as Qt shows it."""
    layout = ARGB if picture.channels == "BGRA" else QtGui.QImage.Format.Format_RGB888
    stride = picture.width * len(picture.channels)
    return QtGui.QImage(bytes(picture.data), picture.width, picture.height, stride, layout).copy()


def _mark(node: Node) -> int:
    """A number that is another one after every change of the layer's pixels.

    Krita keeps a layer's thumbnails until its pixels change, so a picture of eight pixels tells (seen in 5.2, 5.3 and 6.0).
    """
    return int(node.thumbnail(8, 8).cacheKey())


def _selected(selection: Selection | None) -> tuple[int, ...] | None:
    """The selection's bounds, and a number for its shape in some of its rows."""
    if selection is None:
        return None
    x, y, width, height = selection.x(), selection.y(), selection.width(), selection.height()
    shape = 0
    for row in range(min(TRACED_ROWS, height)):
        shape = zlib.crc32(bytes(selection.pixelData(x, y + row * height // TRACED_ROWS, width, 1)), shape)
    return (x, y, width, height, shape)


def _image(node: Node, box: Box, size: QtCore.QSize) -> QtGui.QImage:
    """What the layer shows in `box`, at `size`."""
    exact = max(box.width, box.height) <= DIRECT and _is_plain(colours.space_of(node))
    # Krita has no thumbnail of a group that lets through what is below it.
    image = _whole(node, box) if exact or pixels.lets_through(node) else _sampled(node, box)
    return (image if image.size() == size else image.scaled(size, UNSCALED, SMOOTH)).convertToFormat(ARGB)


def _region(document: Document, one: styles.Chosen, box: Box, size: QtCore.QSize) -> QtGui.QImage:
    """Where in `box` the style goes, at `size`."""
    if one.region.kind == styles.LAYER:
        return masks.grey(_image(masks.layer_of(document, one), box, size))
    mask = _mask(masks.selection_of(document, one), box, size)
    if one.region.kind == styles.OUTSIDE:
        mask.invertPixels()
    return mask


def _is_plain(space: colours.Space) -> bool:
    """True when the layer's bytes are the image's."""
    return space.depth == "U8" and colours.travelling(space) == space


def _whole(node: Node, box: Box) -> QtGui.QImage:
    """Every pixel of `box`."""
    data, space = pixels.shown(node, box), colours.space_of(node)
    if not _is_plain(space):
        data = colours.convert(data, box.width, box.height, space, incoming.PLAIN)
    return QtGui.QImage(data, box.width, box.height, 4 * box.width, ARGB).copy()


def _sampled(node: Node, box: Box) -> QtGui.QImage:
    """`box` as Krita's own thumbnail of the layer shows it, in sRGB; without what the layer's masks hide."""
    bounds = node.bounds()
    if bounds.isEmpty():  # of a layer where nothing was painted yet
        return QtGui.QImage(bytes(4 * box.width), box.width, 1, ARGB).copy()
    scale = min(1.0, DIRECT / max(box.width, box.height), LARGEST_SAMPLE / max(bounds.width(), bounds.height()))
    width, height = max(round(bounds.width() * scale), 1), max(round(bounds.height() * scale), 1)
    across, down = width / bounds.width(), height / bounds.height()
    left, top = round((box.x - bounds.x()) * across), round((box.y - bounds.y()) * down)
    cut = QtCore.QRect(left, top, max(round(box.width * across), 1), max(round(box.height * down), 1))
    return node.thumbnail(width, height).copy(cut)


def _mask(selection: Selection, box: Box, size: QtCore.QSize) -> QtGui.QImage:
    """What is selected of `box`, at `size`; of a large box only as many rows are read as are shown."""
    rows = min(size.height(), box.height)
    data = b"".join(
        bytes(selection.pixelData(box.x, box.y + (2 * row + 1) * box.height // (2 * rows), box.width, 1)) for row in range(rows)
    )
    mask = QtGui.QImage(data, box.width, rows, box.width, QtGui.QImage.Format.Format_Grayscale8).copy()
    return mask.scaled(size, UNSCALED, SMOOTH).convertToFormat(QtGui.QImage.Format.Format_Grayscale8)


def _without_colours(image: QtGui.QImage) -> QtGui.QImage:
    """The image in grey, as transparent as it is."""
    alone = image.convertToFormat(QtGui.QImage.Format.Format_Grayscale8).convertToFormat(ARGB)
    alone.setAlphaChannel(image.convertToFormat(QtGui.QImage.Format.Format_Alpha8))
    return alone


def _draw(target: QtGui.QImage, source: QtGui.QImage, how: QtGui.QPainter.CompositionMode) -> None:
    painter = QtGui.QPainter(target)
    painter.setCompositionMode(how)
    painter.drawImage(0, 0, source)
    painter.end()


def _bytes(image: QtGui.QImage) -> bytes:
    """The image's rows; 32-bit images have no padding."""
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    return bytes(bits)
