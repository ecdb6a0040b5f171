"""Small versions of many pictures, read in the background as they are needed."""

from __future__ import annotations

import queue
import threading
from typing import Optional

from .common.translation import _
from .qt import QtCore, QtGui
from .thumbnails import small_image

LOOK_MILLISECONDS = 30
MOST_KEPT = 600  # pictures; 20 MB of them at 88 points

Known = dict[tuple[str, int], Optional[QtGui.QPixmap]]


class SmallPictures(QtCore.QObject):
    """`came` comes whenever pictures were read that had been asked for."""

    came = QtCore.pyqtSignal()

    def __init__(self, parent: QtCore.QObject, side: int) -> None:
        """`side` is the long side in points."""
        super().__init__(parent)
        self._side = side
        self._known: Known = {}
        self._wanted: queue.SimpleQueue[tuple[str, int] | None] = queue.SimpleQueue()
        self._read: queue.SimpleQueue[tuple[tuple[str, int], QtGui.QImage | None]] = queue.SimpleQueue()
        self._asked: set[tuple[str, int]] = set()  # and have not come
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        wanted = self._wanted
        self.destroyed.connect(lambda: wanted.put(None))

    def of(self, path: str, ratio: float) -> QtGui.QPixmap | None:
        """The picture for a screen with `ratio` pixels a point; None while it is being read, or when it can't be shown."""
        key = (path, round(self._side * ratio))
        if path and key not in self._known and key not in self._asked:
            self._ask(key)
        picture = self._known.get(key)
        if picture is not None:
            picture.setDevicePixelRatio(ratio)
        return picture

    def instead(self, path: str) -> str:
        """What to say in the place of a picture that is not there."""
        waited_for = any(asked[0] == path for asked in self._asked)
        return "" if waited_for else _("No preview")

    def _ask(self, key: tuple[str, int]) -> None:
        self._asked.add(key)
        self._wanted.put(key)
        if not self._timer.isActive():
            self._timer.start()
            threading.Thread(
                target=_read_all, args=(self._wanted, self._read), name="style-transfer pictures", daemon=True
            ).start()

    def _look(self) -> None:
        came = False
        while True:
            try:
                key, image = self._read.get_nowait()
            except queue.Empty:
                break
            came = True
            self._asked.discard(key)
            if len(self._known) >= MOST_KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[key] = None if image is None else QtGui.QPixmap.fromImage(image)
        if not self._asked:
            self._timer.stop()
            self._wanted.put(None)  # the thread's end
        if came:
            self.came.emit()


def _read_all(
    wanted: queue.SimpleQueue[tuple[str, int] | None], read: queue.SimpleQueue[tuple[tuple[str, int], QtGui.QImage | None]]
) -> None:
    """In a thread of its own: read what is wanted until nothing more is."""
    key = wanted.get()
    while key is not None:
        read.put((key, small_image(*key)))
        key = wanted.get()
