"""One of several styles in little room: its picture, its name and share, its weight, where it goes, and its removal."""

from __future__ import annotations

from . import controls, incoming
from .common import styles
from .common.styles import Styles
from .common.translation import _
from .guard import safely
from .nst_core import schema
from .qt import QtCore, QtGui, QtWidgets
from .region_picker import RegionPicker
from .style_chooser import Known
from .thumbnails import tile

SIDE, NARROW_SIDE = 52, 40  # points of the picture
TAKING = _("The picture was not taken as a style.")


class StyleRow(QtWidgets.QWidget):
    """`asked` comes when another picture is wanted, `dropped` gives one; `weighed`, `placed` and `removed` as they say."""

    asked = QtCore.pyqtSignal()
    dropped = QtCore.pyqtSignal(str)
    weighed = QtCore.pyqtSignal(float)
    placed = QtCore.pyqtSignal(object)
    removed = QtCore.pyqtSignal()

    def __init__(self, narrow: bool) -> None:
        super().__init__(objectName="style-row")
        self.setAcceptDrops(True)
        self._side = NARROW_SIDE if narrow else SIDE
        self._file = ""
        self._picture = self._make_picture()
        self._name = Elided(objectName="name")
        self._share = QtWidgets.QLabel(objectName="share")
        self._remove = Cross(objectName="remove")
        self._weight = controls.make(schema.Parameter("weight", "float", styles.HEAVIEST, _("Weight"), styles.WEIGHT_HELP))
        self._region = RegionPicker()
        self._note = controls.plain_text("note-of-style")
        self._lay_out(narrow)
        self._picture.clicked.connect(lambda: self.asked.emit())
        self._weight.changed.connect(lambda: self.weighed.emit(self._weight.read()))
        self._region.picked.connect(self.placed)
        self._remove.clicked.connect(lambda: self.removed.emit())

    def show_style(self, chosen: Styles, place: int, known: Known) -> None:
        """Show the style at `place`, and what is known of it."""
        one = chosen[place]
        if known.file != self._file or self._picture.icon().isNull():
            self._file = known.file
            self._show_picture()
        self._name.set_text(known.title)
        self._name.setToolTip("\n".join(filter(None, (known.title, known.credit))))
        self._share.setText(f"{styles.percents(chosen)[place]} %")
        self._weight.blockSignals(True)  # a weight that was not typed here may have more digits than are shown
        if abs(self._weight.read() - one.weight) >= 0.005:
            self._weight.write(one.weight)
        self._weight.blockSignals(False)
        self._region.show_region(one.region, chosen[:place] + chosen[place + 1 :])
        self._note.setText(known.note)
        self._note.setVisible(bool(known.note))
        self._call(known.title, place)

    def lead(self) -> None:
        """Give the keyboard to this row."""
        self._remove.setFocus()

    def parts(self) -> list[QtWidgets.QWidget]:
        """What can have the keyboard, in order."""
        weights = [*self._weight.findChildren(QtWidgets.QSlider), self._weight.field()]
        return [self._picture, self._remove, *weights, self._region]

    # -- building ------------------------------------------------------------------------------------------------

    def _make_picture(self) -> QtWidgets.QToolButton:
        picture = QtWidgets.QToolButton(objectName="picture")
        picture.setIconSize(QtCore.QSize(self._side, self._side))
        picture.setAutoRaise(True)
        picture.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        return picture

    def _lay_out(self, narrow: bool) -> None:
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._picture, 0, 0, 2, 1, QtCore.Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self._name, 0, 1)
        grid.addWidget(self._share, 0, 2)
        grid.addWidget(self._remove, 0, 3)
        if narrow:
            grid.addWidget(self._weight, 1, 1, 1, 3)
            grid.addWidget(self._region, 2, 1, 1, 3)
        else:
            both = QtWidgets.QHBoxLayout()
            both.addWidget(self._weight, 1)
            both.addWidget(self._region, 1)
            grid.addLayout(both, 1, 1, 1, 3)
        grid.addWidget(self._note, 3, 0, 1, 4)

    # -- what is shown -------------------------------------------------------------------------------------------

    def _show_picture(self) -> None:
        picture = tile(self._file, self._side, self.devicePixelRatioF()) if self._file else None
        self._picture.setIcon(QtGui.QIcon(picture if picture is not None else self._no_picture()))

    def _no_picture(self) -> QtGui.QPixmap:
        """A question mark, as large as a picture."""
        square = QtGui.QPixmap(QtCore.QSize(self._side, self._side) * self.devicePixelRatioF())
        square.setDevicePixelRatio(self.devicePixelRatioF())
        square.fill(self.palette().color(QtGui.QPalette.ColorRole.Mid))
        painter = QtGui.QPainter(square)
        painter.setPen(self.palette().color(QtGui.QPalette.ColorRole.WindowText))
        painter.drawText(QtCore.QRect(0, 0, self._side, self._side), int(QtCore.Qt.AlignmentFlag.AlignCenter), "?")
        painter.end()
        return square

    def _call(self, name: str, place: int) -> None:
        """Name all parts, for screen readers and in tooltips."""
        self._picture.setToolTip(_("Choose another picture in the place of “{name}”.").format(name=name))
        self._picture.setAccessibleName(_("Style {place}: {name}").format(place=place + 1, name=name))
        self._remove.setToolTip(_("Remove “{name}”.").format(name=name))
        self._remove.setAccessibleName(_("Remove {name}").format(name=name))
        for widget in (self._weight, *self._weight.findChildren(QtWidgets.QWidget)):
            widget.setAccessibleName(_("Weight of {name}").format(name=name))
        self._region.setAccessibleName(_("Where {name} goes").format(name=name))
        self._region.setAccessibleDescription(styles.REGION_HELP)
        self._region.setToolTip(f"{self._region.currentText()}. {styles.REGION_HELP}")

    # -- pictures dropped here -----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent) -> None:
        if incoming.offers(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QtGui.QDropEvent) -> None:
        data = event.mimeData()
        safely(self, lambda: self.dropped.emit(incoming.taken(data, _("Dropped picture"))), TAKING)
        event.acceptProposedAction()


class Elided(QtWidgets.QLabel):
    """A line that is cut where the room ends."""

    _text = ""

    def set_text(self, text: str) -> None:
        """Show as much of `text` as there is room for; screen readers read all of it."""
        self._text = text
        self.setAccessibleName(text)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("mmm…"))
        self._cut()

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(self.fontMetrics().horizontalAdvance("m" * 10), super().sizeHint().height())

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        room = QtCore.Qt.TextElideMode.ElideRight
        self.setText(self.fontMetrics().elidedText(self._text, room, self.width()))


class Cross(QtWidgets.QToolButton):
    """Draws its sign itself: not every font has one."""

    def __init__(self, **named: str) -> None:
        super().__init__(**named)
        self.setAutoRaise(True)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QtCore.QSize:
        height = self.fontMetrics().height() + 4
        return QtCore.QSize(height, height)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtGui.QPen(self.palette().color(QtGui.QPalette.ColorRole.ButtonText), 1.4))
        middle, arm = QtCore.QRectF(self.rect()).center(), self.fontMetrics().height() / 5
        for way in (-1, 1):
            reach = QtCore.QPointF(arm, way * arm)
            painter.drawLine(middle - reach, middle + reach)
        painter.end()
