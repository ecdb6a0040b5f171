"""What of a layer travels to the worker: which part of it, and its pixels; knows no job and no dialog."""

from __future__ import annotations

from dataclasses import dataclass

from krita import Document, Node, Selection

from . import colours
from .common.layers import Box, region
from .common.translation import _
from .nst_core import client, errors

# Krita's `Node.type()` of what has pixels of its own or shows some.
LAYERS = frozenset({"paintlayer", "grouplayer", "filelayer", "vectorlayer", "clonelayer", "filllayer", "filterlayer"})
# And of what has none.
KINDS = {
    "transparencymask": _("transparency mask"),
    "filtermask": _("filter mask"),
    "transformmask": _("transform mask"),
    "selectionmask": _("selection mask"),
    "colorizemask": _("colorize mask"),
}


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


def layer(node: Node | None) -> Node:
    """`node` itself; PictureError when it is nothing that could be stylized."""
    if node is None:
        raise errors.PictureError(_("no layer is active: choose one in the Layers docker"))
    if node.type() not in LAYERS:
        told = _('"{name}" ({kind}) has no picture of its own: choose a paint layer in the Layers docker')
        raise errors.PictureError(told.format(name=node.name(), kind=KINDS.get(node.type(), node.type())))
    return node


def read(document: Document, node: Node | None, whole: bool = False) -> Content:
    """What `node` shows inside the selection's bounds, with a margin; on the canvas when nothing is selected, or for the `whole`.

    PictureError when there is nothing to stylize.
    """
    node = layer(node)
    document.waitForDone()
    box, selection = part(document, node, whole)
    space, pixels = colours.space_of(node), shown(node, box)
    travelling = colours.travelling(space)
    data = colours.convert(pixels, box.width, box.height, space, travelling)
    picture = client.Picture(box.width, box.height, travelling.channels, travelling.depth.lower(), data)
    return Content(node, box, selection, space, pixels, picture)


def part(document: Document, node: Node, whole: bool = False) -> tuple[Box, Selection | None]:
    """The rectangle of the layer `node` that is painted, and a copy of what is selected; PictureError when it is empty.

    The `whole` layer is painted where the selection says something else than what to paint.
    """
    selection = None if whole else _selection(document)
    if selection is not None:
        chosen = Box(selection.x(), selection.y(), selection.width(), selection.height())
    else:  # a layer may reach far beyond the canvas, where nobody sees it
        chosen = Box(0, 0, document.width(), document.height())
    bounds = node.bounds()
    box = region(Box(bounds.x(), bounds.y(), bounds.width(), bounds.height()), chosen)
    if box.empty:
        told = _('the layer "{name}" has nothing inside the selection: choose another layer or another part of it')
        if selection is None:
            told = _('the layer "{name}" has nothing on the canvas: choose another layer or another part of it')
        raise errors.PictureError(told.format(name=node.name()))
    return box, selection


def _selection(document: Document) -> Selection | None:
    """A copy of what is selected, which stays when the user selects something else; None when that is nothing."""
    selection = document.selection()
    return selection.duplicate() if selection is not None and selection.width() > 0 else None


def shown(node: Node, box: Box) -> bytes:
    """What the user sees of `node` by itself.

    A paint layer's own pixels, unless it has masks; all other layers have no pixels but what they show.
    """
    if lets_through(node):
        return _together(node, box)
    own = node.type() == "paintlayer" and not node.childNodes()
    return bytes((node.pixelData if own else node.projectionPixelData)(box.x, box.y, box.width, box.height))


def lets_through(node: Node) -> bool:
    """Whether `node` is a group whose layers lie on what is below it, so that Krita has no picture of it."""
    return node.type() == "grouplayer" and node.passThroughMode()


def _together(group: Node, box: Box) -> bytes:
    """What the layers of a group show that lets through what is below: as if it didn't, in a document that nobody sees."""
    alone = group.duplicate()
    alone.setPassThroughMode(False)
    with colours.scratch(box.x + box.width, box.y + box.height, colours.space_of(group)) as document:
        document.rootNode().setChildNodes([alone])
        document.refreshProjection()
        document.waitForDone()
        return bytes(alone.projectionPixelData(box.x, box.y, box.width, box.height))
