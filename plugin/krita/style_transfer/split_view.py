"""Two pictures of the same thing side by side in one place, with a divider to drag between before and after."""

from __future__ import annotations

from collections.abc import Callable

from .common import viewport
from .common.translation import _
from .common.viewport import Pair, Viewport
from .qt import QtCore, QtGui, QtWidgets

STEP, LEAP = 0.02, 0.1  # of the divider by arrow and page keys, as a share of the width
GRIP = 9  # points beside the divider where it can be taken hold of, and its knob's radius
CHECKS = 8  # points a side of the chequers that show through transparency
HELP = _(
    "Left of the line is the layer as it is, right of it as it would be painted. Drag the line, or move it with the arrow keys; "
    "the wheel, + and - zoom, 0 shows all."
)

Keys = QtCore.Qt.Key


class SplitView(QtWidgets.QWidget):
    """Shows `before` left of the divider and `after` right of it, or a sentence; for mouse, wheel and keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self.divider = 0.5  # as a share of the picture's width
        self.viewport = Viewport()
        self.before: QtGui.QImage | None = None
        self.after: QtGui.QImage | None = None
        self._text = ""
        self._held: Pair | None = None  # where the picture was taken hold of, to pan
        self._dragging = False
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(160, 120)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Expanding)
        self.setToolTip(HELP)
        self.setAccessibleName(_("Preview"))
        self.setAccessibleDescription(HELP)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(384, 300)

    def show_pictures(self, before: QtGui.QImage, after: QtGui.QImage | None) -> None:
        """Show these; without `after`, the layer as it is alone. They may differ in size, not in shape."""
        self.before, self.after, self._text = before, after, ""
        self._fit()

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
        self.setAccessibleDescription(_("The line is at {percent:.0f} %.").format(percent=self.divider * 100) + " " + HELP)
        self.update()

    def zoom(self, factor: float, around: Pair | None = None) -> None:
        """Show the picture larger by `factor`, keeping the place `around` of this widget where it is."""
        self._look(self.viewport.zoomed(factor, around))

    # -- geometry ------------------------------------------------------------------------------------------------

    def resizeEvent(self, _event: QtGui.QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        """Keep what is seen when the picture or the room for it has another size."""
        if self.before is not None:
            self._look(self.viewport.showing((self.before.width(), self.before.height()), (self.width(), self.height())))

    def _look(self, looked: Viewport) -> None:
        self.viewport = looked
        self.update()

    def _area(self) -> QtCore.QRectF:
        """Where the whole picture lies in this widget; some of it outside when it is enlarged."""
        return QtCore.QRectF(*self.viewport.corner, *self.viewport.size)

    def _line(self) -> float:
        """Where the divider is in this widget."""
        return self.viewport.corner[0] + self.divider * self.viewport.size[0]

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
        near = abs(place[0] - self._line()) <= GRIP
        if event.button() == QtCore.Qt.MouseButton.LeftButton and (near or self.viewport.zoom == 1):
            self._dragging = True
            self.move_divider(self.viewport.share(place)[0])
        else:
            self._held = place

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        place = _place(event)
        if self._dragging:
            self.move_divider(self.viewport.share(place)[0])
        elif self._held is not None:
            self._look(self.viewport.panned((place[0] - self._held[0], place[1] - self._held[1])))
            self._held = place
        else:
            near = self.after is not None and abs(place[0] - self._line()) <= GRIP
            shape = QtCore.Qt.CursorShape
            self.setCursor(shape.SplitHCursor if near else shape.OpenHandCursor if self.viewport.zoom > 1 else shape.ArrowCursor)

    def mouseReleaseEvent(self, _event: QtGui.QMouseEvent) -> None:
        self._dragging, self._held = False, None

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        turn = event.angleDelta().y()
        if turn and self.before is not None:
            self.zoom(viewport.STEP if turn > 0 else 1 / viewport.STEP, (event.position().x(), event.position().y()))
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
            return lambda: self.zoom(factor)

        acts = {
            Keys.Key_Left: move(-STEP),
            Keys.Key_Right: move(STEP),
            Keys.Key_PageDown: move(-LEAP),
            Keys.Key_PageUp: move(LEAP),
            Keys.Key_Home: move(-1),
            Keys.Key_End: move(1),
            Keys.Key_Plus: zoom(viewport.STEP),
            Keys.Key_Minus: zoom(1 / viewport.STEP),
            Keys.Key_0: zoom(0),
        }
        # Events tell keys as whole numbers, which Qt 6's names are not.
        return {getattr(name, "value", name): act for name, act in acts.items()}


def _place(event: QtGui.QMouseEvent) -> Pair:
    """Where the mouse is, in this widget."""
    place = event.position() if hasattr(event, "position") else event.localPos()  # Qt 6, Qt 5
    return place.x(), place.y()
