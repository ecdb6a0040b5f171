"""Pixels between Krita's layers and the wire: what of a layer travels, and the new layer; knows no job and no dialog."""

from __future__ import annotations

from dataclasses import dataclass

from krita import Document, Node, Selection

from . import colours
from .common.layers import Box, region
from .nst_core import client, errors

# Krita's `Node.type()` of what has pixels of its own or shows some.
LAYERS = frozenset({"paintlayer", "grouplayer", "filelayer", "vectorlayer", "clonelayer", "filllayer"})


@dataclass(frozen=True)
class Content:
    """What is stylized: the rectangle `box` of `node`, in image coordinates, and what was selected when it was read.

    `pixels` are the layer's own, in its colour space `space`; `picture` are the same as they travel.
    """

    node: Node
    box: Box
    selection: Selection | None
    space: colours.Space
    pixels: bytes
    picture: client.Picture


def masks_for_scripts(document: Document) -> bool:
    """False in Krita 5.1: there a selection's bounds are painted, and the mask is left to the user."""
    return hasattr(document, "createTransparencyMask")


def layer(node: Node | None) -> Node:
    """`node` itself; PictureError when it is nothing that could be stylized."""
    if node is None:
        raise errors.PictureError("no layer is active: choose one in the Layers docker")
    if node.type() not in LAYERS:
        kind = node.type().replace("mask", " mask").replace("layer", " layer")  # "transparencymask"
        raise errors.PictureError(
            f'"{node.name()}" is a {kind} without a picture of its own: choose a paint layer in the Layers docker'
        )
    return node


def read(document: Document, node: Node | None) -> Content:
    """What `node` shows inside the selection's bounds (of the canvas, when nothing is selected), with a margin.

    PictureError when there is nothing to stylize.
    """
    node = layer(node)
    document.waitForDone()
    box, selection = part(document, node)
    space, pixels = colours.space_of(node), shown(node, box)
    travelling = colours.travelling(space)
    data = colours.convert(pixels, box.width, box.height, space, travelling)
    picture = client.Picture(box.width, box.height, travelling.channels, travelling.depth.lower(), data)
    return Content(node, box, selection, space, pixels, picture)


def part(document: Document, node: Node) -> tuple[Box, Selection | None]:
    """The rectangle of the layer `node` that is painted, and a copy of what is selected; PictureError when it is empty."""
    selection = _selection(document)
    if selection is not None:
        chosen = Box(selection.x(), selection.y(), selection.width(), selection.height())
    else:  # a layer may reach far beyond the canvas, where nobody sees it
        chosen = Box(0, 0, document.width(), document.height())
    bounds = node.bounds()
    box = region(Box(bounds.x(), bounds.y(), bounds.width(), bounds.height()), chosen)
    if box.empty:
        where = "on the canvas" if selection is None else "inside the selection"
        raise errors.PictureError(f'the layer "{node.name()}" has nothing {where}: choose another layer or another part of it')
    return box, selection


def insert(document: Document, content: Content, result: client.Picture, name: str) -> Node:
    """A new paint layer with `result` above the content's, masked with what was selected; one step to undo.

    When the content's layer has been deleted meanwhile, the new one comes on top.
    """
    new = document.createNode(name, "paintlayer")
    box = content.box
    new.setPixelData(_finished(content, result, colours.space_of(new)), box.x, box.y, box.width, box.height)
    if content.selection is not None and masks_for_scripts(document):
        mask = document.createTransparencyMask("Selection")
        mask.setSelection(content.selection)
        # Not `addChildNode`: that would be a step of its own in the undo history, even now.
        new.setChildNodes([mask])
    # Filled, masked and named before, so that this is the only step.
    if document.nodeByUniqueID(content.node.uniqueId()) is not None:
        content.node.parentNode().addChildNode(new, content.node)
    else:
        document.rootNode().addChildNode(new, None)
    document.refreshProjection()
    document.setActiveNode(new)
    return new


def _selection(document: Document) -> Selection | None:
    """A copy of what is selected, which stays when the user selects something else; None when that is nothing."""
    selection = document.selection()
    return selection.duplicate() if selection is not None and selection.width() > 0 else None


def shown(node: Node, box: Box) -> bytes:
    """What the user sees of `node` by itself.

    A paint layer's own pixels, unless it has masks; all other layers have no pixels but what they show.
    """
    own = node.type() == "paintlayer" and not node.childNodes()
    return bytes((node.pixelData if own else node.projectionPixelData)(box.x, box.y, box.width, box.height))


def _finished(content: Content, result: client.Picture, target: colours.Space) -> bytes:
    """The result in the colour space of the new layer, which is the document's."""
    data = bytes(result.data)
    if target == content.space and data == bytes(content.picture.data):
        return content.pixels  # at strength 0 not even a conversion there and back may show
    return colours.convert(data, result.width, result.height, colours.travelling(content.space), target)
