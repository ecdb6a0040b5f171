"""The form in as little height as there is: it asks for all that it could use, and gets along with less."""

from __future__ import annotations

from .form import Form
from .qt import QtCore, QtWidgets

LEAST = 90  # points of height


class Scroll(QtWidgets.QScrollArea):
    """Scrolls up and down alone: the width is always what the form needs."""

    def __init__(self, form: Form) -> None:
        super().__init__(widgetResizable=True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setWidget(form)
        self._widest = 0  # what any method has needed: a shorter form must not make the window jump
        form.reshaped.connect(self.updateGeometry)
        QtWidgets.QApplication.instance().focusChanged.connect(self._follow)

    def _follow(self, _before: QtWidgets.QWidget | None, now: QtWidgets.QWidget | None) -> None:
        """Bring in sight what the keyboard was led to: Qt does so only for Tab from one place in here to another.

        What is clicked on must stay where it is.
        """
        clicked = QtWidgets.QApplication.mouseButtons() != QtCore.Qt.MouseButton.NoButton
        if now is not None and self.isAncestorOf(now) and not clicked:
            self.ensureWidgetVisible(now)

    def sizeHint(self) -> QtCore.QSize:
        return self.widget().sizeHint() + QtCore.QSize(self._bar, 0)

    def minimumSizeHint(self) -> QtCore.QSize:
        self._widest = max(self._widest, self.widget().minimumSizeHint().width() + self._bar)
        return QtCore.QSize(self._widest, LEAST)

    @property
    def _bar(self) -> int:
        """What the scroll bar takes, whether it is shown or not: its coming must not push anything aside."""
        return self.verticalScrollBar().sizeHint().width()
