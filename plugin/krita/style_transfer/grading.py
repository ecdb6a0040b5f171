"""A comparison on its way: two layers and perhaps a style picture to the worker, grades back, the heat map above the painting."""

from __future__ import annotations

from dataclasses import dataclass

from krita import Document, Node

from . import colours, failure, pixels, placing
from .common import grading
from .common.layers import Box
from .common.translation import _
from .following import Following
from .journey import is_open
from .nst_core import client, errors
from .nst_core.order import Graded
from .qt import QtCore


@dataclass
class Verdict:
    """How a comparison ended: with grades and the `layer` of the heat map, or with an `error`."""

    graded: Graded | None = None
    layer: Node | None = None
    error: errors.NstError | None = None


class Comparison(Following):
    """`ended` gives a `Verdict`."""

    def __init__(
        self, document: Document, painting: Node, reference: Node, style: str, parent: QtCore.QObject | None = None
    ) -> None:
        """Read both layers and send them; `style` is a file's path or "". PictureError when they have nothing in common."""
        document.waitForDone()
        box = part(document, painting, reference)
        content, other = content_of(painting, box), content_of(reference, box)
        super().__init__(client.compare(content.picture, other.picture, style or None), parent)
        self._document, self._content = document, content

    def _lost(self) -> errors.NstError | None:
        if is_open(self._document):
            return None
        return errors.PictureError(_("the picture was closed before the grades came: open it and try again"))

    def _outcome(self, error: errors.NstError | None) -> Verdict:
        verdict = Verdict(error=error)
        if error is None:
            verdict.error = failure.of(lambda: self._insert(verdict))
        return verdict

    def _insert(self, verdict: Verdict) -> None:
        """Put the heat map above the painting."""
        graded = self._job.result(0)
        name = grading.layer_name(graded.grades)
        verdict.layer = placing.above(self._document, self._content, graded.heat_map, name)
        verdict.graded = graded


def part(document: Document, painting: Node, reference: Node) -> Box:
    """What is compared: where both layers lie on the canvas, inside the selection; PictureError when it is nothing."""
    selection = document.selection()
    chosen = Box(0, 0, document.width(), document.height())
    if selection is not None and selection.width() > 0:
        chosen = chosen.cut(Box(selection.x(), selection.y(), selection.width(), selection.height()))
    one, other = (node.bounds() for node in (painting, reference))
    boxes = (Box(bounds.x(), bounds.y(), bounds.width(), bounds.height()) for bounds in (one, other))
    box = grading.shared_part(*boxes, chosen)
    if box.empty:
        raise errors.PictureError(
            _("the two layers have no place in common: move one over the other, or select another part of the picture")
        )
    return box


def content_of(node: Node, box: Box) -> pixels.Content:
    """What the user sees of `node` in `box`, as it travels; its selection is not looked at."""
    space, own = colours.space_of(node), pixels.shown(node, box)
    travelling = colours.travelling(space)
    data = colours.convert(own, box.width, box.height, space, travelling)
    picture = client.Picture(box.width, box.height, travelling.channels, travelling.depth.lower(), data)
    return pixels.Content(node, box, None, space, own, picture)


def others(document: Document, painting: Node) -> list[Node]:
    """The layers that `painting` can be compared with, from the top, those in groups after their group."""
    found: list[Node] = []
    waiting = list(document.topLevelNodes())  # from the bottom
    while waiting:
        node = waiting.pop()
        if node.type() in pixels.LAYERS:
            if node != painting and not grading.is_heat_map(node.name()):
                found.append(node)
            waiting.extend(node.childNodes())
    return found
