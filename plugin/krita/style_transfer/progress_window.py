"""A small window for a painting that was asked for without a form: it comes when the painting takes a while."""

from __future__ import annotations

from krita import Krita

from . import failure
from .common.translation import _
from .journey import Outcome
from .nst_core import errors
from .painting import Painting
from .qt import QtCore, QtGui, QtWidgets
from .status import Status

PATIENCE_MILLISECONDS = 700  # what is done by then needs no window
SHOWN_MILLISECONDS = 3000  # what was painted
WIDTH = 380


class ProgressWindow(QtWidgets.QDialog):
    """Goes when the painting has ended; closing it cancels the painting."""

    def __init__(self, painting: Painting, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Style Transfer"))
        self.painting = painting
        self.last: Outcome | None = None
        self._status = Status(set())
        self._status.begin()
        self._status.cancelled.connect(painting.cancel)
        self._status.kept.connect(painting.finish)
        painting.progressed.connect(self._status.show_progress)
        painting.previewed.connect(lambda _picture: self._status.offer_to_keep())
        painting.ended.connect(self._arrived)
        column = QtWidgets.QVBoxLayout(self)
        column.addWidget(self._status)
        self.setMinimumWidth(WIDTH)
        self._delay = QtCore.QTimer(self, singleShot=True, interval=PATIENCE_MILLISECONDS)
        self._delay.timeout.connect(self._come)

    def start(self) -> None:
        """Let the painting begin; returns at once."""
        self._delay.start()
        self.painting.start()

    def reject(self) -> None:
        """Escape and the window's own button."""
        self.painting.cancel()

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        event.ignore()  # the painting's end closes it
        self.reject()

    def _come(self) -> None:
        if not self.painting.asking:  # then there is a question to be answered first
            self.show()
        elif self.last is None:
            self._delay.start()

    def _arrived(self, outcome: Outcome) -> None:
        self.last = outcome
        self._delay.stop()
        self.hide()
        self.deleteLater()
        if outcome.layer is not None:
            _say(outcome.told)
        elif not isinstance(outcome.error, errors.Cancelled):
            failure.tell(outcome.error, self.parentWidget())


def _say(text: str) -> None:
    """Show `text` over the picture for a while, as Krita does."""
    window = Krita.instance().activeWindow()
    if window is not None and window.activeView() is not None:
        window.activeView().showFloatingMessage(text, QtGui.QIcon(), SHOWN_MILLISECONDS, 1)
