"""A list of small pictures with names under them, in groups; a star in the corner marks favourites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .common.translation import _
from .picture_cell import HEADING, INSTEAD, PICTURE, STARRED, VALUE, CellPainter
from .qt import QtCore, QtGui, QtWidgets
from .small_pictures import SmallPictures

GAP = 4

Keys = QtCore.Qt.Key


@dataclass(frozen=True)
class Cell:
    """One picture: `value` is what it stands for, `note` is told beside its title, `file` is what is shown ("" for nothing,
    and then `instead` is said in its place)."""

    value: Any
    title: str
    note: str
    file: str
    instead: str = ""
    starred: bool | None = None  # None where there are no favourites


class PictureList(QtWidgets.QListWidget):
    """`chosen` comes with a click or Space, `taken` with a double click or Return, `starred` with a click at the star."""

    chosen = QtCore.pyqtSignal(object)
    taken = QtCore.pyqtSignal(object)
    starred = QtCore.pyqtSignal(object)

    def __init__(self, name: str, side: int) -> None:
        """`side` is that of the pictures in points."""
        super().__init__()
        self.setAccessibleName(name)
        self._pictures = SmallPictures(self, side)
        self._cells = CellPainter(self, self._pictures, side)
        self.setItemDelegate(self._cells)
        self._pressed_star = False
        self._pictures.came.connect(self.viewport().update)
        self.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.setMovement(QtWidgets.QListView.Movement.Static)
        self.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.setDragEnabled(False)
        self.setAcceptDrops(False)  # the window takes them
        self.setSpacing(GAP)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # its coming must not move anything
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(VALUE)))
        self.itemDoubleClicked.connect(lambda item: self.taken.emit(item.data(VALUE)))

    def show_groups(self, groups: Iterable[tuple[str, list[Cell]]]) -> None:
        """Show these instead of what was shown; a group without a name gets no heading. The current one stays, if it is there."""
        kept, place = self.value(), self.verticalScrollBar().value()
        self.blockSignals(True)  # that there is no current one is not worth telling
        self.clear()
        for heading, cells in groups:
            if heading:
                self.addItem(_heading(heading))
            for cell in cells:
                self.addItem(_picture(cell))
        self.show_value(kept)
        self.blockSignals(False)
        self.doItemsLayout()
        self.verticalScrollBar().setValue(place)

    def value(self) -> Any:
        """What the current picture stands for; None when there is none."""
        return self.currentItem().data(VALUE) if self.currentItem() is not None else None

    def show_value(self, value: Any) -> None:
        """Make the first picture that stands for `value` the current one."""
        for place in range(self.count()):
            item = self.item(place)
            if value is not None and item.data(VALUE) == value:
                self.setCurrentItem(item)
                return
        self.setCurrentRow(-1)

    def pictures(self) -> list[QtWidgets.QListWidgetItem]:
        """All items but the headings."""
        items = [self.item(place) for place in range(self.count())]
        return [item for item in items if not item.data(HEADING)]

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        self._pressed_star = self._has_star(event.pos())
        if self._pressed_star:
            self.starred.emit(self.itemAt(event.pos()).data(VALUE))
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._has_star(event.pos()):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if not self._pressed_star:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        value = self.value()
        pressed = event.key()
        if value is not None and pressed in _numbers(Keys.Key_Return, Keys.Key_Enter):
            self.taken.emit(value)
        elif value is not None and pressed in _numbers(Keys.Key_Space):
            self.chosen.emit(value)
        elif self.pictures() and pressed in _numbers(Keys.Key_Home, Keys.Key_End):  # where Qt would go to a heading
            self.setCurrentItem(self.pictures()[0 if pressed in _numbers(Keys.Key_Home) else -1])
        else:
            super().keyPressEvent(event)

    def _has_star(self, place: QtCore.QPoint) -> bool:
        """Whether there is a star, or could be one."""
        item = self.itemAt(place)
        if item is None or item.data(STARRED) is None:
            return False
        return self._cells.star_in(self.visualItemRect(item)).boundingRect().contains(QtCore.QPointF(place))

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        if self.pictures():
            self.setCurrentItem(self.currentItem() or self.pictures()[0])  # before Qt picks one and does not mark it
        super().focusInEvent(event)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()  # headings are as wide as the list


def _heading(text: str) -> QtWidgets.QListWidgetItem:
    item = QtWidgets.QListWidgetItem(text)
    item.setFlags(QtCore.Qt.ItemFlag.NoItemFlags)
    item.setData(HEADING, True)
    return item


def _picture(cell: Cell) -> QtWidgets.QListWidgetItem:
    item = QtWidgets.QListWidgetItem(cell.title)
    item.setData(VALUE, cell.value)
    item.setData(PICTURE, cell.file)
    item.setData(INSTEAD, cell.instead)
    item.setData(STARRED, cell.starred)
    item.setToolTip("\n".join(filter(None, (cell.title, cell.note))))
    told = (cell.title, cell.note, _("favourite") if cell.starred else "")
    item.setData(QtCore.Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, told)))
    return item


def _numbers(*names: Any) -> list[int]:
    """Keys as events tell them: whole numbers, which Qt 6's names are not."""
    return [getattr(name, "value", name) for name in names]
