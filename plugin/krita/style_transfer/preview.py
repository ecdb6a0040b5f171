"""The preview's jobs: the newest order counts, and at most one job is on its way."""

from __future__ import annotations

import time

from . import failure
from .common import texts
from .journey import Order
from .nst_core import client, errors
from .qt import QtCore
from .reduced import SIDE, Reduced, image_of

TICK_MILLISECONDS = 10
# A job that would be done at once is let be, so that dragging a slider shows pictures on the way; then the newer one counts.
GRACE_SECONDS = 0.3


class Preview(QtCore.QObject):
    """`painted` gives a QImage (one may come before the last: the result so far); `said` a sentence, or "" when there is none."""

    painted = QtCore.pyqtSignal(object)
    said = QtCore.pyqtSignal(str)

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._job: client.Job | None = None
        self._source: Reduced | None = None
        self._next: tuple[Reduced, Order] | None = None
        self._started = 0.0
        self._heard = False  # the engine has said something of this job
        self.seconds = 0.0  # what the last one took, from order to picture
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self.destroyed.connect(self._leave)

    @property
    def running(self) -> bool:
        """True while a picture is on its way."""
        return self._job is not None

    def ask(self, source: Reduced, order: Order) -> None:
        """Paint `source` as `order` says, instead of what was asked for before."""
        self._next = (source, order)
        if self._job is None:
            self._begin()

    def cancel(self) -> None:
        """Want nothing any more."""
        self._next = None
        if self._job is not None:
            self._drop()

    def _begin(self) -> None:
        assert self._next is not None
        (self._source, order), self._next = self._next, None
        self._started = time.monotonic()
        self._heard = False
        parameters = order.parameters
        if parameters.get("size", 0) > SIDE:
            parameters = {**parameters, "size": 0}  # the copy's own
        # Offline: a look must not fetch anything.
        self._job = client.stylize(self._source.picture, order.styles, order.method, parameters, preview=True, offline=True)
        self._timer.start()

    def _drop(self) -> None:
        """Leave the job to itself. One that the engine has not begun ends soon, and stopping a start would only make another."""
        assert self._job is not None
        if self._heard:
            self._job.cancel()
        self._job = None
        self._timer.stop()

    def _leave(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _tick(self) -> None:
        job = self._job
        if job is None:
            return
        finished = job.done  # asked first, so that whatever was said before it is in the queue by now
        self._listen(job)
        if finished:
            self._arrive(job)
        elif self._next is not None and self._heard and time.monotonic() - self._started > GRACE_SECONDS:
            self._drop()
            self._begin()

    def _listen(self, job: client.Job) -> None:
        event = job.next_event(0)
        while event is not None:
            if isinstance(event, client.Preview):
                self._show(event.picture)
            self._heard = self._heard or not (isinstance(event, client.Progress) and event.fraction == 0)
            event = job.next_event(0)

    def _arrive(self, job: client.Job) -> None:
        self._job = None
        self._timer.stop()
        try:
            self._show(job.result(0))
            self.seconds = time.monotonic() - self._started
            self.said.emit("")
        except errors.Cancelled:
            pass
        except errors.NstError as error:
            self.said.emit(texts.sentence(error.message))
        except Exception as error:  # an exception that leaves a slot ends Krita
            self.said.emit(texts.sentence(failure.unexpected(error).message))
        if self._next is not None:
            self._begin()

    def _show(self, picture: client.Picture) -> None:
        assert self._source is not None
        self.painted.emit(self._source.painted(image_of(picture).scaled(self._source.image.size())))
