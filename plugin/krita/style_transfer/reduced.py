"""A small copy of what would be painted, for the preview: read in milliseconds, without waiting for Krita's own work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from krita import Document, Node, Selection

from . import colours, pixels
from .common.layers import Box
from .nst_core import client
from .qt import QtCore, QtGui

SIDE = 384  # the long side in pixels
DIRECT = 2 * SIDE  # layers up to this are read whole; of larger ones Krita picks about as many pixels
LARGEST_SAMPLE = 2048  # pixels a side that Krita is asked to pick, when a small part of a large layer is meant
LEAST = 16  # what the engine takes

ARGB = QtGui.QImage.Format.Format_ARGB32
UNSCALED = QtCore.Qt.AspectRatioMode.IgnoreAspectRatio
SMOOTH = QtCore.Qt.TransformationMode.SmoothTransformation


class Trace(NamedTuple):
    """What tells, at no cost, whether anything of a layer has changed."""

    layer: str
    selected: tuple[int, int, int, int] | None
    pixels: int


@dataclass(frozen=True)
class Reduced:
    """`image` (ARGB32, sRGB-encoded) is the part that would be painted; `mask` (Grayscale8) what of it is selected."""

    image: QtGui.QImage
    mask: QtGui.QImage | None

    @property
    def picture(self) -> client.Picture:
        """The image as it travels."""
        image = self.image
        return client.Picture(image.width(), image.height(), "BGRA", "u8", _bytes(image))

    def painted(self, result: QtGui.QImage) -> QtGui.QImage:
        """What the user would see: `result`, outside the selection what was there."""
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


def trace(document: Document, node: Node) -> Trace:
    """Which layer it is, the bounds of what is selected, and a number that is another one after every change of its pixels.

    Krita keeps a layer's thumbnails until its pixels change, so a picture of eight pixels tells (seen in 5.2, 5.3 and 6.0).
    """
    selection = document.selection()
    selected = None if selection is None else (selection.x(), selection.y(), selection.width(), selection.height())
    return Trace(node.uniqueId().toString(), selected, node.thumbnail(8, 8).cacheKey())


def read(document: Document, node: Node | None) -> Reduced:
    """A copy of what would be painted of `node`; PictureError when that is nothing."""
    node = pixels.layer(node)
    box, selection = pixels.part(document, node)
    long_side = max(box.width, box.height)
    scale = min(1.0, SIDE / long_side)
    size = QtCore.QSize(max(round(box.width * scale), 1), max(round(box.height * scale), 1)).expandedTo(
        QtCore.QSize(LEAST, LEAST)
    )
    exact = long_side <= DIRECT and _is_plain(colours.space_of(node))
    image = _whole(node, box) if exact else _sampled(node, box)
    if image.size() != size:
        image = image.scaled(size, UNSCALED, SMOOTH)
    return Reduced(image.convertToFormat(ARGB), None if selection is None else _mask(selection, box, size))


def image_of(picture: client.Picture) -> QtGui.QImage:
    """A picture from the worker (BGRA u8, or RGB u8 as its previews come) as Qt shows it."""
    layout = ARGB if picture.channels == "BGRA" else QtGui.QImage.Format.Format_RGB888
    stride = picture.width * len(picture.channels)
    return QtGui.QImage(bytes(picture.data), picture.width, picture.height, stride, layout).copy()


def _is_plain(space: colours.Space) -> bool:
    """True when the layer's bytes are the image's."""
    return space.depth == "U8" and colours.travelling(space) == space


def _whole(node: Node, box: Box) -> QtGui.QImage:
    """Every pixel of `box`."""
    return QtGui.QImage(pixels.shown(node, box), box.width, box.height, 4 * box.width, ARGB).copy()


def _sampled(node: Node, box: Box) -> QtGui.QImage:
    """`box` as Krita's own thumbnail of the layer shows it, in sRGB; without what the layer's masks hide."""
    bounds = node.bounds()
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
    mask = QtGui.QImage(data, box.width, rows, box.width, QtGui.QImage.Format.Format_Grayscale8)
    return mask.scaled(size, UNSCALED, SMOOTH).convertToFormat(QtGui.QImage.Format.Format_Grayscale8)


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
