"""The last results as pictures: what they were painted with can be taken again, and applied again."""

from __future__ import annotations

from datetime import datetime

from . import controls, keeping
from .beside import Beside
from .common import texts
from .common.history import Entry
from .common.paths import spelled
from .common.translation import _
from .controls import CLOSE, Letters, button, plain_text
from .guard import safely
from .order import Order
from .picture_list import Cell, PictureList
from .qt import QtCore, QtWidgets

SIDE = 104  # points of a picture
SIZE = QtCore.QSize(394, 440)
HELP = _("The last results: take one's settings again, or apply it again.")
EMPTY = _("Nothing was painted yet.")


class HistoryButton(QtWidgets.QPushButton):
    """Opens the window; `chosen` gives an entry whose settings are wanted, `wanted` one that is to be applied."""

    chosen = QtCore.pyqtSignal(object)
    wanted = QtCore.pyqtSignal(object)

    def __init__(self, letters: Letters) -> None:
        super().__init__(controls.shortcut(_("History…"), letters), objectName="history")
        self.setToolTip(HELP)
        self.setAutoDefault(False)
        self.window_of_results: HistoryWindow | None = None
        self.clicked.connect(lambda: self._open())

    def _open(self) -> None:
        if self.window_of_results is None:
            self.window_of_results = HistoryWindow(self)
            self.window_of_results.chosen.connect(self.chosen)
            self.window_of_results.wanted.connect(self.wanted)
        self.window_of_results.show_beside(self)


class HistoryWindow(Beside):
    """`chosen` and `wanted` as at the button."""

    chosen = QtCore.pyqtSignal(object)
    wanted = QtCore.pyqtSignal(object)

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(_("History"), SIZE, parent)
        letters: Letters = texts.letters("&", CLOSE)
        self._entries: dict[float, Entry] = {}
        self._list = PictureList(_("History"), SIDE)
        self._list.setToolTip(_("Double-click a result or press Return to take its settings again."))
        self._about = plain_text("about")
        self._use = button(_("Use settings"), "use", _("Set method, style and all values as they were."), letters)
        self._again = button(_("Apply again"), "again", _("Paint the active layer the same way."), letters)
        self._clear = button(_("Clear"), "clear", _("Forget all results; the layers stay."), letters)
        self._lay_out()
        self._list.taken.connect(lambda _when: self._take())
        self._list.currentItemChanged.connect(lambda *_items: self._tell())
        self._use.clicked.connect(lambda: self._take())
        self._again.clicked.connect(lambda: self._apply())
        self._clear.clicked.connect(lambda: safely(self, self._forget, _("The history was not cleared.")))

    def show_beside(self, anchor: QtWidgets.QWidget) -> None:
        """Come up beside `anchor` with what was painted until now."""
        self._fill()
        self.come(anchor)
        self._list.setFocus()

    # -- building ------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        close = button(CLOSE, "close", _("Close this window."), None)
        close.clicked.connect(self.close)
        row = QtWidgets.QHBoxLayout()
        for widget in (self._use, self._again, self._clear):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(close)
        self._about.setMinimumHeight(2 * self._about.fontMetrics().height())
        self._about.setAlignment(QtCore.Qt.AlignmentFlag.AlignTop)
        column = QtWidgets.QVBoxLayout(self)
        column.addWidget(self._list, 1)
        column.addWidget(self._about)
        column.addLayout(row)

    # -- what is shown -------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        entries = keeping.history().all()
        self._entries = {entry.when: entry for entry in entries}
        self._list.show_groups([("", [_cell(entry) for entry in entries])])
        self._clear.setEnabled(bool(entries))
        self._tell()

    def _tell(self) -> None:
        entry = self._entry()
        for one in (self._use, self._again):
            one.setEnabled(entry is not None)
        nothing = "" if self._entries else EMPTY
        self._about.setText(f"{_order(entry).layer_name()}. {_painted(entry)}." if entry else nothing)

    def _entry(self) -> Entry | None:
        return self._entries.get(self._list.value())

    # -- what is done --------------------------------------------------------------------------------------------

    def _take(self) -> None:
        entry = self._entry()
        if entry is not None:
            self.close()
            self.chosen.emit(entry)

    def _apply(self) -> None:
        entry = self._entry()
        if entry is not None:
            self.close()
            self.wanted.emit(entry)

    def _forget(self) -> None:
        keeping.history().clear()
        self._fill()


def _cell(entry: Entry) -> Cell:
    file = spelled(entry.thumbnail) if entry.thumbnail else ""
    name = _order(entry).layer_name().replace(" %", "\N{NO-BREAK SPACE}%")
    return Cell(entry.when, name, _painted(entry), file)


def _order(entry: Entry) -> Order:
    return Order(entry.method, entry.styles, entry.parameters)


def _painted(entry: Entry) -> str:
    """When that was, in the user's own time."""
    then = datetime.fromtimestamp(entry.when)
    if then.date() == datetime.now().date():
        return _("Painted today at {then:%H:%M}").format(then=then)
    return _("Painted on {then:%Y-%m-%d} at {then:%H:%M}").format(then=then)
