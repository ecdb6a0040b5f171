"""Where styles go: the selection, or how light another layer is, as grey masks over what is painted."""

from __future__ import annotations

from krita import Document, Node, Selection

from . import colours, incoming, pixels
from .common import styles
from .common.layers import Box
from .common.styles import Chosen, Styles
from .nst_core import client, errors
from .qt import QtCore, QtGui

GREY = QtGui.QImage.Format.Format_Grayscale8


def sent(document: Document, chosen: Styles, box: Box) -> list[client.Style]:
    """The styles as the worker takes them, with masks over `box` of the document.

    PictureError where a style goes by a selection or a layer that isn't there.
    """
    masks = styles.by_region(chosen, lambda one: _over(document, one, box))
    return [client.Style(one.source, one.weight, mask) for one, mask in zip(chosen, masks)]


def selection_of(document: Document, one: Chosen) -> Selection:
    """The selection that the style goes by; PictureError when nothing is selected."""
    selection = document.selection()
    if selection is None or selection.width() == 0:
        raise errors.PictureError(styles.nothing_selected(one))
    return selection


def layer_of(document: Document, one: Chosen) -> Node:
    """The layer that the style goes by; PictureError when it is gone."""
    nodes = [node for _, node in incoming.layers(document)]
    place = styles.place_of(one.region, [(id_of(node), node.name()) for node in nodes])
    if place is None:
        raise errors.PictureError(styles.layer_gone(one))
    return nodes[place]


def id_of(node: Node) -> str:
    """What tells the layer from all others, in this document and in others, and after it was saved."""
    return str(node.uniqueId().toString())


def grey(image: QtGui.QImage) -> QtGui.QImage:
    """The image's luminance times its alpha, as Grayscale8."""
    on_black = QtGui.QImage(image.size(), QtGui.QImage.Format.Format_RGB32)
    on_black.fill(QtCore.Qt.GlobalColor.black)
    painter = QtGui.QPainter(on_black)
    painter.drawImage(0, 0, image)
    painter.end()
    return on_black.convertToFormat(GREY)


def picture_of(mask: QtGui.QImage) -> client.Picture:
    """A Grayscale8 image as it travels: without the padding of its rows."""
    bits, width, stride = mask.constBits(), mask.width(), mask.bytesPerLine()
    bits.setsize(mask.sizeInBytes())
    rows = bytes(bits)
    if stride != width:
        rows = b"".join(rows[start : start + width] for start in range(0, len(rows), stride))
    return client.Picture(width, mask.height(), "L", "u8", rows)


def _over(document: Document, one: Chosen, box: Box) -> client.Picture:
    if one.region.kind == styles.LAYER:
        return picture_of(_light(layer_of(document, one), box))
    data = bytes(selection_of(document, one).pixelData(box.x, box.y, box.width, box.height))
    return client.Picture(
        box.width, box.height, "L", "u8", data if one.region.kind == styles.INSIDE else data.translate(styles.INVERSE)
    )


def _light(node: Node, box: Box) -> QtGui.QImage:
    """How light the layer is in `box`; where it has no pixels, it is black."""
    data = colours.convert(pixels.shown(node, box), box.width, box.height, colours.space_of(node), incoming.PLAIN)
    return grey(QtGui.QImage(data, box.width, box.height, 4 * box.width, QtGui.QImage.Format.Format_ARGB32))
