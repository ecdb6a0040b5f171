"""Where a result goes: above the layer that was painted, masked or cut with what was selected, or into a picture of its own."""

from __future__ import annotations

from krita import Document, Krita, Node, Selection

from . import colours
from .common.layers import Box
from .common.output import Output
from .common.translation import _
from .nst_core import client
from .nst_core.wire import Block
from .pixels import Content
from .qt import QtCore


def masks_for_scripts(document: Document) -> bool:
    """False in Krita 5.1: there a selection's bounds are painted, and the mask is left to the user."""
    return hasattr(document, "createTransparencyMask")


def place(document: Document, content: Content, result: client.Picture, name: str, output: Output) -> tuple[Document, Node]:
    """Put the result where `output` says, in the colour space of the layer that was painted; the picture and its new layer."""
    data, box = _finished(content, result), content.box
    if output.cut and content.selection is not None and masks_for_scripts(document):
        data, box = _cut(data, content)
    if output is Output.IMAGE:
        return _picture(document, content.space, data, box, name)
    with colours.maker(document, content.space) as maker:
        new = _layer(maker, name, data, box)
        if content.selection is not None and not output.cut and masks_for_scripts(document):
            # Not `addChildNode`: that would be a step of its own in the undo history, even now.
            new.setChildNodes([_mask(document, content.selection)])
        node = _insert(document, content.node, new)
    document.setActiveNode(node)
    return document, node


def above(document: Document, content: Content, picture: client.Picture, name: str) -> Node:
    """A new layer with `picture` in full colours right above the one that was read; which layer is active stays."""
    active = document.activeNode()
    with colours.maker(document, colours.travelling(content.space)) as maker:
        node = _insert(document, content.node, _layer(maker, name, picture.data, content.box))
    if active is not None:  # Krita 5.2 goes to a new layer when it turns to its events, later ones at once
        QtCore.QTimer.singleShot(0, lambda: document.setActiveNode(active))
    return node


def _insert(document: Document, source: Node, new: Node) -> Node:
    """Put the finished `new` above `source`, or on top when that has been deleted meanwhile: one step to undo."""
    if document.nodeByUniqueID(source.uniqueId()) is not None:
        source.parentNode().addChildNode(new, source)
    else:
        document.rootNode().addChildNode(new, None)
    document.refreshProjection()
    return document.nodeByUniqueID(new.uniqueId())  # `new` may know only the scratch document that it comes from


def _picture(document: Document, space: colours.Space, data: Block, box: Box, name: str) -> tuple[Document, Node]:
    """A new picture with the resolution of `document`, shown in the window that is in front."""
    app = Krita.instance()
    picture = app.createDocument(box.width, box.height, name, *space, document.xRes())
    new = _layer(picture, name, data, Box(0, 0, box.width, box.height))
    picture.rootNode().setChildNodes([new])  # in place of Krita's white background, and nothing to undo
    picture.refreshProjection()
    if app.activeWindow() is not None:
        app.activeWindow().addView(picture)
    picture.setModified(True)  # nobody has saved it
    return picture, picture.topLevelNodes()[0]


def _layer(maker: Document, name: str, data: Block, box: Box) -> Node:
    """A layer of `maker` with `data` in `box`, in no picture yet."""
    new = maker.createNode(name, "paintlayer")
    new.setPixelData(data, box.x, box.y, box.width, box.height)
    return new


def _mask(document: Document, selection: Selection) -> Node:
    """A transparency mask that shows what is selected."""
    mask = document.createTransparencyMask(_("Selection"))
    mask.setSelection(selection)
    return mask


def _cut(data: Block, content: Content) -> tuple[Block, Box]:
    """What of `data` was selected, each pixel as far as it was, and where that lies: Krita itself shows it through a mask."""
    chosen = content.selection
    box = Box(chosen.x(), chosen.y(), chosen.width(), chosen.height()).cut(content.box)
    here = Box(box.x - content.box.x, box.y - content.box.y, box.width, box.height)
    shape, part = Selection(), content.box
    shape.setPixelData(chosen.pixelData(part.x, part.y, part.width, part.height), 0, 0, part.width, part.height)
    with colours.scratch(part.width, part.height, content.space) as document:
        layer = _layer(document, "", data, Box(0, 0, part.width, part.height))
        layer.setChildNodes([_mask(document, shape)])
        document.rootNode().setChildNodes([layer])
        document.refreshProjection()
        document.waitForDone()
        return bytes(layer.projectionPixelData(here.x, here.y, here.width, here.height)), box


def _finished(content: Content, result: client.Picture) -> Block:
    """The result in the colour space of the layer that was painted."""
    if result.data == content.picture.data:
        return content.pixels  # at strength 0 not even a conversion there and back may show
    return colours.convert(result.data, result.width, result.height, colours.travelling(content.space), content.space)
