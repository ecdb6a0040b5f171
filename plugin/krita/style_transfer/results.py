"""What of a result is remembered: its order and a thumbnail in the history, and its style as the one used last."""

from __future__ import annotations

from krita import Node

from . import keeping
from .catalogue import Catalogue
from .order import Order
from .qt import QtCore, QtGui

SIDE = 256  # pixels of a thumbnail's long side: for screens with two pixels a point


def keep(order: Order, layer: Node, catalogue: Catalogue) -> None:
    """Remember the result in the new `layer`."""
    keeping.history().add(order.method, order.styles, order.parameters, _thumbnail(layer))
    for one in reversed(order.styles):
        keeping.gallery(catalogue).used(one.source)


def _thumbnail(layer: Node) -> bytes:
    """The layer as a small PNG file's contents."""
    bounds = layer.bounds()
    scale = min(1.0, SIDE / max(bounds.width(), bounds.height(), 1))
    image = layer.thumbnail(max(round(bounds.width() * scale), 1), max(round(bounds.height() * scale), 1))
    return png_of(image)


def png_of(image: QtGui.QImage) -> bytes:
    """The image as a PNG file's contents."""
    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data())
