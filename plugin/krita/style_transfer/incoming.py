"""Style pictures that come from elsewhere: dropped or copied files and images, and other layers of the painting."""

from __future__ import annotations

from krita import Document, Node

from . import colours, pixels
from .common import style_files
from .common.layers import Box
from .common.translation import _
from .nst_core import errors, folders
from .qt import QtCore, QtGui

PLAIN = colours.Space("RGBA", "U8", colours.SRGB)


def offers(data: QtCore.QMimeData) -> bool:
    """Whether there is a picture in what is dragged or was copied."""
    return bool(_files(data)) or data.hasImage()


def taken(data: QtCore.QMimeData, name: str) -> str:
    """The path of the picture in `data`: the first file on this machine, else its image, kept under `name`.

    PictureError when there is neither.
    """
    files = _files(data)
    if files:
        return files[0]
    image = QtGui.QImage(data.imageData()) if data.hasImage() else QtGui.QImage()
    if image.isNull():
        raise errors.PictureError(_("there is no picture to take: copy or drag one first"))
    return _kept(image, name)


def layers(document: Document) -> list[tuple[str, Node]]:
    """The layers whose picture can be taken as a style, topmost first, each with the name that tells it from others."""

    def below(node: Node, path: str) -> list[tuple[str, Node]]:
        found = []
        for child in reversed(node.childNodes()):
            if child.type() in pixels.LAYERS:
                found.append((path + child.name(), child))
                found += below(child, f"{path}{child.name()} / ")
        return found

    return below(document.rootNode(), "")


def of_layer(document: Document, node: Node) -> str:
    """The path of what `node` shows inside the selection, or on the canvas when nothing is selected, kept as a file.

    PictureError when that is nothing, or too little.
    """
    document.waitForDone()
    selection, bounds = document.selection(), node.bounds()
    whole = Box(0, 0, document.width(), document.height())
    chosen = whole if selection is None else Box(selection.x(), selection.y(), selection.width(), selection.height())
    box = Box(bounds.x(), bounds.y(), bounds.width(), bounds.height()).cut(chosen)
    if min(box.width, box.height) < style_files.LEAST:
        raise errors.PictureError(
            _('the layer "{name}" has too little to be a style there: choose another one').format(name=node.name())
        )
    data = colours.convert(pixels.shown(node, box), box.width, box.height, colours.space_of(node), PLAIN)
    image = QtGui.QImage(data, box.width, box.height, 4 * box.width, QtGui.QImage.Format.Format_ARGB32)
    return _kept(image, node.name())


def _files(data: QtCore.QMimeData) -> list[str]:
    return [address.toLocalFile() for address in data.urls() if address.isLocalFile()]


def _kept(image: QtGui.QImage, name: str) -> str:
    """The path of a new file with the image, on white where it is transparent, named after `name`."""
    size = image.size()
    if max(size.width(), size.height()) > style_files.LARGEST_SIDE:
        size = size.scaled(style_files.LARGEST_SIDE, style_files.LARGEST_SIDE, QtCore.Qt.AspectRatioMode.KeepAspectRatio)
    smooth = QtCore.Qt.TransformationMode.SmoothTransformation
    picture = QtGui.QImage(size, QtGui.QImage.Format.Format_RGB32)
    picture.fill(QtCore.Qt.GlobalColor.white)
    painter = QtGui.QPainter(picture)
    painter.drawImage(0, 0, image.scaled(size, QtCore.Qt.AspectRatioMode.IgnoreAspectRatio, smooth))
    painter.end()
    folder = folders.data() / style_files.FOLDER
    try:
        path = style_files.new_file(folder, name)
    except OSError as error:
        raise errors.PictureError(style_files.unwritable(folder)) from error
    if not picture.save(path, "PNG"):
        raise errors.PictureError(style_files.unwritable(folder))
    return path
