"""The preview's jobs: the newest order counts, and at most one job is on its way."""

from __future__ import annotations

import time

from . import failure
from .common import texts
from .nst_core import client, errors
from .order import Order
from .qt import QtCore
from .reduced import SIDE, Reduced, image_of

TICK_MILLISECONDS = 10
# Only a job that tells of itself in mid-work is stopped: it stops at its next word. One that is silent starts up or computes in
# one go; the worker would have to end its engine with it, and the next picture would wait for another start.
MIDST = (0.25, 0.95)
TALKATIVE = 2


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
        self._words = 0  # that the job has said in mid-work
        self._wanted = False  # what the job is painting is still to be shown
        self.timings: dict[str, float] = {}  # seconds that the parts of the last one took
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self.destroyed.connect(self._leave)

    @property
    def running(self) -> bool:
        """True while a picture is on its way that somebody waits for."""
        return self._wanted or self._next is not None

    def ask(self, source: Reduced, order: Order) -> None:
        """Paint `source` as `order` says, instead of what was asked for before."""
        self._next = (source, order)
        if self._job is None:
            self._begin()

    def cancel(self) -> None:
        """Want nothing any more."""
        self._next = None
        self._wanted = False

    def _begin(self) -> None:
        assert self._next is not None
        (self._source, order), self._next = self._next, None
        self._started = time.monotonic()
        self._words, self._wanted = 0, True
        parameters = order.parameters
        if parameters.get("size", 0) > SIDE:
            parameters = {**parameters, "size": 0}  # the copy's own
        # Offline: a look must not fetch anything.
        self._job = client.stylize(
            self._source.picture, self._source.sent(order.styles), order.method, parameters, preview=True, offline=True
        )
        self._timer.start()

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
        elif self._words >= TALKATIVE and (self._next is not None or not self._wanted):
            job.cancel()
            self._go_on()

    def _go_on(self) -> None:
        """Turn to the next order, or rest."""
        self._job, self._wanted = None, False
        self._timer.stop()
        if self._next is not None:
            self._begin()

    def _listen(self, job: client.Job) -> None:
        event = job.next_event(0)
        while event is not None:
            if isinstance(event, client.Preview):
                self._show(event.picture)
            elif isinstance(event, client.Progress) and MIDST[0] < event.fraction < MIDST[1]:
                self._words += 1
            event = job.next_event(0)

    def _arrive(self, job: client.Job) -> None:
        error = failure.of(lambda: self._take(job))
        if not isinstance(error, errors.Cancelled):
            self._tell("" if error is None else texts.sentence(error.message))
        self._go_on()

    def _take(self, job: client.Job) -> None:
        self._show(job.result(0))
        self.timings = {**job.timings, "all": time.monotonic() - self._started}

    def _show(self, picture: client.Picture) -> None:
        assert self._source is not None
        if self._wanted:
            self.painted.emit(self._source.painted(image_of(picture).scaled(self._source.image.size())))

    def _tell(self, text: str) -> None:
        """Say `text`, unless something newer is to come."""
        if self._wanted and self._next is None:
            self.said.emit(text)
