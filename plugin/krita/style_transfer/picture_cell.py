"""How one cell of a list of pictures looks: the picture, two lines of its name, its star, the current one's mark."""

from __future__ import annotations

import math

from .qt import QtCore, QtGui, QtWidgets
from .small_pictures import SmallPictures

# What an item of such a list carries.
VALUE = int(getattr(QtCore.Qt.ItemDataRole.UserRole, "value", QtCore.Qt.ItemDataRole.UserRole))
HEADING, PICTURE, INSTEAD, STARRED = VALUE + 1, VALUE + 2, VALUE + 3, VALUE + 4

EDGE = 4  # points between the cell's edge and the picture
STAR = 9.0  # the star's radius in points
YELLOW = QtGui.QColor(255, 200, 61)
LINES = 2  # of a name
RING = 1.5  # points of the line that shows where the keyboard is

State = QtWidgets.QStyle.StateFlag
Role = QtGui.QPalette.ColorRole


class CellPainter(QtWidgets.QStyledItemDelegate):
    """Paints cells for pictures of `side` points and headings as wide as the list."""

    def __init__(self, view: QtWidgets.QListView, pictures: SmallPictures, side: int) -> None:
        super().__init__(view)
        self._view = view
        self._pictures = pictures
        self._side = side

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: QtCore.QModelIndex) -> QtCore.QSize:
        letters = QtGui.QFontMetrics(self._view.font())
        if index.data(HEADING):
            return QtCore.QSize(self._view.viewport().width() - 2 * self._view.spacing() - 1, letters.height() + 6)
        return QtCore.QSize(self._side + 2 * EDGE, self._side + 3 * EDGE + LINES * letters.height())

    def star_in(self, cell: QtCore.QRect) -> QtGui.QPolygonF:
        """The star's outline in the cell, in the picture's upper right corner."""
        x, y = cell.right() - EDGE - STAR - 2, cell.top() + EDGE + STAR + 3
        points = []
        for corner in range(10):
            radius = STAR if corner % 2 == 0 else STAR * 0.45
            angle = math.pi * corner / 5
            points.append(QtCore.QPointF(x + radius * math.sin(angle), y - radius * math.cos(angle)))
        return QtGui.QPolygonF(points)

    def paint(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: QtCore.QModelIndex) -> None:
        painter.save()
        painter.setRenderHints(QtGui.QPainter.RenderHint.Antialiasing | QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(self._view.font())
        if index.data(HEADING):
            self._paint_heading(painter, option, index.data())
        else:
            self._paint_cell(painter, option, index)
        painter.restore()

    def _paint_heading(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, text: str) -> None:
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(self._view.palette().color(Role.WindowText))
        painter.drawText(option.rect, int(QtCore.Qt.AlignmentFlag.AlignVCenter | QtCore.Qt.AlignmentFlag.AlignLeft), text)

    def _paint_cell(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: QtCore.QModelIndex) -> None:
        cell = option.rect
        selected, hovered = bool(option.state & State.State_Selected), bool(option.state & State.State_MouseOver)
        if selected or hovered:
            colour = QtGui.QColor(option.palette.color(Role.Highlight))
            colour.setAlpha(255 if selected else 70)
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(QtCore.QRectF(cell), 4, 4)
        if option.state & State.State_HasFocus:  # the list has the keyboard
            painter.setPen(QtGui.QPen(option.palette.color(Role.HighlightedText), RING))
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QtCore.QRectF(cell).adjusted(RING, RING, -RING, -RING), 3, 3)
        square = QtCore.QRect(cell.left() + EDGE, cell.top() + EDGE, self._side, self._side)
        self._paint_picture(painter, option, square, index)
        painter.setPen(option.palette.color(Role.HighlightedText if selected else Role.Text))
        self._paint_name(painter, cell, square.bottom() + EDGE, index.data())
        starred = index.data(STARRED)
        if starred or (starred is not None and (hovered or selected)):
            painter.setPen(QtGui.QPen(QtGui.QColor(0, 0, 0, 200), 1.4))
            painter.setBrush(YELLOW if starred else QtGui.QColor(255, 255, 255, 150))
            painter.drawPolygon(self.star_in(cell))

    def _paint_picture(
        self,
        painter: QtGui.QPainter,
        option: QtWidgets.QStyleOptionViewItem,
        square: QtCore.QRect,
        index: QtCore.QModelIndex,
    ) -> None:
        picture = self._pictures.of(index.data(PICTURE), self._view.devicePixelRatioF())
        if picture is not None:
            size = QtCore.QSizeF(picture.size()) / picture.devicePixelRatio()
            place = QtCore.QRectF(QtCore.QPointF(), size)
            place.moveCenter(QtCore.QRectF(square).center())
            painter.drawPixmap(place, picture, QtCore.QRectF(picture.rect()))
            return
        painter.setPen(option.palette.color(Role.Mid))
        painter.setBrush(option.palette.color(Role.Window))
        painter.drawRect(QtCore.QRectF(square).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(option.palette.color(Role.PlaceholderText))
        text = index.data(INSTEAD) or self._pictures.instead(index.data(PICTURE))
        centred = QtCore.Qt.AlignmentFlag.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap
        painter.drawText(square.adjusted(4, 4, -4, -4), int(centred), text)

    def _paint_name(self, painter: QtGui.QPainter, cell: QtCore.QRect, top: int, name: str) -> None:
        """As much of the name as two lines hold."""
        letters = painter.fontMetrics()
        width = cell.width() - 2
        for line in range(LINES):
            text, name = (name, "") if line == LINES - 1 else _first_line(name, letters, width)
            text = letters.elidedText(text, QtCore.Qt.TextElideMode.ElideRight, width)
            place = QtCore.QRect(cell.left() + 1, top + line * letters.height(), width, letters.height())
            painter.drawText(place, int(QtCore.Qt.AlignmentFlag.AlignCenter), text)


def _first_line(text: str, letters: QtGui.QFontMetrics, width: int) -> tuple[str, str]:
    """The words of `text` that fit into `width`, at least one, and the rest."""
    words = text.split(" ")
    count = len(words)
    while count > 1 and letters.horizontalAdvance(" ".join(words[:count])) > width:
        count -= 1
    return " ".join(words[:count]), " ".join(words[count:])
