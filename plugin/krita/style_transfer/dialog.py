"""The window behind the menu's entry; it stays open beside the picture, so that one can try another style."""

from __future__ import annotations

from .catalogue import Catalogue
from .common import texts
from .common.translation import _
from .controls import CLOSE
from .panel import Panel
from .qt import QtCore, QtGui, QtWidgets


class StyleTransferDialog(QtWidgets.QDialog):
    """Closing it cancels a running job."""

    def __init__(self, catalogue: Catalogue, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Style Transfer"))
        letters = texts.letters("&", CLOSE)  # that is made last
        self.panel = Panel(catalogue, letters)
        self.panel.reshaped.connect(self._fit)
        close = QtWidgets.QPushButton(CLOSE)
        close.setToolTip(_("Close this window; a running job is cancelled."))
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        self.panel.buttons.addWidget(close)
        column = QtWidgets.QVBoxLayout(self)
        column.addWidget(self.panel)
        self.panel.make_default()
        self._fit()
        self.resize(self.sizeHint())

    def reject(self) -> None:
        """Escape stops a running job first, and closes the window the next time."""
        if self.panel.painting is not None:
            self.panel.stop()
        else:
            super().reject()

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        self.panel.stop()
        super().closeEvent(event)  # which rejects

    def done(self, result: int) -> None:
        self.panel.form.remember()
        super().done(result)

    def _fit(self) -> None:
        """A window that has grown for the fold shrinks with it; what the screen has no room for is scrolled."""
        for widget in (self.panel.form, self.panel, self):
            widget.layout().activate()
        room = self.screen().availableGeometry()
        frame = self.frameGeometry().height() - self.height()
        self.resize(self.width(), min(self.sizeHint().height(), room.height() - frame))
        beyond = self.frameGeometry().bottom() - room.bottom()
        if self.isVisible() and beyond > 0:
            self.move(self.x(), max(self.y() - beyond, room.top()))
