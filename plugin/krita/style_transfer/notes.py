"""The notes that tell how our layers were made: kept in the document, and with it in its .kra file."""

from __future__ import annotations

import json

from krita import Document, Node

from .common import output
from .nst_core import __version__
from .order import Order
from .qt import QtCore

WHAT = "How the layers of Style Transfer were made, by layer"


def keep(document: Document, layer: Node, order: Order) -> None:
    """Note how `layer` was made; the notes of layers that are gone go.

    An annotation belongs to the document, so it is a table by the layers' ids, which Krita keeps when it saves.
    """
    styles = [(one.source, one.weight) for one in order.styles]
    note = output.note(order.method, order.model, styles, order.parameters, __version__)
    table = {name: told for name, told in _table(document).items() if document.nodeByUniqueID(QtCore.QUuid(name)) is not None}
    table[layer.uniqueId().toString()] = json.loads(note)
    document.setAnnotation(output.NOTE, WHAT, QtCore.QByteArray(json.dumps(table, ensure_ascii=False).encode()))


def of(document: Document, layer: Node) -> str:
    """How `layer` was made, as `output.note` writes it; "" when there is no note."""
    told = _table(document).get(layer.uniqueId().toString())
    return "" if told is None else json.dumps(told, ensure_ascii=False)


def _table(document: Document) -> dict[str, object]:
    """All notes; none where there is no annotation of ours, or somebody else's under its name."""
    if output.NOTE not in document.annotationTypes():
        return {}
    try:
        table = json.loads(bytes(document.annotation(output.NOTE)))
    except ValueError:
        return {}
    return table if isinstance(table, dict) else {}
