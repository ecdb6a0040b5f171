"""Any job of the worker, followed from Krita's main thread, which never waits for it."""

from __future__ import annotations

from typing import Any

from .nst_core import client, errors
from .qt import QtCore, let_go

# How often the job is looked at: often enough for a smooth bar, seldom enough to cost nothing.
TICK_MILLISECONDS = 40


class Following(QtCore.QObject):
    """`progressed` gives a `client.Progress`, `previewed` a `client.Picture`; `ended` what came of it, once, whatever happens."""

    progressed = QtCore.pyqtSignal(object)
    previewed = QtCore.pyqtSignal(object)
    ended = QtCore.pyqtSignal(object)

    def __init__(self, job: client.Job, parent: QtCore.QObject | None) -> None:
        super().__init__(parent)
        self._job = job
        self._notes: list[str] = []  # what the job had to tell beside its progress
        self.destroyed.connect(job.cancel)  # Krita's window, and ours with it, may go meanwhile
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def cancel(self) -> None:
        """Stop; `ended` has come when this returns, with Cancelled unless it had come before: a result that is here already, but
        not taken, is not wanted any more."""
        self._job.cancel()
        if self._timer.isActive():
            self._end(errors.Cancelled())

    def finish(self) -> None:
        """Stop painting and keep what there is; `ended` comes with it. `cancel` may still follow."""
        self._job.finish()

    def _outcome(self, error: errors.NstError | None) -> Any:
        """What `ended` gives: of the job, which is done, or of `error`, for which it was stopped."""
        raise NotImplementedError

    def _lost(self) -> errors.NstError | None:
        """Why nobody can take the result any more; looked at all the time."""
        return None

    def _tick(self) -> None:
        if not self._timer.isActive():
            return
        finished = self._job.done  # asked first, so that whatever was said before it is in the queue by now
        self._pass_on()
        lost = self._lost()
        if lost is not None:
            self._job.cancel()
        if finished or lost is not None:
            self._end(lost)

    def _end(self, error: errors.NstError | None) -> None:
        self._timer.stop()  # Krita may turn to other events while it takes in a layer: this must not begin again
        self.ended.emit(self._outcome(error))
        let_go(self)  # and with it the pixels of what was read and painted

    def _pass_on(self) -> None:
        newest = preview = None
        event = self._job.next_event(0)
        while event is not None:
            if isinstance(event, client.Progress):
                newest = event
            elif isinstance(event, client.Preview):
                preview = event.picture
            elif isinstance(event, client.Log):
                self._notes.append(event.text)
            event = self._job.next_event(0)
        if newest is not None:
            self.progressed.emit(newest)
        if preview is not None:
            self.previewed.emit(preview)
