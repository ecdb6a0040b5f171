"""Two pictures of the same thing side by side in one place, with a divider to drag between before and after."""

from __future__ import annotations

from collections.abc import Callable

from .qt import QtCore, QtGui, QtWidgets

STEP, LEAP = 0.02, 0.1  # of the divider by arrow and page keys, as a share of the width
CLOSEST = 8.0  # times the size that shows all
ZOOM_STEP = 1.25
GRIP = 9  # points beside the divider where it can be taken hold of, and its knob's radius
CHECKS = 8  # points a side of the chequers that show through transparency
HELP = (
    "Left of the line is the layer as it is, right of it as it would be painted. Drag the line, or move it with the arrow keys; "
    "the wheel, + and - zoom, 0 shows all."
)

Keys = QtCore.Qt.Key


class SplitView(QtWidgets.QWidget):
    """Shows `before` left of the divider and `after` right of it, or a sentence; for mouse, wheel and keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self.divider = 0.5  # as a share of the picture's width
        self.zoom = 1.0
        self.before: QtGui.QImage | None = None
        self.after: QtGui.QImage | None = None
        self._centre = QtCore.QPointF(0.5, 0.5)  # of what is seen, as shares of the picture
        self._text = ""
        self._held: QtCore.QPointF | None = None  # where the picture was taken hold of, to pan
        self._dragging = False
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(160, 120)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Expanding)
        self.setToolTip(HELP)
        self.setAccessibleName("Preview")
        self.setAccessibleDescription(HELP)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(384, 300)

    def show_pictures(self, before: QtGui.QImage, after: QtGui.QImage | None) -> None:
        """Show these; without `after`, the layer as it is alone. They may differ in size, not in shape."""
        self.before, self.after, self._text = before, after, ""
        self.update()

    def say(self, text: str) -> None:
        """Show a sentence instead of pictures, or "" to take it away."""
        self._text = text
        self.update()

    @property
    def said(self) -> str:
        """The sentence that is shown."""
        return self._text

    def move_divider(self, share: float) -> None:
        """Put the divider at `share` of the picture's width."""
        self.divider = min(max(share, 0.0), 1.0)
        self.setAccessibleDescription(f"The line is at {self.divider * 100:.0f} %. {HELP}")
        self.update()

    def zoom_to(self, zoom: float, around: QtCore.QPointF | None = None) -> None:
        """Show the picture `zoom` times as large as it fits, keeping the point `around` of this widget where it is."""
        place = around or QtCore.QPointF(self.rect().center())
        fixed = self._share(place)
        self.zoom = min(max(zoom, 1.0), CLOSEST)
        area = self._area()
        wanted = QtCore.QPointF(area.x() + fixed.x() * area.width(), area.y() + fixed.y() * area.height())
        self._pan(place - wanted)

    # -- geometry ------------------------------------------------------------------------------------------------

    def _area(self) -> QtCore.QRectF:
        """Where the whole picture lies in this widget; some of it outside when it is enlarged."""
        if self.before is None:
            return QtCore.QRectF(self.rect())
        room = QtCore.QSizeF(self.size())
        size = QtCore.QSizeF(self.before.size()).scaled(room, QtCore.Qt.AspectRatioMode.KeepAspectRatio) * self.zoom
        middle = QtCore.QRectF(self.rect()).center()
        left = middle.x() - self._centre.x() * size.width()
        top = middle.y() - self._centre.y() * size.height()
        return QtCore.QRectF(QtCore.QPointF(left, top), size)

    def _share(self, place: QtCore.QPointF) -> QtCore.QPointF:
        """A place of this widget as shares of the picture."""
        area = self._area()
        return QtCore.QPointF((place.x() - area.x()) / area.width(), (place.y() - area.y()) / area.height())

    def _pan(self, way: QtCore.QPointF) -> None:
        """Move the picture, but never so far that a side which has no room for all of it shows what lies beyond."""
        area = self._area()
        centre = []
        for share, moved, length, room in (
            (self._centre.x(), way.x(), area.width(), self.width()),
            (self._centre.y(), way.y(), area.height(), self.height()),
        ):
            half = min(room / length / 2, 0.5)
            centre.append(min(max(share - moved / length, half), 1 - half))
        self._centre = QtCore.QPointF(*centre)
        self.update()

    def _line(self) -> float:
        """Where the divider is in this widget."""
        area = self._area()
        return area.x() + self.divider * area.width()

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHints(QtGui.QPainter.RenderHint.SmoothPixmapTransform | QtGui.QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self.palette().color(QtGui.QPalette.ColorRole.Dark))
        if self.before is not None and not self._text:
            self._paint_pictures(painter)
        else:
            painter.setPen(self.palette().color(QtGui.QPalette.ColorRole.BrightText))
            wrapped = QtGui.QTextOption(QtCore.Qt.AlignmentFlag.AlignCenter)
            painter.drawText(QtCore.QRectF(self.rect()).adjusted(12, 12, -12, -12), self._text, wrapped)
        if self.hasFocus():
            painter.setPen(QtGui.QPen(self.palette().color(QtGui.QPalette.ColorRole.Highlight), 2))
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.drawRect(QtCore.QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_pictures(self, painter: QtGui.QPainter) -> None:
        area = self._area()
        self._paint_chequers(painter, area)
        if self.after is None:
            painter.drawImage(area, self.before)
            return
        line = self._line()
        for picture, left, right in ((self.before, 0.0, line), (self.after, line, float(self.width()))):
            painter.save()
            painter.setClipRect(QtCore.QRectF(left, 0, max(right - left, 0), self.height()))
            painter.drawImage(area, picture)
            painter.restore()
        self._paint_divider(painter, area, line)

    def _paint_chequers(self, painter: QtGui.QPainter, area: QtCore.QRectF) -> None:
        """What shows through transparency; in place while the picture moves over it."""
        tile = QtGui.QPixmap(2 * CHECKS, 2 * CHECKS)
        tile.fill(QtGui.QColor(160, 160, 160))
        inner = QtGui.QPainter(tile)
        for x, y in ((0, 0), (CHECKS, CHECKS)):
            inner.fillRect(x, y, CHECKS, CHECKS, QtGui.QColor(120, 120, 120))
        inner.end()
        painter.drawTiledPixmap(area.intersected(QtCore.QRectF(self.rect())), tile)

    def _paint_divider(self, painter: QtGui.QPainter, area: QtCore.QRectF, line: float) -> None:
        seen = area.intersected(QtCore.QRectF(self.rect()))
        knob = QtCore.QPointF(line, seen.center().y())
        # Bright on dark, so that it is seen over any picture.
        for width, colour in ((3.0, QtGui.QColor(0, 0, 0, 150)), (1.0, QtGui.QColor(255, 255, 255))):
            painter.setPen(QtGui.QPen(colour, width))
            painter.drawLine(QtCore.QPointF(line, seen.top()), QtCore.QPointF(line, seen.bottom()))
        painter.setPen(QtGui.QPen(QtGui.QColor(0, 0, 0, 150), 1))
        painter.setBrush(QtGui.QColor(255, 255, 255))
        painter.drawEllipse(knob, GRIP, GRIP)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(60, 60, 60))
        for side in (-1, 1):
            tip, back = knob.x() + side * 6, knob.x() + side * 2
            points = [(tip, knob.y()), (back, knob.y() - 4), (back, knob.y() + 4)]
            painter.drawPolygon(QtGui.QPolygonF([QtCore.QPointF(*point) for point in points]))

    # -- mouse, wheel and keyboard -------------------------------------------------------------------------------

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        place = _place(event)
        near = abs(place.x() - self._line()) <= GRIP
        if event.button() == QtCore.Qt.MouseButton.LeftButton and (near or self.zoom == 1):
            self._dragging = True
            self.move_divider(self._share(place).x())
        else:
            self._held = place

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        place = _place(event)
        if self._dragging:
            self.move_divider(self._share(place).x())
        elif self._held is not None:
            self._pan(place - self._held)
            self._held = place
        else:
            near = self.after is not None and abs(place.x() - self._line()) <= GRIP
            shape = QtCore.Qt.CursorShape
            self.setCursor(shape.SplitHCursor if near else shape.OpenHandCursor if self.zoom > 1 else shape.ArrowCursor)

    def mouseReleaseEvent(self, _event: QtGui.QMouseEvent) -> None:
        self._dragging, self._held = False, None

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        turn = event.angleDelta().y()
        if turn and self.before is not None:
            self.zoom_to(self.zoom * (ZOOM_STEP if turn > 0 else 1 / ZOOM_STEP), QtCore.QPointF(event.position()))
        event.accept()

    def event(self, event: QtCore.QEvent) -> bool:
        # Krita has shortcuts for plain keys: those that are ours come to us while we have the keyboard.
        if event.type() == QtCore.QEvent.Type.ShortcutOverride and event.key() in self._keys():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        act = self._keys().get(event.key())
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def _keys(self) -> dict[int, Callable[[], None]]:
        """What each key does."""

        def move(way: float) -> Callable[[], None]:
            return lambda: self.move_divider(self.divider + way)

        def zoom(factor: float) -> Callable[[], None]:
            return lambda: self.zoom_to(self.zoom * factor)

        acts = {
            Keys.Key_Left: move(-STEP),
            Keys.Key_Right: move(STEP),
            Keys.Key_PageDown: move(-LEAP),
            Keys.Key_PageUp: move(LEAP),
            Keys.Key_Home: move(-1),
            Keys.Key_End: move(1),
            Keys.Key_Plus: zoom(ZOOM_STEP),
            Keys.Key_Minus: zoom(1 / ZOOM_STEP),
            Keys.Key_0: zoom(0),
        }
        # Events tell keys as whole numbers, which Qt 6's names are not.
        return {getattr(name, "value", name): act for name, act in acts.items()}


def _place(event: QtGui.QMouseEvent) -> QtCore.QPointF:
    """Where the mouse is, in this widget."""
    return event.position() if hasattr(event, "position") else event.localPos()  # Qt 6, Qt 5
