"""One layer's journey: read it, send it to the worker, follow the job from Krita's main thread, put the result above it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from krita import Document, Krita, Node

from . import failure, pixels
from .common.layers import layer_name, style_name
from .following import Following
from .nst_core import client, errors, schema
from .qt import QtCore


@dataclass(frozen=True)
class Order:
    """What the user wants: the method's name, the style picture's path ("" for none) and the method's parameters by name."""

    method: str
    style: str
    parameters: dict[str, Any]

    @property
    def model(self) -> str:
        """The model that paints."""
        return schema.model_of(self.method, self.parameters)

    @property
    def styles(self) -> list[client.Style]:
        """The style pictures as the worker takes them."""
        return [client.Style(self.style)] if self.style else []

    def layer_name(self) -> str:
        """What the new layer is called, with the model as the form calls it."""
        method = schema.method(self.method)
        labels = {
            choice.value: choice.label
            for parameter in method.parameters
            if parameter.name == "model"
            for choice in parameter.choices
        }
        values = {**method.defaults, **self.parameters}
        styles = [style_name(self.style)] if self.style else []
        return layer_name(labels.get(values.get("model"), method.label), styles, values.get("strength"))


@dataclass
class Outcome:
    """How a journey ended: the new `layer`, or the `error`; `notes` for the user; `seconds` that each part took."""

    layer: Node | None = None
    error: errors.NstError | None = None
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


class Journey(Following):
    """A layer that is painted; `ended` gives an `Outcome`."""

    def __init__(self, document: Document, node: Node | None, order: Order, parent: QtCore.QObject | None = None) -> None:
        """Read the layer and send it; PictureError when there is nothing to stylize."""
        start = time.monotonic()
        content = pixels.read(document, node)
        seconds = {"read": time.monotonic() - start}
        job = client.stylize(content.picture, order.styles, method=order.method, parameters=order.parameters)
        super().__init__(job, parent)
        self._document, self._content, self._order = document, content, order
        self._seconds = seconds

    def _lost(self) -> errors.NstError | None:
        if is_open(self._document):
            return None
        return errors.PictureError("the picture was closed before the result came: open it and try again")

    def _outcome(self, error: errors.NstError | None) -> Outcome:
        outcome = Outcome(error=error, notes=self._notes, seconds=self._seconds)
        if error is None:
            try:
                self._insert(outcome)
            except errors.NstError as failed:
                outcome.error = failed
            except Exception as failed:  # an exception that leaves a slot ends Krita
                outcome.error = failure.unexpected(failed)
        outcome.seconds.update(self._job.timings)
        return outcome

    def _insert(self, outcome: Outcome) -> None:
        """Put the result above the layer that was read."""
        result = self._job.result(0)
        start = time.monotonic()
        outcome.layer = pixels.insert(self._document, self._content, result, self._order.layer_name())
        outcome.seconds["insert"] = time.monotonic() - start
        if self._content.selection is not None and not pixels.masks_for_scripts(self._document):
            outcome.notes.append("this Krita gives scripts no masks: choose Layer → Add → Transparency Mask for the selection")


def is_open(document: Document) -> bool:
    """False once the user has closed `document`."""
    return any(document == other for other in Krita.instance().documents())
