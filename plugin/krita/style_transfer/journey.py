"""One layer's journey: read it, send it to the worker, follow the job from Krita's main thread, put the result in its place."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from krita import Document, Krita, Node

from . import colours, failure, masks, notes, pixels, placing
from .common import texts
from .common.output import DEFAULT, Output
from .common.styles import by_selection
from .common.translation import _
from .following import Following
from .nst_core import client, errors
from .order import Order
from .qt import QtCore


@dataclass
class Outcome:
    """How a journey ended: the new `layer` and the `picture` that it lies in, or the `error`; `notes` for the user.

    `output` is what was wanted; `seconds` are what each part took.
    """

    layer: Node | None = None
    picture: Document | None = None
    error: errors.NstError | None = None
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    output: Output = DEFAULT

    @property
    def told(self) -> str:
        """What was painted, and then each note, as a line of its own."""
        return "\n".join([_("Painted “{name}”.").format(name=self.layer.name()), *map(texts.sentence, self.notes)])


class Journey(Following):
    """A layer that is painted; `ended` gives an `Outcome`."""

    def __init__(
        self,
        document: Document,
        node: Node | None,
        order: Order,
        output: Output = DEFAULT,
        parent: QtCore.QObject | None = None,
    ) -> None:
        """Read the layer and send it; PictureError when there is nothing to stylize."""
        start = time.monotonic()
        content = pixels.read(document, node, whole=by_selection(order.styles))
        styles = masks.sent(document, order.styles, content.box)
        seconds = {"read": time.monotonic() - start}
        job = client.stylize(content.picture, styles, method=order.method, parameters=order.parameters)
        super().__init__(job, parent)
        self._document, self._content, self._order, self._output = document, content, order, output
        self._seconds = seconds

    def _lost(self) -> errors.NstError | None:
        if is_open(self._document):
            return None
        return errors.PictureError(_("the picture was closed before the result came: open it and try again"))

    def _outcome(self, error: errors.NstError | None) -> Outcome:
        outcome = Outcome(error=error, notes=self._notes, seconds=self._seconds, output=self._output)
        if error is None:
            outcome.error = failure.of(lambda: self._insert(outcome))
        outcome.seconds.update(self._job.timings)
        return outcome

    def _insert(self, outcome: Outcome) -> None:
        """Put the result where it was wanted, and note how it was made."""
        result, content = self._job.result(0), self._content
        start = time.monotonic()
        name = self._order.layer_name()
        outcome.picture, outcome.layer = placing.place(self._document, content, result, name, self._output)
        notes.keep(outcome.picture, outcome.layer, self._order)
        outcome.seconds["insert"] = time.monotonic() - start
        told = colours.note(content.node.name(), content.space)
        outcome.notes += [told] if told else []
        if content.selection is not None and not placing.masks_for_scripts(self._document):
            outcome.notes.append(_("this Krita gives scripts no masks: choose Layer → Add → Transparency Mask for the selection"))


def is_open(document: Document) -> bool:
    """False once the user has closed `document`."""
    return any(document == other for other in Krita.instance().documents())
