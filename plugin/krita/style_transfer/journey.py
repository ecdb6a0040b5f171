"""One layer's journey: read it, send it to the worker, follow the job from Krita's main thread, put the result above it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from krita import Document, Krita, Node

from . import failure, pixels
from .common.layers import layer_name, style_name
from .nst_core import client, errors, schema
from .qt import QtCore

# How often the job is looked at: often enough for a smooth bar, seldom enough to cost nothing.
TICK_MILLISECONDS = 40


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


class Journey(QtCore.QObject):
    """A job on its way; it lives in Krita's main thread, which it never keeps waiting for the worker.

    `progressed` gives a `client.Progress`; `ended` gives an `Outcome`, once, whatever happens.
    """

    progressed = QtCore.pyqtSignal(object)
    ended = QtCore.pyqtSignal(object)

    def __init__(self, document: Document, node: Node | None, order: Order, parent: QtCore.QObject | None = None) -> None:
        """Read the layer and send it; PictureError when there is nothing to stylize."""
        super().__init__(parent)
        self._document = document
        self._order = order
        self._outcome = Outcome()
        start = time.monotonic()
        self._content = pixels.read(document, node)
        self._outcome.seconds["read"] = time.monotonic() - start
        self._job = client.stylize(self._content.picture, order.styles, method=order.method, parameters=order.parameters)
        self.destroyed.connect(self._job.cancel)  # Krita's window, and ours with it, may go while the worker paints
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def cancel(self) -> None:
        """Stop; `ended` has come with Cancelled when this returns, unless it had come before."""
        self._job.cancel()
        self._tick()

    def _tick(self) -> None:
        if not self._timer.isActive():
            return
        finished = self._job.done  # asked first, so that whatever was said before it is in the queue by now
        self._pass_on()
        if not is_open(self._document):
            self._job.cancel()
            self._end(errors.PictureError("the picture was closed before the result came: open it and try again"))
        elif finished:
            self._timer.stop()  # Krita may turn to other events while it takes in the layer: this must not begin again
            self._arrive()

    def _pass_on(self) -> None:
        newest = None
        event = self._job.next_event(0)
        while event is not None:
            if isinstance(event, client.Progress):
                newest = event
            elif isinstance(event, client.Log):
                self._outcome.notes.append(event.text)
            event = self._job.next_event(0)
        if newest is not None:
            self.progressed.emit(newest)

    def _arrive(self) -> None:
        try:
            result = self._job.result(0)
            start = time.monotonic()
            self._outcome.layer = pixels.insert(self._document, self._content, result, self._order.layer_name())
            self._outcome.seconds["insert"] = time.monotonic() - start
            if self._content.selection is not None and not pixels.masks_for_scripts(self._document):
                self._outcome.notes.append(
                    "this Krita gives scripts no masks: choose Layer → Add → Transparency Mask for the selection"
                )
        except errors.NstError as error:
            self._end(error)
        except Exception as error:  # an exception that leaves a slot ends Krita
            self._end(failure.unexpected(error))
        else:
            self._end(None)

    def _end(self, error: errors.NstError | None) -> None:
        self._timer.stop()
        self._outcome.error = error
        self._outcome.seconds.update(self._job.timings)
        self.ended.emit(self._outcome)


def is_open(document: Document) -> bool:
    """False once the user has closed `document`."""
    return any(document == other for other in Krita.instance().documents())
