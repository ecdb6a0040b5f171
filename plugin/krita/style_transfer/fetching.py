"""A painting or a model on its way to this machine, followed from Krita's main thread, which never waits for it."""

from __future__ import annotations

from .nst_core import client, errors
from .qt import QtCore

TICK_MILLISECONDS = 40


class Fetching(QtCore.QObject):
    """`progressed` gives a `client.Progress`; `ended` gives the error, None when all is there, once, whatever happens."""

    progressed = QtCore.pyqtSignal(object)
    ended = QtCore.pyqtSignal(object)

    def __init__(self, name: str, parent: QtCore.QObject) -> None:
        """Begin to fetch what `name` stands for."""
        super().__init__(parent)
        self._job = client.fetch(name)
        self.destroyed.connect(self._job.cancel)
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def cancel(self) -> None:
        """Stop; `ended` has come when this returns. What has come so far need not come again."""
        self._job.cancel()
        self._tick()

    def _tick(self) -> None:
        if not self._timer.isActive():
            return
        finished = self._job.done  # asked first, so that whatever was said before it is in the queue by now
        event = self._job.next_event(0)
        while event is not None:
            if isinstance(event, client.Progress):
                self.progressed.emit(event)
            event = self._job.next_event(0)
        if finished:
            self._timer.stop()
            self.ended.emit(self._error())

    def _error(self) -> errors.NstError | None:
        try:
            self._job.result(0)
        except errors.NstError as error:
            return error
        return None
