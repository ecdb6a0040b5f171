"""A window that comes up beside what it belongs to and stays over Krita while the user works on."""

from __future__ import annotations

from .qt import QtCore, QtWidgets

GAP = 8  # points to what it stands beside


class Beside(QtWidgets.QDialog):
    """Escape closes it; the next time it comes up with the size that it was left with."""

    def __init__(self, title: str, size: QtCore.QSize, parent: QtWidgets.QWidget) -> None:
        # Not a tool window: there, Qt would give our keys to Krita's menus.
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(size)

    def come(self, anchor: QtWidgets.QWidget) -> None:
        """Come up on that side of the anchor's window or docker where there is room, without leaving the screen."""
        holder = _holder(anchor)
        room = holder.screen().availableGeometry()
        left, top = holder.mapToGlobal(QtCore.QPoint()).x(), anchor.mapToGlobal(QtCore.QPoint()).y()
        width, height = self.width() + 2 * GAP, self.height() + 5 * GAP  # with the window's frame
        beyond = left + holder.width() + GAP
        x = beyond if beyond + width <= room.right() else left - width
        y = min(top, room.bottom() - height)
        self.move(max(x, room.left()), max(y, room.top()))
        self.show()
        self.raise_()
        self.activateWindow()


def _holder(anchor: QtWidgets.QWidget) -> QtWidgets.QWidget:
    """The docker that the anchor lies in, or its window."""
    holder = anchor
    while not isinstance(holder, QtWidgets.QDockWidget) and not holder.isWindow():
        holder = holder.parentWidget()
    return holder
